"""What one command may spend on all units together: code of any size is read, bombs of any number are not.

Every unit has the steps that usual code takes. Those that it leaves are kept, up to a limit, for units that take
more; a command starts with that limit. So a large estate never comes to an end of it, while many units that each
take all they can get soon have no more than the usual.
"""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from s3kms.iac.budget import Limits, WorkBudget

COMMAND_STEPS = 1_350_000
"""About four CPU seconds."""
USUAL_STEPS = 5_000
"""Of 1,615 units of public repositories, 20 take more; all but one take 450,000 together."""
COMMAND_CPU_SECONDS = 12.0
"""For units that come to the end of their CPU time."""
_MIN_CPU_SECONDS = 0.1
_TAKEN, _OF = 8, 9
"""A unit may have eight ninths of what is kept."""


class UnitBudget:
    """The budget of one unit, of which every reader that takes part in reading it has some."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._opened: list[WorkBudget] = []

    def open(self) -> WorkBudget:
        """A budget with what is left; with the usual steps at least."""
        left = max(USUAL_STEPS, self.limits.steps - self.spent)
        budget = WorkBudget(replace(self.limits, steps=min(self.limits.steps, left)))
        self._opened.append(budget)
        return budget

    @property
    def spent(self) -> int:
        """The steps that were spent, without those that what was found brought."""
        return sum(max(0, budget.steps - budget.added) for budget in self._opened)

    @property
    def is_out_of_time(self) -> bool:
        """Whether some reader came to the end of its CPU time."""
        return any(budget.is_out_of_time for budget in self._opened)


class CommandBudget:
    """The budget of one command."""

    def __init__(self, steps: int = COMMAND_STEPS) -> None:
        self._most = self._kept = steps
        self._cpu_seconds = COMMAND_CPU_SECONDS
        self._known: dict[Hashable, Limits] = {}
        """What was given to each unit: one that is read again has the same, and comes out the same."""

    @contextmanager
    def unit(self, key: Hashable, whole: Limits) -> Iterator[UnitBudget]:
        """A `with` block that reads one unit, whose limits would be `whole` if it were alone."""
        known = self._known.get(key)
        unit = UnitBudget(known or self._limits(whole))
        try:
            yield unit
        finally:
            if known is None:
                self._known[key] = unit.limits
                self._settle(unit)

    def _limits(self, whole: Limits) -> Limits:
        steps = min(whole.steps, max(USUAL_STEPS, self._kept * _TAKEN // _OF))
        seconds = min(whole.cpu_seconds, max(_MIN_CPU_SECONDS, self._cpu_seconds * _TAKEN / _OF))
        are_reduced = steps < whole.steps or seconds < whole.cpu_seconds
        return replace(whole, steps=steps, cpu_seconds=seconds, are_reduced=are_reduced)

    def _settle(self, unit: UnitBudget) -> None:
        self._kept = max(0, min(self._most, self._kept + USUAL_STEPS - unit.spent))
        if unit.is_out_of_time:
            self._cpu_seconds -= unit.limits.cpu_seconds
