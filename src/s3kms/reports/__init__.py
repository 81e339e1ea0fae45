"""Results as text, one format a file, pure: nothing here opens a file or prints.

A new format is one file and one line in `FORMATS`.
"""

from s3kms.model.errors import BadInput
from s3kms.reports import csv_format, json_format, jsonl_format, markdown_format, sarif_format, table_format
from s3kms.reports.interface import Format

FORMATS: tuple[Format, ...] = (
    table_format.FORMAT,
    json_format.FORMAT,
    jsonl_format.FORMAT,
    csv_format.FORMAT,
    markdown_format.FORMAT,
    sarif_format.FORMAT,
)
FORMAT_NAMES = tuple(form.name for form in FORMATS)


def find_format(name: str) -> Format:
    """The format of that name. Raises BadInput."""
    for form in FORMATS:
        if form.name == name:
            return form
    raise BadInput(f"there is no format {name!r}", advice=f"the formats are {', '.join(FORMAT_NAMES)}")
