"""The CloudFormation stack that owns a live bucket: it is told before the write. Pure."""

from collections.abc import Iterator, Sequence

from s3kms.changes.request import FixRequest
from s3kms.model.advice import Advice, Option, Sentence
from s3kms.model.bucket import Bucket
from s3kms.model.describe import count_buckets
from s3kms.model.skipped import Skipped
from s3kms.model.unknown import Unknown

STACK_TAG = "aws:cloudformation:stack-name"
"""CloudFormation puts it on what a stack makes; nobody else can use a key that begins with `aws:`."""
IMPORT_FORM = "cloudformation"
"""The remedy that imports buckets into a stack."""
_NOT_OFFERED = "NotImplemented"
"""What a server says that has no tags, and so no stacks."""


def refuse_import(bucket: Bucket, request: FixRequest) -> Skipped | None:
    """Why a bucket cannot be imported into a stack, where the remedy that is asked for would do that."""
    if request.form != IMPORT_FORM:
        return None
    if isinstance(bucket.tags, Unknown):
        if bucket.tags.code == _NOT_OFFERED:
            return None
        why = f"may belong to a CloudFormation stack already: {bucket.tags.why}"
        return Skipped(why, bucket.tags.advice, is_unknown=True)
    stack = bucket.tags.get(STACK_TAG)
    if stack is None:
        return None
    return Skipped(
        f"belongs to the CloudFormation stack {stack}, and a resource belongs to one stack alone: it cannot be "
        "imported",
        Advice("change the template of that stack: {iac}", {"iac": Option("iac", "PATH")}),
        is_unknown=True,
        is_refusal=True,
    )


def describe_owners(buckets: Sequence[Bucket]) -> Iterator[Sentence]:
    """What is to be said of the stacks that own buckets, before these are changed."""
    untold: list[Unknown] = []
    for bucket in buckets:
        if isinstance(bucket.tags, Unknown):
            untold += [bucket.tags] if bucket.tags.code != _NOT_OFFERED else []
        elif stack := bucket.tags.get(STACK_TAG):
            yield Sentence(
                "s3://{bucket} belongs to the CloudFormation stack {stack}, whose next update may restore what "
                "its template says; to edit the template: {iac}",
                {"bucket": bucket.label, "stack": stack, "iac": Option("iac", "PATH")},
            )
    if untold:
        yield Sentence(
            "whether a CloudFormation stack owns them is not known of {count}: {why} ({advice})",
            {"count": count_buckets(len(untold)), "why": untold[0].why, "advice": untold[0].advice},
        )
