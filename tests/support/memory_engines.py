"""Engines and evidence in memory, for what is tested of a run without any server."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field, replace

from s3kms.model.errors import S3kmsError
from s3kms.model.objects import ObjectEncryption, ObjectVersion
from s3kms.model.plan import PlannedHazard
from s3kms.objects.interface import EngineKind, JobProgress, ObjectResult, Outcome, SelectedCounts


@dataclass
class MemoryEngine:
    """Moves versions in memory, some at once, in an order of its own."""

    moved: list[str] = field(default_factory=list)
    failing: frozenset[str] = frozenset()
    dies_at: int | None = None
    at_once: int = 7

    async def hazards(self, counts: SelectedCounts) -> tuple[PlannedHazard, ...]:
        return ()

    async def prepare(self) -> None:
        return None

    async def carry_out(self, versions: AsyncIterator[ObjectVersion]) -> AsyncIterator[ObjectResult]:
        held: list[ObjectVersion] = []
        pull = asyncio.ensure_future(anext(versions, None))
        while True:
            done, _ = await asyncio.wait({pull}, timeout=0.01 if held else None)
            version = pull.result() if done else None
            if version is not None:
                held.append(version)
                pull = asyncio.ensure_future(anext(versions, None))
            if version is None or len(held) == self.at_once:
                while held:
                    yield self._move(held.pop())
            if done and version is None:
                return

    def _move(self, version: ObjectVersion) -> ObjectResult:
        if self.dies_at is not None and len(self.moved) >= self.dies_at:
            raise S3kmsError("the server overwrites objects")
        self.moved.append(version.key)
        if version.key in self.failing:
            return ObjectResult(version, Outcome.FAILED, "AccessDenied", "it was denied")
        return ObjectResult(version, Outcome.CHANGED)

    async def read_back(self, version: ObjectVersion) -> ObjectResult:
        is_done = version.key in self.moved
        return ObjectResult(version, Outcome.CHANGED if is_done else Outcome.FAILED)


@dataclass
class MemoryJobs(MemoryEngine):
    """Tells results as jobs do: a progress after each part."""

    parts: int = 3
    first: int = 2

    async def run(self, versions: AsyncIterator[ObjectVersion]) -> AsyncIterator[ObjectResult | JobProgress]:
        number = 0
        async for version in versions:
            yield self._move(version)
            number += 1
            if number == self.first:
                yield JobProgress("job-1", "Complete", is_canary=True)
        yield JobProgress("job-2", "Complete", note="the report was looked after")


class ListedRows:
    """Rows in memory; the bookmark is the number of rows."""

    def __init__(self, versions: Sequence[ObjectVersion], after: str = "") -> None:
        self._place = int(after or 0)
        self._versions: Iterator[ObjectVersion] = iter(versions[self._place :])

    def __aiter__(self) -> AsyncIterator[ObjectVersion]:
        return self

    async def __anext__(self) -> ObjectVersion:
        for version in self._versions:
            self._place += 1
            return version
        raise StopAsyncIteration

    @property
    def bookmark(self) -> str:
        return str(self._place)


def kind_of(name: str = "memory", **more: object) -> EngineKind:
    """An engine as a value, for SSE-S3 objects that are not archived."""
    kind = EngineKind(
        name=name,
        what="moves objects in memory",
        moves=frozenset({ObjectEncryption.SSE_S3}),
        moves_noncurrent=True,
        operations=frozenset(),
        why_immovable=lambda version: "archived" if version.storage_class == "GLACIER" else None,
        open=lambda _: MemoryEngine(),
    )
    return replace(kind, **more)  # type: ignore[arg-type]


def versions_of(
    count: int, encryption: ObjectEncryption | None = ObjectEncryption.SSE_S3
) -> list[ObjectVersion]:
    """So many versions of two bytes each."""
    return [ObjectVersion("b", f"{number:04}", size=2, encryption=encryption) for number in range(count)]
