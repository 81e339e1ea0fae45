"""One run over the objects of a bucket: what it is, where it stands on disk, and what it came to."""

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from s3kms.changes.journal import journal_path
from s3kms.model.advice import NO_ADVICE, Advice
from s3kms.model.exits import Exit
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
    """The callback of somebody who does not listen."""


@dataclass(frozen=True, slots=True)
class ReencryptCallbacks:
    """What a caller of a re-encryption takes part in: the library prints nothing and sets no signal handler."""

    confirm: Callable[[], object] = _nothing
    """Called before anything is written; raises Refused to say no."""
    on_run: Callable[[str, Path], object] = _nothing
    """The run's id and its journal, before the first write."""
    on_progress: Callable[[ReencryptProgress], object] = _nothing
    """How far it is, twice a second."""
    on_note: Callable[[str], object] = _nothing
    """What the run does now, in a sentence: the canary, the verification."""
    while_writing: Callable[[], AbstractContextManager[object]] = nullcontext
    """Entered before the first write and left after the last: where a program catches its signals."""
    control: RunControl = field(default_factory=RunControl)
    """Pauses and stops the run."""


@dataclass(frozen=True, slots=True)
class ReencryptResult:
    """What a run came to, as its log has it."""

    run: str
    bucket: str
    journal: Path
    log: Path
    outcomes: Mapping[tuple[str, Outcome, str], int]
    """How many versions came to what, by engine, outcome and reason."""
    passed: Mapping[str, int]
    """What was left alone because it was not meant, by group."""
    size: int
    """Bytes of all versions that were handed over."""
    bytes_moved: int
    under_way: int
    """Versions that were begun, and of which it is not known what they came to."""
    is_through: bool
    """Whether the evidence was read to its end."""
    verification: ObjectVerification | None
    sentences: tuple[str, ...] = ()
    """Of the last few versions that went wrong, what happened."""
    stopped: str | None = None
    """Why it ended before its time."""
    advice: Advice = NO_ADVICE

    @property
    def by_outcome(self) -> Counter[Outcome]:
        """How many versions came to what."""
        found: Counter[Outcome] = Counter()
        for (_, outcome, _), count in self.outcomes.items():
            found[outcome] += count
        return found

    @property
    def exit(self) -> Exit:
        """How a process ends: OK where every version that was meant is under the key, and was seen to be."""
        if self.stopped is not None or self.under_way or not self.is_through:
            return Exit.STOPPED
        is_done = all(outcome in DONE for _, outcome, _ in self.outcomes)
        is_verified = self.verification is not None and self.verification.is_clean
        return Exit.OK if is_done and is_verified else Exit.UNKNOWNS


def result_of(run: str, folder: Path, state: LogState) -> ReencryptResult:
    """What a log says of a run."""
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
    )
