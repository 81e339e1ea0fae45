"""A minimal IAM policy, made from the operations that are to be called and the buckets that are meant."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from s3kms.model.accounts import DEFAULT_ROLE
from s3kms.model.bucket import DIRECTORY_SUFFIX, BucketKind
from s3kms.model.operations import DIRECTORY_BUCKETS, TABLE_BUCKETS, VECTOR_BUCKETS, Operation
from s3kms.model.targets import Target

PARTITIONS = ("aws", "aws-cn", "aws-us-gov", "aws-eusc")
"""Fact A25."""
_SEPARATE = {TABLE_BUCKETS: BucketKind.TABLE, VECTOR_BUCKETS: BucketKind.VECTOR}
_SET = re.compile(r"\[[^]]*]")


def iam_policy(
    operations: Iterable[Operation],
    partition: str,
    role: str = DEFAULT_ROLE,
    targets: Sequence[Target] = (),
) -> dict[str, Any]:
    """A policy document: one statement a kind of resource, with the actions sorted.

    With targets, what is done to a bucket is allowed on these buckets alone. An operation on buckets of a kind that
    no target can mean is left out.
    """
    actions: dict[tuple[str, ...], set[str]] = {}
    for operation in operations:
        names = {"partition": partition, "region": "*", "account": "*", "role": role}
        buckets = _bucket_patterns(operation, targets) if "{bucket}" in operation.resource else ["*"]
        resources = tuple(operation.resource.format(**names, bucket=bucket) for bucket in buckets)
        actions.setdefault(resources, set()).update(operation.actions)
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": sorted(actions[resources]),
                "Resource": resources[0] if len(resources) == 1 else list(resources),
            }
            for resources in sorted(actions)
            if resources and actions[resources]
        ],
    }


def _bucket_patterns(operation: Operation, targets: Sequence[Target]) -> list[str]:
    """What stands for the bucket in the ARNs. IAM knows * and ? alone, so a set of characters becomes ?."""
    if not targets:
        return ["*"]
    separate = _SEPARATE.get(operation.resource)
    of_directories = operation.resource == DIRECTORY_BUCKETS
    fitting = [
        one
        for one in targets
        if one.kind == separate or (one.kind is None and separate is not None)
        if separate or one.is_glob or of_directories == one.pattern.endswith(DIRECTORY_SUFFIX)
    ]
    return sorted({_SET.sub("?", one.pattern) for one in fitting})
