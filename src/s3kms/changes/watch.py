"""Whether harm was done: from what was read of a bucket after a run to what is said of it. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from s3kms.model.advice import NO_ADVICE, Advice, Command
from s3kms.model.aftermath import (
    Aftermath,
    Delivery,
    KmsRefusal,
    MetricSums,
    ReplicationOutcome,
    WatchedBucket,
)
from s3kms.model.findings import Verdict
from s3kms.model.unknown import Unknown, UnknownCause
from s3kms.text.count import count
from s3kms.text.sanitize import printable

KMS_ID, ERRORS_ID = "s3kms_watch_kms", "s3kms_watch_errors"
REPLICATION_ID, DELIVERIES_ID = "s3kms_watch_replication", "s3kms_watch_deliveries"
"""What stands where a rule's id stands in a finding."""
_MIN_ERRORS = 10
"""Fewer 4xx answers than these are told as no harm: any bucket has some."""
_TIMES = 2
"""How much oftener than before something has to fail."""
_REGULAR = 4
"""Objects before the run that make a prefix one that somebody delivers into."""
_SPAN = timedelta(hours=1)
"""Over how long those have to be spread: what was copied in one go is no delivery."""
_OVERDUE = 3
"""How many times the longest pause before the run makes a silence."""
_PATIENCE = timedelta(minutes=15)
_SHOWN = 3
"""Examples in a sentence."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is said of one bucket in one regard."""

    id: str
    verdict: Verdict
    message: str
    advice: Advice = NO_ADVICE
    unknown: Unknown | None = None


def judge(found: Aftermath, run: str, since: datetime) -> tuple[Judgement, ...]:
    """One for each regard in which something can be seen: calls that KMS refused, errors, replication, deliveries."""
    undo = Advice(
        "find out who is affected; to restore the bucket: {undo}",
        {"undo": Command("undo", (run, f"s3://{found.bucket.name}"))},
    )
    said = (
        _kms(found, undo),
        _errors(found.errors, undo),
        _replication(found.replication, undo),
        *_deliveries(found, since, undo),
    )
    return tuple(one for one in said if one is not None)


def _unread(judged: str, unknown: Unknown) -> Judgement:
    return Judgement(judged, Verdict.UNKNOWN, unknown.why, unknown.advice, unknown)


def _kms(found: Aftermath, undo: Advice) -> Judgement:
    refusals = found.refusals
    if isinstance(refusals, Unknown):
        return _unread(KMS_ID, refusals)
    if named := [one for one in refusals if one.bucket is not None]:
        message = f"KMS refused {count(len(named), 'call')} for it since the run: {_examples(named)}"
        return Judgement(KMS_ID, Verdict.FAIL, message, undo)
    if refusals:
        why = (
            f"KMS refused {count(len(refusals), 'call')} since the run that may be about it: the events name no "
            f"bucket: {_examples(refusals)}"
        )
        advice = Advice("look at the events in CloudTrail: the key may be used for something else, too")
        return _unread(KMS_ID, Unknown(UnknownCause.UNRESOLVED, why, advice))
    if found.unread_refusals:
        return _unread(KMS_ID, found.unread_refusals)
    message = (
        "KMS refused no call for it since the run, as far as CloudTrail of this account tells; what is refused to "
        "other accounts is recorded in theirs"
    )
    return Judgement(KMS_ID, Verdict.PASS, message)


def _examples(refusals: Sequence[KmsRefusal]) -> str:
    newest = sorted(refusals, key=lambda one: one.at)[-_SHOWN:]
    distinct = dict.fromkeys(
        f"{one.call} by {printable(one.caller)} ({printable(one.code)})" for one in newest
    )
    return ", ".join(distinct)


def _errors(errors: MetricSums | Unknown | None, undo: Advice) -> Judgement | None:
    if errors is None:
        return None
    if isinstance(errors, Unknown):
        return _unread(ERRORS_ID, errors)
    told = _compared(errors)
    if errors.after >= _MIN_ERRORS and _has_risen(errors):
        return Judgement(ERRORS_ID, Verdict.FAIL, f"it answers more requests with 4xx: {told}", undo)
    return Judgement(ERRORS_ID, Verdict.PASS, f"its 4xx answers have not risen: {told}")


def _has_risen(sums: MetricSums) -> bool:
    """Per hour, and never for less than a quarter of an hour: one call in a minute is not sixty in an hour."""
    return sums.after / max(sums.hours_after, 0.25) > _TIMES * sums.before / sums.hours_before


def _compared(sums: MetricSums) -> str:
    return (
        f"{sums.after:.0f} in the {sums.hours_after:.1f} h since the run, "
        f"{sums.before:.0f} in the {sums.hours_before:.0f} h before"
    )


def _replication(outcome: ReplicationOutcome | Unknown | None, undo: Advice) -> Judgement | None:
    if outcome is None:
        return None
    if isinstance(outcome, Unknown):
        return _unread(REPLICATION_ID, outcome)
    failed, failures = outcome.failed_objects, outcome.failures
    if not isinstance(failed, Unknown) and failed:
        names = ", ".join(printable(one) for one in failed[:_SHOWN])
        return Judgement(
            REPLICATION_ID, Verdict.FAIL, f"the replication of new objects of it has failed: {names}", undo
        )
    if isinstance(failures, MetricSums) and failures.after and _has_risen(failures):
        message = f"its replication fails more often: {_compared(failures)}"
        return Judgement(REPLICATION_ID, Verdict.FAIL, message, undo)
    for one in (failed, failures):
        if isinstance(one, Unknown):
            return _unread(REPLICATION_ID, one)
    return Judgement(REPLICATION_ID, Verdict.PASS, "no replication of its new objects has failed")


def _deliveries(found: Aftermath, since: datetime, undo: Advice) -> Iterator[Judgement]:
    listed = found.deliveries
    if isinstance(listed, Unknown):
        yield _unread(DELIVERIES_ID, listed)
        return
    regular = [one for one in listed.found if _is_regular(one, since)]
    stopped = [one for one in regular if _silence(one, since, listed.listed_at) >= _OVERDUE]
    late = [one for one in regular if _silence(one, since, listed.listed_at) > 1]
    if stopped:
        told = ", ".join(map(_describe, stopped[:_SHOWN]))
        yield Judgement(DELIVERIES_ID, Verdict.FAIL, f"nothing is delivered into it any more: {told}", undo)
    elif late:
        why = f"a delivery into it is late: {', '.join(map(_describe, late[:_SHOWN]))}"
        advice = Advice("look again later, or watch for longer")
        yield _unread(DELIVERIES_ID, Unknown(UnknownCause.UNRESOLVED, why, advice))
    elif listed.unread:
        yield _unread(DELIVERIES_ID, listed.unread)
    elif regular:
        yield Judgement(DELIVERIES_ID, Verdict.PASS, "all that is delivered into it still comes")


def _is_regular(delivery: Delivery, since: datetime) -> bool:
    """Whether somebody delivered until the run came: objects over an hour or more, and not stopped long before."""
    before = [at for at in delivery.times if at < since]
    if len(before) < _REGULAR or before[-1] - before[0] < _SPAN:
        return False
    return since - before[-1] <= _OVERDUE * _longest_pause(before)


def _longest_pause(times: Sequence[datetime]) -> timedelta:
    return max(after - before for before, after in pairwise(times))


def _silence(delivery: Delivery, since: datetime, now: datetime) -> float:
    """How many times the longest pause before the run nothing came; none within a quarter of an hour."""
    silence = now - max(delivery.times[-1], since)
    if silence < _PATIENCE:
        return 0.0
    return silence / max(_longest_pause([at for at in delivery.times if at < since]), _PATIENCE / _OVERDUE)


def _describe(delivery: Delivery) -> str:
    place = printable(delivery.prefix) or "its first level"
    return f"{place} (the last object is of {delivery.times[-1]:%Y-%m-%d %H:%M} UTC)"


def harmed(found: Sequence[Aftermath], run: str, since: datetime) -> list[tuple[WatchedBucket, Judgement]]:
    """Everything that is harm, with its bucket."""
    return [
        (one.bucket, said) for one in found for said in judge(one, run, since) if said.verdict is Verdict.FAIL
    ]
