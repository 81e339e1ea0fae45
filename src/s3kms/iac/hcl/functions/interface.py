"""What a function is: its parameters, how arguments are converted to them, and how it makes its result."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from s3kms.iac.hcl.scalars import (
    describe_type,
    forget_origin,
    is_number,
    to_bool,
    to_number,
    to_text,
    unify_types,
)
from s3kms.iac.hcl.symbols import find_unknown
from s3kms.iac.hcl.values import SetValue, Value
from s3kms.iac.values import Rejected, UnknownValue


class ParameterKind(Enum):
    """What a parameter takes.

    Unless a kind says otherwise, an unknown argument makes the whole call unknown, and null is rejected; elements of
    a list, a set or a map may still be unknown or null.
    """

    ANYTHING = auto()
    """Any value, unknown and null included."""
    VALUE = auto()
    TEXT = auto()
    NUMBER = auto()
    INTEGER = auto()
    BOOL = auto()
    SEQUENCE = auto()
    """A list, a tuple or a set, as a list."""
    LIST = auto()
    """A list, a tuple or a set, as a list whose elements are of one type."""
    TEXTS = auto()
    """A list, a tuple or a set, as a list of strings."""
    MAP = auto()
    """A map or an object."""
    WHOLE = auto()
    """Any value without an unknown one anywhere in it; null, too."""


@dataclass(frozen=True, slots=True)
class Function:
    """One function: its `parameters`, of which the last `optional` may be missing, and any number of `rest`."""

    apply: Callable[..., Value]
    parameters: tuple[ParameterKind, ...] = ()
    rest: ParameterKind | None = None
    optional: int = 0
    work: Callable[[tuple[Value, ...]], int] | None = None
    """The steps that a call takes beyond one pass over its arguments."""
    has_new_parts: bool = False
    """Whether the parts of its result are none of its arguments', so that they take memory of their own."""

    def call(self, args: tuple[Value, ...]) -> Value:
        """The result for these arguments. Raises Rejected."""
        least = len(self.parameters) - self.optional
        if len(args) < least or (self.rest is None and len(args) > len(self.parameters)):
            raise Rejected(f"it needs {least} arguments, and {len(args)} are given")
        kinds = (
            *self.parameters[: len(args)],
            *[self.rest or ParameterKind.ANYTHING] * (len(args) - len(self.parameters)),
        )
        given: list[Value] = []
        waiting: UnknownValue | None = None
        for wanted, arg in zip(kinds, args, strict=True):
            value = convert_argument(wanted, arg)
            if isinstance(value, UnknownValue) and wanted is not ParameterKind.ANYTHING:
                waiting = waiting or forget_origin(value)
            given.append(value)
        return self.apply(*given) if waiting is None else waiting


def convert_argument(wanted: ParameterKind, value: Value) -> Value:
    """An argument converted to its parameter; an UnknownValue where the call is unknown for it.

    Raises Rejected where it does not fit.
    """
    if wanted is ParameterKind.ANYTHING or isinstance(value, UnknownValue):
        return value
    if wanted is ParameterKind.WHOLE:
        return find_unknown([value]) or value
    if value is None:
        raise Rejected("an argument is null")
    match wanted:
        case ParameterKind.TEXT:
            return to_text(value)
        case ParameterKind.BOOL:
            return to_bool(value)
        case ParameterKind.NUMBER | ParameterKind.INTEGER:
            return _number(wanted, value)
        case ParameterKind.SEQUENCE | ParameterKind.LIST | ParameterKind.TEXTS:
            return _list(wanted, value)
        case ParameterKind.MAP if not isinstance(value, dict):
            raise Rejected(f"a map is required, and {describe_type(value)} is given")
    return value


def _number(wanted: ParameterKind, value: Value) -> Value:
    found = to_number(value)
    if wanted is ParameterKind.INTEGER and not isinstance(found, int):
        raise Rejected("a whole number is required")
    return found


def _list(wanted: ParameterKind, value: Value) -> Value:
    items = list(value.items) if isinstance(value, SetValue) else value
    if not isinstance(items, list):
        raise Rejected(f"a list is required, and {describe_type(value)} is given")
    if wanted is ParameterKind.TEXTS:
        return [to_text(item) for item in items]
    return unify_types(items) if wanted is ParameterKind.LIST else items


def is_emptiness_known(value: Value) -> bool:
    """Whether a value is known, or at least known to be a string that is not empty."""
    if isinstance(value, UnknownValue):
        return value.reference is not None and value.reference.is_never_empty
    return True


def count_characters(args: tuple[Value, ...]) -> int:
    """The characters of those arguments that are strings."""
    return sum(len(arg) for arg in args if isinstance(arg, str))


def numbers(values: tuple[Value, ...] | list[Value]) -> list[int | float]:
    """Those arguments that are numbers, after their conversion."""
    return [value for value in values if is_number(value)]
