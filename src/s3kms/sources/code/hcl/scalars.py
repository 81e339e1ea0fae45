"""Numbers, booleans and texts as Terraform turns one into another; equality, sets, and lists of one type."""

import re
from collections.abc import Iterable, Iterator
from decimal import Context, Decimal
from functools import cmp_to_key
from itertools import pairwise
from math import isfinite
from typing import TypeGuard

from s3kms.estate.advice import Advice
from s3kms.estate.unknown import Unknown, UnknownCause
from s3kms.sources.code.hcl.values import Invalid, Open, SetOf, Value

LARGEST_EXPONENT = 4000
"""Of a number; what is beyond is no number that code about buckets needs."""
WRITTEN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,6})?", re.ASCII)
EXACT = Context(prec=LARGEST_EXPONENT + 40)
BOOLS = {"true": True, "1": True, "false": False, "0": False}


def too_large(what: str) -> Open:
    """A value that would take more memory or time to make than it may."""
    return Open(
        what,
        Unknown(
            UnknownCause.UNRESOLVED,
            f"{what} is too large to be evaluated here",
            Advice("check a plan instead"),
        ),
    )


def made_of(part: Open) -> Open:
    """What is made of an open value: as open, and no longer that attribute itself."""
    return Open(part.expression, part.unknown)


def first_open(values: Iterable[Value]) -> Open | None:
    """The first open value among these and in them, in their order; None where all are known."""
    for value in values:
        if isinstance(value, Open):
            return value
        found = first_open(inside(value))
        if found is not None:
            return found
    return None


def inside(value: Value) -> Iterable[Value]:
    """The elements of a list, a set or a map."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        return value.values()
    return value.items if isinstance(value, SetOf) else ()


def is_number(value: Value) -> TypeGuard[int | float]:
    """Whether it is a number; a boolean is none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def number(found: Decimal) -> int | float:
    """A number as it is kept: whole ones exactly. Raises Invalid for one that is too large."""
    if not found.is_finite() or found.adjusted() > LARGEST_EXPONENT:
        raise Invalid("a number is too large")
    if found.adjusted() < -LARGEST_EXPONENT:
        return 0
    whole = found.to_integral_value(context=EXACT)
    return int(whole) if whole == found else float(found)


def exact(value: float) -> Decimal:
    """A number, decimally: a float is what its shortest notation says. Raises Invalid for one beyond all numbers."""
    if isinstance(value, float):
        if not isfinite(value):
            raise Invalid("a number is too large")
        return Decimal(repr(value))
    if value.bit_length() > LARGEST_EXPONENT * 4:
        raise Invalid("a number is too large")
    return Decimal(value)


def number_text(value: float) -> str:
    """A number as Terraform writes it: no exponent, and no fraction that is zero."""
    found = exact(value)
    if found == 0:
        return "0"
    text = f"{found:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def to_text(value: Value) -> str | Open | None:
    """As a text. Raises Invalid for a list or a map."""
    if value is None or isinstance(value, str | Open):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number_text(value)
    raise Invalid(f"a text is required, and {kind(value)} is none")


def to_number(value: Value) -> int | float | Open | None:
    """As a number. Raises Invalid where it is none."""
    if value is None or isinstance(value, Open):
        return value
    if is_number(value):
        return number(exact(value))
    if isinstance(value, str) and WRITTEN.fullmatch(value):
        return number(Decimal(value))
    raise Invalid(f"a number is required, and {kind(value)} is given")


def to_bool(value: Value) -> bool | Open | None:
    """As a boolean. Raises Invalid where it is none."""
    if value is None or isinstance(value, bool | Open):
        return value
    if isinstance(value, str) and value in BOOLS:
        return BOOLS[value]
    raise Invalid(f"true or false is required, and {kind(value)} is given")


def kind(value: Value) -> str:
    """What it is, for a sentence."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int | float):
        return "a number"
    names = {str: "a text", list: "a list", dict: "a map", SetOf: "a set"}
    return names.get(type(value), "something unknown")


def equal(left: Value, right: Value) -> bool | Open:
    """Whether Terraform's `==` holds: without conversions, except that lists and tuples, maps and objects are
    not told apart here. Open where an open part decides.
    """
    for side in (left, right):
        if isinstance(side, Open):
            return made_of(side)
    if is_number(left) and is_number(right):
        return exact(left) == exact(right)
    if type(left) is not type(right):
        return False
    pairs = _pairs(left, right)
    if pairs is None:
        return left == right if isinstance(left, str | bool) or left is None else False
    waiting: Open | None = None
    for a, b in pairs:
        same = equal(a, b)
        if same is False:
            return False
        if isinstance(same, Open):
            waiting = waiting or same
    return True if waiting is None else waiting


def _pairs(left: Value, right: Value) -> list[tuple[Value, Value]] | None:
    if isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        return list(zip(left, right, strict=True))
    if isinstance(left, SetOf) and isinstance(right, SetOf):
        unknown = first_open([*left.items, *right.items])
        if unknown is not None:
            return [(unknown, unknown)]
        if len(left.items) == len(right.items):
            return list(zip(left.items, right.items, strict=True))
    if isinstance(left, dict) and isinstance(right, dict) and left.keys() == right.keys():
        return [(left[key], right[key]) for key in left]
    return None


def ordered(values: dict[str, Value]) -> dict[str, Value]:
    """The same map, in the order in which Terraform goes through it."""
    return {key: values[key] for key in sorted(values)}


def distinct(values: Iterable[Value]) -> Iterator[Value]:
    """The values without those that were there before; an open one stays."""
    seen: list[Value] = []
    plain: set[tuple[bool, str | int | float]] = set()
    for value in values:
        if isinstance(value, str | int | float):
            mark = (isinstance(value, bool), value)
            if mark not in plain:
                plain.add(mark)
                yield value
        elif isinstance(value, Open) or all(equal(value, other) is not True for other in seen):
            seen.append(value)
            yield value


def set_of(values: Iterable[Value]) -> SetOf:
    """A set of values of one type, in Terraform's order: texts and numbers by size, what is open at the end."""
    return SetOf(tuple(sorted(distinct(values), key=cmp_to_key(_compare))))


def _compare(left: Value, right: Value) -> int:
    if isinstance(left, str) and isinstance(right, str):
        return (left > right) - (left < right)
    if isinstance(left, int | float) and isinstance(right, int | float):
        return (left > right) - (left < right)
    return isinstance(left, Open) - isinstance(right, Open)


def unify(values: list[Value]) -> list[Value]:
    """The values as elements of one list have to be: of one type. Raises Invalid where there is none."""
    told: list[Value] = [value for value in values if value is not None and not isinstance(value, Open)]
    kinds = {kind(value) for value in told}
    if len(kinds) <= 1:
        return _unify_alike(values, told)
    if kinds <= {"a text", "a number"} or kinds in ({"a text", "a boolean"}, _ALL_PLAIN):
        return [to_text(value) for value in values]
    if kinds == {"a list", "a set"}:
        return unify([list(v.items) if isinstance(v, SetOf) else v for v in values])
    raise Invalid(f"{' and '.join(sorted(kinds))} cannot be elements of one list")


_ALL_PLAIN = {"a text", "a number", "a boolean"}


def _unify_alike(values: list[Value], told: list[Value]) -> list[Value]:
    if not told or not isinstance(told[0], list | dict | SetOf):
        return values
    parts = [list(inside(value)) for value in told]
    keys = [list(value) if isinstance(value, dict) else len(parts[n]) for n, value in enumerate(told)]
    if isinstance(told[0], list | dict) and all(a == b for a, b in pairwise(keys)):
        columns = [unify(list(column)) for column in zip(*parts, strict=True)]
        parts = [[column[n] for column in columns] for n in range(len(parts))]
    else:
        flat = iter(unify([part for row in parts for part in row]))
        parts = [[next(flat) for _ in row] for row in parts]
    rows = iter(parts)
    return [
        value if value is None or isinstance(value, Open) else _again(value, next(rows)) for value in values
    ]


def _again(value: Value, parts: list[Value]) -> Value:
    if isinstance(value, dict):
        return dict(zip(value, parts, strict=True))
    return set_of(parts) if isinstance(value, SetOf) else parts
