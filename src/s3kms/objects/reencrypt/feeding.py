"""From rows of evidence to blocks for the engines: skipped versions are counted, unknown ones are read."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from s3kms.model.objects import ObjectVersion
from s3kms.objects.evidence.interface import VersionReader
from s3kms.objects.interface import ObjectResult, Outcome
from s3kms.objects.log.records import Assignment, Tally, VersionBlock
from s3kms.objects.reencrypt.assignment import NO_ENGINE, SortedVersion, VersionSorter, group_name
from s3kms.objects.reencrypt.dispatch import Dispatcher
from s3kms.objects.reencrypt.job_members import JobMembers
from s3kms.objects.selection import Choice


@dataclass(frozen=True, slots=True)
class BlockSize:
    """When a block is full."""

    versions: int = 1000
    """A thousand objects are one write to disk."""
    rows: int = 100_000
    """Rows that one block passes over at most: so many are read again at a resume."""


NOT_IN_JOB = "not-in-job"
"""The reason of a version that could not be read when AWS's jobs were given theirs."""
_MAY_BE_MEANT = frozenset({Choice.TAKEN, Choice.UNREAD})
Look = Callable[[ObjectVersion], Awaitable[ObjectVersion | ObjectResult]]
"""Reads a version for which the evidence is not sufficient; returns a result if there is nothing to re-encrypt."""


@dataclass(slots=True)
class _Passed:
    """What was skipped since the last block."""

    groups: dict[str, list[int]] = field(default_factory=dict)

    def add(self, name: str, version: ObjectVersion) -> None:
        group = self.groups.setdefault(name, [0, 0])
        group[0] += 1
        group[1] += version.size or 0

    def take(self) -> Tally:
        found = {name: (count, size) for name, (count, size) in self.groups.items()}
        self.groups = {}
        return found


@dataclass(frozen=True, slots=True)
class _Row:
    """A version, and the planned action for it."""

    version: ObjectVersion
    sort: SortedVersion
    result: ObjectResult | None = None
    """What it came to already."""


class Feeder:
    """Reads the evidence once, from where an earlier process ended."""

    def __init__(
        self,
        rows: VersionReader,
        sorter: VersionSorter,
        look: Look,
        *,
        bookmark: str = "",
        block: BlockSize = BlockSize(),
        jobs: JobMembers | None = None,
    ) -> None:
        """`jobs` are the versions that AWS's jobs were given, which have their results."""
        self._rows = rows
        self._sorter = sorter
        self._look = look
        self._block = block
        self._jobs = jobs
        self._passed = _Passed()
        self.bookmark = bookmark
        self.is_through = False
        """Whether the evidence was read to its end."""

    async def feed(self, dispatcher: Dispatcher, *, most: int | None = None) -> int:
        """Hand over the next versions, block by block; `most` ends it before the evidence does.

        Returns how many were taken. Raises S3kmsError.
        """
        taken = 0
        while not (self.is_through or dispatcher.is_stopping) and (most is None or taken < most):
            size = min(self._block.versions, self._block.versions if most is None else most - taken)
            rows = await self._read(size)
            taken += len(rows)
            if self.is_through and not rows:
                break
            await self._begin(dispatcher, rows)
        return taken

    def left(self) -> Tally:
        """What was skipped behind the last block."""
        return self._passed.take()

    async def _begin(self, dispatcher: Dispatcher, rows: list[_Row]) -> None:
        number = dispatcher.new_block_number()
        assigned = tuple(Assignment(one.version, self._engine_of(one.sort)) for one in rows)
        block = VersionBlock(number, self.bookmark, assigned, self._passed.take())
        settled = {
            index: result for index, row in enumerate(rows) if (result := row.result or self._settled(row))
        }
        await dispatcher.begin(block, settled)

    def _engine_of(self, sort: SortedVersion) -> str:
        """That of jobs had its versions: one that it was not given is none of its failures."""
        is_late = self._jobs is not None and self._jobs.would_move(sort)
        return NO_ENGINE if is_late or sort.engine is None else sort.engine

    def _settled(self, row: _Row) -> ObjectResult | None:
        """The result of a version that no engine is given; None for any other."""
        if row.sort.immovable is not None:
            return ObjectResult(row.version, Outcome.IMMOVABLE, row.sort.immovable)
        if self._jobs and self._jobs.would_move(row.sort):
            return not_in_job(row.version, str(row.sort.engine))
        return None

    async def _read(self, size: int) -> list[_Row]:
        """So many rows that may be meant, or fewer at the end of the evidence and after many that are not."""
        rows: list[_Row] = []
        for _ in range(self._block.rows):
            try:
                version = await anext(self._rows)
            except StopAsyncIteration:
                self.is_through = True
                break
            self.bookmark = self._rows.bookmark
            sort = self._sorter.sort(version)
            if self._jobs and self._jobs.has(version, sort):
                continue
            if sort.choice in _MAY_BE_MEANT:
                rows.append(_Row(version, sort))
                if len(rows) == size:
                    break
            else:
                self._passed.add(group_name(version, sort), version)
        unread = [row for row in rows if row.sort.choice is Choice.UNREAD]
        if not unread:
            return rows
        seen = dict(zip(map(id, unread), await asyncio.gather(*map(self._looked_at, unread)), strict=True))
        return [found for row in rows if (found := seen.get(id(row), row)) is not None]

    async def _looked_at(self, row: _Row) -> _Row | None:
        """The row with what decides; None for one that is not meant, which is counted."""
        seen = await self._look(row.version)
        if isinstance(seen, ObjectResult):
            return _Row(row.version, row.sort, seen)
        sort = self._sorter.sort(seen)
        if sort.choice is Choice.TAKEN:
            return _Row(seen, sort)
        self._passed.add(group_name(seen, sort), seen)
        return None


def not_in_job(version: ObjectVersion, engine: str) -> ObjectResult:
    """The result of a version that a job would re-encrypt, and that could not be read when the jobs were made."""
    sentence = f"it could not be read when the jobs of the engine {engine} were created; start a new run"
    return ObjectResult(version, Outcome.FAILED, NOT_IN_JOB, sentence)
