"""Units as they were read, and the proposals to edit them. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from s3kms.iac.bounded_reading import read_buckets
from s3kms.iac.editing.snapshot import RecordingFiles, real_path
from s3kms.iac.files import Files
from s3kms.iac.interface import Document, Language, Proposal, ReadContext, Unit
from s3kms.model.bucket import Bucket


@dataclass(frozen=True, slots=True)
class UnitRead:
    """A unit as it was read: its buckets, and the files that had a part in them."""

    unit: Unit
    language: Language
    buckets: tuple[Bucket, ...]
    seen: frozenset[Path]
    """The real paths of all files that had a part in it."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A proposal of an editor that is not accepted yet, and the unit it is about."""

    read: UnitRead
    proposal: Proposal

    @property
    def buckets(self) -> tuple[Bucket, ...]:
        """The buckets that it fixes, as they were read."""
        return tuple(bucket for bucket in self.read.buckets if bucket.resource in self.proposal.buckets)


def read_unit(
    unit: Unit, language: Language, context: ReadContext, changed: Mapping[Path, bytes]
) -> UnitRead:
    """Reads a unit. `changed` is the contents that some files would have, by their real paths."""
    files = RecordingFiles(context.files, changed)
    buckets = tuple(read_buckets(language.reader, unit, replace(context, files=files)))
    return UnitRead(unit, language, buckets, frozenset({*files.seen, real_path(unit.path)}))


def read_units_again(
    reads: Iterable[UnitRead], changed: Mapping[Path, bytes], context: ReadContext
) -> Iterator[tuple[UnitRead, UnitRead]]:
    """Every unit that a changed file has a part in: as it was read, and as it reads with the changes."""
    for read in reads:
        if not read.seen & changed.keys():
            continue
        unit = read.unit
        if isinstance(unit, Document):
            unit = replace(unit, data=changed.get(real_path(unit.path), unit.data))
        yield read, read_unit(unit, read.language, context, changed)


def pair_by_address(before: UnitRead, after: UnitRead) -> Iterator[tuple[Bucket | None, Bucket | None]]:
    """Each bucket before and after an edit, matched by address and in order; None for one that is not there."""
    waiting: dict[str | None, list[Bucket]] = {}
    for bucket in after.buckets:
        waiting.setdefault(bucket.resource, []).append(bucket)
    for bucket in before.buckets:
        same = waiting.get(bucket.resource)
        yield bucket, same.pop(0) if same else None
    yield from ((None, bucket) for rest in waiting.values() for bucket in rest)


def read_contents(paths: Iterable[Path], files: Files) -> dict[Path, bytes]:
    """The bytes of these files, by path; empty for one that is gone."""
    found = {path: files.read(path) for path in paths}
    return {path: data if isinstance(data, bytes) else b"" for path, data in found.items()}
