"""The lists that jobs work on: CSV as S3 Batch Operations takes it, and beside it the versions in the same order."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Self
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
    has_versions: bool
    """All rows name a version, or none does (fact D13)."""


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
        """The versions in the order of the list, with what the evidence tells of them."""
        return self.folder / f"rows-{self.number}"


@dataclass(slots=True)
class _OpenList:
    written: WrittenList
    csv: BinaryIO
    rows: BinaryIO
    block: list[Assignment] = field(default_factory=list)
    count: int = 0
    size: int = 0
    blocks: int = 0

    @classmethod
    def create(cls, folder: Path, number: int, *, has_versions: bool) -> Self:
        paths = ListPaths(folder, number)
        return cls(WrittenList(number, 0, has_versions), paths.csv.open("wb"), paths.rows.open("wb"))

    def add(self, version: ObjectVersion) -> None:
        row = list_row(version)
        self.csv.write(row)
        self.count, self.size = self.count + 1, self.size + len(row)
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
        self.csv.close()
        self.rows.close()
        return WrittenList(self.written.number, self.count, self.written.has_versions)


class ListWriter:
    """Splits versions into lists: those with a version id and those without never share one."""

    def __init__(self, folder: Path, max_rows: int = MAX_LIST_ROWS, max_bytes: int = MAX_LIST_BYTES) -> None:
        """Files of lists that were begun earlier are overwritten."""
        self._folder, self._max_rows, self._max_bytes = folder, max_rows, max_bytes
        self._open: dict[bool, _OpenList] = {}
        self._number = 0

    def add(self, version: ObjectVersion) -> WrittenList | None:
        """Put a version on its list; the list, where that made it full. Raises OSError."""
        has_versions = version.version_id is not None
        current = self._open.get(has_versions)
        if current is None:
            current = _OpenList.create(self._folder, self._number, has_versions=has_versions)
            self._open[has_versions] = current
            self._number += 1
        current.add(version)
        if current.count >= self._max_rows or current.size >= self._max_bytes:
            return self._open.pop(has_versions).close()
        return None

    def close(self) -> Iterator[WrittenList]:
        """The lists that are not full."""
        for current in list(self._open.values()):
            yield current.close()
        self._open.clear()


def read_rows(paths: ListPaths, bucket: str) -> Iterator[ObjectVersion]:
    """The versions of a list in order. Raises OSError; ValueError, LookupError for a file that is no such thing."""
    with paths.rows.open("rb") as file:
        while head := file.read(_LENGTH.size):
            packed = file.read(_LENGTH.unpack(head)[0])
            yield from (one.version for one in unpack_versions(bucket, unpack_head(packed).packed))
