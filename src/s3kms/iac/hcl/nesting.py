"""Named values that need others: a long chain is computed from its end, so that no chain is too long for the stack.

A value that is asked for deep within the computation of others is not computed there: everything above it is given
up, it is computed first, and then the others are computed again, and find it known.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TypeVar, cast

from s3kms.iac.values import Rejected

MAX_LEVELS = 60
"""Levels of expressions within one another, those of the named values that they need included."""
LEVELS_PER_NAME = 4
"""Levels for which a named value counts: about as many calls stand for it on the stack."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PendingValue:
    """A value that is to be computed, in one evaluation."""

    name: Hashable
    compute: Callable[[], object]
    close_cycle: Callable[[], None]
    """Records that it leads back to itself."""


class _ComputeFirst(Exception):
    """A value that is needed stands too deep to be computed here."""

    def __init__(self, pending: PendingValue) -> None:
        super().__init__()
        self.pending = pending


class Nesting:
    """How deep the computation of one root module is at the moment, in all its evaluations together."""

    def __init__(self) -> None:
        self.level = 0
        self._first_level: int | None = None
        """The level of the outermost named value; None while there is none."""

    def compute(self, pending: PendingValue, compute: Callable[[], T]) -> T:
        """The value, computed here or, if this is too deep, by the outermost call of this method."""
        if self._first_level is None:
            return cast("T", self._compute_outermost(pending))
        if self.level - self._first_level > MAX_LEVELS:
            raise _ComputeFirst(pending)
        self.level += LEVELS_PER_NAME
        try:
            return compute()
        finally:
            self.level -= LEVELS_PER_NAME

    def _compute_outermost(self, pending: PendingValue) -> object:
        self._first_level = self.level
        waiting = [pending]
        try:
            while True:
                try:
                    found = waiting[-1].compute()
                except _ComputeFirst as first:
                    if any(one.name == first.pending.name for one in waiting):
                        first.pending.close_cycle()
                    else:
                        waiting.append(first.pending)
                    continue
                except Rejected:
                    if len(waiting) == 1:
                        raise
                waiting.pop()
                if not waiting:
                    return found
        finally:
            self._first_level = None
