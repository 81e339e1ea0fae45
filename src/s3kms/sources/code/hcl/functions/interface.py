"""What a function is: what it takes, how that is converted, and what it makes of it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from s3kms.sources.code.hcl.scalars import (
    first_open,
    is_number,
    kind,
    made_of,
    to_bool,
    to_number,
    to_text,
    unify,
)
from s3kms.sources.code.hcl.values import Invalid, Open, SetOf, Value

SCALARS = frozenset({"arn", "bucket", "id", "key_arn", "key_id", "name", "target_key_arn", "target_key_id"})
"""Attributes whose value, once there is one, is a text that is not empty."""


class Kind(Enum):
    """What a parameter takes. Where nothing else is said, an open value makes the whole call open, and null is
    refused; values in a list, a set or a map may still be open or null.
    """

    ANYTHING = auto()
    """Open and null, too."""
    VALUE = auto()
    TEXT = auto()
    NUMBER = auto()
    INTEGER = auto()
    BOOL = auto()
    SEQUENCE = auto()
    """A list, a tuple or a set, as a list."""
    LIST = auto()
    """The same, its elements of one type."""
    TEXTS = auto()
    """The same, of texts."""
    MAP = auto()
    """A map or an object."""
    WHOLE = auto()
    """Anything without an open value anywhere in it; null, too."""


@dataclass(frozen=True, slots=True)
class Function:
    """One function: `takes`, of which the last `optional` may be missing, and any number of `rest`."""

    apply: Callable[..., Value]
    takes: tuple[Kind, ...] = ()
    rest: Kind | None = None
    optional: int = 0

    def call(self, args: tuple[Value, ...]) -> Value:
        """Its value. Raises Invalid where Terraform would refuse the arguments."""
        least = len(self.takes) - self.optional
        if len(args) < least or (self.rest is None and len(args) > len(self.takes)):
            raise Invalid(f"it takes {least} arguments, and {len(args)} are given")
        kinds = (*self.takes[: len(args)], *[self.rest or Kind.ANYTHING] * (len(args) - len(self.takes)))
        given: list[Value] = []
        waiting: Open | None = None
        for wanted, arg in zip(kinds, args, strict=True):
            value = taken(wanted, arg)
            if isinstance(value, Open) and wanted is not Kind.ANYTHING:
                waiting = waiting or made_of(value)
            given.append(value)
        return self.apply(*given) if waiting is None else waiting


def taken(wanted: Kind, value: Value) -> Value:
    """An argument as its parameter takes it; open where the call has to be. Raises Invalid where it does not fit."""
    if wanted is Kind.ANYTHING or isinstance(value, Open):
        return value
    if wanted is Kind.WHOLE:
        return first_open([value]) or value
    if value is None:
        raise Invalid("an argument is null")
    match wanted:
        case Kind.TEXT:
            return to_text(value)
        case Kind.BOOL:
            return to_bool(value)
        case Kind.NUMBER | Kind.INTEGER:
            return _number(wanted, value)
        case Kind.SEQUENCE | Kind.LIST | Kind.TEXTS:
            return _list(wanted, value)
        case Kind.MAP if not isinstance(value, dict):
            raise Invalid(f"a map is required, and {kind(value)} is given")
    return value


def _number(wanted: Kind, value: Value) -> Value:
    found = to_number(value)
    if wanted is Kind.INTEGER and not isinstance(found, int):
        raise Invalid("a whole number is required")
    return found


def _list(wanted: Kind, value: Value) -> Value:
    items = list(value.items) if isinstance(value, SetOf) else value
    if not isinstance(items, list):
        raise Invalid(f"a list is required, and {kind(value)} is given")
    if wanted is Kind.TEXTS:
        return [to_text(item) for item in items]
    return unify(items) if wanted is Kind.LIST else items


def is_told(value: Value) -> bool:
    """Whether it is known, or at least known to be a text that is not empty."""
    if isinstance(value, Open):
        return value.meant is not None and value.meant.attribute in SCALARS
    return True


def numbers(values: tuple[Value, ...] | list[Value]) -> list[int | float]:
    """Arguments that were converted to numbers."""
    return [value for value in values if is_number(value)]
