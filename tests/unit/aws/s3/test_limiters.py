"""How many calls are under way, and how many are sent a second."""

import asyncio
import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3kms.aws.connection import Connection, ConnectionSettings
from s3kms.aws.s3.context import open_client
from s3kms.aws.s3.limiters import INITIAL_CONCURRENCY, ConcurrencyBudget, ConcurrencyLimiter, RateLimiter


def limited(calls: int, most: int, fate: Iterator[bool], latency: float = 0.0) -> ConcurrencyLimiter:
    """Many calls, some of them throttled."""

    async def run() -> ConcurrencyLimiter:
        limiter = ConcurrencyLimiter(ConcurrencyBudget(most))

        async def call() -> None:
            since = await limiter.acquire()
            await asyncio.sleep(latency)
            limiter.release(since, throttled=next(fate))

        await asyncio.gather(*(call() for _ in range(calls)))
        return limiter

    return asyncio.run(run())


def test_the_limit_grows_while_nobody_complains() -> None:
    async def run() -> float:
        limiter = ConcurrencyLimiter(ConcurrencyBudget(64))
        for _ in range(200):
            limiter._speed_up(0.001)
        return limiter.limit

    assert asyncio.run(run()) == 64


def test_the_limit_halves_once_for_calls_that_were_under_way_together() -> None:
    async def run() -> ConcurrencyLimiter:
        limiter = ConcurrencyLimiter(ConcurrencyBudget(64))
        for _ in range(INITIAL_CONCURRENCY):
            limiter.release(since=1.0, throttled=True)
        return limiter

    limiter = asyncio.run(run())

    assert limiter.limit == INITIAL_CONCURRENCY / 2


def test_the_limit_never_stops_altogether() -> None:
    assert limited(300, 64, iter([True] * 300)).limit == 1


def test_the_limit_stops_growing_when_answers_take_longer() -> None:
    async def run() -> float:
        limiter = ConcurrencyLimiter(ConcurrencyBudget(1000))
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
        limiter, under_way, peak = ConcurrencyLimiter(ConcurrencyBudget(most)), 0, 0

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
        limiter = ConcurrencyLimiter(ConcurrencyBudget(1))
        since = await limiter.acquire()
        first, second = (asyncio.create_task(limiter.acquire()) for _ in range(2))
        await asyncio.sleep(0)
        limiter.release(since)
        first.cancel()
        await asyncio.wait_for(second, 1)

    asyncio.run(run())


def test_the_limiters_of_a_run_have_one_budget_and_one_alone_may_use_it_all() -> None:
    async def run() -> tuple[int, int]:
        budget = ConcurrencyBudget(INITIAL_CONCURRENCY)
        busy, idle = ConcurrencyLimiter(budget), ConcurrencyLimiter(budget)
        for _ in range(INITIAL_CONCURRENCY):
            await busy.acquire()
        alone = budget.under_way
        waiting = asyncio.ensure_future(idle.acquire())
        await asyncio.sleep(0)
        assert not waiting.done()
        busy.release(0.0)
        await asyncio.wait_for(waiting, 1)
        return alone, budget.under_way

    assert asyncio.run(run()) == (INITIAL_CONCURRENCY, INITIAL_CONCURRENCY)


def test_free_places_go_to_each_limiter_in_turn() -> None:
    async def run() -> list[str]:
        budget = ConcurrencyBudget(1)
        held = ConcurrencyLimiter(budget)
        since = await held.acquire()
        order: list[str] = []

        async def call(name: str, limiter: ConcurrencyLimiter) -> None:
            began = await limiter.acquire()
            order.append(name)
            limiter.release(began)

        limiters = {"a": ConcurrencyLimiter(budget), "b": ConcurrencyLimiter(budget)}
        calls = [asyncio.ensure_future(call(name, limiters[name])) for name in ("a", "a", "a", "b")]
        await asyncio.sleep(0)
        held.release(since)
        await asyncio.wait_for(asyncio.gather(*calls), 1)
        return order

    assert asyncio.run(run()) == ["a", "b", "a", "a"]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=80), st.integers(1, 12))
def test_limiters_that_share_a_budget_never_exceed_it_and_starve_nobody(
    calls: list[tuple[int, bool]], most: int
) -> None:
    async def run() -> int:
        budget = ConcurrencyBudget(most)
        limiters = [ConcurrencyLimiter(budget) for _ in range(4)]
        peak = 0

        async def call(which: int, throttled: bool) -> None:
            nonlocal peak
            since = await limiters[which].acquire()
            peak = max(peak, budget.under_way)
            await asyncio.sleep(0)
            limiters[which].release(since, throttled=throttled)

        await asyncio.wait_for(asyncio.gather(*(call(*one) for one in calls)), 10)
        assert budget.under_way == 0
        return peak

    assert asyncio.run(run()) <= most


def test_a_rate_spreads_calls_evenly() -> None:
    async def run() -> float:
        rate = RateLimiter(100)
        start = asyncio.get_running_loop().time()
        for _ in range(11):
            await rate.wait()
        return asyncio.get_running_loop().time() - start

    assert asyncio.run(run()) >= 0.099


@pytest.mark.parametrize("per_second", [2.5, 40.0])
def test_no_second_has_more_calls_than_the_rate_though_the_loop_was_late_for_many(per_second: float) -> None:
    made: list[float] = []

    async def run() -> None:
        rate, loop = RateLimiter(per_second), asyncio.get_running_loop()

        async def call() -> None:
            await rate.wait()
            made.append(loop.time())

        async def block() -> None:
            await asyncio.sleep(0.1)
            time.sleep(0.6)  # noqa: ASYNC251 - what a busy process does to its loop

        await asyncio.gather(block(), *(call() for _ in range(int(per_second * 2))))

    asyncio.run(run())

    count = max(1, int(per_second))
    gaps = [later - earlier for earlier, later in zip(made, made[count:], strict=False)]
    assert gaps
    assert min(gaps) >= count / per_second - 0.005


def test_calls_leave_a_little_slower_than_the_rate_so_that_they_arrive_no_faster() -> None:
    async def run() -> float | None:
        settings = ConnectionSettings(max_rps=100, endpoint_url="http://127.0.0.1:1")
        async with open_client(Connection(settings)) as context:
            return context.rate_limiter.per_second

    assert 90 <= (asyncio.run(run()) or 0) < 100
