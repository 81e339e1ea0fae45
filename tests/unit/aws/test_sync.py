"""One stream, taken synchronously and asynchronously; in a script and inside a running loop."""

import asyncio
import signal
import sys
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterator

import pytest

from s3kms.aws.sync import MAX_BUFFERED_ITEMS, iterate_async, iterate_sync


async def numbers(count: int) -> AsyncGenerator[int]:
    for number in range(count):
        yield number


def test_the_synchronous_face_hands_out_everything_in_order() -> None:
    assert list(iterate_sync(lambda: numbers(MAX_BUFFERED_ITEMS * 2 + 7))) == list(
        range(MAX_BUFFERED_ITEMS * 2 + 7)
    )


def test_the_synchronous_face_does_not_run_far_ahead_of_a_slow_reader() -> None:
    made = 0

    async def stream() -> AsyncGenerator[int]:
        nonlocal made
        for number in range(MAX_BUFFERED_ITEMS * 10):
            made += 1
            yield number

    assert next(iterate_sync(stream)) == 0
    assert made <= MAX_BUFFERED_ITEMS * 2 + 1


def test_an_error_of_the_stream_comes_after_what_was_there() -> None:
    async def stream() -> AsyncGenerator[int]:
        yield 1
        raise KeyError("gone")

    items = iterate_sync(stream)
    assert next(items) == 1
    with pytest.raises(KeyError):
        next(items)


def test_who_stops_listening_ends_the_stream() -> None:
    ended = []

    async def stream() -> AsyncGenerator[int]:
        try:
            for number in range(10**9):
                yield number
                await asyncio.sleep(0)
        finally:
            ended.append(True)

    items = iterate_sync(stream)
    next(items)
    items.close()

    assert ended == [True]


def test_an_interrupt_when_a_batch_is_ready_ends_the_stream() -> None:
    ended = []

    def interrupt() -> None:
        raise KeyboardInterrupt

    async def stream() -> AsyncGenerator[int]:
        try:
            yield 1
            asyncio.get_running_loop().call_soon(
                interrupt
            )  # after the reader has been told of the first item
            await asyncio.sleep(60)
        finally:
            ended.append(True)

    with pytest.raises(KeyboardInterrupt):
        list(iterate_sync(stream))
    assert ended == [True]


def test_the_pause_of_a_slow_reader_is_no_time_for_the_stream() -> None:
    async def answer() -> int:
        async with asyncio.timeout(0.2):
            await asyncio.sleep(0.02)
            return 2

    async def stream() -> AsyncGenerator[int]:
        under_way = asyncio.create_task(answer())
        yield 1
        yield await under_way

    items = iterate_sync(stream)
    assert next(items) == 1
    time.sleep(0.5)

    assert next(items) == 2


def inside_a_loop(work: Callable[[], object]) -> object:
    """What a function returns that blocks within a coroutine, as in a notebook."""

    async def main() -> object:
        return work()

    loop = asyncio.new_event_loop()  # not asyncio.run, whose handler turns a first Ctrl-C into a cancellation
    try:
        return loop.run_until_complete(main())
    finally:
        loop.close()


def our_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("s3kms")]


def test_inside_a_running_loop_the_items_are_the_same() -> None:
    found = inside_a_loop(lambda: list(iterate_sync(lambda: numbers(MAX_BUFFERED_ITEMS + 7))))

    assert found == list(range(MAX_BUFFERED_ITEMS + 7))
    assert our_threads() == []


def test_a_stream_begun_in_a_script_goes_on_inside_a_loop_and_ends_outside() -> None:
    items = iterate_sync(lambda: numbers(MAX_BUFFERED_ITEMS * 3))

    first = next(items)
    middle = inside_a_loop(lambda: [next(items) for _ in range(MAX_BUFFERED_ITEMS * 2)])

    assert [first, *middle, *items] == list(range(MAX_BUFFERED_ITEMS * 3))  # type: ignore[misc]
    assert our_threads() == []


def test_inside_a_running_loop_who_stops_listening_ends_the_stream_and_its_thread() -> None:
    ended = []

    async def stream() -> AsyncGenerator[int]:
        try:
            for number in range(10**9):
                yield number
                await asyncio.sleep(0)
        finally:
            ended.append(threading.current_thread().name)

    def listen() -> None:
        items = iterate_sync(stream)
        next(items)
        items.close()

    inside_a_loop(listen)

    assert len(ended) == 1
    assert ended[0].startswith("s3kms")
    assert our_threads() == []


def test_inside_a_running_loop_an_error_of_the_stream_comes_after_what_was_there() -> None:
    async def stream() -> AsyncGenerator[int]:
        yield 1
        raise KeyError("gone")

    def listen() -> None:
        items = iterate_sync(stream)
        assert next(items) == 1
        with pytest.raises(KeyError):
            next(items)

    inside_a_loop(listen)

    assert our_threads() == []


def waits_for_a_result(thread: int) -> bool:
    """Whether the innermost thing that a thread does is to wait for a future of another one."""
    frame = sys._current_frames()[thread]
    return [one.f_code.co_name for one in (frame, frame.f_back) if one] == ["wait", "result"]


def test_inside_a_running_loop_an_interrupted_reader_ends_a_stream_that_waits() -> None:
    ended = []

    async def stream() -> AsyncGenerator[int]:
        try:
            yield 1
            main = threading.main_thread().ident
            assert main is not None
            while not waits_for_a_result(main):  # noqa: ASYNC110 - a thread that waits sets no event
                await asyncio.sleep(0.001)
            signal.pthread_kill(main, signal.SIGINT)
            await asyncio.sleep(60)
        finally:
            ended.append(True)

    with pytest.raises(KeyboardInterrupt):
        inside_a_loop(lambda: list(iterate_sync(stream)))

    assert ended == [True]
    assert our_threads() == []


def test_no_signal_handler_is_set() -> None:
    async def stream() -> AsyncGenerator[object]:
        yield signal.getsignal(signal.SIGINT)
        yield signal.getsignal(signal.SIGTERM)

    assert list(iterate_sync(stream)) == [signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)]


def blocking(count: int, ended: list[bool]) -> Iterator[int]:
    try:
        yield from range(count)
        raise KeyError("the end")
    finally:
        ended.append(True)


def test_a_blocking_iterator_is_taken_asynchronously_and_its_error_comes_last() -> None:
    ended: list[bool] = []

    async def take() -> list[int]:
        items = iterate_async(blocking(7, ended), batch_size=3)
        found = [await anext(items) for _ in range(7)]
        with pytest.raises(KeyError, match="the end"):
            await anext(items)
        return found

    assert asyncio.run(take()) == list(range(7))
    assert ended == [True]


def test_a_blocking_generator_is_closed_when_nobody_listens_any_more() -> None:
    ended: list[bool] = []

    async def take() -> int:
        items = iterate_async(blocking(10**9, ended), batch_size=3)
        first = await anext(items)
        await items.aclose()
        return first

    assert asyncio.run(take()) == 0
    assert ended == [True]
