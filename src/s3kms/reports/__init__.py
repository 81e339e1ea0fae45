"""Results as text, one format a file, pure: nothing here opens a file or prints.

A new format is one file with a `render`, and one line in `FORMATS`.
"""

from pathlib import Path

from s3kms.model.errors import BadInput
from s3kms.reports.interface import Format, loaded_from

FORMATS: tuple[Format, ...] = (
    Format(
        "table",
        "for a person; buckets that pass are counted, and listed on request",
        loaded_from("table_format"),
        (".txt",),
        has_notes=True,
    ),
    Format("json", "one JSON document, with a published schema", loaded_from("json_format"), (".json",)),
    Format(
        "jsonl",
        "one JSON object a line and finding, streamed",
        loaded_from("jsonl_format"),
        (".jsonl", ".ndjson"),
    ),
    Format("csv", "one row a finding, safe to open in a spreadsheet", loaded_from("csv_format"), (".csv",)),
    Format(
        "markdown",
        "a table for a ticket or a pull request",
        loaded_from("markdown_format"),
        (".md",),
        has_notes=True,
    ),
    Format(
        "html",
        "a page for people: one file, no network, filters and charts",
        loaded_from("html.check"),
        (".html", ".htm"),
        has_notes=True,
    ),
    Format("sarif", "SARIF 2.1.0, for code scanning", loaded_from("sarif_format"), (".sarif.json", ".sarif")),
    Format(
        "junit", "JUnit XML: a test a bucket and rule", loaded_from("junit_format"), (".junit.xml", ".xml")
    ),
    Format("github", "annotations of GitHub Actions, as workflow commands", loaded_from("github_format")),
    Format(
        "gitlab",
        "GitLab's code quality report",
        loaded_from("gitlab_format"),
        (".gitlab.json", ".codequality.json"),
    ),
    Format(
        "ocsf",
        "OCSF 1.8 Compliance Finding, for lakes and SIEMs",
        loaded_from("ocsf_format"),
        (".ocsf.json",),
    ),
    Format(
        "asff",
        "AWS Security Finding Format, for Security Hub CSPM; live buckets alone",
        loaded_from("asff_format"),
        (".asff.json", ".asff"),
    ),
    Format(
        "baseline",
        "what fails or is unknown, to be accepted by later checks",
        loaded_from("baseline_format"),
        (".baseline.json",),
    ),
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
