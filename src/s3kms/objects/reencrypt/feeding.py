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
from s3kms.objects.selection import Choice


@dataclass(frozen=True, slots=True)
class BlockSize:
    """When a block is full."""

    versions: int = 1000
    """A thousand objects are one write to disk."""
    rows: int = 100_000
    """Rows that one block passes over at most: so many are read again at a resume."""


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
        elsewhere: frozenset[str] = frozenset(),
    ) -> None:
        """`elsewhere` are the engines whose versions are moved by jobs."""
        self._rows = rows
        self._sorter = sorter
        self._look = look
        self._block = block
        self._elsewhere = elsewhere
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
        assigned = tuple(Assignment(one.version, one.sort.engine or NO_ENGINE) for one in rows)
        block = VersionBlock(number, self.bookmark, assigned, self._passed.take())
        settled = {
            index: result for index, row in enumerate(rows) if (result := row.result or _immovable(row))
        }
        await dispatcher.begin(block, settled)

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
            if sort.engine in self._elsewhere:
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
        if sort.engine in self._elsewhere:
            return None
        if sort.choice is Choice.TAKEN:
            return _Row(seen, sort)
        self._passed.add(group_name(seen, sort), seen)
        return None


def _immovable(row: _Row) -> ObjectResult | None:
    if row.sort.immovable is None:
        return None
    return ObjectResult(row.version, Outcome.IMMOVABLE, row.sort.immovable)
