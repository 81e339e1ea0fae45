"""A minimal IAM policy, made from the operations that are to be called."""

from collections.abc import Iterable
from typing import Any

from s3kms.model.accounts import DEFAULT_ROLE
from s3kms.model.operations import Operation

PARTITIONS = ("aws", "aws-cn", "aws-us-gov", "aws-eusc")
"""Fact A25."""


def iam_policy(operations: Iterable[Operation], partition: str, role: str = DEFAULT_ROLE) -> dict[str, Any]:
    """A policy document: one statement a kind of resource, with the actions sorted."""
    actions: dict[str, set[str]] = {}
    for operation in operations:
        names = {"partition": partition, "region": "*", "account": "*", "bucket": "*", "role": role}
        actions.setdefault(operation.resource.format(**names), set()).update(operation.actions)
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": sorted(actions[resource]), "Resource": resource}
            for resource in sorted(actions)
            if actions[resource]
        ],
    }
