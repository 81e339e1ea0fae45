"""Fixing buckets in Terraform and OpenTofu code: bytes are spliced, and all others stay."""

from collections.abc import Iterator, Sequence

from s3kms.fixes.code.interface import Desired, Edit, Editor, Wanting
from s3kms.fixes.code.terraform.editing import edit
from s3kms.sources.code.interface import Context, Unit
from s3kms.sources.code.terraform.code import READER


def _edit(unit: Unit, context: Context, wanting: Sequence[Wanting], desired: Desired) -> Iterator[Edit]:
    yield from edit(READER.read, unit, context, wanting, desired)


EDITOR = Editor(READER.name, _edit)
