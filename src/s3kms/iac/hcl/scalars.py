"""Numbers, bools and strings converted as Terraform does; equality, sets, and lists of one type."""

import re
from collections.abc import Hashable, Iterable, Iterator
from decimal import Context, Decimal
from functools import cmp_to_key
from itertools import pairwise
from math import isfinite
from typing import TypeGuard

from s3kms.iac.hcl.advice import CHECK_PLAN
from s3kms.iac.hcl.symbols import find_unknown
from s3kms.iac.hcl.values import SetValue, Value
from s3kms.iac.values import Rejected, UnknownValue
from s3kms.model.unknown import Unknown, UnknownCause

MAX_NUMBER_EXPONENT = 4000
"""Decimal exponent of a number; one beyond it is rejected rather than written out."""
NUMBER_PATTERN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,6})?", re.ASCII)
EXACT_CONTEXT = Context(prec=MAX_NUMBER_EXPONENT + 40)
BOOLEAN_TEXTS = {"true": True, "1": True, "false": False, "0": False}


def make_too_large(what: str) -> UnknownValue:
    """The unknown value for something that would take more memory or time than its budget allows."""
    return UnknownValue(
        what, Unknown(UnknownCause.BUDGET, f"{what} is too large to be evaluated", CHECK_PLAN)
    )


def make_unsupported(expression: str, why: str) -> UnknownValue:
    """The unknown value for an expression that is not evaluated here; `why` says what is not."""
    return UnknownValue(expression, Unknown(UnknownCause.UNSUPPORTED, why, CHECK_PLAN))


def forget_origin(part: UnknownValue) -> UnknownValue:
    """What is made of an unknown value: unknown for its reason, without its reference and symbol."""
    return UnknownValue(part.expression, part.unknown)


def list_elements(value: Value) -> Iterable[Value]:
    """The elements of a list, a set or a map; empty for any other value."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        return value.values()
    return value.items if isinstance(value, SetValue) else ()


def is_number(value: Value) -> TypeGuard[int | float]:
    """Whether a value is a number; a bool is not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def from_decimal(found: Decimal) -> int | float:
    """A decimal as an int or a float: whole numbers exactly. Raises Rejected for one that is too large."""
    if not found.is_finite() or found.adjusted() > MAX_NUMBER_EXPONENT:
        raise Rejected("a number is too large")
    if found.adjusted() < -MAX_NUMBER_EXPONENT:
        return 0
    whole = found.to_integral_value(context=EXACT_CONTEXT)
    return int(whole) if whole == found else float(found)


def to_decimal(value: float) -> Decimal:
    """A number as a decimal: a float is what its shortest notation says. Raises Rejected where it is too large."""
    if isinstance(value, float):
        if not isfinite(value):
            raise Rejected("a number is too large")
        return Decimal(repr(value))
    if value.bit_length() > MAX_NUMBER_EXPONENT * 4:
        raise Rejected("a number is too large")
    return Decimal(value)


def format_number(value: float) -> str:
    """A number as Terraform writes it: without an exponent, and without a fraction that is zero."""
    found = to_decimal(value)
    if found == 0:
        return "0"
    text = f"{found:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def to_text(value: Value) -> str | UnknownValue | None:
    """A value converted to a string; null and unknown values stay. Raises Rejected for a list, a map or a set."""
    if value is None or isinstance(value, str | UnknownValue):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return format_number(value)
    raise Rejected(f"a string is required, and {describe_type(value)} is given")


def to_number(value: Value) -> int | float | UnknownValue | None:
    """A value converted to a number; null and unknown values stay. Raises Rejected."""
    if value is None or isinstance(value, UnknownValue):
        return value
    if is_number(value):
        return from_decimal(to_decimal(value))
    if isinstance(value, str) and NUMBER_PATTERN.fullmatch(value):
        return from_decimal(Decimal(value))
    raise Rejected(f"a number is required, and {describe_type(value)} is given")


def to_bool(value: Value) -> bool | UnknownValue | None:
    """A value converted to a bool; null and unknown values stay. Raises Rejected."""
    if value is None or isinstance(value, bool | UnknownValue):
        return value
    if isinstance(value, str) and value in BOOLEAN_TEXTS:
        return BOOLEAN_TEXTS[value]
    raise Rejected(f"true or false is required, and {describe_type(value)} is given")


def describe_type(value: Value) -> str:
    """The type of a value, for a sentence: `a string`."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a bool"
    if isinstance(value, int | float):
        return "a number"
    names = {str: "a string", list: "a list", dict: "a map", SetValue: "a set"}
    return names.get(type(value), "an unknown value")


def compare_equal(left: Value, right: Value) -> bool | UnknownValue:
    """Whether Terraform's `==` holds, which converts nothing; lists and tuples, maps and objects are taken as equal
    types.

    An UnknownValue where an unknown part decides.
    """
    for side in (left, right):
        if isinstance(side, UnknownValue):
            return forget_origin(side)
    if is_number(left) and is_number(right):
        return to_decimal(left) == to_decimal(right)
    if type(left) is not type(right):
        return False
    pairs = _pairs(left, right)
    if pairs is None:
        return left == right if isinstance(left, str | bool) or left is None else False
    waiting: UnknownValue | None = None
    for a, b in pairs:
        same = compare_equal(a, b)
        if same is False:
            return False
        if isinstance(same, UnknownValue):
            waiting = waiting or same
    return True if waiting is None else waiting


def _pairs(left: Value, right: Value) -> list[tuple[Value, Value]] | None:
    if isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        return list(zip(left, right, strict=True))
    if isinstance(left, SetValue) and isinstance(right, SetValue):
        unknown = find_unknown([*left.items, *right.items])
        if unknown is not None:
            return [(unknown, unknown)]
        if len(left.items) == len(right.items):
            return list(zip(left.items, right.items, strict=True))
    if isinstance(left, dict) and isinstance(right, dict) and left.keys() == right.keys():
        return [(left[key], right[key]) for key in left]
    return None


def sort_keys(values: dict[str, Value]) -> dict[str, Value]:
    """The map in the order in which Terraform iterates over it."""
    return {key: values[key] for key in sorted(values)}


def remove_duplicates(values: Iterable[Value]) -> Iterator[Value]:
    """The values without repetitions of earlier ones; unknown values stay."""
    seen: set[Hashable] = set()
    for value in values:
        identity = identity_of(value)
        if identity is None or identity not in seen:
            seen.add(identity)
            yield value


def identity_of(value: Value) -> Hashable | None:
    """What two values have in common if `compare_equal` takes them for the same; None where a part is unknown."""
    if isinstance(value, UnknownValue):
        return None
    if value is None or isinstance(value, str | bool):
        return type(value), value
    if isinstance(value, int | float):
        return int, value if isinstance(value, int) else to_decimal(value)
    parts = [*value.items()] if isinstance(value, dict) else list_elements(value)
    found: list[Hashable] = []
    for part in parts:
        key, item = part if isinstance(part, tuple) else ("", part)
        identity = identity_of(item)
        if identity is None:
            return None
        found.append((key, identity))
    return type(value), tuple(sorted(found, key=_key_of_pair)) if isinstance(value, dict) else tuple(found)


def _key_of_pair(pair: Hashable) -> str:
    return str(pair[0]) if isinstance(pair, tuple) else ""


def build_set(values: Iterable[Value]) -> SetValue:
    """A set of values of one type, in Terraform's order: strings and numbers by size, unknown values at the end."""
    found = [*remove_duplicates(values)]
    texts = [value for value in found if isinstance(value, str)]
    if len(texts) == len(found):
        return SetValue(tuple(sorted(texts)))
    return SetValue(tuple(sorted(found, key=cmp_to_key(_compare))))


def _compare(left: Value, right: Value) -> int:
    if isinstance(left, str) and isinstance(right, str):
        return (left > right) - (left < right)
    if isinstance(left, int | float) and isinstance(right, int | float):
        return (left > right) - (left < right)
    return isinstance(left, UnknownValue) - isinstance(right, UnknownValue)


def unify_types(values: list[Value]) -> list[Value]:
    """Values converted to one type, as the elements of one list must be. Raises Rejected where there is none."""
    told: list[Value] = [
        value for value in values if value is not None and not isinstance(value, UnknownValue)
    ]
    kinds = {describe_type(value) for value in told}
    if len(kinds) <= 1:
        return _unify_alike(values, told)
    if kinds <= {"a string", "a number"} or kinds in ({"a string", "a bool"}, _ALL_PLAIN):
        return [to_text(value) for value in values]
    if kinds == {"a list", "a set"}:
        return unify_types([list(v.items) if isinstance(v, SetValue) else v for v in values])
    raise Rejected(f"{' and '.join(sorted(kinds))} cannot be elements of one list")


_ALL_PLAIN = {"a string", "a number", "a bool"}


def _unify_alike(values: list[Value], told: list[Value]) -> list[Value]:
    if not told or not isinstance(told[0], list | dict | SetValue):
        return values
    parts = [list(list_elements(value)) for value in told]
    keys = [list(value) if isinstance(value, dict) else len(parts[n]) for n, value in enumerate(told)]
    if isinstance(told[0], list | dict) and all(a == b for a, b in pairwise(keys)):
        columns = [unify_types(list(column)) for column in zip(*parts, strict=True)]
        parts = [[column[n] for column in columns] for n in range(len(parts))]
    else:
        flat = iter(unify_types([part for row in parts for part in row]))
        parts = [[next(flat) for _ in row] for row in parts]
    rows = iter(parts)
    return [
        value if value is None or isinstance(value, UnknownValue) else _again(value, next(rows))
        for value in values
    ]


def _again(value: Value, parts: list[Value]) -> Value:
    if isinstance(value, dict):
        return dict(zip(value, parts, strict=True))
    return build_set(parts) if isinstance(value, SetValue) else parts
