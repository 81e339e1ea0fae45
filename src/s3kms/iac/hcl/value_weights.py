"""How large values are: what a pass over one costs, and whether it is larger than one value may be."""

import sys
from dataclasses import dataclass

from s3kms.iac.budget import WorkBudget
from s3kms.iac.hcl.scalars import list_elements, make_too_large
from s3kms.iac.hcl.values import SetValue, Value
from s3kms.iac.values import UnknownValue

MAX_VALUE_PARTS = 300_000
"""Parts of one value, those of its parts included."""
MAX_VALUE_CHARACTERS = 4_000_000
"""Characters of all strings in one value."""
MAX_VALUE_DEPTH = 100
"""Levels of a value: what reads values is recursive."""
_BYTES_PER_PART = 64


@dataclass(frozen=True, slots=True)
class ValueWeight:
    """The size of one value."""

    parts: int
    characters: int = 0
    depth: int = 0
    is_known: bool = True
    """Whether nothing in it is unknown."""

    @property
    def is_too_large(self) -> bool:
        """Whether no value may be that large."""
        return (
            self.parts > MAX_VALUE_PARTS
            or self.characters > MAX_VALUE_CHARACTERS
            or self.depth > MAX_VALUE_DEPTH
        )


_SCALAR, _UNKNOWN = ValueWeight(1), ValueWeight(1, is_known=False)
_TOO_DEEP = ValueWeight(1, 0, MAX_VALUE_DEPTH + 1)


class ValueWeights:
    """Weighs values, each one that has a name once: a name costs nothing, and what it stands for may double."""

    def __init__(self, budget: WorkBudget, shared: "ValueWeights | None" = None) -> None:
        """`shared` has weighed values that are there, too."""
        self._budget = budget
        self._shared = shared
        self._kept: dict[int, tuple[Value, ValueWeight]] = {}
        """By identity, with the value itself, so that no other gets that identity."""
        self._held_bytes = 0

    def weigh(self, value: Value) -> ValueWeight:
        """The size of a value. A part that is there several times counts as often, and is looked at once."""
        if isinstance(value, list | dict | SetValue):
            return self._weigh(value, 0, {})
        return _weigh_plain(value)

    def known(self, mark: int) -> tuple[Value, ValueWeight] | None:
        """The value with an identity that was weighed and kept, and its size."""
        return self._kept.get(mark)

    def limit_size(self, value: Value) -> Value:
        """The value that a name gets, or an UnknownValue where it is too large."""
        weight = self.weigh(value)
        if weight.is_too_large:
            return make_too_large("a value")
        if isinstance(value, list | dict | SetValue):
            self._kept[id(value)] = value, weight
        return value

    def touch(self, *values: Value) -> bool:
        """Counts the work of a pass over values. False where they are too large for one. Raises BudgetExhausted."""
        parts = characters = 0
        for value in values:
            weight = self.weigh(value)
            if weight.is_too_large:
                return False
            parts += weight.parts
            characters += weight.characters
        if parts + characters > MAX_PLAIN_COST:
            self._budget.touch(parts, characters)
        return True

    def hold(self, value: Value, *, has_new_parts: bool = False) -> None:
        """Counts the memory of a value that was made. Raises BudgetExhausted."""
        number = count_bytes_of_parts(self.weigh(value)) if has_new_parts else count_bytes(value)
        self._budget.hold(number)
        self._held_bytes += number

    def mark(self) -> tuple[int, int]:
        """How many values were weighed and kept, and how many bytes are held, to be rolled back to."""
        return len(self._kept), self._held_bytes

    def roll_back(self, kept: int, held_bytes: int) -> None:
        """Lets go of the values that were weighed or held since."""
        for identity in list(self._kept)[kept:]:
            del self._kept[identity]
        self._budget.hold(held_bytes - self._held_bytes)
        self._held_bytes = held_bytes

    def forget(self) -> None:
        """Lets go of the values that were weighed or held."""
        self._kept.clear()
        self._budget.hold(-self._held_bytes)
        self._held_bytes = 0

    def _weigh(self, value: Value, depth: int, seen: dict[int, ValueWeight]) -> ValueWeight:
        if not isinstance(value, list | dict | SetValue):
            return _weigh_plain(value)
        mark = id(value)
        if known := self._kept.get(mark) or (self._shared and self._shared.known(mark)):
            return known[1]
        if mark in seen:
            return seen[mark]
        if depth > MAX_VALUE_DEPTH:
            return _TOO_DEEP
        parts, characters, height, is_known = 1, 0, 0, True
        if isinstance(value, dict):
            characters = sum(map(len, value))
        for part in list_elements(value):
            one = self._weigh(part, depth + 1, seen)
            parts += one.parts
            characters += one.characters
            height = max(height, one.depth)
            is_known = is_known and one.is_known
        found = seen[mark] = ValueWeight(parts, characters, height + 1, is_known)
        return found


MAX_PLAIN_COST = 200
"""Parts and characters that are touched within one step."""


def _weigh_plain(value: Value) -> ValueWeight:
    if isinstance(value, str):
        return ValueWeight(1, len(value))
    return _UNKNOWN if isinstance(value, UnknownValue) else _SCALAR


def count_bytes(value: Value) -> int:
    """The memory of a value in bytes, its parts left out: they are shared."""
    if isinstance(value, SetValue):
        return sys.getsizeof(value.items)
    return sys.getsizeof(value) if isinstance(value, str | list | dict) else 0


def count_bytes_of_parts(weight: ValueWeight) -> int:
    """About the memory of a value in bytes, all of whose parts are new."""
    return weight.parts * _BYTES_PER_PART + weight.characters
