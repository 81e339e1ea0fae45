"""Edits of services: none yet. Each bucket is declined, with the place and what to write there."""

from collections.abc import Iterator, Sequence

from s3kms.iac.interface import BucketToEdit, Declined, Edit, EditTarget, ReadContext, Unit
from s3kms.model.advice import Advice, Command
from s3kms.model.encryption import SSE_KMS


def propose(
    unit: Unit,  # noqa: ARG001 - it is an Editor
    context: ReadContext,  # noqa: ARG001 - as above
    buckets: Sequence[BucketToEdit],
    target: EditTarget,
) -> Iterator[Edit]:
    """One Edit for every bucket."""
    for one in buckets:
        yield _declined(one, target)


def _declined(one: BucketToEdit, target: EditTarget) -> Declined:
    bucket = one.bucket
    where = next((f"{place.uri} line {place.line}" for place in bucket.places), "the service")
    algorithm = target.algorithm or SSE_KMS
    advice = (
        "set SSEAlgorithm: {algorithm} there, or in resources.extensions.{bucket}.Properties.BucketEncryption,"
        " then run {check}"
    )
    return Declined(
        bucket.resource or "",
        f"services of the Serverless Framework are not edited; {where} decides it",
        Advice(advice, {"algorithm": algorithm, "bucket": bucket.resource, "check": Command("check")}),
    )
