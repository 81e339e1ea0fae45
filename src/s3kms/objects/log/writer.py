"""The open log of a run: intents before the calls, results after them."""

from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from typing import Any

from s3kms.changes.journal import make_folder, sync_folder
from s3kms.model.advice import Advice, Option
from s3kms.model.errors import Refused
from s3kms.objects.interface import Outcome
from s3kms.objects.log.frames import FrameWriter
from s3kms.objects.log.records import (
    FrameKind,
    LogPlace,
    Tally,
    VersionBlock,
    pack_block,
    pack_results,
    to_json,
)
from s3kms.objects.log.state import LogState, read_state
from s3kms.objects.reasons import reason_to_count

MAX_UNWRITTEN_RESULTS = 256
MAX_UNWRITTEN_SECONDS = 1.0
"""Results that a killed process may lose: their objects are looked at again at the resume, one call each."""


class ObjectLog:
    """Appends to the log of one bucket in one run. Raises Stopped where it cannot be written.

    A block and a mark are on disk when their methods return. Results wait for a moment, for they come one by one.
    """

    def __init__(self, writer: FrameWriter, state: LogState) -> None:
        self._writer = writer
        self._reasons = {reason: number for number, reason in enumerate(state.reasons)}
        self._unwritten: dict[int, dict[int, tuple[Outcome, int]]] = {}
        self._moved: dict[int, int] = {}
        self._count = 0
        self._flushed_at = monotonic()
        self._marks = dict(state.marks)

    @classmethod
    def create(cls, path: Path, header: Mapping[str, Any]) -> "ObjectLog":
        """A new log. Raises Refused: nothing was changed."""
        try:
            make_folder(path.parent)
            writer = FrameWriter.create(path)
            sync_folder(path.parent)
        except OSError as error:
            raise Refused(
                f"the log {path} cannot be created, so nothing was changed: {error.strerror}",
                advice=Advice(
                    "free disk space, or name another folder with {journal}", {"journal": Option("journal")}
                ),
            ) from error
        log = cls(writer, LogState())
        writer.append(FrameKind.HEADER, to_json(header), sync=True)
        return log

    @classmethod
    def reopen(cls, path: Path) -> tuple["ObjectLog", LogState]:
        """The log of a run that is continued, and what it says; half a frame at its end is cut off.

        Raises BadInput for what is no log, Refused for one that was changed or cannot be written.
        """
        state = read_state(path)
        try:
            writer = FrameWriter.reopen(path, state.end, state.checksum)
        except OSError as error:
            raise Refused(f"the log {path} cannot be written: {error.strerror}") from error
        return cls(writer, state), state

    @property
    def path(self) -> Path:
        """The file."""
        return self._writer.path

    def begin(self, block: VersionBlock) -> None:
        """The versions that are handed to an engine next."""
        self.flush()
        self._writer.append(FrameKind.BLOCK, pack_block(block), sync=True)

    def finish(self, place: LogPlace, outcome: Outcome, reason: str = "", bytes_moved: int = 0) -> None:
        """What became of one version."""
        number = self._reasons.get((place.engine, reason))
        if number is None:
            number = self._new_reason(place.engine, reason)
        self._unwritten.setdefault(place.block, {})[place.index] = (outcome, number)
        self._moved[place.block] = self._moved.get(place.block, 0) + bytes_moved
        self._count += 1
        if self._count >= MAX_UNWRITTEN_RESULTS or monotonic() - self._flushed_at >= MAX_UNWRITTEN_SECONDS:
            self.flush()

    def _new_reason(self, engine: str, reason: str) -> int:
        """The number of a reason that was not counted by this name before: a server may invent one per object."""
        name = reason_to_count(reason, {one for of, one in self._reasons if of == engine})
        number = self._reasons.get((engine, name))
        if number is None:
            number = self._reasons[engine, name] = len(self._reasons)
            self._writer.append(FrameKind.REASON, to_json({"engine": engine, "reason": name}), sync=False)
        return number

    def detail(self, record: Mapping[str, Any]) -> None:
        """Append the details of a failed version."""
        self._writer.append(FrameKind.DETAIL, to_json(record), sync=False)

    def flush(self) -> None:
        """Write the results that wait."""
        for block, results in self._unwritten.items():
            self._writer.append(
                FrameKind.RESULTS, pack_results(block, results, self._moved.get(block, 0)), sync=False
            )
        self._unwritten.clear()
        self._moved.clear()
        self._count = 0
        self._flushed_at = monotonic()

    def put(self, name: str, text: str) -> None:
        """As `Marks.put`."""
        self._writer.append(FrameKind.MARK, to_json({"name": name, "text": text}), sync=True)
        self._marks.pop(name, None)
        if text:
            self._marks[name] = text

    def all(self) -> Mapping[str, str]:
        """As `Marks.all`."""
        return dict(self._marks)

    def end_of_evidence(self, passed: Tally) -> None:
        """The evidence was read to its end, and this was skipped since the last block."""
        self.flush()
        self._writer.append(FrameKind.EVIDENCE_END, to_json({"passed": dict(passed)}), sync=True)

    def verified(self, record: Mapping[str, Any]) -> None:
        """What the verification found."""
        self._writer.append(FrameKind.VERIFIED, to_json(record), sync=True)

    def end(self, record: Mapping[str, Any]) -> None:
        """The run is over, or stopped."""
        self.flush()
        self._writer.append(FrameKind.END, to_json(record), sync=True)

    def close(self) -> None:
        """Write what waits, and let go of the file."""
        self.flush()
        self._writer.close()
