"""The table: names stay whole, equal reasons are one group, and the end says whose account it was and when."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.events import compared_with, pieces
from tests.support.findings import ACCOUNT, OTHER, finding, unlisted

from s3kms.model.advice import Advice, Command, Option
from s3kms.model.encryption import SSE_KMS, Encryption
from s3kms.model.findings import Finding, Verdict
from s3kms.model.place import Place
from s3kms.model.scan_context import ScanContext
from s3kms.reports.interface import ReportStyle

NARROW = ReportStyle(width=80)
LONG = "acme-" + "x" * 58
"""63 characters, as many as a name may have."""
KEY = f"arn:aws:kms:eu-central-1:{OTHER}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
KMS = Encryption(SSE_KMS, KEY, True)
AT = datetime(2026, 11, 26, 4, 7, 59, tzinfo=UTC)
IDENTITY = f"arn:aws:sts::{ACCOUNT}:assumed-role/Audit/ann"


def table(*found: Finding, style: ReportStyle = NARROW, context: ScanContext | None = None) -> str:
    return "".join(pieces("table", found, style, context=context))


def groups(text: str) -> dict[str, list[str]]:
    """Heading to the first word of each row below it, a heading's own further lines left out."""
    blocks = [block.splitlines() for block in text.split("\n\n")[1:]]
    return {
        lines[0]: [line.split()[0] for line in lines[1:]] for lines in blocks if lines[0].startswith(MARKS)
    }


MARKS = ("FAIL", "UNKNOWN", "EXEMPT", "PASS")


@pytest.mark.parametrize("others", [(), (finding("b", account=OTHER),), (finding("b", rule="other"),)])
def test_at_80_columns_no_name_of_63_characters_is_broken(others: tuple[Finding, ...]) -> None:
    text = table(finding(LONG), *others)

    assert sum(LONG in line for line in text.splitlines()) == 1


def test_where_a_row_does_not_fit_the_rest_of_it_stands_below_the_name() -> None:
    lines = table(finding(LONG, encryption=KMS)).splitlines()

    at = lines.index(f"  {LONG}")
    assert lines[at + 1] == f"    eu-central-1   SSE-KMS, {KEY}, bucket key on"


def test_where_a_row_fits_it_is_one_line() -> None:
    assert "  short    eu-central-1   SSE-S3" in table(finding("short")).splitlines()


@given(st.integers(20, 200), st.text("abc-.", min_size=3, max_size=63))
def test_a_name_is_never_broken_at_any_width(width: int, name: str) -> None:
    text = table(finding(name), finding("another"), style=ReportStyle(width=width))

    assert name in {line.split()[0] for line in text.splitlines() if line.strip()}


def test_with_an_earlier_result_no_name_is_broken_either() -> None:
    since = compared_with([finding(LONG, Verdict.PASS, KMS)], "r")

    lines = "".join(pieces("table", [finding(LONG)], NARROW, since=since)).splitlines()

    assert f"  {LONG}" in lines


def test_equal_reasons_are_one_group_with_their_count() -> None:
    other = replace(finding("c"), message="another reason")

    assert groups(table(finding("a"), other, finding("b"))) == {
        "FAIL (2): m": ["a", "b"],
        "FAIL: another reason": ["c"],
    }


def test_the_gravest_group_comes_first() -> None:
    found = [finding(verdict.value, verdict) for verdict in reversed(Verdict)]

    headings = list(groups(table(*found, style=replace(NARROW, passes=True))))
    assert [heading.split(":")[0] for heading in headings] == list(MARKS)


def test_passes_are_counted_and_listed_only_on_request() -> None:
    found = (finding("a"), finding("fine", Verdict.PASS, KMS))

    assert "fine" not in table(*found)
    assert "1 pass, 1 fail" in table(*found)
    assert "fine" in table(*found, style=replace(NARROW, passes=True))


def test_where_all_pass_no_table_is_drawn() -> None:
    assert table(finding("fine", Verdict.PASS)) == "1 bucket: 1 pass, 0 fail, 0 unknown, 0 exempt\n"


def test_a_long_reason_is_folded_to_the_width() -> None:
    text = table(replace(finding("a"), message="word " * 40))

    assert max(map(len, text.splitlines())) <= 80


def test_a_column_that_would_say_the_same_everywhere_is_left_out() -> None:
    wide = ReportStyle(width=200)

    assert table(finding("a"), style=wide).splitlines()[0].split() == [
        *("bucket", "region", "default", "encryption")
    ]
    several = table(finding("a"), finding("b", account=OTHER, rule="s"), style=wide)
    assert several.splitlines()[0].split() == [
        *("bucket", "account", "region", "rule", "default", "encryption")
    ]


def test_the_place_in_the_code_stands_at_the_bucket() -> None:
    declared = replace(finding("a"), resource="aws_s3_bucket.a", places=(Place("infra/main.tf", 12, 1),))

    assert "a (infra/main.tf:12)" in table(declared)


def test_what_could_not_be_listed_has_a_row() -> None:
    assert "(not listed)" in table(unlisted())


def test_equal_advice_is_told_once_with_its_count_in_the_words_of_the_interface() -> None:
    advice = Advice("run {fix}", {"fix": Command("fix", (), (Option("max_changes", 60),))})
    found = [replace(finding(name), advice=advice) for name in "ab"]

    assert "  2 findings: run plan(max_changes=60)\n" in table(*found)
    worded = table(*found, style=replace(NARROW, wording=lambda _: "s3kms fix"))
    assert "  2 findings: run s3kms fix\n" in worded


def test_the_end_says_the_account_the_identity_and_the_time() -> None:
    text = table(finding("a"), context=ScanContext(AT, ACCOUNT, IDENTITY))

    assert text.splitlines()[-2:] == [
        "1 bucket: 0 pass, 1 fail, 0 unknown, 0 exempt",
        f"account {ACCOUNT} as {IDENTITY}, 2026-11-26 04:07 UTC",
    ]


def test_an_identity_that_nobody_asked_for_is_left_out() -> None:
    text = table(finding("a"), context=ScanContext(AT, ACCOUNT))

    assert text.splitlines()[-1] == f"account {ACCOUNT}, 2026-11-26 04:07 UTC"


def test_code_is_in_no_account() -> None:
    assert table(finding("a"), context=ScanContext(AT)) == table(finding("a"))


def test_only_the_mark_is_colored() -> None:
    assert "\x1b[31mFAIL\x1b[0m: m\n" in table(finding("a"), style=replace(NARROW, color=True))


def many(count: int, verdict: Verdict, name: str, message: str) -> list[Finding]:
    """Findings that differ in the number behind the name, and in the reason where it has a place for one."""
    one = finding(name, verdict)
    return [replace(one, bucket=f"{name}-{n}", message=message.format(n)) for n in range(count)]


def test_a_thousand_rows_are_shown_and_the_rest_is_counted_by_reason() -> None:
    found = (
        *many(1500, Verdict.PASS, "good", "fine"),
        *many(1200, Verdict.UNKNOWN, "unseen", "denied"),
        *many(300, Verdict.FAIL, "bad", "SSE-S3"),
    )

    text = table(*found, style=replace(NARROW, passes=True))

    assert [text.count(f"  {name}-") for name in ("bad", "unseen", "good")] == [300, 700, 0]
    assert "FAIL (300): SSE-S3" in text
    assert "UNKNOWN (1200): denied" in text
    assert "… 500 more: csv and the other formats list them" in text
    assert "PASS (1500): fine" in text
    assert "… 1500 more: csv and the other formats list them" in text


def test_reasons_that_name_their_buckets_are_bounded_too() -> None:
    found = (*many(3000, Verdict.UNKNOWN, "b", "denied for {}"), *many(1, Verdict.FAIL, "bad", "SSE-S3"))

    text = table(*found)

    assert "FAIL: SSE-S3" in text
    assert "UNKNOWN (2000): for other reasons" in text
    assert text.count("UNKNOWN") == 1001
