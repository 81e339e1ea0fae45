"""Fixing buckets in CloudFormation templates, YAML and JSON: bytes are spliced, and all others stay."""

from collections.abc import Iterator, Sequence

from s3kms.fixes.code.interface import Desired, Edit, Editor, Wanting
from s3kms.sources.code.cloudformation import READER
from s3kms.sources.code.interface import Context, Unit


def _edit(unit: Unit, context: Context, wanting: Sequence[Wanting], desired: Desired) -> Iterator[Edit]:
    from s3kms.fixes.code.cloudformation.editing import edit  # noqa: PLC0415 - its parser is an extra

    yield from edit(unit, context, wanting, desired)


EDITOR = Editor(READER.name, _edit)
