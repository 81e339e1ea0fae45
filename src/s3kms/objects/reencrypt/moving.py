"""Re-encrypts the objects of one bucket: versions in progress, the canary, then all others. Needs an open log."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from time import monotonic

from s3kms.aws.concurrent_map import concurrent_map
from s3kms.aws.connection import Connection
from s3kms.aws.s3.client import S3Client
from s3kms.model.errors import AwsError, CredentialsProblem
from s3kms.model.objects import ObjectVersion
from s3kms.objects.evidence.interface import ObjectEvidence
from s3kms.objects.interface import Engine, ObjectResult, Outcome, Wanted
from s3kms.objects.log.records import LogPlace, VersionBlock
from s3kms.objects.log.state import LogState
from s3kms.objects.log.writer import ObjectLog
from s3kms.objects.reencrypt.assignment import NO_ENGINE, VersionSorter
from s3kms.objects.reencrypt.canary import check_canary, read_as
from s3kms.objects.reencrypt.dispatch import Dispatcher, Handed
from s3kms.objects.reencrypt.feeding import Feeder
from s3kms.objects.reencrypt.job_members import JobMembers
from s3kms.objects.reencrypt.looking import look_at
from s3kms.objects.reencrypt.pacing import ErrorRate, ProgressMeter
from s3kms.objects.reencrypt.request import ReencryptRequest
from s3kms.objects.reencrypt.retrying import failures_to_retry, read_again
from s3kms.objects.reencrypt.run import ReencryptCallbacks
from s3kms.objects.reencrypt.verification import UNREAD
from s3kms.text.count import count

PROGRESS_SECONDS = 0.5
CANARY_MARK = "canary"
"""The mark of a run whose first objects were found to be in order."""


@dataclass(slots=True)
class Moving:
    """The re-encryption of the objects of one bucket in one process."""

    request: ReencryptRequest
    wanted: Wanted
    client: S3Client
    connection: Connection
    evidence: ObjectEvidence
    sorter: VersionSorter
    engines: Mapping[str, Engine]
    log: ObjectLog
    state: LogState
    """What the log said when this process began."""
    meter: ProgressMeter
    callbacks: ReencryptCallbacks
    elsewhere: frozenset[str] = frozenset()
    """The engines whose versions are moved by jobs."""
    _first: dict[str, list[ObjectResult]] = field(default_factory=dict)
    """The results of the canary, by engine."""
    _is_canary: bool = False

    async def move(self) -> Dispatcher:
        """Re-encrypt all selected versions. Returns the dispatcher, which has the reason why it stopped.

        Raises Stopped where the canary is not in order, S3kmsError where going on would harm.
        """
        dispatcher = Dispatcher(
            self.log,
            self.engines,
            self.callbacks.control,
            ErrorRate(self.request.max_error_share),
            self._on_result,
            next_block=self.state.blocks,
        )
        feeder = Feeder(
            self.evidence.read(self.state.bookmark),
            self.sorter,
            partial(look_at, self.client, self.wanted),
            bookmark=self.state.bookmark,
            jobs=JobMembers(self.log.path, self.wanted.bucket, self.elsewhere, self.evidence.coverage),
        )
        for engine in self.engines.values():
            await engine.prepare()
        dispatcher.start()
        try:
            async with self._reporting():
                await self._go_on(dispatcher)
                await self._retry(dispatcher)
                if not self.state.is_evidence_read:
                    await self._canary(dispatcher, feeder)
                    await feeder.feed(dispatcher)
                await dispatcher.drain()
            await dispatcher.close()
        except BaseException:
            await dispatcher.abort()
            raise
        if feeder.is_through and not dispatcher.is_stopping:
            self.log.end_of_evidence(feeder.left())
        return dispatcher

    def _on_result(self, engine: str, result: ObjectResult) -> None:
        self.meter.add(result)
        if self._is_canary and engine in self.engines:
            self._first.setdefault(engine, []).append(result)

    async def _go_on(self, dispatcher: Dispatcher) -> None:
        """What an earlier process had begun is looked at first: what it changed is not changed again."""
        under_way = [one for block in self.state.open.values() for one in block.under_way(self.wanted.bucket)]
        if not under_way:
            return
        self.callbacks.on_note(
            f"checking {count(len(under_way), 'version')} that were in progress when the run ended"
        )
        again: list[Handed] = []
        async for place, version, result in concurrent_map(self._look_again, _each(under_way), 64):
            if result is None:
                again.append((place, version))
            else:
                dispatcher.settle(place, result)
        self.log.flush()
        dispatcher.go_on(again)

    async def _look_again(self, handed: Handed) -> tuple[LogPlace, ObjectVersion, ObjectResult | None]:
        place, version = handed
        if place.engine == NO_ENGINE and version.encryption is None:  # the retry reads it again
            return place, version, ObjectResult(version, Outcome.FAILED, UNREAD)
        sort = self.sorter.sort(version)
        if sort.immovable is not None or place.engine not in self.engines:
            return place, version, ObjectResult(version, Outcome.IMMOVABLE, sort.immovable or NO_ENGINE)
        try:
            result = await self.engines[place.engine].read_back(version)
        except CredentialsProblem:
            raise
        except AwsError:
            return place, version, None
        return place, version, None if result.outcome is Outcome.FAILED else result

    async def _retry(self, dispatcher: Dispatcher) -> None:
        """What failed in an earlier process is handed over again: its cause may be gone."""
        await dispatcher.drain()
        self.log.flush()
        for retry in failures_to_retry(self.log.path, self.wanted.bucket, by_jobs=self.elsewhere):
            if dispatcher.is_stopping:
                return
            again = await read_again(
                retry, self.sorter, partial(look_at, self.client, self.wanted), self.engines
            )
            number = dispatcher.new_block_number()
            block = VersionBlock(
                number, self.state.bookmark, again.versions, again.passed, retries=retry.through
            )
            await dispatcher.begin(block, again.settled)
            self.meter.outcomes[Outcome.FAILED] -= len(retry.versions)

    async def _canary(self, dispatcher: Dispatcher, feeder: Feeder) -> None:
        """Raises Stopped where one of the first objects is not in order, or the reader cannot read one."""
        if not self.request.canary or self.log.all().get(CANARY_MARK):
            return
        self._is_canary = True
        while not (feeder.is_through or dispatcher.is_stopping) and self._changed() < self.request.canary:
            await feeder.feed(dispatcher, most=self.request.canary - self._changed())
            await dispatcher.drain()
        self._is_canary = False
        if dispatcher.is_stopping:
            return
        await check_canary(self._first, self.engines)
        if self.request.reader_profile:
            await read_as(self.request.reader_profile, self.connection, self.wanted, self._first)
        self.log.put(CANARY_MARK, "in order")
        are_more = not feeder.is_through and self.meter.is_before_end
        others = "; continuing with the rest" if are_more else ""
        self.callbacks.on_note(f"canary of {count(self._changed(), 'object')} verified{others}")

    def _changed(self) -> int:
        return sum(one.outcome is Outcome.CHANGED for found in self._first.values() for one in found)

    @asynccontextmanager
    async def _reporting(self) -> AsyncIterator[None]:
        task = asyncio.create_task(_report(self._progress))
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            self._progress()

    def _progress(self) -> None:
        paused = self.callbacks.control.is_paused()
        self.callbacks.on_progress(self.meter.snapshot(is_paused=paused))


def new_meter(bucket: str, total: int | None, dollars: float | None, state: LogState) -> ProgressMeter:
    """The progress of a run, from where its log ends."""
    each = None if dollars is None or not total else dollars / total
    meter = ProgressMeter(bucket, total, each, monotonic)
    for (_, outcome, _), number in state.outcomes.items():
        meter.outcomes[outcome] += number
    return meter


async def _report(report: Callable[[], None]) -> None:
    while True:
        await asyncio.sleep(PROGRESS_SECONDS)
        report()


async def _each(handed: list[Handed]) -> AsyncIterator[Handed]:
    for one in handed:
        yield one
