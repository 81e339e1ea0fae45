"""A report joined to the list of its job, in bounded memory: both are split by what they name, then matched."""

import mmap
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from struct import Struct
from typing import BinaryIO, Self

from s3kms.model.objects import ObjectVersion
from s3kms.objects.engines.batch.report import ReportedTask

ROWS_PER_PART = 250_000
"""Some 50 MB of memory."""
MAX_PARTS = 200
"""Open files."""
MAX_REASONS = 10_000
"""Different codes and messages that are kept; of what comes later, the code alone."""
_ROW = Struct(">16sQ")
_TASK = Struct(">16sH")
_CELL = Struct(">H")
_MISSING, _DONE, _CONTRADICTED, _FIRST_REASON = 0, 1, 2, 3


@dataclass(frozen=True, slots=True)
class JoinedTask:
    """The result of one version of the list in a report."""

    version: ObjectVersion
    is_done: bool = False
    is_missing: bool = False
    """The report does not name it: what became of it is not known."""
    is_contradicted: bool = False
    """The report names it as done and as failed, or with two errors."""
    code: str = ""
    message: str = ""


def _digest(key: str, version_id: str | None) -> bytes:
    named = None if version_id in {None, "null"} else version_id
    text = f"{key}\0{named or ''}".encode("utf-8", "surrogatepass")
    return blake2b(text, digest_size=16).digest()


@dataclass(slots=True)
class _Reasons:
    """Codes and messages by number."""

    known: dict[tuple[str, str], int] = field(default_factory=dict)
    listed: list[tuple[str, str]] = field(default_factory=list)

    def number_of(self, code: str, message: str) -> int:
        pair = (code, message if len(self.listed) < MAX_REASONS else "")
        if pair not in self.known and len(self.listed) >= 2 * MAX_REASONS:
            pair = ("other", "")
        if pair not in self.known:
            self.known[pair] = len(self.listed)
            self.listed.append(pair)
        return self.known[pair] + _FIRST_REASON


@dataclass(slots=True)
class ReportJoin:
    """Takes the rows of a list, then the tasks of its report, and yields each row once, in the order of the list."""

    folder: Path
    """For temporary files; it is made, and what is in it is overwritten."""
    rows: int
    beside: int = 0
    """Tasks that name nothing on the list."""
    _reasons: _Reasons = field(default_factory=_Reasons)

    @property
    def _parts(self) -> int:
        return min(MAX_PARTS, self.rows // ROWS_PER_PART + 1)

    def take_rows(self, versions: Iterable[ObjectVersion]) -> Self:
        """Split the list. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            files = self._open("rows", stack)
            for index, version in enumerate(versions):
                digest = _digest(version.key, version.version_id)
                files[digest[0] % self._parts].write(_ROW.pack(digest, index))
        return self

    def take_tasks(self, tasks: Iterable[ReportedTask]) -> Self:
        """Split the report. Raises OSError, and what `tasks` raises."""
        with ExitStack() as stack:
            files = self._open("tasks", stack)
            for task in tasks:
                digest = _digest(task.key, task.version_id)
                cell = _DONE if task.is_done else self._reasons.number_of(task.code, task.message)
                files[digest[0] % self._parts].write(_TASK.pack(digest, cell))
        return self

    def results(self, versions: Iterable[ObjectVersion]) -> Iterator[JoinedTask]:
        """Match the parts, then yield each version of the same list; may be repeated. Raises OSError."""
        cells = self.folder / "cells"
        with cells.open("wb") as empty:
            empty.truncate(max(1, self.rows * _CELL.size))
        self.beside = 0
        with cells.open("r+b") as file, mmap.mmap(file.fileno(), 0) as found:
            for part in range(self._parts):
                self._match(part, found)
            for index, version in enumerate(versions):
                yield self._told(version, _CELL.unpack_from(found, index * _CELL.size)[0])

    def remove(self) -> None:
        """Remove the temporary files. Raises OSError."""
        for path in self.folder.iterdir():
            path.unlink()
        self.folder.rmdir()

    def _match(self, part: int, found: mmap.mmap) -> None:
        rows = dict(_records(self.folder / f"rows-{part}", _ROW))
        for digest, cell in _records(self.folder / f"tasks-{part}", _TASK):
            index = rows.get(digest)
            if index is None:
                self.beside += 1
                continue
            before = _CELL.unpack_from(found, index * _CELL.size)[0]
            told = cell if before in {_MISSING, cell} else _CONTRADICTED
            _CELL.pack_into(found, index * _CELL.size, told)

    def _told(self, version: ObjectVersion, cell: int) -> JoinedTask:
        if cell >= _FIRST_REASON:
            code, message = self._reasons.listed[cell - _FIRST_REASON]
            return JoinedTask(version, code=code, message=message)
        return JoinedTask(
            version,
            is_done=cell == _DONE,
            is_missing=cell == _MISSING,
            is_contradicted=cell == _CONTRADICTED,
        )

    def _open(self, name: str, stack: ExitStack) -> list[BinaryIO]:
        paths = [self.folder / f"{name}-{part}" for part in range(self._parts)]
        return [stack.enter_context(path.open("wb")) for path in paths]


def _records(path: Path, record: Struct) -> Iterator[tuple[bytes, int]]:
    with path.open("rb") as file:
        while chunk := file.read(record.size * 4096):
            yield from ((digest, number) for digest, number in record.iter_unpack(chunk))
