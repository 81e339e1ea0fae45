"""What failed in an earlier process of a run, tried again."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from s3kms.objects.interface import Outcome
from s3kms.objects.log.records import Assignment
from s3kms.objects.log.state import LoggedResult, last_retried, read_results

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
