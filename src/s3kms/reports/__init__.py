"""Results as text, one format a file, pure: nothing here opens a file or prints.

A new format is one file and one line in `FORMATS`.
"""

from pathlib import Path

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


def format_of_file(path: Path | None) -> str:
    """The format that a file's name asks for: the longest suffix wins, and an unknown one is the table."""
    name = path.name.lower() if path else ""
    suffixes = [(suffix, form.name) for form in FORMATS for suffix in form.suffixes if name.endswith(suffix)]
    return max(suffixes, key=lambda pair: len(pair[0]), default=("", FORMATS[0].name))[1]


def find_format(name: str) -> Format:
    """The format of that name. Raises BadInput."""
    for form in FORMATS:
        if form.name == name:
            return form
    installed = installed_formats()
    if name in installed:
        return installed[name]
    known = ", ".join((*FORMAT_NAMES, *installed))
    raise BadInput(f"there is no format {name!r}", advice=f"the formats are {known}")


def installed_formats() -> dict[str, Format]:
    """The formats of other packages, by name: their entry points in the group `s3kms.formats`, each a Format."""
    from importlib.metadata import entry_points  # noqa: PLC0415 - reads every installed distribution

    formats = (entry.load() for entry in sorted(entry_points(group="s3kms.formats")))
    return {form.name: form for form in formats}
