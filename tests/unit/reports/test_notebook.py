"""What a notebook shows is a small table, and nothing of what it shows can run."""

from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.events import events_of
from tests.support.findings import finding

from s3kms.checks import Check
from s3kms.model.errors import AccessDenied
from s3kms.model.findings import Finding, Verdict
from s3kms.model.plan import PlanClass, PlannedBucket, PlannedHazard
from s3kms.model.stream import ScanEvent
from s3kms.reports.notebook import assessment_html, check_html
from s3kms.text.html_table import MAX_ROWS, html_table

ATTACKS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</td></table><iframe src=//evil.example>",
    "&lt;b&gt;",
    "javascript:alert(1)",
    "\u202egnp.exe",
    "a\nb\x1b[31m",
    "{{7*7}}${7*7}",
)
OURS = {"div", "table", "thead", "tbody", "tr", "th", "td", "p", "br"}


class Page(HTMLParser):
    """The elements of a page, their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: set[tuple[str, str | None]] = set()
        self.cells: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= set(attrs)
        if tag in {"td", "th", "p"}:
            self.cells.append("")

    def handle_data(self, data: str) -> None:
        self.cells[-1] += data


def is_harmless(page: Page) -> bool:
    return set(page.tags) <= OURS and page.attributes <= {("style", "text-align: left")}


def hostile(text: str, verdict: Verdict = Verdict.FAIL) -> Finding:
    from dataclasses import replace

    return replace(finding(text, verdict), message=text, account=text, region=text)


@pytest.mark.parametrize("text", ATTACKS)
def test_text_from_outside_stays_text(text: str) -> None:
    page = Page(check_html(events_of([hostile(text)], notes=[text])))

    assert is_harmless(page)
    assert all(character.isprintable() for cell in page.cells for character in cell)


@given(st.text())
def test_whatever_a_name_is_it_makes_no_element(text: str) -> None:
    assert is_harmless(Page(html_table((text,), [(text,)], total=2, notes=[text])))


def test_what_a_plan_says_of_hostile_buckets_stays_text() -> None:
    hazard = PlannedHazard("website", ATTACKS[0], advice=hostile(ATTACKS[0]).advice)
    bucket = PlannedBucket(
        ATTACKS[1], ATTACKS[2], ATTACKS[5], PlanClass.STAY, hazards=(hazard,), key=ATTACKS[0]
    )

    page = Page(assessment_html([bucket]))

    assert is_harmless(page)
    assert ATTACKS[0] in page.cells


def test_a_name_that_has_entities_is_shown_as_it_is_written() -> None:
    assert "&lt;b&gt;" in Page(check_html(events_of([hostile("&lt;b&gt;")]))).cells


def test_the_worst_come_first_and_the_others_are_counted() -> None:
    findings = [finding(f"pass-{number}", Verdict.PASS) for number in range(MAX_ROWS)]
    findings += [finding("unknown", Verdict.UNKNOWN), finding("fail", Verdict.FAIL)]

    page = Page(check_html(events_of(findings)))

    assert [cell for cell in page.cells if cell in {"fail", "unknown", "pass-0"}] == [
        "fail",
        "unknown",
        "pass-0",
    ]
    assert page.tags.count("tr") == MAX_ROWS + 1
    assert page.cells[-1].startswith("and 2 more")
    assert f"{MAX_ROWS + 2} buckets: {MAX_ROWS} pass, 1 fail, 1 unknown, 0 exempt" in page.cells[-1]


def test_a_cell_is_cut_before_it_fills_the_page() -> None:
    assert len(check_html(events_of([hostile("x" * 100_000)]))) < 5_000


def test_a_check_without_findings_has_a_sum_and_no_table() -> None:
    page = Page(check_html(events_of([])))

    assert "table" not in page.tags
    assert page.cells == ["0 buckets: 0 pass, 0 fail, 0 unknown, 0 exempt"]


def test_columns_that_say_nothing_are_left_out() -> None:
    assert Page(html_table(("a", "b"), [("1", "")], total=1, notes=[])).cells[:2] == ["a", "1"]


def shown(check: Check) -> Page:
    return Page(check._repr_html_())


def test_a_check_runs_once_however_often_it_is_shown() -> None:
    runs: list[int] = []

    def opened() -> Iterator[ScanEvent]:
        runs.append(1)
        return events_of([finding("logs")])

    check = Check(opened)

    assert shown(check).cells == shown(check).cells
    assert [one.bucket for one in check] == ["logs"]
    assert runs == [1]


def test_an_error_of_aws_is_shown_and_not_raised() -> None:
    def opened() -> Iterator[ScanEvent]:
        raise AccessDenied("AccessDenied from <ListBuckets>", advice="allow s3:ListAllMyBuckets")

    page = shown(Check(opened))

    assert is_harmless(page)
    assert "AccessDenied from <ListBuckets>" in page.cells[0]
    assert "allow s3:ListAllMyBuckets" in page.cells[0]


def test_a_check_whose_events_are_not_kept_is_not_run_to_be_shown() -> None:
    def opened() -> Iterator[ScanEvent]:
        raise AssertionError("it was run")

    assert "keep_events" in shown(Check(opened, keep_events=False)).cells[0]
