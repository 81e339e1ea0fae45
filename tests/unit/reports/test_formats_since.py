"""Formats with `--since`: each says what became of a finding, and hostile names stay harmless."""

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
from tests.support.events import compared_with, pieces
from tests.support.findings import ACCOUNT, WILD, finding, findings

from s3kms.model.advice import NO_ADVICE, Advice
from s3kms.model.encryption import SSE_KMS, Encryption
from s3kms.model.findings import Finding, Verdict
from s3kms.reports import FORMAT_NAMES
from s3kms.reports.interface import ReportStyle

SCHEMA = json.loads((Path(__file__).parents[3] / "src/s3kms/schemas/check-v1.schema.json").read_text())
LINE = Draft202012Validator({"$defs": SCHEMA["$defs"], "$ref": "#/$defs/line"})
KEY = f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
KMS = Encryption(SSE_KMS, KEY, True, ("SSE-C",))

EARLIER = [
    finding("worse", Verdict.PASS, KMS),
    finding("same"),
    finding("better"),
    finding("lost"),
    finding("same-pass", Verdict.PASS, KMS),
]
NOW = [
    finding("better", Verdict.PASS, KMS),
    finding("new"),
    finding("same"),
    finding("same-pass", Verdict.PASS, KMS),
    finding("worse"),
]


def rendered(form: str, earlier: list[Finding], now: list[Finding], style: ReportStyle | None = None) -> str:
    since = compared_with(earlier, *{f.rule for f in now})
    return "".join(pieces(form, now, style or ReportStyle(width=160), since=since))


def test_the_table_lists_what_is_different_the_worst_first() -> None:
    text = rendered("table", EARLIER, NOW)

    _, *groups, _ = text.partition("what to do")[0].split("\n\n")
    pairs = [(group.split()[0], group.splitlines()[1].strip()) for group in groups]
    marks = [(mark.strip(":"), bucket.split()[0]) for mark, bucket in pairs]
    assert marks == [("WORSE", "worse"), ("NEW", "new"), ("GONE", "lost"), ("BETTER", "better")]


def test_the_table_says_before_and_now_with_a_key_of_the_account_by_its_id() -> None:
    lines = rendered("table", EARLIER, NOW, ReportStyle(width=250)).splitlines()
    (row,) = (line for line in lines if line.split()[:1] == ["worse"])

    key = "key/1234abcd-12ab-34cd-56ef-1234567890ab"
    assert f"PASS, SSE-KMS, {key}, bucket key on, SSE-C blocked   FAIL, SSE-S3" in row


@pytest.mark.parametrize("form", ["table", "markdown"])
def test_the_sum_of_the_differences_stands_beside_that_of_the_buckets(form: str) -> None:
    text = rendered(form, EARLIER, NOW).replace("\\", "")

    assert "since old.json: 1 worse, 1 new, 0 changed, 1 gone, 1 better, 2 unchanged\n" in text
    assert "2 pass, 3 fail, 0 unknown, 0 exempt" in text


@pytest.mark.parametrize("form", ["table", "markdown"])
def test_the_unchanged_are_listed_where_everything_is(form: str) -> None:
    assert "UNCHANGED" not in rendered(form, EARLIER, NOW)
    assert rendered(form, EARLIER, NOW, ReportStyle(passes=True)).count("UNCHANGED") == 2


def test_what_cannot_be_compared_is_listed_where_it_does_not_pass() -> None:
    now = [*NOW, finding("x", rule="s"), finding("y", Verdict.PASS, KMS, rule="s")]

    text = rendered("markdown", EARLIER, now)

    assert "| UNCOMPARED | x |" in text
    assert "| y |" not in text


def test_json_says_it_in_each_finding_and_sums_it() -> None:
    document = json.loads(rendered("json", EARLIER, NOW))

    changes = {f["bucket"]: (f["change"], f["was"] and f["was"]["verdict"]) for f in document["findings"]}
    assert changes["worse"] == ("worse", "pass")
    assert changes["new"] == ("new", None)
    assert changes["same"] == ("unchanged", None)
    assert [gone["bucket"] for gone in document["since"]["gone"]] == ["lost"]
    sums = {name: count for name, count in document["since"].items() if count and name != "gone"}
    assert sums == {"result": "old.json", "worse": 1, "new": 1, "better": 1, "unchanged": 2}


def test_jsonl_ends_with_what_is_gone_and_that_has_no_verdict() -> None:
    lines = [json.loads(line) for line in rendered("jsonl", EARLIER, NOW).splitlines()]

    assert [line["change"] for line in lines] == ["better", "new", "unchanged", "unchanged", "worse", "gone"]
    assert "verdict" not in lines[-1]
    assert lines[-1]["was"]["verdict"] == "fail"


def test_csv_has_three_more_columns() -> None:
    rows = {row["bucket"]: row for row in csv.DictReader(io.StringIO(rendered("csv", EARLIER, NOW)))}

    assert rows["worse"]["change"] == "worse"
    assert rows["worse"]["was_verdict"] == "pass"
    assert rows["worse"]["was_encryption"] == f"SSE-KMS, {KEY}, bucket key on, SSE-C blocked"
    assert (rows["lost"]["change"], rows["lost"]["verdict"]) == ("gone", "")


@given(findings(), findings())
def test_json_of_any_comparison_fits_the_schema(earlier: Finding, now: Finding) -> None:
    document = json.loads(rendered("json", [earlier], [now]))

    Draft202012Validator(SCHEMA).validate(document)
    for line in rendered("jsonl", [earlier], [now]).splitlines():
        LINE.validate(json.loads(line))


def wild(text: str) -> Finding:
    """Hostile wherever AWS or an earlier file may be."""
    encryption = Encryption(SSE_KMS, text or None, True, (text,))
    return replace(
        finding(text or "b", encryption=encryption), message=text, advice=Advice(text), region=text, rule=text
    )


@given(WILD, WILD)
def test_nothing_invisible_reaches_a_terminal(one: str, other: str) -> None:
    out = rendered("table", [wild(one)], [wild(other)])

    assert {c for c in out if unicodedata.category(c) in {"Cc", "Cf", "Cs"} and c != "\n"} == set()


@given(WILD, WILD)
def test_no_csv_cell_is_a_formula(one: str, other: str) -> None:
    for row in csv.reader(io.StringIO(rendered("csv", [wild(one)], [wild(other)]))):
        assert [cell for cell in row if cell[:1] in "=+-@|%" and cell] == []


@given(WILD, WILD)
def test_a_markdown_row_stays_one_row_of_nine_cells(one: str, other: str) -> None:
    for row in rendered("markdown", [wild(one)], [wild(other)]).splitlines()[2:]:
        if row.startswith("|"):
            assert row.replace("\\\\", "").replace("\\|", "").count("|") == 10
            assert "<" not in row


@pytest.mark.parametrize("form", ["json", "jsonl", "csv"])
def test_formats_for_machines_still_stream(form: str) -> None:
    asked = 0

    def now() -> Iterator[Finding]:
        nonlocal asked
        for _ in range(1000):
            asked += 1
            yield finding("b")

    written = pieces(form, now(), since=compared_with(EARLIER, "r"))
    for _ in range(3):
        next(written)

    assert asked <= 3


NOT_TRIED = {"html", "asff", "ocsf"}
"""The first one's script has the words; the others want a time and an account."""


@pytest.mark.parametrize("form", [form for form in FORMAT_NAMES if form not in NOT_TRIED])
@given(now=st.lists(findings(), max_size=3))
def test_without_an_earlier_result_nothing_is_said_of_one(form: str, now: list[Finding]) -> None:
    now = [replace(f, rule="r", bucket="b", message="m", advice=NO_ADVICE, region=None) for f in now]
    now = [replace(f, account=None, arn=None, resource=None, places=(), unknown=None) for f in now]
    now = [replace(f, encryption=Encryption(SSE_KMS) if f.encryption else None) for f in now]
    text = "".join(pieces(form, now))

    assert "change" not in text
    assert "since" not in text
