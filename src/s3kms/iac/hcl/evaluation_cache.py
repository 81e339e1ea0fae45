"""Results that are computed once, and computations that lead back to themselves."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar, cast

from s3kms.iac.budget import BudgetExhausted, StepsExhausted, WorkBudget
from s3kms.iac.values import Rejected

T = TypeVar("T")
Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class CachedResult(Generic[T]):
    """A value, or why the code that makes it is rejected."""

    value: T | None
    error: str | None = None

    def get(self) -> T:
        """The value. Raises Rejected."""
        if self.error is not None:
            raise Rejected(self.error)
        return cast("T", self.value)


@dataclass(frozen=True, slots=True)
class GivenUpResult(CachedResult[T]):
    """What stands for a value that took more than the budget, so that nobody tries again."""

    exhausted: BudgetExhausted = field(kw_only=True)
    budget: WorkBudget = field(kw_only=True)

    def get(self) -> T:
        """The value. Raises BudgetExhausted while the question that needs it will be asked again."""
        if self.budget.is_trying:
            raise self.exhausted
        return cast("T", self.value)


class EvaluationCache(Generic[T]):
    """The results of one evaluation, by key."""

    def __init__(
        self,
        cyclic: Callable[[str], T],
        budget: WorkBudget,
        exhausted: Callable[[str, BudgetExhausted], T] | None = None,
    ) -> None:
        """`cyclic` makes what stands for a result that is asked for while it is computed, and `exhausted` what stands
        for one that took more than the budget; without it, that is computed anew whenever it is asked for.
        """
        self._cyclic = cyclic
        self._budget = budget
        self._exhausted = exhausted
        self.known: dict[Key, CachedResult[T]] = {}
        self._busy: set[Key] = set()

    def get_or_compute(self, key: Key, compute: Callable[[], T]) -> CachedResult[T]:
        """The result of a key, computed now if it is not cached; that of `cyclic` while it is being computed.

        Raises BudgetExhausted, once for each key.
        """
        found = self.known.get(key)
        if found is None:
            if key in self._busy:
                return CachedResult(self._cyclic(str(key[-1])))
            self._busy.add(key)
            before = self._budget.steps
            try:
                found = CachedResult(compute())
            except Rejected as error:
                found = CachedResult(None, str(error))
            except BudgetExhausted as error:
                self._give_up(key, error, before)
                raise
            finally:
                self._busy.discard(key)
            self.known[key] = found
        return found

    def _give_up(self, key: Key, error: BudgetExhausted, before: int) -> None:
        """Keeps that a key took too much, unless it was something else that did: where the budget is nearly spent,
        the next value that is asked for is not to blame.
        """
        is_own = not isinstance(error, StepsExhausted) or self._budget.is_most_of_part(before)
        if self._exhausted is not None and is_own:
            value = self._exhausted(str(key[-1]), error)
            self.known[key] = GivenUpResult(value, exhausted=error, budget=self._budget)

    def forget_given_up(self) -> None:
        """Lets what took too much be tried again."""
        for key in [key for key, found in self.known.items() if isinstance(found, GivenUpResult)]:
            del self.known[key]

    def forget_after(self, number: int) -> None:
        """Lets go of all results but the first ones, and of those that were given up."""
        for key, found in list(self.known.items())[number:]:
            if not isinstance(found, GivenUpResult):
                del self.known[key]

    def close_cycle(self, key: Key) -> None:
        """Records that a key leads back to itself."""
        self.known[key] = CachedResult(self._cyclic(str(key[-1])))

    def forget(self) -> None:
        """Lets go of everything."""
        self.known.clear()
