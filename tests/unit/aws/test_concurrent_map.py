"""Many items at once: order, bounds, errors, and one slow item among fast ones."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3kms.aws.concurrent_map import MAX_WAITING_RESULTS, Window, concurrent_map


async def numbers(count: int) -> AsyncIterator[int]:
    for number in range(count):
        yield number


def results_of(found: AsyncGenerator[int]) -> list[int]:
    async def run() -> list[int]:
        return [result async for result in found]

    return asyncio.run(run())


async def same(item: int) -> int:
    return item


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 3), max_size=40), st.integers(1, 8), st.booleans())
def test_every_result_comes_once_and_not_too_many_at_once(
    waits: list[int], most: int, is_ordered: bool
) -> None:
    under_way = peak = 0

    async def work(item: int) -> int:
        nonlocal under_way, peak
        under_way += 1
        peak = max(peak, under_way)
        for _ in range(waits[item]):
            await asyncio.sleep(0)
        under_way -= 1
        return item

    found = results_of(concurrent_map(work, numbers(len(waits)), most, is_ordered=is_ordered))

    assert sorted(found) == list(range(len(waits)))
    assert found == sorted(found) or not is_ordered
    assert peak <= most


async def first_waits_for_all(item: int, others: int, begun: list[int], all_begun: asyncio.Event) -> int:
    begun.append(item)
    if len(begun) == others:
        all_begun.set()
    if item == 0:
        await all_begun.wait()
    return item


@pytest.mark.parametrize("is_ordered", [True, False])
def test_a_slow_item_keeps_no_other_from_being_worked_on(is_ordered: bool) -> None:
    async def run() -> list[int]:
        begun: list[int] = []
        all_begun = asyncio.Event()
        found = concurrent_map(
            lambda item: first_waits_for_all(item, 3000, begun, all_begun),
            numbers(3000),
            8,
            is_ordered=is_ordered,
        )
        async with asyncio.timeout(20):
            return [item async for item in found]

    found = asyncio.run(run())

    assert found[0 if is_ordered else -1] == 0


def test_what_waits_for_a_slow_item_is_bounded() -> None:
    async def run() -> int:
        begun = 0
        over = asyncio.Event()

        async def work(item: int) -> int:
            nonlocal begun
            begun += 1
            if item == 0:
                await over.wait()
            return item

        found = concurrent_map(work, numbers(MAX_WAITING_RESULTS * 2), 8)
        taking = asyncio.ensure_future(anext(found))
        last = -1
        while begun != last:
            last = begun
            await asyncio.sleep(0.05)
        over.set()
        await taking
        await found.aclose()
        return last

    assert asyncio.run(run()) <= MAX_WAITING_RESULTS


def test_a_stream_goes_on_where_others_fill_the_window() -> None:
    window = Window(held=MAX_WAITING_RESULTS)

    assert results_of(concurrent_map(same, numbers(2000), 8, window=window)) == list(range(2000))
    assert window.held == MAX_WAITING_RESULTS


@pytest.mark.parametrize("is_ordered", [True, False])
def test_an_error_ends_the_stream_and_what_is_under_way(is_ordered: bool) -> None:
    ended: list[int] = []

    async def work(item: int) -> int:
        if item == 3:
            raise ValueError("three")
        try:
            await asyncio.sleep(0 if item < 3 else 30)
        finally:
            ended.append(item)
        return item

    window = Window()
    with pytest.raises(ValueError, match="three"):
        results_of(concurrent_map(work, numbers(100), 8, window=window, is_ordered=is_ordered))
    assert window.held == 0
    assert sorted(ended) == [0, 1, 2, *range(4, max(ended) + 1)]
