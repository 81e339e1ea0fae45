"""Whether harm was done: from what was read after a run to what is said."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from s3kms.changes.watch import DELIVERIES_ID, ERRORS_ID, KMS_ID, REPLICATION_ID, Judgement, judge
from s3kms.model.advice import NO_ADVICE
from s3kms.model.aftermath import (
    Aftermath,
    Deliveries,
    Delivery,
    KmsRefusal,
    MetricSums,
    ReplicationOutcome,
    WatchedBucket,
)
from s3kms.model.findings import Verdict
from s3kms.model.unknown import Unknown, UnknownCause

RUN = "20261126T120000Z-0a1b2c"
SINCE = datetime(2026, 11, 26, 12, tzinfo=UTC)
KEY = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
LOGS = WatchedBucket("logs", "eu-central-1", KEY)
DENIED = Unknown(UnknownCause.DENIED, "AccessDenied from X", NO_ADVICE, "AccessDenied", "X")
QUIET = Aftermath(LOGS, (), None, None, None, Deliveries((), SINCE + timedelta(hours=1)))
REFUSAL = KmsRefusal("e1", SINCE, "GenerateDataKey", "arn:aws:iam::1:role/w", "AccessDenied", KEY, "logs")


def said(found: Aftermath, judged: str) -> Judgement:
    (one,) = [judgement for judgement in judge(found, RUN, SINCE) if judgement.id == judged]
    return one


def verdict(found: Aftermath, judged: str) -> Verdict:
    return said(found, judged).verdict


def test_where_nothing_was_seen_only_kms_is_told_of() -> None:
    assert [(one.id, one.verdict) for one in judge(QUIET, RUN, SINCE)] == [(KMS_ID, Verdict.PASS)]


def test_a_call_that_kms_refused_for_the_bucket_is_harm_and_the_command_puts_it_back() -> None:
    found = said(replace(QUIET, refusals=(REFUSAL,)), KMS_ID)

    assert found.verdict is Verdict.FAIL
    assert "GenerateDataKey by arn:aws:iam::1:role/w (AccessDenied)" in found.message
    assert f'undo("{RUN}", "s3://logs")'.replace('"', "'") in str(found.advice)


def test_a_refused_call_that_names_no_bucket_may_be_anothers() -> None:
    assert verdict(replace(QUIET, refusals=(replace(REFUSAL, bucket=None),)), KMS_ID) is Verdict.UNKNOWN


@pytest.mark.parametrize("change", [{"refusals": DENIED}, {"unread_refusals": DENIED}])
def test_events_that_could_not_be_read_are_unknown(change: dict[str, Unknown]) -> None:
    found = said(replace(QUIET, **change), KMS_ID)  # type: ignore[arg-type]

    assert (found.verdict, found.unknown) == (Verdict.UNKNOWN, DENIED)


@pytest.mark.parametrize(
    ("before", "after", "hours", "expected"),
    [
        (0, 10, 1, Verdict.FAIL),
        (0, 9, 1, Verdict.PASS),  # any bucket has some
        (240, 20, 1, Verdict.PASS),  # twice as many an hour is no more than twice
        (240, 21, 1, Verdict.FAIL),
        (24000, 500, 1, Verdict.PASS),
        (240, 10, 1 / 60, Verdict.FAIL),
        (480, 10, 1 / 60, Verdict.PASS),  # one minute is counted as fifteen
    ],
)
def test_errors_are_harm_where_they_more_than_double(
    before: float, after: float, hours: float, expected: Verdict
) -> None:
    assert verdict(replace(QUIET, errors=MetricSums(before, after, 24, hours)), ERRORS_ID) is expected


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (ReplicationOutcome(), Verdict.PASS),
        (ReplicationOutcome(("a",)), Verdict.FAIL),
        (ReplicationOutcome(DENIED), Verdict.UNKNOWN),
        (ReplicationOutcome((), DENIED), Verdict.UNKNOWN),
        (ReplicationOutcome(DENIED, MetricSums(0, 1, 24, 1)), Verdict.FAIL),
        (ReplicationOutcome((), MetricSums(48, 1, 24, 1)), Verdict.PASS),
        (DENIED, Verdict.UNKNOWN),
    ],
)
def test_replication_that_fails_is_harm(outcome: ReplicationOutcome | Unknown, expected: Verdict) -> None:
    assert verdict(replace(QUIET, replication=outcome), REPLICATION_ID) is expected


def delivered(*minutes: int, looked: int, unread: Unknown | None = None) -> Aftermath:
    """Objects so many minutes after the run, and when that was listed."""
    times = tuple(SINCE + timedelta(minutes=one) for one in minutes)
    listed = Deliveries((Delivery("AWSLogs/", times),), SINCE + timedelta(minutes=looked), (), unread)
    return replace(QUIET, deliveries=listed)


EVERY_HALF_HOUR = (-125, -95, -65, -35, -5)


@pytest.mark.parametrize(
    ("minutes", "looked", "expected"),
    [
        (EVERY_HALF_HOUR, 29, Verdict.PASS),
        (EVERY_HALF_HOUR, 31, Verdict.UNKNOWN),
        (EVERY_HALF_HOUR, 90, Verdict.FAIL),
        ((*EVERY_HALF_HOUR, 25, 55), 84, Verdict.PASS),
        ((*EVERY_HALF_HOUR, 25, 55), 55 + 90, Verdict.FAIL),
    ],
)
def test_a_prefix_that_was_delivered_into_and_is_no_more_is_told(
    minutes: tuple[int, ...], looked: int, expected: Verdict
) -> None:
    found = said(delivered(*minutes, looked=looked), DELIVERIES_ID)

    assert found.verdict is expected
    assert expected is Verdict.PASS or "AWSLogs/ (the last object is of 2026-11-26 1" in found.message


@pytest.mark.parametrize(
    "minutes",
    [
        (-95, -65, -5),  # too few to tell
        (-50, -35, -20, -5),  # copied in less than an hour
        (-600, -570, -540, -510),  # had stopped long before
        (5, 10, 100, 200),  # began with the run
    ],
)
def test_what_is_no_delivery_cannot_stop(minutes: tuple[int, ...]) -> None:
    assert DELIVERIES_ID not in {one.id for one in judge(delivered(*minutes, looked=9999), RUN, SINCE)}


def test_prefixes_that_were_not_listed_are_unknown_unless_harm_is_seen() -> None:
    assert verdict(delivered(*EVERY_HALF_HOUR, looked=20, unread=DENIED), DELIVERIES_ID) is Verdict.UNKNOWN
    assert verdict(delivered(*EVERY_HALF_HOUR, looked=99, unread=DENIED), DELIVERIES_ID) is Verdict.FAIL
    assert verdict(replace(QUIET, deliveries=DENIED), DELIVERIES_ID) is Verdict.UNKNOWN
