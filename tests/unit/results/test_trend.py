"""What became of findings over many saved results."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.support.findings import OTHER, finding, unlisted

from s3kms.model.findings import Finding, Verdict
from s3kms.model.place import Place
from s3kms.results.trend import SeriesResult, Trend, TrendBuilder

FAIL, UNKNOWN, PASS, EXEMPT = Verdict.FAIL, Verdict.UNKNOWN, Verdict.PASS, Verdict.EXEMPT
DAY = datetime(2026, 11, 1, tzinfo=UTC)


def trend(*runs: Sequence[Finding]) -> Trend:
    builder = TrendBuilder()
    for number, found in enumerate(runs):
        builder.add(SeriesResult(f"{number}.json", DAY + timedelta(days=number), True, None, found))
    return builder.build()


def counts(*verdicts: Verdict | None) -> list[tuple[int, ...]]:
    """New, fixed, accepted, reopened, not seen and open of each run, of one bucket that has these verdicts."""
    runs = [[finding("b", verdict)] if verdict else [] for verdict in verdicts]
    return [
        (run.new, run.fixed, run.accepted, run.reopened, run.not_seen, run.open) for run in trend(*runs).runs
    ]


NEW, STILL, FIXED, ACCEPTED, REOPENED, AWAY, CLOSED = (
    *((1, 0, 0, 0, 0, 1), (0, 0, 0, 0, 0, 1), (0, 1, 0, 0, 0, 0), (0, 0, 1, 0, 0, 0)),
    *((0, 0, 0, 1, 0, 1), (0, 0, 0, 0, 1, 1), (0, 0, 0, 0, 0, 0)),
)


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ((FAIL, FAIL), [NEW, STILL]),
        ((FAIL, PASS), [NEW, FIXED]),
        ((FAIL, EXEMPT), [NEW, ACCEPTED]),
        ((FAIL, UNKNOWN), [NEW, STILL]),
        ((FAIL, UNKNOWN, PASS), [NEW, STILL, FIXED]),
        ((FAIL, None), [NEW, AWAY]),
        ((FAIL, None, FAIL), [NEW, AWAY, STILL]),
        ((FAIL, PASS, FAIL), [NEW, FIXED, REOPENED]),
        ((FAIL, EXEMPT, FAIL), [NEW, ACCEPTED, REOPENED]),
        ((FAIL, PASS, None), [NEW, FIXED, CLOSED]),
        ((PASS, FAIL), [CLOSED, NEW]),
        ((UNKNOWN, FAIL), [CLOSED, NEW]),
        ((EXEMPT, PASS), [CLOSED, CLOSED]),
    ],
)
def test_what_becomes_of_a_finding(
    verdicts: tuple[Verdict | None, ...], expected: list[tuple[int, ...]]
) -> None:
    assert counts(*verdicts) == expected


def test_the_longest_open_come_first_and_a_reopened_one_is_open_since_it_came_back() -> None:
    old, back, new = finding("old"), finding("back"), finding("new")
    found = trend([old, back], [old, replace(back, verdict=PASS)], [old, back, new])

    assert [(one.bucket, one.since.day, one.reopened) for one in found.open] == [
        ("old", 1, 0),
        ("back", 3, 1),
        ("new", 3, 0),
    ]


def test_when_an_open_finding_was_last_seen_is_told() -> None:
    found = trend([finding("b")], [finding("b", UNKNOWN)], [])

    assert [(one.since.day, one.last_seen.day) for one in found.open] == [(1, 2)]


def test_the_verdicts_of_each_run_are_counted_with_what_could_not_be_listed() -> None:
    (run,) = trend([finding("a"), finding("b", PASS), unlisted()]).runs

    assert dict(run.verdicts) == {FAIL: 1, PASS: 1, UNKNOWN: 1, EXEMPT: 0}


def test_buckets_of_two_accounts_and_of_code_are_not_mixed_up() -> None:
    code = replace(finding("b"), arn=None, resource="aws_s3_bucket.b", places=(Place("a.tf", 1),))
    other = replace(code, places=(Place("b.tf", 1),))
    elsewhere = replace(finding("x", account=OTHER), arn="arn:aws:s3:::x")

    assert len(trend([code, other, elsewhere, finding("b")]).open) == 4
