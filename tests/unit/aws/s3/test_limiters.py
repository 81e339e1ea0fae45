"""How many calls are under way, and how many are sent a second."""

import asyncio
from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from s3kms.aws.s3.limiters import INITIAL_CONCURRENCY, ConcurrencyLimiter, RateLimiter


def limited(calls: int, most: int, fate: Iterator[bool], latency: float = 0.0) -> ConcurrencyLimiter:
    """Many calls, some of them throttled."""

    async def run() -> ConcurrencyLimiter:
        limiter = ConcurrencyLimiter(most)

        async def call() -> None:
            since = await limiter.acquire()
            await asyncio.sleep(latency)
            limiter.release(since, throttled=next(fate))

        await asyncio.gather(*(call() for _ in range(calls)))
        return limiter

    return asyncio.run(run())


def test_the_limit_grows_while_nobody_complains() -> None:
    async def run() -> float:
        limiter = ConcurrencyLimiter(64)
        for _ in range(200):
            limiter._speed_up(0.001)
        return limiter.limit

    assert asyncio.run(run()) == 64


def test_the_limit_halves_once_for_calls_that_were_under_way_together() -> None:
    async def run() -> ConcurrencyLimiter:
        limiter = ConcurrencyLimiter(64)
        for _ in range(INITIAL_CONCURRENCY):
            limiter.release(since=1.0, throttled=True)
        return limiter

    limiter = asyncio.run(run())

    assert limiter.limit == INITIAL_CONCURRENCY / 2


def test_the_limit_never_stops_altogether() -> None:
    assert limited(300, 64, iter([True] * 300)).limit == 1


def test_the_limit_stops_growing_when_answers_take_longer() -> None:
    async def run() -> float:
        limiter = ConcurrencyLimiter(1000)
        loop = asyncio.get_running_loop()
        for latency in [0.001] * 5 + [1.0] * 100:
            limiter._speed_up(latency)
        assert loop
        return limiter.limit

    assert asyncio.run(run()) < INITIAL_CONCURRENCY + 10


@settings(max_examples=30, deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=120), st.integers(1, 20))
def test_every_call_gets_its_turn_and_never_more_than_allowed(fates: list[bool], most: int) -> None:
    async def run() -> int:
        limiter, under_way, peak = ConcurrencyLimiter(most), 0, 0

        async def call(throttled: bool) -> None:
            nonlocal under_way, peak
            since = await limiter.acquire()
            under_way += 1
            peak = max(peak, under_way)
            await asyncio.sleep(0)
            under_way -= 1
            limiter.release(since, throttled=throttled)

        await asyncio.wait_for(asyncio.gather(*map(call, fates)), 10)
        return peak

    assert asyncio.run(run()) <= most


def test_who_is_cancelled_with_a_place_in_hand_gives_it_to_the_next() -> None:
    async def run() -> None:
        limiter = ConcurrencyLimiter(1)
        since = await limiter.acquire()
        first, second = (asyncio.create_task(limiter.acquire()) for _ in range(2))
        await asyncio.sleep(0)
        limiter.release(since)
        first.cancel()
        await asyncio.wait_for(second, 1)

    asyncio.run(run())


def test_a_rate_spreads_calls_evenly() -> None:
    async def run() -> float:
        rate = RateLimiter(100)
        start = asyncio.get_running_loop().time()
        for _ in range(11):
            await rate.wait()
        return asyncio.get_running_loop().time() - start

    assert asyncio.run(run()) >= 0.099
