"""What a log says: how far the run has come, what was under way, and the sums. One pass, in bounded memory."""

import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from s3kms.model.errors import BadInput
from s3kms.model.objects import ObjectVersion
from s3kms.objects.interface import Outcome
from s3kms.objects.log.frames import MAGIC, Frame, read_frames
from s3kms.objects.log.records import (
    BlockHead,
    FrameKind,
    LogPlace,
    ResultRun,
    parse_json,
    unpack_head,
    unpack_results,
    unpack_versions,
)

MAX_SENTENCES = 5
TOLD = ".told."
"""In the name of a mark after which a job engine does not yield earlier results again."""
_MALFORMED = (LookupError, TypeError, ValueError, zlib.error)


def _reason(payload: bytes) -> tuple[str, str]:
    record = parse_json(payload)
    return str(record["engine"]), str(record["reason"])


@dataclass(slots=True)
class OpenBlock:
    """A block of which not every version has a result."""

    head: BlockHead
    missing: set[int]
    """The places of the versions without one."""

    def under_way(self, bucket: str) -> list[tuple[LogPlace, ObjectVersion]]:
        """The versions without a result, in order. Raises BadInput where they cannot be read."""
        try:
            assigned = unpack_versions(bucket, self.head.packed)
        except _MALFORMED as error:
            raise BadInput(f"block {self.head.number} of the log cannot be read") from error
        return [
            (LogPlace(self.head.number, index, assigned[index].engine), assigned[index].version)
            for index in sorted(self.missing)
        ]


@dataclass(slots=True)
class LogState:
    """What a log says, as far as it is whole."""

    header: dict[str, Any] = field(default_factory=dict)
    end: int = len(MAGIC)
    """Where the file goes on."""
    checksum: bytes = bytes(8)
    bookmark: str = ""
    """Where the evidence goes on."""
    blocks: int = 0
    open: dict[int, OpenBlock] = field(default_factory=dict)
    outcomes: Counter[tuple[str, Outcome, str]] = field(default_factory=Counter)
    """How many versions came to what, by engine, outcome and reason."""
    failed: dict[int, Counter[tuple[str, str]]] = field(default_factory=dict)
    """By block, how many versions failed, by engine and reason: those can be tried again."""
    passed: Counter[str] = field(default_factory=Counter)
    passed_bytes: Counter[str] = field(default_factory=Counter)
    """What was skipped, by group."""
    handed: int = 0
    """Versions that stand in blocks."""
    handed_bytes: int = 0
    bytes_moved: int = 0
    reasons: list[tuple[str, str]] = field(default_factory=list)
    """An engine and why an object came to what it did, as results name them by number."""
    marks: dict[str, str] = field(default_factory=dict)
    told: dict[str, int] = field(default_factory=dict)
    """By job engine, the number of results when it last set a mark that it will not yield them again."""
    sentences: list[str] = field(default_factory=list)
    """Of the last few versions that went wrong, what happened."""
    is_evidence_read: bool = False
    """Whether the evidence was read to its end."""
    verified: dict[str, Any] | None = None
    ended: dict[str, Any] | None = None

    @property
    def bucket(self) -> str:
        """The bucket whose objects they are."""
        return str(self.header.get("bucket", ""))

    @property
    def finished(self) -> int:
        """Versions that have a result."""
        return sum(self.outcomes.values())

    def finished_by(self, engine: str) -> int:
        """Versions that have a result of one engine."""
        return sum(number for (name, _, _), number in self.outcomes.items() if name == engine)

    def take(self, frame: Frame) -> None:
        """One frame more. Raises one of `_MALFORMED`."""
        match frame.kind:
            case FrameKind.HEADER:
                self.header = parse_json(frame.payload)
            case FrameKind.BLOCK:
                self._take_block(unpack_head(frame.payload))
            case FrameKind.RESULTS:
                self._take_results(frame.payload)
            case FrameKind.REASON:
                self.reasons.append(_reason(frame.payload))
            case FrameKind.MARK:
                self._take_mark(parse_json(frame.payload))
            case FrameKind.DETAIL:
                self.sentences = [*self.sentences, str(parse_json(frame.payload)["sentence"])][
                    -MAX_SENTENCES:
                ]
            case FrameKind.EVIDENCE_END:
                self.is_evidence_read = True
                self._pass(parse_json(frame.payload)["passed"])
            case FrameKind.VERIFIED:
                self.verified = parse_json(frame.payload)
            case FrameKind.END:
                self.ended = parse_json(frame.payload)
        self.end, self.checksum = frame.end, frame.checksum

    def _take_block(self, head: BlockHead) -> None:
        self.blocks = head.number + 1
        self.bookmark = head.bookmark
        self.handed += head.count
        self._pass(head.passed)
        self.ended = self.verified = None
        if head.retries is None:
            self.handed_bytes += head.size
        else:  # counted in the blocks where they failed
            self._forget_failures(head.retries)
        if head.count:
            self.open[head.number] = OpenBlock(head, set(range(head.count)))

    def _take_results(self, payload: bytes) -> None:
        number, bytes_moved, runs = unpack_results(payload)
        block = self.open[number]
        self.bytes_moved += bytes_moved
        for run in runs:
            engine, reason = self.reasons[run.reason]
            self.outcomes[engine, run.outcome, reason] += run.length
            if run.outcome is Outcome.FAILED:
                self.failed.setdefault(number, Counter())[engine, reason] += run.length
            block.missing.difference_update(range(run.start, run.start + run.length))
        if not block.missing:
            del self.open[number]

    def _forget_failures(self, through: int) -> None:
        """What failed up to a block is tried again: it has no result, until it gets a new one."""
        for number in [one for one in self.failed if one <= through]:
            for (engine, reason), count in self.failed.pop(number).items():
                self.outcomes[engine, Outcome.FAILED, reason] -= count
                self.handed -= count
        self.outcomes = +self.outcomes

    def _take_mark(self, mark: dict[str, Any]) -> None:
        name = str(mark["name"])
        if TOLD in name:
            engine = name.partition(".")[0]
            self.told[engine] = self.finished_by(engine)
        self.marks.pop(name, None)
        if mark["text"]:
            self.marks[name] = str(mark["text"])

    def _pass(self, passed: Any) -> None:
        for group, (count, size) in passed.items():
            self.passed[group] += count
            self.passed_bytes[group] += size


def read_state(path: Path) -> LogState:
    """What a log says. Raises BadInput for what is no log, Refused for one that was changed."""
    state = LogState()
    for frame in read_frames(path):
        try:
            state.take(frame)
        except _MALFORMED as error:
            raise _malformed(path) from error
    if not state.header:
        raise BadInput(f"{path} is not an object log: it has no header")
    return state


@dataclass(frozen=True, slots=True)
class LoggedResult:
    """What became of one version, as the log has it; without a result it was under way."""

    version: ObjectVersion
    engine: str
    block: int
    outcome: Outcome | None = None
    reason: str = ""


def read_results(path: Path, bucket: str) -> Iterator[LoggedResult]:
    """Every version of a log with what became of it, block by block as blocks are complete; what was under way last.

    A failure that was retried is included: its block is one that `last_retried` covers. Raises as
    `read_state`.
    """
    waiting: dict[int, tuple[BlockHead, list[ResultRun], int]] = {}
    reasons: list[tuple[str, str]] = []
    for frame in read_frames(path):
        try:
            if frame.kind == FrameKind.BLOCK:
                head = unpack_head(frame.payload)
                waiting[head.number] = (head, [], head.count)
            elif frame.kind == FrameKind.REASON:
                reasons.append(_reason(frame.payload))
            elif frame.kind == FrameKind.RESULTS:
                number, _, runs = unpack_results(frame.payload)
                head, found, missing = waiting[number]
                missing -= sum(run.length for run in runs)
                waiting[number] = (head, found + runs, missing)
                if missing <= 0:
                    del waiting[number]
                    yield from _results_of(bucket, head, found + runs, reasons)
        except _MALFORMED as error:
            raise _malformed(path) from error
    for head, found, _ in waiting.values():
        yield from _results_of(bucket, head, found, reasons)


def last_retried(path: Path) -> int:
    """The last block whose failures were tried again; -1 where none was. Raises as `read_state`."""
    last = -1
    for frame in read_frames(path):
        if frame.kind == FrameKind.BLOCK:
            try:
                retries = unpack_head(frame.payload).retries
            except _MALFORMED as error:
                raise _malformed(path) from error
            last = last if retries is None else max(last, retries)
    return last


def _results_of(
    bucket: str, head: BlockHead, runs: list[ResultRun], reasons: list[tuple[str, str]]
) -> Iterator[LoggedResult]:
    versions = unpack_versions(bucket, head.packed)
    results = [LoggedResult(one.version, one.engine, head.number) for one in versions]
    for run in runs:
        engine, reason = reasons[run.reason]
        for place in range(run.start, run.start + run.length):
            results[place] = LoggedResult(versions[place].version, engine, head.number, run.outcome, reason)
    yield from results


def _malformed(path: Path) -> BadInput:
    return BadInput(
        f"{path} has a record that this version of s3kms does not support",
        advice="use the version of s3kms that wrote it, or a newer one",
    )
