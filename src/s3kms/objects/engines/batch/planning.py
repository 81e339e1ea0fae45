"""From the versions that were selected to the lists of the jobs of a run, on disk."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from s3kms.aws.batch_operations import GeneratedManifest
from s3kms.model.objects import ObjectVersion
from s3kms.objects.engines.batch.jobs import PlannedJob, source_number
from s3kms.objects.engines.batch.lists import ListPaths, ListWriter, WrittenList, by_version_id, read_rows

_ALL = -1
"""The number of the list of all versions, from which those of the jobs are made."""


@dataclass(slots=True)
class JobPlanner:
    """Writes the lists of one run. Whatever an earlier process left half-written is written again."""

    folder: Path
    bucket: str
    canary: int
    """Objects of the first job; 0 for none."""
    max_rows: int
    versions: int = field(default=0, init=False)
    noncurrent: int = field(default=0, init=False)

    async def take(self, versions: AsyncIterator[ObjectVersion]) -> None:
        """Keep all versions: which lists there are hangs on what is among them. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        writer = ListWriter(self.folder, lambda _: 0, writes_csv=False, number=_ALL)
        async for version in versions:
            writer.add(version)
            self.versions += 1
            self.noncurrent += version.is_latest is False
        for _ in writer.close():
            pass

    def plan(self, sources: tuple[GeneratedManifest, ...]) -> tuple[PlannedJob, ...]:
        """The jobs, the one of few objects first; `sources` are the lists that S3 is to make. Raises OSError."""
        if not self.versions:
            return ()
        everything = ListPaths(self.folder, _ALL)
        first = self._first(read_rows(everything, self.bucket))
        jobs = [_listed(one, is_canary=True) for one in self._write(iter(first), by_version_id, 0)]
        rest = _without(read_rows(everything, self.bucket), first)
        if sources:
            lists = self._write(rest, lambda one: source_number(one, sources), len(jobs), writes_csv=False)
            jobs += [PlannedJob(one.number, one.rows, False, sources[one.group]) for one in lists]
        else:
            jobs += [_listed(one) for one in self._write(rest, by_version_id, len(jobs))]
        everything.rows.unlink()
        return tuple(jobs)

    def _first(self, versions: Iterator[ObjectVersion]) -> list[ObjectVersion]:
        """A few versions for one list; none where that would be all."""
        if self.versions <= self.canary:
            return []
        found: list[ObjectVersion] = []
        for version in versions:
            if len(found) == self.canary:
                break
            if not found or by_version_id(version) == by_version_id(found[0]):
                found.append(version)
        return found

    def _write(
        self,
        versions: Iterator[ObjectVersion],
        group_of: Callable[[ObjectVersion], int],
        number: int,
        *,
        writes_csv: bool = True,
    ) -> list[WrittenList]:
        writer = ListWriter(
            self.folder, group_of, writes_csv=writes_csv, max_rows=self.max_rows, number=number
        )
        full = [done for version in versions if (done := writer.add(version)) is not None]
        return sorted([*full, *writer.close()], key=lambda one: one.number)


def _listed(one: WrittenList, *, is_canary: bool = False) -> PlannedJob:
    return PlannedJob(one.number, one.rows, bool(one.group), None, is_canary)


def _without(versions: Iterator[ObjectVersion], first: list[ObjectVersion]) -> Iterator[ObjectVersion]:
    """The others, in order."""
    left = list(first)
    for version in versions:
        if left and version == left[0]:
            left.pop(0)
        else:
            yield version
