"""The page: what it says, how small it is, and that nothing of an estate gets out of its place."""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from tests.support.events import compared_with, pieces
from tests.support.findings import WILD, finding, findings, unlisted
from tests.support.pages import Page

from s3kms.model.encryption import SSE_KMS, Encryption
from s3kms.model.findings import Finding, Verdict
from s3kms.reports.html.data_block import json_in_page
from s3kms.reports.html.tallies import segments
from s3kms.reports.html.text_table import MAX_TEXT_CHARACTERS, NAME_MARK, TextTable
from s3kms.reports.interface import ReportStyle
from s3kms.rules import RULES
from s3kms.text.sanitize import printable


def page(*given: Finding, **options: Any) -> Page:
    return Page("".join(pieces("html", given, **options)))


def test_a_row_has_what_the_finding_says() -> None:
    made = page(finding("acme-logs"), finding("acme-data", Verdict.PASS, Encryption(SSE_KMS)))

    cells = made.cells()

    assert cells["bucket"] == "acme-logs"
    assert (cells["region"], cells["encryption"], cells["message"]) == ("eu-central-1", "SSE-S3", "m")
    assert cells["arn"] == "arn:aws:s3:::acme-logs"
    assert [row[0] for row in made.rows] == [0, 3]


@pytest.mark.parametrize(
    ("verdicts", "headline"),
    [
        ((Verdict.FAIL, Verdict.UNKNOWN, Verdict.PASS), "1 of 3 buckets fails, 1 could not be checked."),
        ((Verdict.FAIL, Verdict.FAIL, Verdict.PASS), "2 of 3 buckets fail."),
        ((Verdict.FAIL, Verdict.FAIL), "All 2 buckets fail."),
        ((Verdict.FAIL,), "The bucket fails."),
        ((Verdict.PASS, Verdict.EXEMPT), "None of 2 buckets fails."),
        ((Verdict.UNKNOWN,), "The bucket could not be checked."),
        ((Verdict.PASS,), "The bucket does not fail."),
        ((), "Nothing was checked."),
    ],
)
def test_the_headline_counts_what_fails_and_what_is_not_known(
    verdicts: tuple[Verdict, ...], headline: str
) -> None:
    assert headline in page(*(finding(f"acme-{n}", one) for n, one in enumerate(verdicts))).text


def test_findings_are_counted_by_control_where_that_is_asked() -> None:
    rule = replace(RULES[0].text, id="r")
    made = page(finding("acme-a"), finding("acme-b"), rules=(rule,), style=ReportStyle(by_control=True))

    control = f"{rule.compliance[0].framework} {rule.compliance[0].ids[0]}"
    assert "By control" in made.text
    assert control in made.text
    assert "By control" not in page(finding("acme-a"), rules=(rule,)).text


def test_what_is_worth_most_comes_first() -> None:
    denied = [finding(f"denied-{n}", Verdict.UNKNOWN) for n in range(3)]
    made = page(finding("plain"), *denied)

    text = made.text
    assert text.index("3 buckets: m") < text.index("1 bucket: m")


def test_only_a_bucket_that_fails_has_the_command_of_a_plan() -> None:
    made = page(finding("acme-logs"), finding("acme-ok", Verdict.PASS), finding("acme-x", Verdict.UNKNOWN))

    assert [made.cells(row)["command"] for row in range(3)] == ["assess('s3://acme-logs')", "", ""]


def test_a_name_that_s3_does_not_give_out_is_in_no_command() -> None:
    made = page(finding("$(reboot)"), finding("a\nb"), finding("x" * 300))

    assert [made.cells(row)["command"] for row in range(3)] == ["", "", ""]


def test_what_could_not_be_listed_is_a_row() -> None:
    made = page(unlisted())

    assert made.cells()["bucket"] == "(not listed)"


def test_the_policy_allows_the_one_style_and_the_one_script_and_nothing_else() -> None:
    made = page(finding("acme-logs"))
    (policy,) = (a["content"] for tag, a in made.elements if a.get("http-equiv"))
    style, script = made.raw["style"][0], made.raw["script"][-1]

    def hashed(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    assert policy == (
        f"default-src 'none'; style-src {hashed(style)}; script-src {hashed(script)}; "
        "base-uri 'none'; form-action 'none'"
    )


def test_no_element_loads_anything_or_has_a_handler() -> None:
    made = page(finding("acme-logs"), since=compared_with([finding("acme-logs", Verdict.PASS)], "r"))

    loading = {"src", "srcset", "style", "action", "data", "poster", "background"}
    bad = [(tag, a) for tag, a in made.elements if loading & a.keys() or any(k.startswith("on") for k in a)]
    targets = [a["href"] or "" for tag, a in made.elements if "href" in a]
    assert bad == []
    assert [one for one in targets if not one.startswith(("#", "https://"))] == []
    assert {"img", "iframe", "link", "object", "embed"} & set(made.tags) == set()


@settings(max_examples=25)
@given(findings())
def test_no_name_makes_an_element(hostile: Finding) -> None:
    plain = Finding(
        rule="r",
        severity=hostile.severity,
        verdict=hostile.verdict,
        bucket=hostile.bucket and "b",
        message="m",
        account=hostile.account,
    )
    allowed = set(page(plain).tags) | set(page(finding("acme-x")).tags)

    assert set(page(hostile).tags) <= allowed


@settings(max_examples=50)
@given(WILD)
def test_data_never_ends_its_element_and_is_the_same_to_a_reader(text: str) -> None:
    made = json_in_page([text])

    assert not re.search(r"[<>&\u2028\u2029]", made)
    assert made.isascii()
    assert json.loads(made) == [text]


@settings(max_examples=50)
@given(WILD)
def test_a_text_with_the_bucket_in_it_reads_as_before(name: str) -> None:
    table = TextTable()
    number = table.number(f"denied for s3://{name}!", name)

    assert table.texts[number].replace(NAME_MARK, printable(name)) == printable(f"denied for s3://{name}!")


def test_alike_texts_about_different_buckets_are_one_text() -> None:
    table = TextTable()
    numbers = {table.number(f"denied for s3://{name}", name) for name in ("acme-a", "acme-b")}

    assert len(numbers) == 1


def test_a_text_of_50_kilobytes_is_cut_and_says_so() -> None:
    table = TextTable()
    table.number("x" * 50_000)

    assert table.texts[1].endswith("… (46,000 more characters)")
    assert len(table.texts[1]) < MAX_TEXT_CHARACTERS + 40


@pytest.mark.parametrize(
    ("counts", "shares"),
    [((1, 99_999), ["1 %", "99 %"]), ((0, 5), ["0 %", "100 %"]), ((0, 0), ["0 %", "0 %"])],
)
def test_a_share_is_never_nothing_of_something_or_all_of_less(
    counts: tuple[int, ...], shares: list[str]
) -> None:
    from s3kms.reports.html.check import STATUSES

    assert [one.share for one in segments(counts, STATUSES[:2])] == shares


def test_the_change_since_an_earlier_result_is_drawn() -> None:
    earlier = [finding("was-fail"), finding("was-pass", Verdict.PASS), finding("gone")]
    now = [finding("was-fail", Verdict.PASS), finding("was-pass"), finding("new")]
    made = page(*now, since=compared_with(earlier, "r"))

    titles = re.findall(r"1: (\w+) → (\w+)", made.text)
    assert "gone (111122223333, eu-central-1; was fail)" in made.text
    assert set(titles) == {("fail", "pass"), ("pass", "fail"), ("fail", "gone"), ("new", "fail")}


def test_without_an_earlier_result_there_is_no_column_of_changes() -> None:
    made = page(finding("acme-logs"))

    (change,) = (one for one in made.data["fields"] if one["id"] == "change")
    assert (change["column"], change["filter"]) == ("", False)
    assert "earlier" not in made.text


def test_the_rows_stream() -> None:
    asked = 0

    def many() -> Iterator[Finding]:
        nonlocal asked
        for _ in range(100):
            asked += 1
            yield finding("b")

    written = pieces("html", many())
    for _ in range(4):
        next(written)

    assert asked <= 4


def test_a_page_of_nothing_has_no_empty_section_of_charts() -> None:
    assert "where-title" not in {a.get("id") for _, a in page().elements}
    assert "where-title" in {a.get("id") for _, a in page(finding("acme-logs")).elements}
