"""The synchronous face of an asynchronous stream, and the asynchronous face of a blocking one."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, suppress
from itertools import islice
from time import monotonic
from typing import Any, TypeVar

T = TypeVar("T")
U = TypeVar("U")

MAX_BUFFERED_ITEMS = 1000
"""Items that may wait for a slow reader; then the stream waits."""


def iterate_sync(stream: Callable[[], AsyncGenerator[T]]) -> Generator[T]:
    """The items of an asynchronous stream, each as soon as those before it were taken. Raises what the stream raises.

    The stream runs in an event loop of its own, in this thread and only while the next items are waited for. Where
    this thread is inside a running loop already (a notebook, an asynchronous application), it runs in a thread of its
    own instead, which is joined at the end: a loop cannot run within another one. `close()` ends the stream.
    """
    driver = _LoopDriver()
    batches = _BatchedStream(stream)
    try:
        while batch := driver.run(batches.next()):
            yield from batch
    finally:
        driver.close(batches)


async def iterate_async(items: Iterator[T], batch_size: int) -> AsyncGenerator[T]:
    """The items of a blocking iterator, taken a batch at a time in a thread. Raises what the iterator raises.

    A generator is closed at the end.
    """
    loop = asyncio.get_running_loop()
    taking: asyncio.Future[None] | None = None
    try:
        while True:
            batch: list[T] = []
            taking = loop.run_in_executor(None, _take, items, batch_size, batch)
            await asyncio.wait([taking])
            for item in batch:
                yield item
            taking.result()
            if len(batch) < batch_size:
                return
    finally:
        if taking and not taking.done():
            await asyncio.wait([taking])  # a generator that runs in another thread cannot be closed
        if isinstance(items, Generator):
            items.close()


def _take(items: Iterator[T], count: int, batch: list[T]) -> None:
    """Into a list that is there whatever the iterator raises."""
    for item in islice(items, count):
        batch.append(item)  # noqa: PERF402 - so that what came before an error is kept


class _PausableLoop(asyncio.SelectorEventLoop):
    """A loop whose clock stands still while nobody drives it: a reader's pause is no server's silence."""

    _paused = 0.0
    _stopped_at: float | None = None

    def time(self) -> float:
        """Seconds, without the pauses."""
        return monotonic() - self._paused

    def run_forever(self) -> None:
        """Until it is stopped."""
        if self._stopped_at is not None:
            self._paused += monotonic() - self._stopped_at
        try:
            super().run_forever()
        except BaseException:
            # An interrupt may leave the order to stop behind, which would end the next run at its beginning.
            self.call_soon(self.stop)
            super().run_forever()
            raise
        finally:
            self._stopped_at = monotonic()


class _BatchedStream:
    """What has come since the last look, as a list: entering the loop costs more than an item."""

    def __init__(self, stream: Callable[[], AsyncGenerator[Any]]) -> None:
        self._stream = stream
        self._items: deque[Any] = deque()
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._pump: asyncio.Task[None] | None = None

    async def next(self) -> list[Any]:
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

    def cancel(self) -> None:
        """End the stream at its next await."""
        if self._pump:
            self._pump.cancel()

    async def close(self) -> None:
        """End the stream, and wait for it."""
        if self._pump:
            self._pump.cancel()
            await asyncio.gather(self._pump, return_exceptions=True)


class _LoopDriver:
    """Runs coroutines of one loop, one after the other: in this thread, or another where this is inside a loop.

    Not `asyncio.Runner`, which sets a signal handler and refuses to run inside a loop. Which of the two it is
    is decided at each step, for a reader may begin outside a loop and go on inside one.
    """

    def __init__(self) -> None:
        self._loop = _PausableLoop()
        self._thread: ThreadPoolExecutor | None = None

    def run(self, step: Coroutine[Any, Any, T]) -> T:
        if not _is_inside_a_loop():
            return self._loop.run_until_complete(step)
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="s3kms")
        return self._thread.submit(self._loop.run_until_complete, step).result()

    def close(self, batches: _BatchedStream) -> None:
        """End the stream, then everything that it has left in the loop, and join the thread."""
        try:
            if self._thread:  # the last step may still be under way, where this thread was interrupted
                self._loop.call_soon_threadsafe(batches.cancel)
            self.run(_close(batches))
        finally:
            if self._thread:
                self._thread.shutdown()
            self._loop.close()


async def _close(batches: _BatchedStream) -> None:
    loop = asyncio.get_running_loop()
    await batches.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await loop.shutdown_asyncgens()
    await loop.shutdown_default_executor()


def _is_inside_a_loop() -> bool:
    with suppress(RuntimeError):
        asyncio.get_running_loop()
        return True
    return False
