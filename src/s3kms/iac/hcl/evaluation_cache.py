"""Results that are computed once, and computations that lead back to themselves."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

from s3kms.iac.values import Rejected

T = TypeVar("T")


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


class EvaluationCache(Generic[T]):
    """The results of one evaluation, by key."""

    def __init__(self, cyclic: Callable[[str], T]) -> None:
        self._cyclic = cyclic
        self.known: dict[tuple[object, ...], CachedResult[T]] = {}
        self._busy: set[tuple[object, ...]] = set()

    def get_or_compute(self, key: tuple[object, ...], compute: Callable[[], T]) -> CachedResult[T]:
        """The result of a key, computed now if it is not cached; that of `cyclic` while it is being computed."""
        found = self.known.get(key)
        if found is None:
            if key in self._busy:
                return CachedResult(self._cyclic(str(key[-1])))
            self._busy.add(key)
            try:
                found = CachedResult(compute())
            except Rejected as error:
                found = CachedResult(None, str(error))
            finally:
                self._busy.discard(key)
            self.known[key] = found
        return found
