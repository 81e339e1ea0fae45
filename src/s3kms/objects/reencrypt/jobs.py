"""Engines that leave the work to AWS: their results are logged as they are told, a block at a time."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from s3kms.aws.concurrent_map import concurrent_map
from s3kms.aws.s3.client import S3Client
from s3kms.model.objects import ObjectVersion
from s3kms.objects.evidence.interface import ObjectEvidence
from s3kms.objects.interface import JobEngine, JobProgress, ObjectResult, Wanted
from s3kms.objects.log.records import Assignment, LogPlace, VersionBlock
from s3kms.objects.log.state import LogState
from s3kms.objects.log.writer import ObjectLog
from s3kms.objects.reencrypt.assignment import VersionSorter
from s3kms.objects.reencrypt.counting import MAX_LOOKS_AT_ONCE
from s3kms.objects.reencrypt.looking import look_at
from s3kms.objects.reencrypt.pacing import ProgressMeter
from s3kms.objects.reencrypt.run import ReencryptCallbacks
from s3kms.objects.selection import Choice

BLOCK_RESULTS = 1000
_MARK = "job-engine "


@dataclass(frozen=True, slots=True)
class JobLog:
    """The open log of the run, and what it said when this process began."""

    log: ObjectLog
    state: LogState


async def run_jobs(
    engines: Mapping[str, JobEngine],
    versions: "JobVersions",
    written: JobLog,
    meter: ProgressMeter,
    callbacks: ReencryptCallbacks,
) -> None:
    """Follow the jobs of each engine to their ends. Raises S3kmsError.

    An engine tells its results in the same order each time, so that those of an earlier process are passed over.
    """
    log, state = written.log, written.state
    number = state.blocks
    for name, engine in engines.items():
        if log.all().get(_MARK + name):
            continue
        known = state.finished_by(name) - state.told.get(name, 0)
        waiting: list[ObjectResult] = []
        async for item in engine.run(versions.of(name)):
            if isinstance(item, JobProgress):
                if waiting:
                    number = _write(log, number, name, waiting)
                    waiting = []
                progress = meter.snapshot(is_paused=callbacks.control.is_paused())
                callbacks.on_progress(replace(progress, job=f"{item.job} {item.state}"))
                continue
            if known:
                known -= 1
                continue
            meter.add(item)
            waiting.append(item)
            if len(waiting) == BLOCK_RESULTS:
                number = _write(log, number, name, waiting)
                waiting = []
        if waiting:
            number = _write(log, number, name, waiting)
        log.put(_MARK + name, "through")


def _write(log: ObjectLog, number: int, engine: str, results: list[ObjectResult]) -> int:
    """A block of versions that have their results; returns the number of the next."""
    log.begin(VersionBlock(number, "", tuple(Assignment(one.version, engine) for one in results)))
    for index, one in enumerate(results):
        log.finish(LogPlace(number, index, engine), one.outcome, one.reason, one.bytes_moved)
    log.flush()
    return number + 1


class JobVersions:
    """The versions that an engine of jobs is for, read anew each time."""

    def __init__(
        self, evidence: ObjectEvidence, sorter: VersionSorter, client: S3Client, wanted: Wanted
    ) -> None:
        self._evidence = evidence
        self._sorter = sorter
        self._look = partial(self._looked_at, client, wanted)

    async def of(self, engine: str) -> AsyncIterator[ObjectVersion]:
        """In the order of the evidence. Raises S3kmsError."""
        rows = aiter(self._evidence.read())
        async for version in concurrent_map(self._look, rows, MAX_LOOKS_AT_ONCE):
            if version is not None:
                sort = self._sorter.sort(version)
                if sort.engine == engine and sort.is_moved:
                    yield version
            await asyncio.sleep(0)

    async def _looked_at(
        self, client: S3Client, wanted: Wanted, version: ObjectVersion
    ) -> ObjectVersion | None:
        if self._sorter.sort(version).choice is not Choice.UNREAD:
            return version
        seen = await look_at(client, wanted, version)
        return None if isinstance(seen, ObjectResult) else seen
