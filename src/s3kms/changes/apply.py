"""Carrying changes out: re-read, journal, write, read back. Nothing is believed without a read-back."""

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum

from s3kms.changes.buckets.store import EncryptionStore
from s3kms.changes.journal import Journal
from s3kms.model.advice import NO_ADVICE, Advice, Command, Option
from s3kms.model.change import Change
from s3kms.model.encryption import Encryption
from s3kms.model.errors import AwsError, CredentialsProblem, NotFound, Refused, S3kmsError, Stopped

READ_BACK_WAITS_SECONDS = (0.2, 0.5, 1.0)
"""Seconds between read-backs while a server still shows what was there: S3 is told everywhere, soon."""


_PLAN_AGAIN = Advice("look at the bucket, plan again, then apply")
_NOT_S3 = Advice("this endpoint does not do what S3 does")


class ChangeResult(StrEnum):
    """What became of one change."""

    DONE = "done"
    FAILED = "failed"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class ChangeOutcome:
    """One bucket's result."""

    change: Change
    result: ChangeResult
    why: str = ""
    advice: Advice = NO_ADVICE


@dataclass(frozen=True, slots=True)
class Callbacks:
    """Who looks on: hears each outcome, and may ask to stop between two buckets."""

    tell: Callable[[ChangeOutcome], object] = lambda _: None
    should_stop: Callable[[], bool] = lambda: False
    waits: Sequence[float] = READ_BACK_WAITS_SECONDS


class _Drifted(Exception):
    """The bucket is not as it was when the change was planned."""


def check_max_changes(changes: Sequence[Change], max_changes: int) -> None:
    """Raises Refused where there are more than allowed; nothing has been asked or written then."""
    if len(changes) > max_changes:
        raise Refused(
            f"{len(changes)} buckets would change, and at most {max_changes} may",
            advice=Advice(
                "name fewer targets, or allow them with {option}",
                {"option": Option("max_changes", len(changes))},
            ),
        )


def apply(
    changes: Iterable[Change], store: EncryptionStore, journal: Journal, watch: Callbacks
) -> tuple[ChangeOutcome, ...]:
    """Each change in turn; the journal is ended in every case but a crash.

    Raises Stopped where anything was not done: a denied write lets the rest go on, while a bucket that was
    changed meanwhile, bad credentials, an interruption and a journal that cannot be written end the run.
    """
    outcomes: list[ChangeOutcome] = []
    waiting = list(changes)
    why, advice = None, NO_ADVICE
    try:
        while waiting and not watch.should_stop():
            outcomes.append(_apply_one(waiting[0], store, journal, watch.waits))
            waiting.pop(0)
            watch.tell(outcomes[-1])
        if waiting:
            why, advice = (
                "interrupted",
                Advice(
                    "the journal is in order; {undo} puts back", {"undo": Command("undo", (journal.run,))}
                ),
            )
    except Stopped as full:
        with suppress(Stopped):  # the last line is the shortest, and may still find room
            journal.end(stopped=str(full))
        raise
    except (_Drifted, S3kmsError) as stop:
        why, advice = str(stop), getattr(stop, "advice", NO_ADVICE) or _PLAN_AGAIN
    failed = [outcome for outcome in outcomes if outcome.result is ChangeResult.FAILED]
    if why is None and failed:
        why = f"{len(failed)} of {len(outcomes)} changes failed"
        advice = Advice(
            "fix the cause and run again, or put the others back with {undo}",
            {"undo": Command("undo", (journal.run,))},
        )
    journal.end(stopped=why)
    if why is not None:
        done = sum(outcome.result is ChangeResult.DONE for outcome in outcomes)
        left = f", {len(waiting)} not done" if waiting else ""
        raise Stopped(f"run {journal.run} stopped: {why} ({done} changed{left})", advice=advice)
    return tuple(outcomes)


def _apply_one(
    change: Change, store: EncryptionStore, journal: Journal, waits: Sequence[float]
) -> ChangeOutcome:
    """Raises _Drifted and CredentialsProblem with nothing open in the journal, Stopped where it is full."""
    try:
        now = store.read(change)
    except CredentialsProblem:
        raise
    except AwsError as error:
        return _failed(change, f"not written: {error}", error.advice, journal)
    if now.means_the_same(change.after):
        journal.kept(change.bucket, "it is so already")
        return ChangeOutcome(change, ChangeResult.KEPT, "it is so already")
    if not now.means_the_same(change.before):
        raise _Drifted(f"s3://{change.bucket} was changed since the plan was made")
    change = replace(change, before=now)
    journal.intend(change)
    try:
        store.write(change)
    except AwsError as error:
        return _after_a_failed_write(change, error, store, journal)
    return _judged(change, _read_back(change, store, waits), journal)


def _after_a_failed_write(
    change: Change, error: AwsError, store: EncryptionStore, journal: Journal
) -> ChangeOutcome:
    """An error is no proof that nothing was written: an answer can be lost on its way."""
    found = _read_back(change, store, ())
    if isinstance(found, Encryption) and found.means_the_same(change.after):
        return _judged(change, found, journal)
    outcome = _failed(change, f"{error}; {_found_words(change, found)}", error.advice, journal)
    if isinstance(error, CredentialsProblem):
        raise error
    return outcome


def _read_back(change: Change, store: EncryptionStore, waits: Sequence[float]) -> Encryption | AwsError:
    for wait in (*waits, None):
        try:
            found: Encryption | AwsError = store.read(change)
        except AwsError as error:
            found = error
        late = isinstance(found, Encryption) and found.means_the_same(change.before)
        if wait is None or not late:
            return found
        time.sleep(wait)
    raise AssertionError("the last round always returns")


def _judged(change: Change, found: Encryption | AwsError, journal: Journal) -> ChangeOutcome:
    if isinstance(found, Encryption) and found.means_the_same(change.after):
        journal.done(change.bucket)
        return ChangeOutcome(change, ChangeResult.DONE)
    advice = found.advice if isinstance(found, AwsError) else _NOT_S3
    return _failed(change, f"the write was accepted, yet {_found_words(change, found)}", advice, journal)


def _found_words(change: Change, found: Encryption | AwsError) -> str:
    if isinstance(found, NotFound):
        return "the bucket is gone"
    if isinstance(found, AwsError):
        return f"what the bucket has now is not known: {found}"
    if found.means_the_same(change.before):
        return "the bucket is as it was"
    wrong = [
        name
        for name, is_, meant in zip(
            ("algorithm", "key", "bucket key", "blocked encryption types"),
            found.meaning,
            change.after.meaning,
            strict=True,
        )
        if is_ != meant
    ]
    return f"the bucket has another {' and '.join(wrong)} than was written"


def _failed(change: Change, why: str, advice: Advice, journal: Journal) -> ChangeOutcome:
    journal.failed(change.bucket, why)
    return ChangeOutcome(change, ChangeResult.FAILED, why, advice)
