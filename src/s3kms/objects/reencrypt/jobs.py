"""Engines that leave the work to AWS: their results are logged as they arrive, a block at a time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
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
MAX_FIRST_RESULTS = 1000
"""Of the first objects that are looked at before all others follow."""
_MARK = "job-engine "


CheckFirst = Callable[[str, JobEngine, list[ObjectResult]], Awaitable[None]]
"""Looks at what the first few objects of an engine came to; raises Stopped where they are not in order."""


@dataclass(slots=True)
class JobRun:
    """Follows the jobs of engines to their ends, and writes their results down."""

    log: ObjectLog
    state: LogState
    """What the log said when this process began."""
    meter: ProgressMeter
    callbacks: ReencryptCallbacks
    check_first: CheckFirst

    async def follow(self, engines: Mapping[str, JobEngine], versions: "JobVersions") -> None:
        """Each engine in turn. Raises S3kmsError.

        An engine yields its results in the same order each time, so those of an earlier process are skipped.
        """
        number = self.state.blocks
        for name, engine in engines.items():
            if self.log.all().get(_MARK + name):
                continue
            number = await self._follow(name, engine, versions, number)
            if self.callbacks.control.should_stop():
                return
            self.log.put(_MARK + name, "through")

    async def _follow(self, name: str, engine: JobEngine, versions: "JobVersions", number: int) -> int:
        known = self.state.finished_by(name) - self.state.told.get(name, 0)
        waiting: list[ObjectResult] = []
        first: list[ObjectResult] = []
        async for item in engine.run(versions.of(name)):
            if isinstance(item, ObjectResult):
                if len(first) < MAX_FIRST_RESULTS:
                    first.append(item)
                if known:
                    known -= 1
                    continue
                self.meter.add(item)
                waiting.append(item)
            if waiting and (isinstance(item, JobProgress) or len(waiting) == BLOCK_RESULTS):
                number, waiting = _write(self.log, number, name, waiting), []
            if isinstance(item, JobProgress):
                self._tell(item)
                if item.is_canary:
                    await self.check_first(name, engine, first)
        return _write(self.log, number, name, waiting) if waiting else number

    def _tell(self, job: JobProgress) -> None:
        progress = self.meter.snapshot(is_paused=self.callbacks.control.is_paused())
        self.callbacks.on_progress(replace(progress, job=f"{job.job} {job.state}"))
        if job.note:
            self.callbacks.on_note(job.note)


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
