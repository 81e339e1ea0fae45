"""Formats: hostile names leave every output harmless, and nothing is lost."""

import csv
import io
import json
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from tests.support.events import REPORT_AT, REPORT_IDENTITY, pieces, report

from s3kms.model.advice import Advice
from s3kms.model.encryption import SSE_KMS, Encryption, KeyKind
from s3kms.model.findings import Finding, Verdict
from s3kms.model.place import Place
from s3kms.model.scan_context import Severity
from s3kms.reports import FORMATS
from s3kms.rules import RULES
from s3kms.text.sanitize import csv_cell, markdown_cell, printable

SCHEMA = json.loads((Path(__file__).parents[3] / "src/s3kms/schemas/check-v1.schema.json").read_text())
HOSTILE = st.text(
    alphabet=st.one_of(st.sampled_from("=+-@|`<>&\x1b[]()\u202e\u200b\n\r\t\"'$"), st.characters())
)


def finding(text: str, verdict: Verdict = Verdict.FAIL) -> Finding:
    return Finding(
        rule="r",
        severity=Severity.LOW,
        verdict=verdict,
        bucket=text,
        message=text,
        advice=Advice(text),
        account="111122223333",
        encryption=Encryption(SSE_KMS, text or None, True, (text,)),
        key_kind=KeyKind.UNKNOWN,
    )


def rendered(form: str, findings: list[Finding]) -> str:
    return "".join(pieces(form, findings))


@given(HOSTILE)
def test_nothing_invisible_reaches_a_terminal(text: str) -> None:
    out = rendered("table", [finding(text)])

    bad = {c for c in out if unicodedata.category(c) in {"Cc", "Cf", "Cs"} and c != "\n"}
    assert bad == set()


@given(HOSTILE)
def test_no_csv_cell_is_a_formula(text: str) -> None:
    for row in csv.reader(io.StringIO(rendered("csv", [finding(text)]))):
        assert [cell for cell in row if cell.lstrip()[:1] in "=+-@|%" and cell.strip()] == []


@given(HOSTILE)
def test_a_markdown_row_stays_one_row_of_eight_cells(text: str) -> None:
    row = rendered("markdown", [finding(text)]).splitlines()[2]

    assert row.replace("\\\\", "").replace("\\|", "").count("|") == 9
    assert "<" not in row


@given(HOSTILE)
def test_json_keeps_every_name_to_the_letter(text: str) -> None:
    document = json.loads(rendered("json", [finding(text)]))

    assert document["findings"][0]["bucket"] == text
    Draft202012Validator(SCHEMA).validate(document)


def test_printable_spells_out_what_would_move_the_cursor() -> None:
    assert printable("a\x1b[31m\u202eb\n") == "a\\x1b[31m\\u202eb\\n"


@pytest.mark.parametrize("mark", ["=", "+", "-", "@", "|", "%", "  =", "\u00a0@", "\uff1d", "\uff20"])
def test_a_cell_that_a_spreadsheet_would_run_is_text(mark: str) -> None:
    assert csv_cell(f"{mark}SUM(1)") == f"'{mark}SUM(1)"


def test_cells_are_made_safe_for_their_own_format() -> None:
    assert csv_cell("=1+1") == "'=1+1"
    assert markdown_cell("a|<b>`") == "a\\|&lt;b&gt;\\`"


@pytest.mark.parametrize("form", ["json", "jsonl", "csv"])
def test_formats_for_machines_stream(form: str) -> None:
    """The first piece of text is there before the second finding is asked for."""
    asked = 0

    def findings() -> Iterator[Finding]:
        nonlocal asked
        for _ in range(1000):
            asked += 1
            yield finding("b")

    written = pieces(form, findings())
    for _ in range(3):
        next(written)

    assert asked <= 3


def test_every_format_has_a_help_and_a_name_of_its_own() -> None:
    assert len({form.name for form in FORMATS}) == len(FORMATS)
    assert all(form.help for form in FORMATS)


def test_a_row_of_csv_names_the_file_and_the_line_of_code() -> None:
    of_code = replace(finding("b"), places=(Place("infra/main.tf", 12, 5), Place("x.tf", 1)))
    live = replace(finding("b"), places=(Place("arn:aws:s3:::b"),))

    rows = list(csv.DictReader(io.StringIO(rendered("csv", [of_code, live]))))

    assert [(row["file"], row["line"]) for row in rows] == [("infra/main.tf", "12"), ("", "")]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('"verdict": "fail"', '"verdict": "bad"'),
        ('"account": "111122223333"', '"account": "1"'),
        ('"places": []', '"places": {}'),
        ('"exit": 10', '"exit": "ten"'),
        ('"controls": ["S3.17"]', '"controls": "S3.17"'),
    ],
)
def test_the_published_schema_is_red_on_a_broken_document(right: str, wrong: str) -> None:
    text = report("json", [finding("b")])
    assert right in text
    Draft202012Validator(SCHEMA).validate(json.loads(text))

    assert list(Draft202012Validator(SCHEMA).iter_errors(json.loads(text.replace(right, wrong))))


def test_the_schema_of_a_line_takes_each_line_with_the_run_and_the_controls() -> None:
    line = json.loads(report("jsonl", [replace(finding("b"), rule=RULES[0].id)]))

    Draft202012Validator({"$defs": SCHEMA["$defs"], "$ref": "#/$defs/line"}).validate(line)
    assert line["compliance"]["AWS Security Hub"] == ["S3.17"]
    assert line["run"] == {
        "at": "2026-11-23T12:00:00+00:00",
        "s3kms": "0.3.0",
        "account": "111122223333",
        "identity": REPORT_IDENTITY,
        "scope": "every bucket of account 111122223333 in eu-central-1",
    }


def test_every_format_tells_time_version_identity_and_scope() -> None:
    live = replace(finding("b"), rule=RULES[0].id, arn="arn:aws:s3:::b", region="eu-central-1")
    for form in FORMATS:
        if form.name == "baseline":  # says nothing that changes from one day to the next
            continue
        text = report(form.name, [live])

        assert "0.3.0" in text, form.name
        assert REPORT_IDENTITY in text, form.name
        assert "every bucket of account" in text or '"kind": "account"' in text, form.name
        assert "2026-11-23" in text or str(int(REPORT_AT.timestamp())) in text, form.name


def test_every_format_tells_the_controls() -> None:
    live = replace(finding("b"), rule=RULES[0].id, arn="arn:aws:s3:::b", region="eu-central-1")
    for form in FORMATS:
        if form.name not in {"baseline", "table", "markdown", "html"}:
            assert "S3.17" in report(form.name, [live]), form.name
