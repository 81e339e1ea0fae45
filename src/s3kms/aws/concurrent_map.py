"""Work on many items at once: the results in the order of the items, or as they come."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

T = TypeVar("T")
U = TypeVar("U")

TASKS_PER_CALL = 2
"""Items worked on at once, for each call that may be under way: the next ones wait where a place becomes free."""
MAX_WAITING_RESULTS = 10_000
"""Results that may wait for one before them, in all: some 15 MB."""
_MIN_WAITING_RESULTS = 500
"""How many may wait in one stream, however many wait in others."""


@dataclass(slots=True)
class Window:
    """How much may be read ahead, over all the streams that share it: memory is what it costs."""

    held: int = 0
    """Items that were begun and whose results were not taken."""

    def has_room(self, held: int) -> bool:
        """Whether a stream that holds so many may begin another."""
        return self.held < MAX_WAITING_RESULTS or held < _MIN_WAITING_RESULTS


async def concurrent_map(
    work: Callable[[T], Coroutine[Any, Any, U]],
    items: AsyncIterator[T],
    max_at_once: int,
    *,
    window: Window | None = None,
    is_ordered: bool = True,
) -> AsyncGenerator[U]:
    """The result of the work on each item, in the order of the items or as soon as it is there.

    At most so many are worked on at once. Raises what the work raises, where its result would have come.
    """
    run: _Run[U] = _Run(max_at_once, window or Window(), _InOrder() if is_ordered else _AsTheyCome())
    try:
        async for item in items:
            run.begin(work(item))
            for task in run.finished():
                yield task.result()
            while run.is_full:
                await run.next_end()
                for task in run.finished():
                    yield task.result()
        while run.held:
            for task in run.finished():
                yield task.result()
            if run.held:
                await run.next_end()
    finally:
        await run.cancel()


async def concurrent_results(
    work: Callable[[T], Coroutine[Any, Any, U]], items: AsyncIterator[T], max_at_once: int
) -> AsyncGenerator[U]:
    """The result of the work on each item, as soon as it is there: none waits for the next item to come.

    So may whoever gives the items wait for results. At most so many are worked on, or wait to be taken. Raises what
    the work or the items raise.
    """
    ended: asyncio.Queue[asyncio.Task[U] | None] = asyncio.Queue()
    places = asyncio.Semaphore(max_at_once)
    under_way: set[asyncio.Task[U]] = set()

    async def begin_all() -> None:
        try:
            async for item in items:
                await places.acquire()
                task = asyncio.create_task(work(item))
                under_way.add(task)
                task.add_done_callback(ended.put_nowait)
        finally:
            ended.put_nowait(None)

    beginning = asyncio.create_task(begin_all())
    is_begun = False
    try:
        while under_way or not is_begun:
            task = await ended.get()
            if task is None:
                is_begun = True
                await beginning
                continue
            under_way.discard(task)
            places.release()
            yield task.result()
    finally:
        for one in (beginning, *under_way):
            one.cancel()
        await asyncio.gather(beginning, *under_way, return_exceptions=True)


class _Results(Protocol[U]):
    """Which of the tasks is next."""

    def begun(self, task: "asyncio.Task[U]") -> None: ...
    def ended(self, task: "asyncio.Task[U]") -> None: ...
    def take(self) -> "asyncio.Task[U] | None": ...
    def all(self) -> "list[asyncio.Task[U]]": ...


class _InOrder(Generic[U]):
    def __init__(self) -> None:
        self._tasks: deque[asyncio.Task[U]] = deque()

    def begun(self, task: "asyncio.Task[U]") -> None:
        self._tasks.append(task)

    def ended(self, task: "asyncio.Task[U]") -> None:
        """It is seen at its turn."""

    def take(self) -> "asyncio.Task[U] | None":
        return self._tasks.popleft() if self._tasks and self._tasks[0].done() else None

    def all(self) -> "list[asyncio.Task[U]]":
        return list(self._tasks)


class _AsTheyCome(Generic[U]):
    def __init__(self) -> None:
        self._under_way: set[asyncio.Task[U]] = set()
        self._ended: deque[asyncio.Task[U]] = deque()

    def begun(self, task: "asyncio.Task[U]") -> None:
        self._under_way.add(task)

    def ended(self, task: "asyncio.Task[U]") -> None:
        self._under_way.discard(task)
        self._ended.append(task)

    def take(self) -> "asyncio.Task[U] | None":
        return self._ended.popleft() if self._ended else None

    def all(self) -> "list[asyncio.Task[U]]":
        return [*self._ended, *self._under_way]


class _Run(Generic[U]):
    """The tasks of one map. Belongs to one event loop."""

    def __init__(self, max_at_once: int, window: Window, results: _Results[U]) -> None:
        self.held = 0
        """Items that were begun and whose results were not taken."""
        self._max_at_once = max_at_once
        self._window = window
        self._results = results
        self._under_way = 0
        self._news: asyncio.Future[None] | None = None

    @property
    def is_full(self) -> bool:
        """Whether another item has to wait until one has ended."""
        return self._under_way >= self._max_at_once or not self._window.has_room(self.held)

    def begin(self, work: Coroutine[Any, Any, U]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self.held += 1
        self._window.held += 1
        self._under_way += 1
        self._results.begun(task)
        task.add_done_callback(self._end)

    def finished(self) -> "Iterator[asyncio.Task[U]]":
        """The tasks whose results are due."""
        while (task := self._results.take()) is not None:
            self.held -= 1
            self._window.held -= 1
            yield task

    async def next_end(self) -> None:
        """Wait until a task ends."""
        self._news = asyncio.get_running_loop().create_future()
        await self._news

    def _end(self, task: "asyncio.Task[U]") -> None:
        self._under_way -= 1
        self._results.ended(task)
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

    async def cancel(self) -> None:
        """End what is under way, and wait for it."""
        left = self._results.all()
        self._window.held -= self.held
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
