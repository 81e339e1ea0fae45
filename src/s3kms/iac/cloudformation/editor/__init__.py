"""Fixing buckets in CloudFormation templates, YAML and JSON: bytes are spliced, and all others stay."""

from collections.abc import Iterator, Sequence

from s3kms.iac.cloudformation import READER
from s3kms.iac.editing.interface import BucketToEdit, Edit, Editor, EditTarget
from s3kms.iac.interface import ReadContext, Unit


def _edit(
    unit: Unit, context: ReadContext, wanting: Sequence[BucketToEdit], desired: EditTarget
) -> Iterator[Edit]:
    from s3kms.iac.cloudformation.editor.proposals import propose_edits  # noqa: PLC0415 - its parser is an extra

    yield from propose_edits(unit, context, wanting, desired)


EDITOR = Editor(READER.name, _edit)
