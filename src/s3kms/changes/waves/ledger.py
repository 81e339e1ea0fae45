"""What became of the waves of a plan: one small file beside the journals, chained like them.

The journals of the runs say what was written, and by which plan and wave. The ledger adds what no journal can: which
runs there were, should a journal be lost, that a wave came to its end, that what a run wrote was verified, and that
somebody waived that.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from s3kms.changes.journal import (
    checksum,
    lock_file,
    make_folder,
    open_for_reading,
    sync_folder,
    write_all,
)
from s3kms.changes.record_decoder import union_decoder
from s3kms.model.advice import Advice, Option
from s3kms.model.errors import BadInput, Refused, S3kmsError

LEDGER_SUFFIX = ".waves"
LEDGER_VERSION = 1
MAX_BYTES = 50_000_000
"""A line is some 300 bytes, and a plan has a few a run."""

_Count = Annotated[int, ("ge", 0)]


@dataclass(frozen=True, slots=True)
class _LedgerLine:
    """What all lines have in common."""

    at: datetime


@dataclass(frozen=True, slots=True)
class RunBegun(_LedgerLine):
    """A run is about to write: should its journal be lost, it is known that there was one."""

    type: Literal["run"]
    wave: int | None
    run: str


@dataclass(frozen=True, slots=True)
class WaveEnded(_LedgerLine):
    """A wave came to its end: nothing failed."""

    type: Literal["wave"]
    wave: int | None
    """None where all buckets that were ready were carried out together."""
    changed: _Count
    kept: _Count
    """Those that were so already."""
    left: _Count
    """Those that were skipped, because they were no longer as they were planned."""


@dataclass(frozen=True, slots=True)
class RunVerified(_LedgerLine):
    """Everything that a run wrote was found in order."""

    type: Literal["verified"]
    run: str


@dataclass(frozen=True, slots=True)
class WaveWaived(_LedgerLine):
    """Somebody lets the next wave go on although this one was not verified."""

    type: Literal["waived"]
    wave: int
    approved_by: str


LedgerLine = RunBegun | WaveEnded | RunVerified | WaveWaived
_decode: Callable[[Any], LedgerLine] = union_decoder(
    {"run": RunBegun, "wave": WaveEnded, "verified": RunVerified, "waived": WaveWaived}, "type"
)


def ledger_path(folder: Path, plan: str) -> Path:
    """The file of a plan."""
    return folder / f"{plan}{LEDGER_SUFFIX}"


def read_ledger(folder: Path, plan: str) -> tuple[LedgerLine, ...]:
    """What stands in the ledger of a plan; nothing where there is none. Raises BadInput, Refused."""
    path = ledger_path(folder, plan)
    try:
        descriptor = open_for_reading(path)
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}", advice=_OTHER_FOLDER) from error
    try:
        return _read(descriptor, path, plan).lines
    finally:
        os.close(descriptor)


@dataclass(slots=True)
class _Read:
    lines: tuple[LedgerLine, ...]
    last: str
    """The checksum that the next line is chained to."""
    length: int
    """Of the whole lines; what follows was cut off by a crash."""


class WaveLedger:
    """The open ledger of one plan: as long as it is open, no other process carries the plan out."""

    def __init__(self, path: Path, descriptor: int, found: _Read) -> None:
        self._path = path
        self._descriptor = descriptor
        self._last = found.last
        self.lines = found.lines
        """All of it, the oldest first."""

    def add(self, line: LedgerLine) -> None:
        """Returns when the line is on disk. Raises S3kmsError where it cannot be written."""
        record = {"version": LEDGER_VERSION, **_plain(line)}
        record["sum"] = checksum(self._last, record)
        try:
            write_all(self._descriptor, json.dumps(record, ensure_ascii=True).encode() + b"\n")
            os.fsync(self._descriptor)
        except OSError as error:
            raise S3kmsError(
                f"{self._path} cannot be written: {error.strerror}", advice="make room, and run again"
            ) from error
        self._last = record["sum"]
        self.lines = (*self.lines, line)


@contextmanager
def open_ledger(folder: Path, plan: str) -> Iterator[WaveLedger]:
    """The ledger, held by this process alone until the block ends.

    Raises Refused where another holds it, where it cannot be made, or was changed; nothing was changed then.
    """
    path = ledger_path(folder, plan)
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        make_folder(folder)
        descriptor = os.open(path, flags, 0o600)
    except OSError as error:
        raise Refused(
            f"{path} cannot be opened, so nothing was changed: {error.strerror}", advice=_OTHER_FOLDER
        ) from error
    try:
        lock_file(descriptor, f"plan {plan} is being carried out by another process")
        found = _read(descriptor, path, plan)
        os.ftruncate(descriptor, found.length)
        os.lseek(descriptor, found.length, os.SEEK_SET)
        sync_folder(folder)
        yield WaveLedger(path, descriptor, found)
    finally:
        os.close(descriptor)


_OTHER_FOLDER = Advice("name another folder with {journal}", {"journal": Option("journal")})


def _plain(line: LedgerLine) -> dict[str, Any]:
    return {**asdict(line), "at": line.at.isoformat(timespec="seconds")}


def _read(descriptor: int, path: Path, plan: str) -> _Read:
    """Raises Refused for a file that was changed, BadInput for one of another kind."""
    data = b""
    while len(data) <= MAX_BYTES and (part := os.read(descriptor, 1_000_000)):
        data += part
    *lines, rest = data.split(b"\n")
    last = f"s3kms waves {plan}"
    found: list[LedgerLine] = []
    for number, line in enumerate(lines, 1):
        raw = _object(line, number, path)
        claimed = raw.pop("sum", None)
        if claimed != checksum(last, raw) or len(data) > MAX_BYTES:
            raise Refused(
                f"{path} was changed after it was written: line {number} does not fit its checksum",
                advice="bring the file back from a copy; an edited one is not acted on",
            )
        last = str(claimed)
        raw.pop("version")
        try:
            found.append(_decode(raw))
        except ValueError as error:
            raise BadInput(f"{path} is not a ledger of waves: line {number}") from error
    return _Read(tuple(found), last, len(data) - len(rest))


def _object(line: bytes, number: int, path: Path) -> dict[str, Any]:
    try:
        raw: Mapping[str, Any] = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path} is not a ledger of waves: line {number} is not JSON") from error
    if not isinstance(raw, dict) or raw.get("version") != LEDGER_VERSION:
        raise BadInput(
            f"{path} is not a ledger of waves that this s3kms reads: line {number}",
            advice="use the s3kms that wrote it, or a newer one",
        )
    return dict(raw)
