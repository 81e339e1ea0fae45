"""What failed in an earlier process of a run, tried again."""

from collections.abc import AsyncIterator, Collection, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from s3kms.aws.concurrent_map import concurrent_map
from s3kms.model.objects import ObjectVersion
from s3kms.objects.interface import ObjectResult, Outcome
from s3kms.objects.log.records import Assignment
from s3kms.objects.log.state import LoggedResult, last_retried, read_results
from s3kms.objects.reencrypt.assignment import NO_ENGINE, VersionSorter, group_name
from s3kms.objects.reencrypt.feeding import Look, not_in_job
from s3kms.objects.selection import Choice

MAX_RETRIED = 1_000_000
"""Failures that one process tries again: they are held in memory. Those behind wait for the next resume."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Versions that failed, to be handed over in one block."""

    versions: tuple[Assignment, ...]
    through: int
    """Everything that failed in blocks up to this one is in this retry or an earlier one."""


@dataclass(slots=True)
class _Failures:
    by_block: dict[int, list[Assignment]] = field(default_factory=dict)


def failures_to_retry(
    path: Path, bucket: str, *, by_jobs: frozenset[str] = frozenset(), block_versions: int = 1000
) -> Iterator[Retry]:
    """What failed and was not tried again yet, block by block: read whole before the first, for the log grows.

    What failed in jobs of AWS is no engine's of ours to try again: `by_jobs` are the names of those engines. Raises
    BadInput, Refused.
    """
    known = last_retried(path)
    found = _Failures()
    failed = (
        one for one in read_results(path, bucket) if is_waiting(one, known) and one.engine not in by_jobs
    )
    for one in islice(failed, MAX_RETRIED + 1):
        found.by_block.setdefault(one.block, []).append(Assignment(one.version, one.engine))
    if sum(map(len, found.by_block.values())) > MAX_RETRIED:
        del found.by_block[max(found.by_block)]
    yield from _joined(found, block_versions)


def is_waiting(result: LoggedResult, known: int) -> bool:
    """Whether it failed, and was not tried again since; `known` is what `last_retried` says."""
    return result.outcome is Outcome.FAILED and result.block > known


def _joined(found: _Failures, block_versions: int) -> Iterator[Retry]:
    """The failures of several blocks together; those of one are never parted."""
    waiting: list[Assignment] = []
    for number in sorted(found.by_block):
        waiting += found.by_block[number]
        if len(waiting) >= block_versions:
            yield Retry(tuple(waiting), number)
            waiting = []
    if waiting:
        yield Retry(tuple(waiting), max(found.by_block))


_LOOKS_AT_ONCE = 64


@dataclass(slots=True)
class RetriedBlock:
    """What becomes of the versions of one retry."""

    assigned: list[Assignment] = field(default_factory=list)
    settled: dict[int, ObjectResult] = field(default_factory=dict)
    """Results by the places of their versions."""
    skipped: dict[str, list[int]] = field(default_factory=dict)

    @property
    def versions(self) -> tuple[Assignment, ...]:
        """Those that are handed over, or have their results."""
        return tuple(self.assigned)

    @property
    def passed(self) -> dict[str, tuple[int, int]]:
        """Those that are not selected, now that they were read, by group."""
        return {name: (count, size) for name, (count, size) in self.skipped.items()}

    def settle(self, version: ObjectVersion, engine: str, result: ObjectResult) -> None:
        """One version that has its result."""
        self.settled[len(self.assigned)] = result
        self.assigned.append(Assignment(version, engine))

    def skip(self, name: str, version: ObjectVersion) -> None:
        """One version that is not selected."""
        group = self.skipped.setdefault(name, [0, 0])
        group[0] += 1
        group[1] += version.size or 0


async def read_again(
    retry: Retry, sorter: VersionSorter, look: Look, engines: Collection[str]
) -> RetriedBlock:
    """The versions of a retry with their engines. One that could not be read has none yet: it is read again.

    Raises CredentialsProblem.
    """

    async def seen_of(failed: Assignment) -> tuple[Assignment, ObjectVersion | ObjectResult | None]:
        return failed, await look(failed.version) if failed.engine == NO_ENGINE else None

    block = RetriedBlock()
    async for failed, seen in concurrent_map(seen_of, _each(retry.versions), _LOOKS_AT_ONCE):
        if seen is None:
            block.assigned.append(failed)
        elif isinstance(seen, ObjectResult):
            block.settle(failed.version, NO_ENGINE, seen)
        else:
            _assign(block, seen, sorter, engines)
    return block


def _assign(
    block: RetriedBlock, version: ObjectVersion, sorter: VersionSorter, engines: Collection[str]
) -> None:
    sort = sorter.sort(version)
    if sort.choice is not Choice.TAKEN:
        block.skip(group_name(version, sort), version)
    elif sort.immovable is not None:
        result = ObjectResult(version, Outcome.IMMOVABLE, sort.immovable)
        block.settle(version, sort.engine or NO_ENGINE, result)
    elif sort.engine in engines:
        block.assigned.append(Assignment(version, str(sort.engine)))
    else:
        block.settle(version, NO_ENGINE, not_in_job(version, str(sort.engine)))


async def _each(versions: tuple[Assignment, ...]) -> AsyncIterator[Assignment]:
    for one in versions:
        yield one
