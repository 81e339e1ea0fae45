"""Carrying changes out, in every medium: re-read, journal, write, read back, journal.

Nothing is believed without a read-back, and nothing is written that is not in the journal before.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Generic

from s3kms.changes.interface import ChangeT, EntryT, Medium, Standing, StateT
from s3kms.changes.journal import Journal, RunHeader, new_run_id
from s3kms.model.advice import NO_ADVICE, Advice, Command, Option
from s3kms.model.errors import AwsError, CredentialsProblem, NotFound, Refused, S3kmsError, Stopped
from s3kms.text.count import count

MAX_IGNORED_WRITES = 3
"""In a row: a server that does this to three does it to all."""


class ChangeResult(StrEnum):
    """What became of one change."""

    DONE = "done"
    """Written, and read back."""
    FAILED = "failed"
    """Not written, or not as it was meant."""
    KEPT = "kept"
    """Nothing was sent: it was so already."""


@dataclass(frozen=True, slots=True)
class ChangeOutcome:
    """The result for one bucket or file."""

    subject: str
    """What was to be changed: `s3://logs`, `/infra/main.tf`."""
    result: ChangeResult
    why: str = ""
    advice: Advice = NO_ADVICE
    was_accepted: bool = False
    """Whether a write that FAILED had been accepted: then something else was read back than was written."""
    is_altered: bool = False
    """Whether a FAILED change altered something: what was read back is neither what was there nor what was meant."""
    may_be_undone: bool = True
    """Whether something may be left to restore; not where nothing was written, or what was there was read back."""


def _nothing(*_: object) -> None:
    """The callback of somebody who does not listen."""


@dataclass(frozen=True, slots=True)
class Callbacks:
    """What a caller of `apply` or `undo` takes part in: the library prints nothing and sets no signal handler."""

    confirm: Callable[[], object] = _nothing
    """Called once it is known that something may be written, before a journal is made; raises Refused to say no."""
    on_run: Callable[[str, Path], object] = _nothing
    """The run's id and its journal, before the first write."""
    on_outcome: Callable[[ChangeOutcome], object] = _nothing
    """Each result as it comes. An error that it raises ends the run and leaves the journal without its last line."""
    while_writing: Callable[[], AbstractContextManager[object]] = nullcontext
    """Entered before the first write and left after the last: where a program catches its signals."""
    should_stop: Callable[[], bool] = lambda: False
    """Asked between two changes; True ends the run there, with the journal in order."""


@dataclass(frozen=True, slots=True)
class RunResult:
    """A run that came to its end."""

    run: str
    journal: Path
    outcomes: tuple[ChangeOutcome, ...]

    @property
    def changed(self) -> int:
        """How many were written and read back."""
        return sum(outcome.result is ChangeResult.DONE for outcome in self.outcomes)

    @property
    def kept(self) -> int:
        """How many were so already."""
        return len(self.outcomes) - self.changed


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPlan(Generic[ChangeT]):
    """What one run is to write, and what its journal says of it besides the changes."""

    changes: Sequence[ChangeT]
    folder: Path
    """Of the journals."""
    command: str = ""
    """What was typed, as the caller words it."""
    request: Mapping[str, Any] | None = None
    """What was asked for, as JSON data."""
    undoes: str | None = None
    """The run that this one restores whole."""
    restores: str | None = None
    """The run that this one restores, whole or in part."""
    prove: Callable[[], str | None] = lambda: None
    """Says what is wrong when all is written; None where nothing is."""
    max_failures: int | None = None
    """After so many failed changes no other is tried; None tries them all."""


class _Drifted(Exception):
    """The thing is not as it was when the change was planned."""


def run_changes(
    plan: RunPlan[ChangeT],
    medium: Medium[ChangeT, EntryT, StateT],
    callbacks: Callbacks = Callbacks(),
) -> RunResult:
    """Ask the caller, make a journal, and apply the changes under it.

    Raises Refused before anything is written: by the caller's `confirm`, where the journal cannot be made, and in a
    medium whose changes are one unit where something is not as it was planned on. Raises Stopped as `apply_changes`.
    """
    callbacks.confirm()
    if medium.is_one_unit:
        check_unchanged(plan.changes, medium)
    now = datetime.now(UTC)
    header = RunHeader(
        new_run_id(now),
        now,
        plan.command,
        medium.account,
        medium.endpoint,
        plan.undoes,
        medium.kind.name,
        medium.roots,
        len(plan.changes),
        plan.request,
        plan.restores,
    )
    with Journal.create(plan.folder, header, medium.kind) as journal, callbacks.while_writing():
        callbacks.on_run(journal.run, journal.path)
        outcomes = apply_changes(
            plan.changes, medium, journal, callbacks, plan.prove, max_failures=plan.max_failures
        )
    return RunResult(header.run, journal.path, outcomes)


def check_max_changes(
    changes: int, max_changes: int, noun: str = "bucket", option: str = "max_changes"
) -> None:
    """Raises Refused where more things would change than are allowed; nothing has been asked or written then.

    `option` is the one that allows more.
    """
    if changes > max_changes:
        raise Refused(
            f"{count(changes, noun)} would change, and at most {max_changes} may",
            advice=Advice(
                "name fewer targets, or allow them with {option}",
                {"option": Option(option, changes)},
            ),
        )


def check_unchanged(changes: Sequence[ChangeT], medium: Medium[ChangeT, EntryT, StateT]) -> None:
    """Raises Refused where something is not as it was planned on, or cannot be read."""
    for change in changes:
        entry = medium.entry_of(change)
        if medium.compare(entry, medium.read(entry)) is not Standing.BEFORE:
            raise Refused(
                f"{medium.describe(entry)} was changed since it was read",
                advice="run again: it is planned anew",
            )


@dataclass(frozen=True, slots=True)
class _Application(Generic[ChangeT, EntryT, StateT]):
    """The writing of one run's changes."""

    medium: Medium[ChangeT, EntryT, StateT]
    journal: Journal[EntryT]

    def apply_one(self, change: ChangeT) -> ChangeOutcome:
        """Raises _Drifted or an error that ends the run, nothing open in the journal; Stopped where it is full."""
        entry = self.medium.entry_of(change)
        try:
            state = self.medium.read(entry)
        except S3kmsError as error:
            if _ends_a_run(error):
                raise
            return self._fail(entry, f"not written: {error}", error.advice)
        standing = self.medium.compare(entry, state)
        if standing is Standing.AFTER:
            self.journal.kept(entry, "it is so already")
            return ChangeOutcome(self.medium.describe(entry), ChangeResult.KEPT, "it is so already")
        if standing is Standing.OTHER:
            raise _Drifted(f"{self.medium.describe(entry)} was changed since the plan was made")
        change = self.medium.rebase(change, state)
        entry = self.medium.entry_of(change)
        self.journal.intend(entry)
        try:
            self.medium.write(change, self.journal.run)
        except S3kmsError as error:
            return self._after_a_failed_write(entry, error)
        return self._confirm(entry, self._read_back(entry, self.medium.read_back_waits_seconds))

    def _after_a_failed_write(self, entry: EntryT, error: S3kmsError) -> ChangeOutcome:
        """An error is no proof that nothing was written: an answer can be lost on its way."""
        found = self._read_back(entry, ())
        if not isinstance(found, S3kmsError) and self.medium.compare(entry, found) is Standing.AFTER:
            return self._confirm(entry, found)
        outcome = self._fail(entry, f"{error}; {self._describe_found(entry, found)}", error.advice, found)
        if _ends_a_run(error):
            raise error
        return outcome

    def _read_back(self, entry: EntryT, waits_seconds: Sequence[float]) -> StateT | S3kmsError:
        for wait in (*waits_seconds, None):
            found: StateT | S3kmsError
            try:
                found = self.medium.read(entry)
            except S3kmsError as error:
                found = error
            is_late = not isinstance(found, S3kmsError) and (
                self.medium.compare(entry, found) is Standing.BEFORE
            )
            if wait is None or not is_late:
                return found
            time.sleep(wait)
        raise AssertionError("the last round always returns")

    def _confirm(self, entry: EntryT, found: StateT | S3kmsError) -> ChangeOutcome:
        if not isinstance(found, S3kmsError) and self.medium.compare(entry, found) is Standing.AFTER:
            self.journal.done(entry)
            return ChangeOutcome(self.medium.describe(entry), ChangeResult.DONE)
        advice = found.advice if isinstance(found, S3kmsError) else self.medium.ignored_write_advice
        why = f"the write was accepted, yet {self._describe_found(entry, found)}"
        outcome = self._fail(entry, why, advice, found)
        return replace(outcome, was_accepted=not isinstance(found, S3kmsError))

    def _describe_found(self, entry: EntryT, found: StateT | S3kmsError) -> str:
        noun = self.medium.kind.noun
        if isinstance(found, NotFound):
            return f"the {noun} is gone"
        if isinstance(found, S3kmsError):
            return f"what the {noun} has now is not known: {found}"
        if self.medium.compare(entry, found) is Standing.BEFORE:
            return f"the {noun} is as it was"
        return self.medium.describe_difference(entry, found)

    def _fail(
        self, entry: EntryT, why: str, advice: Advice, found: StateT | S3kmsError | None = None
    ) -> ChangeOutcome:
        """Journal the failure, with what was read back where it is something new: that can be restored, too."""
        instead, is_altered = None, False
        may_be_undone = found is not None and not isinstance(found, NotFound)
        if found is not None and not isinstance(found, S3kmsError):
            standing = self.medium.compare(entry, found)
            is_altered, may_be_undone = standing is Standing.OTHER, standing is not Standing.BEFORE
            instead = self.medium.found_instead(entry, found) if is_altered else None
        self.journal.failed(entry, why, instead)
        subject = self.medium.describe(entry)
        return ChangeOutcome(
            subject,
            ChangeResult.FAILED,
            why,
            advice,
            is_altered=is_altered,
            may_be_undone=may_be_undone,
        )


def _ends_a_run(error: S3kmsError) -> bool:
    """Whether no other change can do better: bad credentials, a configuration that cannot be used, a full disk."""
    return isinstance(error, CredentialsProblem) or not isinstance(error, AwsError)


def apply_changes(
    changes: Sequence[ChangeT],
    medium: Medium[ChangeT, EntryT, StateT],
    journal: Journal[EntryT],
    callbacks: Callbacks = Callbacks(),
    prove: Callable[[], str | None] = lambda: None,
    *,
    max_failures: int | None = None,
) -> tuple[ChangeOutcome, ...]:
    """Each change in turn, then the proof of the whole; the journal is ended in every case but a crash.

    Returns the outcomes in order. `prove` says what is wrong now that all is written, None where nothing is.

    Raises Stopped where anything was not done: a denied write lets the rest go on, while a thing that was changed
    meanwhile, bad credentials, an interruption, a journal that cannot be written, writes that are accepted and not
    done (`MAX_IGNORED_WRITES` in a row), as many failures as `max_failures`, and in a medium whose changes are one
    unit any failure, end the run.
    """
    application = _Application(medium, journal)
    outcomes: list[ChangeOutcome] = []
    waiting = list(changes)
    why, advice = None, NO_ADVICE
    try:
        while waiting and not callbacks.should_stop():
            outcomes.append(application.apply_one(waiting[0]))
            waiting.pop(0)
            callbacks.on_outcome(outcomes[-1])
            if ending := _ending_after(outcomes, medium, max_failures if waiting else None):
                why, advice = ending
                break
        if why is None and waiting:
            why, advice = "interrupted", Advice("the journal is in order")
        elif all(outcome.result is not ChangeResult.FAILED for outcome in outcomes):
            why = prove()  # never after a failure
    except Stopped as full:
        with suppress(Stopped):  # the last line is the shortest, and may still find room
            journal.end(stopped=str(full))
        raise
    except (_Drifted, S3kmsError) as stop:
        why = str(stop)
        advice = getattr(stop, "advice", NO_ADVICE) or Advice("look at it, plan again, then apply")
    failed = sum(outcome.result is ChangeResult.FAILED for outcome in outcomes)
    if why is None and failed:
        why, advice = f"{failed} of {len(outcomes)} changes failed", Advice("fix the cause and run again")
    journal.end(stopped=why)
    if why is not None:
        raise _stopped(journal.run, why, advice, outcomes, len(waiting))
    return tuple(outcomes)


def _ending_after(
    outcomes: Sequence[ChangeOutcome], medium: Medium[Any, Any, Any], max_failures: int | None
) -> tuple[str, Advice] | None:
    """Why nothing more is tried after these, and what to do; None where the run goes on."""
    last = outcomes[-1]
    if medium.is_one_unit and last.result is ChangeResult.FAILED:
        return f"{last.subject}: {last.why}", last.advice
    if _is_ignored(outcomes[-MAX_IGNORED_WRITES:]):
        why = f"{MAX_IGNORED_WRITES} writes in a row were accepted and did not do what they say"
        return why, medium.ignored_write_advice
    failed = sum(outcome.result is ChangeResult.FAILED for outcome in outcomes)
    if max_failures is not None and failed >= max_failures:
        why = f"{count(failed, 'change')} failed, and no more may fail ({outcomes[-1].subject} was the last)"
        return why, Advice("fix the cause, then go on")
    return None


def _is_ignored(last: Sequence[ChangeOutcome]) -> bool:
    """Whether as many writes as are too many were all accepted and not done."""
    return len(last) == MAX_IGNORED_WRITES and all(outcome.was_accepted for outcome in last)


def _stopped(run: str, why: str, advice: Advice, outcomes: Sequence[ChangeOutcome], not_done: int) -> Stopped:
    """The error that a run ends with: how far it came, and how to restore what it changed."""
    done = sum(outcome.result is ChangeResult.DONE for outcome in outcomes)
    altered = sum(outcome.is_altered for outcome in outcomes)
    left = f", {altered} changed, not as meant" if altered else ""
    left += f", {not_done} not done" if not_done else ""
    if any(outcome.result is not ChangeResult.KEPT and outcome.may_be_undone for outcome in outcomes):
        back = "{undo} restores what was there"
        joint = "; " if advice else ""
        advice = advice.extended(f"{joint}{back}", {"undo": Command("undo", (run,))})
    return Stopped(f"run {run} stopped: {why} ({done} changed{left})", advice=advice)
