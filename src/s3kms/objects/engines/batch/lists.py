"""The lists that jobs work on: CSV as S3 Batch Operations takes it, and beside it the versions in the same order."""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from s3kms.model.objects import ObjectVersion
from s3kms.objects.log.records import Assignment, VersionBlock, pack_block, unpack_head, unpack_versions

MAX_LIST_ROWS = 20_000_000
"""Of one job. AWS takes 20 billion (fact D9); a list has to be sent in one request, which takes 5 GB."""
MAX_LIST_BYTES = 4 * 1024**3
_BLOCK_ROWS = 4096
_LENGTH = struct.Struct(">I")


def encode_key(key: str) -> str:
    """A key as AWS writes it in lists: percent-encoded, a space as `%20`, never `+` (fact D30)."""
    return quote(key, safe="/")


def list_row(version: ObjectVersion) -> bytes:
    """One line of a list. Encoded keys have neither commas, quotes nor line breaks; version ids never have."""
    version_id = "" if version.version_id is None else f",{quote(version.version_id, safe='')}"
    return f"{version.bucket},{encode_key(version.key)}{version_id}\n".encode()


@dataclass(frozen=True, slots=True)
class WrittenList:
    """One list on this machine."""

    number: int
    """From 0; the job of a list has its number."""
    rows: int
    group: int
    """What its rows have in common, by whoever splits them."""


@dataclass(frozen=True, slots=True)
class ListPaths:
    """Where the files of one list are."""

    folder: Path
    number: int

    @property
    def csv(self) -> Path:
        """What is sent to AWS."""
        return self.folder / f"list-{self.number}.csv"

    @property
    def rows(self) -> Path:
        """The versions in the order of the list, with the evidence about them."""
        return self.folder / f"rows-{self.number}"


@dataclass(slots=True)
class _OpenList:
    number: int
    group: int
    rows: BinaryIO
    csv: BinaryIO | None
    block: list[Assignment] = field(default_factory=list)
    count: int = 0
    size: int = 0
    blocks: int = 0

    def add(self, version: ObjectVersion) -> None:
        if self.csv is not None:
            row = list_row(version)
            self.csv.write(row)
            self.size += len(row)
        self.count += 1
        self.block.append(Assignment(version, "batch"))
        if len(self.block) >= _BLOCK_ROWS:
            self._write_block()

    def _write_block(self) -> None:
        packed = pack_block(VersionBlock(self.blocks, "", tuple(self.block)))
        self.rows.write(_LENGTH.pack(len(packed)) + packed)
        self.blocks += 1
        self.block.clear()

    def close(self) -> WrittenList:
        if self.block:
            self._write_block()
        self.rows.close()
        if self.csv is not None:
            self.csv.close()
        return WrittenList(self.number, self.count, self.group)


def by_version_id(version: ObjectVersion) -> int:
    """1 for a row that names its version, else 0: a list has rows of one sort (fact D13)."""
    return int(version.version_id is not None)


@dataclass(slots=True)
class ListWriter:
    """Splits versions into lists by what they have in common; a full list is followed by another."""

    folder: Path
    """Files of lists that were begun earlier are overwritten."""
    group_of: Callable[[ObjectVersion], int] = by_version_id
    writes_csv: bool = True
    """Without it only what is needed to join a report: S3 makes the lists."""
    max_rows: int = MAX_LIST_ROWS
    max_bytes: int = MAX_LIST_BYTES
    number: int = 0
    """Of the next list."""
    _open: dict[int, _OpenList] = field(default_factory=dict, init=False)

    def add(self, version: ObjectVersion) -> WrittenList | None:
        """Put a version on its list; the list, where that made it full. Raises OSError."""
        group = self.group_of(version)
        if group not in self._open:
            self._open[group] = self._create(group)
        current = self._open[group]
        current.add(version)
        if self.writes_csv and (current.count >= self.max_rows or current.size >= self.max_bytes):
            return self._open.pop(group).close()
        return None

    def close(self) -> Iterator[WrittenList]:
        """The lists that are not full."""
        for current in list(self._open.values()):
            yield current.close()
        self._open.clear()

    def _create(self, group: int) -> _OpenList:
        paths = ListPaths(self.folder, self.number)
        self.number += 1
        csv = paths.csv.open("wb") if self.writes_csv else None
        return _OpenList(paths.number, group, paths.rows.open("wb"), csv)


def read_rows(paths: ListPaths, bucket: str) -> Iterator[ObjectVersion]:
    """The versions of a list in order. Raises OSError; ValueError, LookupError for a file that is no such thing."""
    with paths.rows.open("rb") as file:
        while head := file.read(_LENGTH.size):
            packed = file.read(_LENGTH.unpack(head)[0])
            yield from (one.version for one in unpack_versions(bucket, unpack_head(packed).packed))
