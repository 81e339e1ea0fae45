"""What reading one unit may cost. Every evaluator spends one budget: steps of work, memory held, CPU time.

Steps are counted, so that the same code gives the same result on every machine; the CPU time is the last line of
defense, for work that is counted too low.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from s3kms.iac.values import UnknownValue
from s3kms.model.advice import Advice
from s3kms.model.unknown import Unknown, UnknownCause

PARTS_PER_STEP = 4
"""Parts of a value that are touched in the time of one step, in which one expression is evaluated."""
CHARACTERS_PER_STEP = 1000
"""Characters that are copied or compared in the time of one step."""
_STEPS_BETWEEN_CLOCKS = 4096


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one budget."""

    steps: int = 2_000_000
    """Expressions that are evaluated, instances and values that are made; about 3 microseconds each."""
    held_bytes: int = 192 * 1024**2
    """Bytes of the values that are kept at one time."""
    cpu_seconds: float = 8.0
    """Of the process, while the unit is read."""

    def part(self, divisor: int) -> "Limits":
        """One part of as many of the same, each of its limits."""
        return Limits(self.steps // divisor, self.held_bytes // divisor, self.cpu_seconds / divisor)


DEFAULT_LIMITS = Limits()


class BudgetExhausted(Exception):
    """The code takes more work, memory or time than the budget of one unit has.

    `why` ends the sentence "… cannot be evaluated: ".
    """

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why

    def unknown(self, advice: Advice) -> Unknown:
        """What was being evaluated, as a fact that is not known."""
        return Unknown(UnknownCause.BUDGET, self.why, advice)

    def unknown_value(self, expression: str, advice: Advice) -> UnknownValue:
        """What was being evaluated, as a value that is not known."""
        return UnknownValue(expression, self.unknown(advice))


class WorkBudget:
    """Counts what reading one unit costs."""

    def __init__(
        self, limits: Limits = DEFAULT_LIMITS, clock: Callable[[], float] = time.process_time
    ) -> None:
        """`clock` tells CPU seconds."""
        self.limits = limits
        self.steps = 0
        self.held_bytes = 0
        self._clock = clock
        self._end = clock() + limits.cpu_seconds
        self._limit = limits.steps
        self._next_look = 0
        """The number of steps at which the limits are looked at next."""

    def spend(self, steps: int = 1) -> None:
        """Counts work. Raises BudgetExhausted."""
        self.steps += steps
        if self.steps > self._next_look:
            self._look()

    def touch(self, parts: int = 0, characters: int = 0) -> None:
        """Counts the work of a pass over values. Raises BudgetExhausted."""
        self.spend(parts // PARTS_PER_STEP + characters // CHARACTERS_PER_STEP)

    def hold(self, number_of_bytes: int) -> None:
        """Counts memory that a value takes, or with a negative number gives back. Raises BudgetExhausted."""
        self.held_bytes += number_of_bytes
        if self.held_bytes > self.limits.held_bytes:
            raise BudgetExhausted(
                f"its values take more memory than the budget of {self.limits.held_bytes // 1024**2} MB"
            )

    def _look(self) -> None:
        if self.steps > self._limit:
            raise BudgetExhausted(f"it takes more work than the budget of {self.limits.steps:,} steps")
        if self._clock() > self._end:
            raise BudgetExhausted(
                f"it takes more than the {self.limits.cpu_seconds:g} CPU seconds of its budget"
            )
        self._next_look = min(self._limit, self.steps + _STEPS_BETWEEN_CLOCKS)

    @contextmanager
    def half(self) -> Iterator[None]:
        """A `with` block that may spend half of the steps that are left, so that something is left for what comes
        after it.
        """
        before = self._limit
        self._limit, self._next_look = self.steps + max(0, before - self.steps) // 2, self.steps
        try:
            yield
        finally:
            self._limit, self._next_look = before, self.steps


@contextmanager
def within_bounds() -> Iterator[None]:
    """A `with` block in which what is too much for this process is BudgetExhausted, too."""
    try:
        yield
    except MemoryError as error:
        raise BudgetExhausted("it takes more memory than there is") from error
    except RecursionError as error:
        raise BudgetExhausted("it is nested too deeply") from error
