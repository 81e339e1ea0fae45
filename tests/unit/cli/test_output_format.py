"""Which format a result has: `--format`, else as the name of its file ends, else the table."""

import json
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest
from tests.support.events import REPORT_CONTEXT, events_of
from tests.support.findings import finding

from s3kms.cli.options import OutputOptions
from s3kms.cli.report_output import write_report
from s3kms.model.exits import Exit
from s3kms.model.scan_context import ScanStarted
from s3kms.model.stream import ScanEvent
from s3kms.reports import FORMATS, find_format, format_of_file
from s3kms.reports.interface import ReportStyle

FOUND = [finding("a")]


def options(output: Path | None = None, form: str | None = None) -> OutputOptions:
    return OutputOptions(form, output, quiet=True, verbose=False, no_color=True)


def scanned() -> Iterator[ScanEvent]:
    """Events that say as whom and when: some formats want it."""
    return chain([ScanStarted(REPORT_CONTEXT)], events_of(FOUND, context=REPORT_CONTEXT))


def written(output: Path, form: str | None = None) -> str:
    """What is in the file after a report with one failure."""
    assert write_report(scanned, options(output, form), passes=False) == Exit.FINDINGS
    return output.read_text()


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("result.json", "json"),
        ("result.jsonl", "jsonl"),
        ("result.ndjson", "jsonl"),
        ("result.csv", "csv"),
        ("result.md", "markdown"),
        ("result.sarif", "sarif"),
        ("result.txt", "table"),
        ("RESULT.JSON", "json"),
        ("of.2026-11-26.csv", "csv"),
        (".json", "json"),
    ],
)
def test_the_format_is_as_the_name_of_the_file_ends(name: str, form: str) -> None:
    assert format_of_file(Path(name)) == form


@pytest.mark.parametrize("name", ["result.sarif.json", "s3kms.SARIF.json"])
def test_the_longest_suffix_wins(name: str) -> None:
    assert format_of_file(Path(name)) == "sarif"


@pytest.mark.parametrize("name", ["result", "result.xlsx", "json", "result.json.gz", "x.json/result"])
def test_an_unknown_suffix_is_the_table(name: str) -> None:
    assert format_of_file(Path(name)) == "table"


def test_stdout_is_the_table() -> None:
    assert format_of_file(None) == "table"


def test_no_two_formats_claim_one_suffix() -> None:
    suffixes = [suffix for form in FORMATS for suffix in form.suffixes]

    assert len(set(suffixes)) == len(suffixes)
    for form in FORMATS:
        assert all(format_of_file(Path(f"result{suffix}")) == form.name for suffix in form.suffixes)


@pytest.mark.parametrize("form", [form.name for form in FORMATS if form.suffixes])
def test_a_report_is_written_in_the_format_of_its_file(tmp_path: Path, form: str) -> None:
    suffix = find_format(form).suffixes[0]

    text = written(tmp_path / f"result{suffix}").replace("\r\n", "\n")

    direct = "".join(find_format(form).render(scanned(), ReportStyle()))
    assert text.split("\n")[0] == direct.replace("\r\n", "\n").split("\n")[0]


def test_format_wins_over_the_name_of_the_file(tmp_path: Path) -> None:
    assert json.loads(written(tmp_path / "result.csv", "json"))["version"] == 1
    assert written(tmp_path / "result.json", "csv").startswith("rule,severity,verdict")


def test_a_report_on_stdout_is_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    write_report(lambda: events_of(FOUND), options(), passes=False)

    assert "FAIL: m" in capsys.readouterr().out
