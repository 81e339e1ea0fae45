"""Results that are computed once, and computations that lead back to themselves."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

from s3kms.iac.budget import BudgetExhausted
from s3kms.iac.values import Rejected

T = TypeVar("T")
Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class CachedResult(Generic[T]):
    """A value, or why the code that makes it is rejected."""

    value: T | None
    error: str | None = None
    is_given_up: bool = False
    """Whether computing it took more than the budget, so that nothing is to be tried again."""

    def get(self) -> T:
        """The value. Raises Rejected."""
        if self.error is not None:
            raise Rejected(self.error)
        return cast("T", self.value)


class EvaluationCache(Generic[T]):
    """The results of one evaluation, by key."""

    def __init__(
        self, cyclic: Callable[[str], T], exhausted: Callable[[str, BudgetExhausted], T] | None = None
    ) -> None:
        """`cyclic` makes what stands for a result that is asked for while it is computed, and `exhausted` what stands
        for one that took more than the budget; without it, that is computed anew whenever it is asked for.
        """
        self._cyclic = cyclic
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
            try:
                found = CachedResult(compute())
            except Rejected as error:
                found = CachedResult(None, str(error))
            except BudgetExhausted as error:
                if self._exhausted is not None:
                    self.known[key] = CachedResult(self._exhausted(str(key[-1]), error), is_given_up=True)
                raise
            finally:
                self._busy.discard(key)
            self.known[key] = found
        return found

    def close_cycle(self, key: Key) -> None:
        """Records that a key leads back to itself."""
        self.known[key] = CachedResult(self._cyclic(str(key[-1])))

    def forget(self) -> None:
        """Lets go of everything."""
        self.known.clear()
