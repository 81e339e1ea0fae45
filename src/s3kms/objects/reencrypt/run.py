"""One run over the objects of a bucket: its callbacks, its files, and its result."""

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from s3kms.changes.journal import journal_path
from s3kms.model.advice import NO_ADVICE, Advice
from s3kms.model.exits import Exit
from s3kms.model.scan_context import ScanContext
from s3kms.objects.context import context_of_record
from s3kms.objects.interface import Outcome
from s3kms.objects.log.state import LogState
from s3kms.objects.reencrypt.pacing import ReencryptProgress, RunControl
from s3kms.objects.reencrypt.verification import ObjectVerification

DONE = frozenset({Outcome.CHANGED, Outcome.ALREADY})


def run_folder(folder: Path, run: str) -> Path:
    """Where a run over objects keeps its log, and its engines their files, below the folder of the journals."""
    return journal_path(folder, run).with_suffix("")


def log_path(folder: Path, run: str) -> Path:
    """The compact log of a run. Raises BadInput for what is not a run's id."""
    return run_folder(folder, run) / "objects.log"


def _nothing(*_: object) -> None:
    """The default callback: does nothing."""


@dataclass(frozen=True, slots=True)
class ReencryptCallbacks:
    """The callbacks of a re-encryption: the library prints nothing and installs no signal handler."""

    confirm: Callable[[], object] = _nothing
    """Called before anything is written; raises Refused to decline."""
    on_run: Callable[[str, Path], object] = _nothing
    """Called with the id of the run and the path of its journal, before the first write."""
    on_progress: Callable[[ReencryptProgress], object] = _nothing
    """Called with the progress, twice per second."""
    on_note: Callable[[str], object] = _nothing
    """Called with a sentence on what the run is doing: the canary, the verification."""
    while_writing: Callable[[], AbstractContextManager[object]] = nullcontext
    """A context entered before the first write and exited after the last, where a program handles its signals."""
    control: RunControl = field(default_factory=RunControl)
    """Pauses and stops the run."""


@dataclass(frozen=True, slots=True)
class ReencryptResult:
    """The result of a run, read from its log."""

    run: str
    bucket: str
    journal: Path
    log: Path
    outcomes: Mapping[tuple[str, Outcome, str], int]
    """Number of versions by engine, outcome and reason."""
    passed: Mapping[str, int]
    """Number of versions that were skipped because they were not selected, by group."""
    size: int
    """Bytes of all versions that were handed to an engine."""
    bytes_moved: int
    under_way: int
    """Number of versions that were started and whose result is unknown."""
    is_through: bool
    """Whether the evidence was read to its end."""
    verification: ObjectVerification | None
    sentences: tuple[str, ...] = ()
    """What happened to the last few versions that were not re-encrypted, a sentence each."""
    stopped: str | None = None
    """Why the run stopped early; None if it did not."""
    advice: Advice = NO_ADVICE
    context: ScanContext | None = None
    """As whom and when its last process ran that ended; of a run that was killed, the one that started it."""

    @property
    def by_outcome(self) -> Counter[Outcome]:
        """Number of versions by outcome."""
        found: Counter[Outcome] = Counter()
        for (_, outcome, _), count in self.outcomes.items():
            found[outcome] += count
        return found

    @property
    def exit(self) -> Exit:
        """The exit code: OK if every selected version is under the key and was verified."""
        if self.stopped is not None or self.under_way or not self.is_through:
            return Exit.STOPPED
        is_done = all(outcome in DONE for _, outcome, _ in self.outcomes)
        is_verified = self.verification is not None and self.verification.is_clean
        return Exit.OK if is_done and is_verified else Exit.UNKNOWNS


def result_of(run: str, folder: Path, state: LogState) -> ReencryptResult:
    """The result of a run, from its log."""
    ended: Mapping[str, Any] = state.ended or {}
    return ReencryptResult(
        run=run,
        bucket=state.bucket,
        journal=journal_path(folder, run),
        log=log_path(folder, run),
        outcomes=dict(state.outcomes),
        passed=dict(state.passed),
        size=state.handed_bytes,
        bytes_moved=state.bytes_moved,
        under_way=sum(len(one.missing) for one in state.open.values()),
        is_through=state.is_evidence_read,
        verification=None if state.verified is None else ObjectVerification.of_record(state.verified),
        sentences=tuple(state.sentences),
        stopped=ended.get("stopped"),
        context=context_of_record(ended.get("context") or state.header.get("context")),
    )
