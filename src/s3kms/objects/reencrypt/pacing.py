"""Pause and stop, the error rate, and the progress of a run. Pure except for the clock that is passed in."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from s3kms.objects.interface import ObjectResult, Outcome

PAUSE_POLL_SECONDS = 0.1
DENIED = "AccessDenied"
"""A reason that counts as an error whatever the outcome: who is denied everything should stop."""


@dataclass(frozen=True, slots=True)
class RunControl:
    """How a caller pauses and stops a run."""

    is_paused: Callable[[], bool] = lambda: False
    should_stop: Callable[[], bool] = lambda: False

    async def may_go_on(self) -> bool:
        """Wait while the run is paused; False where it is to stop."""
        while self.is_paused() and not self.should_stop():  # noqa: ASYNC110 - a signal handler sets it, in no loop
            await asyncio.sleep(PAUSE_POLL_SECONDS)
        return not self.should_stop()


class ErrorRate:
    """The share of errors among the last results."""

    def __init__(self, max_share: float, *, window: int = 1000, min_errors: int = 10) -> None:
        """`max_share` is of 1; fewer errors than `min_errors` among the last `window` results are never too many."""
        self._max_share = max_share
        self._min_errors = min_errors
        self._last: deque[bool] = deque(maxlen=window)
        self._errors = 0

    def add(self, result: ObjectResult) -> None:
        """One result more."""
        is_error = result.outcome is Outcome.FAILED or result.reason == DENIED
        if len(self._last) == self._last.maxlen:
            self._errors -= self._last[0]
        self._last.append(is_error)
        self._errors += is_error

    @property
    def is_exceeded(self) -> bool:
        """Whether the share of errors is above the limit."""
        return self._errors >= self._min_errors and self._errors > self._max_share * len(self._last)

    def __str__(self) -> str:
        return f"{self._errors} of the last {len(self._last)} objects failed"


@dataclass(frozen=True, slots=True)
class ReencryptProgress:
    """The progress of a run over objects, as an immutable snapshot."""

    bucket: str
    versions: int
    """Number of versions with a result, without the immovable ones."""
    total: int | None
    """Number of versions to re-encrypt; None if unknown."""
    size: int
    """Bytes of those versions."""
    per_second: float
    """Recent rate, in versions per second."""
    seconds_left: float | None
    cost: float | None
    """Cost so far in US dollars, as far as prices are known."""
    outcomes: "Counter[Outcome]"
    bytes_moved: int = 0
    is_paused: bool = False
    job: str = ""
    """The job and its state, where AWS carries out the run."""


@dataclass(slots=True)
class ProgressMeter:
    """Adds results up; what an earlier process of the run did counts, and is not part of the rate."""

    bucket: str
    total: int | None
    dollars_per_version: float | None
    now: Callable[[], float]
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    size: int = 0
    bytes_moved: int = 0
    window_seconds: float = 30.0
    _marks: deque[tuple[float, int]] = field(default_factory=deque)

    @property
    def versions(self) -> int:
        """Number of versions with a result, without the immovable ones, which no total counts."""
        return sum(self.outcomes.values()) - self.outcomes[Outcome.IMMOVABLE]

    @property
    def is_before_end(self) -> bool:
        """Whether more results are expected; True for a run whose versions were not counted."""
        return self.total is None or self.versions < self.total

    def add(self, result: ObjectResult) -> None:
        """One result more."""
        self.outcomes[result.outcome] += 1
        if result.outcome is not Outcome.IMMOVABLE:
            self.size += result.version.size or 0
        self.bytes_moved += result.bytes_moved

    def snapshot(self, *, is_paused: bool = False) -> ReencryptProgress:
        """How far it is now."""
        now, done = self.now(), self.versions
        self._marks.append((now, done))
        while len(self._marks) > 2 and now - self._marks[0][0] > self.window_seconds:  # noqa: PLR2004
            self._marks.popleft()
        since, before = self._marks[0]
        rate = (done - before) / (now - since) if now > since else 0.0
        # Versions that the plan could not read may turn out to be among those to re-encrypt.
        total = None if self.total is None else max(self.total, done)
        left = None if total is None or not rate else (total - done) / rate
        cost = None if self.dollars_per_version is None else self.dollars_per_version * done
        return ReencryptProgress(
            self.bucket,
            done,
            total,
            self.size,
            rate,
            left,
            cost,
            Counter(self.outcomes),
            self.bytes_moved,
            is_paused,
        )
