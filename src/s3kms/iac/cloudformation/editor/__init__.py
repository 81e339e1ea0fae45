"""Edits of CloudFormation templates, YAML and JSON: bytes are spliced, and all others stay."""

from collections.abc import Iterator, Sequence

from s3kms.iac.interface import BucketToEdit, Edit, EditTarget, ReadContext, Unit


def propose(
    unit: Unit, context: ReadContext, buckets: Sequence[BucketToEdit], target: EditTarget
) -> Iterator[Edit]:
    """One Edit for every bucket, some together; none for one that is as desired already."""
    from s3kms.iac.cloudformation.editor.proposals import propose_edits  # noqa: PLC0415 - its parser is an extra

    yield from propose_edits(unit, context, buckets, target)
