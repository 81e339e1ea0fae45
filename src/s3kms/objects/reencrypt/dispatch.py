"""Handing versions to engines block by block, under the log: intents before, results after, in bounded memory."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field

from s3kms.model.advice import Advice
from s3kms.model.errors import BadAnswer, S3kmsError
from s3kms.model.objects import ObjectVersion
from s3kms.objects.interface import Engine, ObjectResult, Outcome
from s3kms.objects.log.records import LogPlace, VersionBlock
from s3kms.objects.log.writer import ObjectLog
from s3kms.objects.reencrypt.pacing import ErrorRate, RunControl
from s3kms.text.count import count

MAX_OPEN_BLOCKS = 8
"""Blocks that were begun and are not through: what a resume looks at, and what memory holds."""
MAX_DETAILS = 10_000
"""Results that went wrong of which the log keeps the whole sentence; of the others the reason."""
_CLOSE = None
_NOTHING_SETTLED: Mapping[int, ObjectResult] = {}
Handed = tuple[LogPlace, ObjectVersion]


@dataclass(slots=True)
class _Lane:
    """One engine, and what waits for it."""

    engine: Engine
    queue: "asyncio.Queue[ObjectVersion | None]" = field(default_factory=asyncio.Queue)
    task: "asyncio.Task[None] | None" = None


class Dispatcher:
    """Gives versions to their engines and writes down what became of each. Belongs to one event loop."""

    def __init__(
        self,
        log: ObjectLog,
        engines: Mapping[str, Engine],
        control: RunControl,
        errors: ErrorRate,
        on_result: Callable[[str, ObjectResult], object],
        *,
        next_block: int = 0,
    ) -> None:
        """`on_result` is given each result with its engine's name; `next_block` is the number of the first block that
        is begun: where an earlier process ended.
        """
        self._log = log
        self._lanes = {name: _Lane(engine) for name, engine in engines.items()}
        self._control = control
        self._errors = errors
        self._on_result = on_result
        self._next_block = next_block
        self._places: dict[tuple[str, str | None], deque[LogPlace]] = {}
        """Of versions under way; evidence may name one twice."""
        self._open: dict[int, int] = {}
        """By block, how many of its versions are under way."""
        self._news = asyncio.Event()
        self._details = 0
        self.stopped: str | None = None
        """Why no more versions are handed over; None where nothing speaks against it."""
        self.advice = Advice("")

    @property
    def is_stopping(self) -> bool:
        """Whether no more versions are handed over."""
        return self.stopped is not None or self._control.should_stop()

    def start(self) -> None:
        """Let the engines wait for versions."""
        for lane in self._lanes.values():
            lane.task = asyncio.create_task(self._drive(lane))
            lane.task.add_done_callback(lambda _: self._news.set())

    async def begin(
        self, block: VersionBlock, settled: Mapping[int, ObjectResult] = _NOTHING_SETTLED
    ) -> None:
        """Hand over a block, once there is room for one; `settled` are results that are known, by the places of
        their versions. Raises what an engine raised.
        """
        while len(self._open) >= MAX_OPEN_BLOCKS and not self.is_stopping:
            await self._wait()
        if self.is_stopping:
            return
        self._log.begin(block)
        self._next_block = block.number + 1
        places = [LogPlace(block.number, index, one.engine) for index, one in enumerate(block.versions)]
        for index, result in settled.items():
            self._record(places[index], result)
        self._hand_over(
            (places[index], one.version) for index, one in enumerate(block.versions) if index not in settled
        )

    def new_block_number(self) -> int:
        """The number of the block that is begun next."""
        return self._next_block

    def go_on(self, handed: Iterable[Handed]) -> None:
        """Hand over what an earlier process had begun, and what has no result yet."""
        self._hand_over(handed)

    def settle(self, place: LogPlace, result: ObjectResult) -> None:
        """What an earlier process had begun came to a result without being handed over again."""
        self._record(place, result)

    async def drain(self) -> None:
        """Wait until all that was handed over has a result, or the run is stopping. Raises what an engine raised."""
        while self._places and not self.is_stopping:
            if all(lane.task is None or lane.task.done() for lane in self._lanes.values()):
                self._raise()
                raise BadAnswer(
                    f"the engines ended without a result for {count(len(self._places), 'version')}"
                )
            await self._wait()

    async def close(self) -> None:
        """Let the engines end what is under way, and wait for them. Raises what an engine raised."""
        for lane in self._lanes.values():
            lane.queue.put_nowait(_CLOSE)
        tasks = [lane.task for lane in self._lanes.values() if lane.task]
        await asyncio.gather(*tasks, return_exceptions=True)
        self._raise()

    async def abort(self) -> None:
        """End the engines at once, after an error; what was under way has no result."""
        tasks = [lane.task for lane in self._lanes.values() if lane.task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _wait(self) -> None:
        """Wait for a result or an error, or until the run may have been stopped or paused."""
        self._raise()
        self._news.clear()
        try:
            async with asyncio.timeout(0.1):
                await self._news.wait()
        except TimeoutError:
            return

    def _raise(self) -> None:
        for lane in self._lanes.values():
            if lane.task and lane.task.done() and not lane.task.cancelled():
                lane.task.result()

    def _hand_over(self, handed: Iterable[Handed]) -> None:
        for place, version in handed:
            self._places.setdefault((version.key, version.version_id), deque()).append(place)
            self._open[place.block] = self._open.get(place.block, 0) + 1
            self._lanes[place.engine].queue.put_nowait(version)

    async def _versions(self, lane: _Lane) -> AsyncIterator[ObjectVersion]:
        while (version := await lane.queue.get()) is not _CLOSE:
            if self.stopped is not None or not await self._control.may_go_on():
                return
            yield version

    async def _drive(self, lane: _Lane) -> None:
        results = lane.engine.carry_out(self._versions(lane))
        try:
            async for result in results:
                self._take(result)
        except S3kmsError as error:
            self.stopped, self.advice = str(error), error.advice
            raise

    def _take(self, result: ObjectResult) -> None:
        """Raises BadAnswer for a result of something that was not handed over."""
        name = (result.version.key, result.version.version_id)
        places = self._places.get(name)
        if not places:
            raise BadAnswer(f"an engine returned a result for {name}, which was not handed to it")
        place = places.popleft()
        if not places:
            del self._places[name]
        self._open[place.block] -= 1
        if not self._open[place.block]:
            del self._open[place.block]
        self._record(place, result)
        self._news.set()

    def _record(self, place: LogPlace, result: ObjectResult) -> None:
        self._log.finish(place, result.outcome, result.reason, result.bytes_moved)
        went_wrong = result.outcome not in {Outcome.CHANGED, Outcome.ALREADY}
        if went_wrong and self._details < MAX_DETAILS and result.sentence:
            self._details += 1
            self._log.detail(_detail(place, result))
        self._on_result(place.engine, result)
        self._errors.add(result)
        if self._errors.is_exceeded and self.stopped is None:
            self.stopped = str(self._errors)
            self.advice = Advice("check the reasons, fix the cause, then resume this run")


def _detail(place: LogPlace, result: ObjectResult) -> dict[str, object]:
    return {
        "block": place.block,
        "index": place.index,
        "engine": place.engine,
        "sentence": result.sentence,
        "request_id": result.request_id,
    }
