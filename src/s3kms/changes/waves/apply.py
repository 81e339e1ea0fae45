"""A wave carried out: a run an account, each with its journal, and the end in the ledger of the plan."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from s3kms.changes.apply import (
    Callbacks,
    ChangeOutcome,
    ChangeResult,
    RunPlan,
    RunResult,
    check_max_changes,
    run_changes,
)
from s3kms.changes.waves.account import AccountWave
from s3kms.changes.waves.ledger import RunBegun, WaveEnded, WaveLedger, WaveWaived, open_ledger
from s3kms.changes.waves.order import describe_wave
from s3kms.changes.waves.prepare import PreparedWave, check_order
from s3kms.changes.waves.reassess import SkippedEntry
from s3kms.model.advice import Advice, Command, Option
from s3kms.model.errors import Stopped
from s3kms.text.count import count

if TYPE_CHECKING:
    from s3kms.changes.waves.request import WaveRequest


@dataclass(frozen=True, slots=True)
class WaveResult:
    """A wave that was carried out: it came to its end, but for buckets that could not be read."""

    plan: str
    """The id of the plan."""
    wave: int | None
    """None where all buckets that were ready were carried out together."""
    runs: tuple[RunResult, ...]
    """One an account; none where nothing was left to do."""
    skipped: tuple[SkippedEntry, ...]
    """Buckets that were skipped, because they are no longer as they were planned."""
    kept: int
    """How many buckets had already what the plan gives them."""

    @property
    def changed(self) -> int:
        """How many buckets were written and read back."""
        return sum(run.changed for run in self.runs)


def apply_wave(
    prepared: PreparedWave, folder: Path, *, command: str = "", callbacks: Callbacks = Callbacks()
) -> WaveResult:
    """Carry out what was prepared: account by account, each change journalled, written, and read back.

    Raises Refused before anything is written: where more buckets than `max_changes` would change, the caller does not
    confirm, or another process carries the plan out. Raises Stopped where something was not done: the same wave again
    goes on with what is left.
    """
    request, saved = prepared.request, prepared.saved
    check_max_changes(len(prepared.changes), request.max_changes)
    if prepared.changes:
        callbacks.confirm()
    with open_ledger(folder, saved.plan) as ledger:
        check_order(request, saved, folder)  # another process may have changed what stands there
        _waive(request, ledger)
        application = _WaveApplication(prepared, folder, command, callbacks, ledger)
        with callbacks.while_writing() if prepared.changes else nullcontext():
            runs = application.run()
        kept = len(prepared.done) + sum(run.kept for run in runs)
        changed, skipped = sum(run.changed for run in runs), len(prepared.skipped)
        if not prepared.unread:
            ledger.add(WaveEnded(datetime.now(UTC), "wave", request.wave, changed, kept, skipped))
    return WaveResult(saved.plan, request.wave, tuple(runs), prepared.skipped, kept)


def _waive(request: "WaveRequest", ledger: WaveLedger) -> None:
    if request.waive is not None and request.approved_by is not None:
        ledger.add(WaveWaived(datetime.now(UTC), "waived", request.waive, request.approved_by))


def _nothing() -> None:
    """The question was asked already, for the whole wave."""


@dataclass(slots=True)
class _WaveApplication:
    """The writing of one wave."""

    prepared: PreparedWave
    folder: Path
    command: str
    callbacks: Callbacks
    ledger: WaveLedger
    _failed: int = 0
    _outcomes: list[ChangeOutcome] = field(default_factory=list)

    def run(self) -> list[RunResult]:
        """Every account in its turn. Raises Stopped."""
        results: list[RunResult] = []
        problems: list[Stopped] = []
        for account in self.prepared.accounts:
            if not account.changes:
                continue
            if self.callbacks.should_stop():
                raise self._stopped(f"interrupted before account {account.account}", Advice(""))
            self._outcomes = []
            try:
                results.append(self._run_account(account))
            except Stopped as stopped:
                problems.append(stopped)
                self._failed += self._count_failures()
                is_tried = len(self._outcomes) == len(account.changes) and self._count_failures()
                if not is_tried or self._failed >= self.prepared.request.max_failures:
                    break
        if problems:
            raise self._stopped("; ".join(map(str, problems)), problems[-1].advice)
        return results

    def _run_account(self, account: AccountWave) -> RunResult:
        from s3kms.changes.buckets.medium import BucketMedium

        if account.connection is None:
            raise AssertionError("an account that was not entered has no changes")
        plan = RunPlan(
            changes=account.changes,
            folder=self.folder,
            command=self.command,
            request=self._request_of(account),
            max_failures=self.prepared.request.max_failures - self._failed,
        )
        callbacks = replace(
            self.callbacks,
            confirm=_nothing,
            on_run=self._begin,
            on_outcome=self._noting(self.callbacks.on_outcome),
            while_writing=nullcontext,
        )
        return run_changes(plan, BucketMedium.of(account.connection), callbacks)

    def _request_of(self, account: AccountWave) -> dict[str, Any]:
        accepted = [{"bucket": one.bucket, "hazard": one.hazard, "why": one.why} for one in account.accepted]
        request = self.prepared.request.journalled(self.prepared.saved.plan, datetime.now(UTC))
        others = {"assumed_role": account.role, "accepted_hazards": accepted}
        return {**request, **{name: value for name, value in others.items() if value}}

    def _begin(self, run: str, journal: Path) -> None:
        self.ledger.add(RunBegun(datetime.now(UTC), "run", self.prepared.request.wave, run))
        self.callbacks.on_run(run, journal)

    def _noting(self, then: Callable[[ChangeOutcome], object]) -> Callable[[ChangeOutcome], object]:
        def note(outcome: ChangeOutcome) -> None:
            self._outcomes.append(outcome)
            then(outcome)

        return note

    def _count_failures(self) -> int:
        return sum(one.result is ChangeResult.FAILED for one in self._outcomes)

    def _stopped(self, why: str, advice: Advice) -> Stopped:
        request = self.prepared.request
        options = [Option("plan", str(request.file))]
        options += [Option("wave", request.wave)] if request.wave is not None else []
        options += [Option("accept", name) for name in request.accept]
        again = Command("fix", (), (*options, Option("apply")))
        joint = "; " if advice else ""
        return Stopped(
            f"{describe_wave(self.prepared.saved.plan, request.wave)} stopped: {why}",
            advice=advice.extended(f"{joint}{{again}} goes on with what is left", {"again": again}),
        )


def question_of_wave(prepared: PreparedWave) -> str:
    """What a person is asked before anything is written."""
    accounts = sum(bool(one.changes) for one in prepared.accounts)
    where = f" in {accounts} accounts" if accounts > 1 else ""
    what = describe_wave(prepared.saved.plan, prepared.request.wave)
    return f"Change the default encryption of {count(len(prepared.changes), 'bucket')}{where}, {what}?"
