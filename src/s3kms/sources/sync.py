"""From the asynchronous face of a source to the synchronous one: the same stream, driven from outside."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing
from typing import TypeVar

T = TypeVar("T")
U = TypeVar("U")

MAX_BUFFERED_ITEMS = 1000
"""Items that may wait for a slow reader; then the stream waits."""


def iterate_sync(stream: Callable[[], AsyncGenerator[T]]) -> Iterator[T]:
    """The items of the stream, in an event loop of its own that runs while the next ones are waited for."""
    with asyncio.Runner(loop_factory=_PausableLoop) as runner:
        batches = _Batches(stream)
        try:
            while batch := runner.run(batches.next()):
                yield from batch
        finally:
            runner.run(batches.close())


class _PausableLoop(asyncio.SelectorEventLoop):
    """A loop whose clock stands still while nobody drives it: a reader's pause is no server's silence."""

    _paused = 0.0
    _left: float | None = None

    def time(self) -> float:
        """Seconds, without the pauses."""
        return super().time() - self._paused

    def run_forever(self) -> None:
        """Until it is stopped."""
        if self._left is not None:
            self._paused += super().time() - self._left
        try:
            super().run_forever()
        except BaseException:
            # An interrupt may leave the order to stop behind, which would end the next run at its beginning.
            self.call_soon(self.stop)
            super().run_forever()
            raise
        finally:
            self._left = super().time()


class _Batches:
    """What has come since the last look, as a list: entering the loop costs more than an item."""

    def __init__(self, stream: Callable[[], AsyncGenerator[object]]) -> None:
        self._stream = stream
        self._items: deque[object] = deque()
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._pump: asyncio.Task[None] | None = None

    async def next(self) -> list:  # type: ignore[type-arg]
        """At least one item; an empty list at the end. Raises what the stream raises."""
        if self._pump is None:
            self._pump = asyncio.create_task(self._fill())
            self._pump.add_done_callback(lambda _: self._news.set())
        while not self._items and not self._pump.done():
            self._news.clear()
            await self._news.wait()
        found = list(self._items)
        self._items.clear()
        self._room.set()
        if not found:
            self._pump.result()
        return found

    async def _fill(self) -> None:
        async with aclosing(self._stream()) as items:
            async for item in items:
                self._items.append(item)
                self._news.set()
                if len(self._items) >= MAX_BUFFERED_ITEMS:
                    self._room.clear()
                    await self._room.wait()

    async def close(self) -> None:
        if self._pump:
            self._pump.cancel()
            await asyncio.gather(self._pump, return_exceptions=True)


async def ordered_map(
    work: Callable[[T], Awaitable[U]], items: AsyncIterator[T], most: int
) -> AsyncGenerator[U]:
    """The results in the order of the items, each as soon as those before it are there; `most` at once."""
    tasks: deque[asyncio.Future[U]] = deque()
    try:
        async for item in items:
            tasks.append(asyncio.ensure_future(work(item)))
            while tasks and (len(tasks) >= most or tasks[0].done()):
                yield await tasks.popleft()
        while tasks:
            yield await tasks.popleft()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
