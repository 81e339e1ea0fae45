"""Who else writes a policy, so that it is printed and not written: a CloudFormation stack, or code by its tags."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s3kms.aws.policy_owners import MAX_STACK_RESOURCES, StackResource, read_key_tags, read_stack_of
from s3kms.changes.buckets.stack_owner import STACK_TAG
from s3kms.model.advice import Advice

if TYPE_CHECKING:
    from s3kms.aws.connection import Connection

_TOOLS = re.compile(
    r"(terraform|opentofu|terragrunt|pulumi|aws-cdk|\bcdk\b|crossplane|ansible|services\.k8s\.aws)"
)
"""Words of tags by which people, and tools themselves, mark what code made: `ManagedBy=terraform`."""
_NOTHING = frozenset({"false", "no", "none", "0"})
"""Values by which a tag `terraform` says the opposite."""
_POLICY, _KEY, _BUCKET = "AWS::S3::BucketPolicy", "AWS::KMS::Key", "AWS::S3::Bucket"


@dataclass(frozen=True, slots=True)
class PolicyOwner:
    """Whoever restores what is written beside it."""

    why: str
    """In a sentence whose subject is the policy, as `it`."""
    advice: Advice


def owner_of_key_policy(connection: "Connection", key: str, region: str) -> PolicyOwner | None:
    """Who else writes the policy of a key; None where nobody is known to. Raises AwsError."""
    tags = read_key_tags(connection, key, region)
    if owner := owner_by_tags(tags):
        return owner
    name = key.rsplit("/", 1)[1]
    rows = read_stack_of(connection, name, region)
    return next((_of_stack(one.stack) for one in rows if (one.kind, one.physical_id) == (_KEY, name)), None)


def owner_of_bucket_policy(
    connection: "Connection", bucket: str, region: str, tags: Mapping[str, str]
) -> PolicyOwner | None:
    """Who else writes the policy of a bucket with these tags; None where nobody is known to. Raises AwsError.

    A stack that has the bucket need not have its policy, and another one may.
    """
    rows = read_stack_of(connection, bucket, region)
    if owner := owner_by_stack(bucket, rows):
        return owner
    return owner_by_tags({name: value for name, value in tags.items() if name != STACK_TAG or not rows})


def owner_by_stack(bucket: str, rows: tuple[StackResource, ...]) -> PolicyOwner | None:
    """The stack that a bucket's policy is in, of the resources of one stack that has something of this name. Pure.

    The physical id of a bucket policy is the name of its bucket, or of older stacks one of CloudFormation's own.
    """
    policies = [one for one in rows if one.kind == _POLICY]
    has_bucket = any((one.kind, one.physical_id) == (_BUCKET, bucket) for one in rows)
    for one in policies:
        if one.physical_id == bucket:
            return _of_stack(one.stack)
    if has_bucket and (policies or len(rows) >= MAX_STACK_RESOURCES):
        why = (
            f"it may belong to the CloudFormation stack {rows[0].stack}, whose next update would revert "
            "the change"
        )
        return PolicyOwner(why, _IN_TEMPLATE)
    return None


def owner_by_tags(tags: Mapping[str, str]) -> PolicyOwner | None:
    """Whoever tags say has made a thing: a stack, or code of another tool. Pure."""
    if stack := tags.get(STACK_TAG):
        return _of_stack(stack)
    for name, value in sorted(tags.items()):
        is_meant = value.lower() not in _NOTHING and not name.startswith("aws:")
        if is_meant and (found := _TOOLS.search(f"{name}={value}".lower())):
            why = (
                f"its tag {name}={value} says that {found[1]} manages it, whose next run would revert "
                "the change"
            )
            return PolicyOwner(why, Advice("change it in that code, and apply the code"))
    return None


def _of_stack(stack: str) -> PolicyOwner:
    why = f"it belongs to the CloudFormation stack {stack}, whose next update would revert the change"
    return PolicyOwner(why, _IN_TEMPLATE)


_IN_TEMPLATE = Advice("change it in the template of that stack")
