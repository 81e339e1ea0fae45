"""How many calls are under way: few at first, more while latency stays low, half when throttled; and a rate."""

import asyncio
from collections import deque
from dataclasses import dataclass, field

INITIAL_CONCURRENCY = 8
"""Calls under way at first."""
MAX_LATENCY_RATIO = 2.0
"""Latency over the best seen, up to which the limit still grows."""
IGNORED_LATENCY_SECONDS = 0.010
"""Seconds of latency that never count: a busy client is no slow server."""


class ConcurrencyLimiter:
    """Limits the calls under way of one account in one region. Belongs to one event loop.

    Slow start, then additive increase and multiplicative decrease, as TCP does it.
    """

    def __init__(self, maximum: int) -> None:
        self.limit = float(min(INITIAL_CONCURRENCY, maximum))
        self._maximum = maximum
        self._under_way = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._best = float("inf")
        self._usual = 0.0
        self._starting = True
        self._halved = 0.0

    async def acquire(self) -> float:
        """Wait for a place; returns the loop's time at which it was given, for `release`."""
        if self._waiting or self._under_way >= int(self.limit):
            place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(place)
            try:
                await place  # whoever gives it counts it
            except asyncio.CancelledError:
                if place.done() and not place.cancelled():
                    self._under_way -= 1
                    self._give_places()
                raise
        else:
            self._under_way += 1
        return _now()

    def release(self, since: float, *, throttled: bool = False, answered: bool = True) -> None:
        """Give the place back, and adapt the limit to how the call went; `since` is when the call began."""
        self._under_way -= 1
        if throttled:
            self._slow_down(since)
        elif answered:
            self._speed_up(_now() - since)
        self._give_places()

    def _give_places(self) -> None:
        free = int(self.limit) - self._under_way
        while self._waiting and free > 0:
            place = self._waiting.popleft()
            if not place.done():  # who was cancelled needs none
                place.set_result(None)
                self._under_way += 1
                free -= 1

    def _speed_up(self, latency: float) -> None:
        self._best = min(self._best, latency)
        self._usual = latency if not self._usual else 0.9 * self._usual + 0.1 * latency
        if self._usual > MAX_LATENCY_RATIO * self._best + IGNORED_LATENCY_SECONDS:
            self._starting = False
            return
        self.limit = min(self._maximum, self.limit + (1 if self._starting else 1 / self.limit))

    def _slow_down(self, since: float) -> None:
        """Halve the limit, once for all calls that were under way together."""
        self._starting = False
        if since >= self._halved:
            self.limit = max(1.0, self.limit / 2)
            self._halved = _now()


def _now() -> float:
    """The loop's time, which stands still while a synchronous reader pauses."""
    return asyncio.get_running_loop().time()


@dataclass(slots=True)
class RateLimiter:
    """At most so many calls a second, evenly spread; None is no limit."""

    per_second: float | None
    _next: float = field(default=0.0)

    async def wait(self) -> None:
        """Wait until the next call may be made."""
        if self.per_second is None:
            return
        now = _now()
        at = self._next = max(now, self._next + 1 / self.per_second)
        await asyncio.sleep(at - now)
