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

    steps: int = 1_200_000
    """Expressions that are evaluated, instances and values that are made; about 3 microseconds each."""
    held_bytes: int = 192 * 1024**2
    """Bytes of the values that are kept at one time."""
    cpu_seconds: float = 8.0
    """Of the process, while the unit is read."""
    are_reduced: bool = False
    """Whether they would be more, had other units of the command not taken so much."""


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


class StepsExhausted(BudgetExhausted):
    """It takes more steps than it was given: with more it may come to an end."""


class WorkBudget:
    """Counts what reading one unit costs."""

    def __init__(
        self, limits: Limits = DEFAULT_LIMITS, clock: Callable[[], float] = time.process_time
    ) -> None:
        """`clock` tells CPU seconds."""
        self.limits = limits
        self.steps = 0
        self.held_bytes = 0
        self.is_out_of_time = False
        self.is_trying = False
        """Whether what is asked for will be asked for again with more steps, if these are too few."""
        self._clock = clock
        self._begun = time.perf_counter()
        self._end: float | None = None
        """In CPU seconds; None before the clock is looked at first. That takes as long as many steps, and most units
        are read before.
        """
        self._whole = limits.steps
        self._limit = limits.steps
        self._next_look = 0
        """The number of steps at which the limits are looked at next."""
        self._next_clock = _STEPS_BETWEEN_CLOCKS
        self._part_start = 0
        self.added = 0
        """The steps that what was found brought."""

    @property
    def is_exhausted(self) -> bool:
        """Whether all steps of this part are spent."""
        return self.steps > self._limit

    @property
    def left(self) -> int:
        """The steps that may still be spent here."""
        return max(0, self._limit - self.steps)

    def spend(self, steps: int = 1) -> None:
        """Counts work. Raises BudgetExhausted."""
        self.steps += steps
        if self.steps > self._next_look:
            self._look()

    def touch(self, parts: int = 0, characters: int = 0) -> None:
        """Counts the work of a pass over values. Raises BudgetExhausted."""
        self.spend(parts // PARTS_PER_STEP + characters // CHARACTERS_PER_STEP)

    def hold(self, number_of_bytes: int) -> None:
        """Counts memory that a value takes, or with a negative number gives back. Raises BudgetExhausted, and counts
        nothing then.
        """
        if self.held_bytes + number_of_bytes > self.limits.held_bytes:
            raise BudgetExhausted(
                f"its values take more memory than the budget of {self.limits.held_bytes // 1024**2} MB"
            )
        self.held_bytes += number_of_bytes

    def add(self, steps: int) -> None:
        """Gives it more steps, for something that was found and that brings its own."""
        self.added += steps
        self._whole += steps
        self._limit += steps

    def is_most_of_part(self, since: int) -> bool:
        """Whether half of the steps of this part, or more, were spent since the counter was there."""
        return 2 * (self.steps - since) >= self.steps - self._part_start

    def _look(self) -> None:
        if self.steps > self._limit:
            raise StepsExhausted(self._describe())
        if self.steps > self._next_clock:
            self._look_at_clock()
            self._next_clock = self.steps + _STEPS_BETWEEN_CLOCKS
        self._next_look = min(self._limit, self._next_clock)

    def _look_at_clock(self) -> None:
        now, seconds = self._clock(), self.limits.cpu_seconds
        if self._end is None:  # at most half of the time is taken for spent, as it may have been others' time
            self._end = now + seconds - min(time.perf_counter() - self._begun, seconds / 2)
        if now > self._end:
            self.is_out_of_time = True
            raise BudgetExhausted(f"it takes more than the {seconds:g} CPU seconds of its budget")

    def _describe(self) -> str:
        whole, part = f"the budget of {self.limits.steps:,} steps", self._limit - self._part_start
        found = f"it takes more work than {whole}"
        if part < self._whole:
            found = f"it takes more work than its part of {whole}, {part:,}"
        return f"{found}, which is all that other code left for it" if self.limits.are_reduced else found

    @contextmanager
    def part(self, steps: int, *, is_trying: bool = False) -> Iterator[None]:
        """A `with` block that may spend so many steps, and no more than are left, so that something is left for what
        comes after it.
        """
        before, added = (self._limit, self._part_start, self.is_trying), self.added
        self._enter(min(self._limit, self.steps + max(0, steps)), is_trying=is_trying)
        try:
            yield
        finally:
            self._leave(*before, self.added - added)

    @contextmanager
    def shared(self) -> Iterator[None]:
        """A `with` block for what the whole unit needs: what it spends is not of the part around it."""
        start, before, added = self.steps, (self._limit, self._part_start, self.is_trying), self.added
        self._enter(self._whole, is_trying=False)
        try:
            yield
        finally:
            self._leave(*before, self.added - added)
            spent = self.steps - start
            self._limit, self._part_start = min(self._whole, self._limit + spent), self._part_start + spent

    def _enter(self, limit: int, *, is_trying: bool) -> None:
        self._limit, self._part_start, self.is_trying = limit, self.steps, is_trying
        self._next_look = min(limit, self._next_clock)

    def _leave(self, limit: int, part_start: int, is_trying: bool, added: int) -> None:
        self._limit, self._part_start, self.is_trying = limit + added, part_start, is_trying
        self._next_look = min(self._limit, self._next_clock)


@contextmanager
def within_bounds() -> Iterator[None]:
    """A `with` block in which what is too much for this process is BudgetExhausted, too."""
    try:
        yield
    except MemoryError as error:
        raise BudgetExhausted("it takes more memory than there is") from error
    except RecursionError as error:
        raise BudgetExhausted("it is nested too deeply") from error
