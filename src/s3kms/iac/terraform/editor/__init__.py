"""Fixing buckets in Terraform and OpenTofu code: bytes are spliced, and all others stay."""

from collections.abc import Iterator, Sequence

from s3kms.iac.editing.interface import BucketToEdit, Edit, Editor, EditTarget
from s3kms.iac.interface import ReadContext, Unit
from s3kms.iac.terraform.code import READER
from s3kms.iac.terraform.editor.proposals import propose_edits


def _edit(
    unit: Unit, context: ReadContext, wanting: Sequence[BucketToEdit], desired: EditTarget
) -> Iterator[Edit]:
    yield from propose_edits(READER.read, unit, context, wanting, desired)


EDITOR = Editor(READER.name, _edit)
