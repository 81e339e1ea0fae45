"""An account whose role may do little, at a server that says little: a shell in it, and a second pair of eyes."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from tests.support.cli import Shell
from tests.support.sdk import client_of

from s3kms.demo.aws import PRODUCTION, EmbeddedAws

FRANKFURT, VIRGINIA = "eu-central-1", "us-east-1"
HOME, FAR = "at-home", "far-away"


@dataclass(frozen=True)
class Account:
    """Two buckets: one in the region of the shell, one elsewhere."""

    aws: EmbeddedAws
    shell: Shell

    def algorithm(self, bucket: str, region: str = FRANKFURT) -> str:
        answer = self.client("s3", region).get_bucket_encryption(Bucket=bucket)
        rule: Mapping[str, Any] = answer["ServerSideEncryptionConfiguration"]["Rules"][0]
        return str(rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"])

    def client(self, service: str, region: str = FRANKFURT) -> Any:
        return client_of(self.aws, PRODUCTION, service, region)

    @property
    def operations(self) -> Counter[str]:
        return Counter(call.operation for call in self.aws.calls)


@pytest.fixture
def account(aws: EmbeddedAws, shell: Shell) -> Account:
    env = {"AWS_ENDPOINT_URL": aws.url, "AWS_REGION": FRANKFURT, **aws.credentials(PRODUCTION)}
    made = Account(aws, shell.having(**env, XDG_STATE_HOME=str(shell.folder / "state")))
    where = {"CreateBucketConfiguration": {"LocationConstraint": FRANKFURT}}
    made.client("s3").create_bucket(Bucket=HOME, **where)
    made.client("s3", VIRGINIA).create_bucket(Bucket=FAR)
    aws.calls.clear()
    return made
