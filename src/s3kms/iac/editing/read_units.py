"""Units as they were read, and the offers to edit them. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from s3kms.iac.editing.interface import Proposal
from s3kms.iac.editing.snapshot import RecordingFiles, real_path
from s3kms.iac.interface import Document, Files, ReadContext, Reader, Unit
from s3kms.model.bucket import Bucket


@dataclass(frozen=True, slots=True)
class UnitRead:
    """A unit as it was read."""

    unit: Unit
    reader: Reader
    buckets: tuple[Bucket, ...]
    seen: frozenset[Path]
    """The real paths of all files that had a part in it."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A proposal, and the unit it is about."""

    read: UnitRead
    proposal: Proposal

    @property
    def buckets(self) -> tuple[Bucket, ...]:
        """Those that it puts right."""
        return tuple(bucket for bucket in self.read.buckets if bucket.resource in self.proposal.buckets)


def read_unit(unit: Unit, reader: Reader, context: ReadContext, changed: Mapping[Path, bytes]) -> UnitRead:
    """The buckets of a unit, some files of which are as they would be (by their real paths)."""
    view = RecordingFiles(context.files, changed)
    buckets = tuple(reader.read(unit, replace(context, files=view)))
    return UnitRead(unit, reader, buckets, frozenset({*view.seen, real_path(unit.path)}))


def read_units_again(
    reads: Iterable[UnitRead], changed: Mapping[Path, bytes], context: ReadContext
) -> Iterator[tuple[UnitRead, UnitRead]]:
    """The units that a changed file has a part in, as they were and as they come to be."""
    for read in reads:
        if not read.seen & changed.keys():
            continue
        unit = read.unit
        if isinstance(unit, Document):
            unit = replace(unit, data=changed.get(real_path(unit.path), unit.data))
        yield read, read_unit(unit, read.reader, context, changed)


def pair_by_address(before: UnitRead, after: UnitRead) -> Iterator[tuple[Bucket | None, Bucket | None]]:
    """The same buckets, before and after, by their addresses and in their order."""
    waiting: dict[str | None, list[Bucket]] = {}
    for bucket in after.buckets:
        waiting.setdefault(bucket.resource, []).append(bucket)
    for bucket in before.buckets:
        same = waiting.get(bucket.resource)
        yield bucket, same.pop(0) if same else None
    yield from ((None, bucket) for rest in waiting.values() for bucket in rest)


def read_contents(paths: Iterable[Path], files: Files) -> dict[Path, bytes]:
    """What is in these files; nothing in one that is gone."""
    return {path: files.read(path) or b"" for path in paths}
