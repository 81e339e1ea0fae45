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


class ConcurrencyBudget:
    """The calls under way of a whole run, over all accounts and regions. Belongs to one event loop.

    A free place goes to whoever has work, each in turn.
    """

    def __init__(self, maximum: int) -> None:
        self.maximum = maximum
        self.under_way = 0
        self._wanting: deque[ConcurrencyLimiter] = deque()
        """Limiters that may have a use for a place; each stands here once."""

    def enlist(self, limiter: "ConcurrencyLimiter") -> None:
        """Take a limiter into the round of those that want places."""
        if not limiter.is_enlisted:
            limiter.is_enlisted = True
            self._wanting.append(limiter)

    def give_places(self) -> None:
        """Give away what is free."""
        while self._wanting and self.under_way < self.maximum:
            limiter = self._wanting.popleft()
            limiter.is_enlisted = False
            if limiter.give_place():
                self.under_way += 1
                self.enlist(limiter)


class ConcurrencyLimiter:
    """Limits the calls under way of one account in one region, within the budget of the run.

    Slow start, then additive increase and multiplicative decrease, as TCP does it.
    """

    def __init__(self, budget: ConcurrencyBudget) -> None:
        self.limit = float(min(INITIAL_CONCURRENCY, budget.maximum))
        self.is_enlisted = False
        """Whether the budget knows that it wants a place."""
        self._budget = budget
        self._under_way = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._best = float("inf")
        self._usual = 0.0
        self._starting = True
        self._halved = 0.0

    async def acquire(self) -> float:
        """Wait for a place; returns the loop's time at which it was given, for `release`."""
        budget = self._budget
        if not self._waiting and self._under_way < int(self.limit) and budget.under_way < budget.maximum:
            self._under_way += 1
            budget.under_way += 1
            return _now()
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        budget.enlist(self)
        budget.give_places()
        try:
            await place  # whoever gives it counts it
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self._give_back()
            raise
        return _now()

    def release(self, since: float, *, throttled: bool = False, answered: bool = True) -> None:
        """Give the place back, and adapt the limit to how the call went; `since` is when the call began."""
        if throttled:
            self._slow_down(since)
        elif answered:
            self._speed_up(_now() - since)
        self._give_back()

    def give_place(self) -> bool:
        """Give a place to the first who waits; False where nobody does, or the limit is reached."""
        if self._under_way >= int(self.limit):
            return False
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():  # who was cancelled needs none
                place.set_result(None)
                self._under_way += 1
                return True
        return False

    def _give_back(self) -> None:
        self._under_way -= 1
        self._budget.under_way -= 1
        if self._waiting:
            self._budget.enlist(self)
        self._budget.give_places()

    def _speed_up(self, latency: float) -> None:
        self._best = min(self._best, latency)
        self._usual = latency if not self._usual else 0.9 * self._usual + 0.1 * latency
        if self._usual > MAX_LATENCY_RATIO * self._best + IGNORED_LATENCY_SECONDS:
            self._starting = False
            return
        self.limit = min(self._budget.maximum, self.limit + (1 if self._starting else 1 / self.limit))

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
    """At most so many calls a second, evenly spread; None is no limit.

    A busy process wakes late whoever waits, and many at once: no second has more calls than are allowed all the same.
    """

    per_second: float | None
    _next: float = 0.0
    _made: deque[float] = field(default_factory=deque)
    """When the last calls were made, as many as may be made in a second."""

    async def wait(self) -> None:
        """Wait until the next call may be made; it has to be made at once then."""
        if self.per_second is None:
            return
        now = _now()
        self._next = max(now, self._next + 1 / self.per_second)
        at = max(self._next, self._earliest(self.per_second))
        while at > now:
            await asyncio.sleep(at - now)
            now, at = _now(), self._earliest(self.per_second)
        self._made.append(now)

    def _earliest(self, per_second: float) -> float:
        """When as many calls will have become a second old as one more needs."""
        count = max(1, int(per_second))
        if len(self._made) < count:
            return 0.0
        while len(self._made) > count:
            self._made.popleft()
        return self._made[0] + count / per_second
