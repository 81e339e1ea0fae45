"""The IAM role that a job of S3 Batch Operations works as (fact D10)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

POLICY_NAME = "s3kms-reencrypt"
"""Of the inline policy in the role."""
ROLE_NAME = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)
ROLE_ARN = re.compile(
    r"arn:aws[a-z-]*:iam::(?P<account>\d{12}):role/(?:[\x21-\x7e]+/)?[\w+=,.@-]{1,64}", re.ASCII
)


@dataclass(frozen=True, slots=True)
class JobRole:
    """A role with one inline policy."""

    name: str
    account: str
    partition: str
    trust: Mapping[str, Any]
    policy: Mapping[str, Any]
    description: str

    @property
    def arn(self) -> str:
        """Where it is, once it is there."""
        return f"arn:{self.partition}:iam::{self.account}:role/{self.name}"
