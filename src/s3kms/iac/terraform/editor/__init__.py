"""Edits of Terraform and OpenTofu code: bytes are spliced, and all others stay."""

from collections.abc import Iterator, Sequence

from s3kms.iac.interface import BucketToEdit, Edit, EditTarget, ReadContext, Unit
from s3kms.iac.terraform.code import READER


def propose(
    unit: Unit, context: ReadContext, buckets: Sequence[BucketToEdit], target: EditTarget
) -> Iterator[Edit]:
    """One Edit for every bucket, some together; none for one that is as desired already."""
    from s3kms.iac.terraform.editor.proposals import propose_edits  # noqa: PLC0415 - most who read code edit none

    yield from propose_edits(READER, unit, context, buckets, target)
