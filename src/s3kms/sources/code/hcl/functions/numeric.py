"""Functions of numbers."""

import math
from decimal import Decimal

from s3kms.sources.code.hcl.functions.interface import Function, Kind, numbers
from s3kms.sources.code.hcl.scalars import exact, first_open, made_of, number, to_number
from s3kms.sources.code.hcl.values import Invalid, Value

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
LOWEST_BASE, CASELESS_BASE, HIGHEST_BASE = 2, 36, 62


def _absolute(value: float) -> Value:
    return abs(value)


def _ceil(value: float) -> Value:
    return math.ceil(value)


def _floor(value: float) -> Value:
    return math.floor(value)


def _signum(value: int) -> Value:
    return (value > 0) - (value < 0)


def _float(found: complex) -> Value:
    if isinstance(found, complex):
        raise Invalid("the result is no number")
    return number(exact(found))


def _log(value: float, base: float) -> Value:
    try:
        return _float(math.log(value) / math.log(base))
    except (ValueError, ZeroDivisionError, OverflowError) as error:
        raise Invalid("there is no such logarithm") from error


def _pow(value: float, power: float) -> Value:
    try:
        return _float(float(value) ** float(power))
    except (OverflowError, ZeroDivisionError) as error:
        raise Invalid("there is no such power") from error


def _least(*values: Value) -> Value:
    if not values:
        raise Invalid("at least one number is required")
    return min(numbers(values))


def _most(*values: Value) -> Value:
    if not values:
        raise Invalid("at least one number is required")
    return max(numbers(values))


def _parseint(text: str, base: int) -> Value:
    if not LOWEST_BASE <= base <= HIGHEST_BASE:
        raise Invalid("the base has to be between 2 and 62")
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text.removeprefix("+"))
    digits = digits.lower() if base <= CASELESS_BASE else digits
    places = [DIGITS.find(digit) for digit in digits]
    if not places or min(places) < 0 or max(places) >= base:
        raise Invalid(f"the text is no whole number to the base {base}")
    found = 0
    for place in places[:1000]:
        found = found * base + place
    return number(exact(sign * found))


def _sum(values: list[Value]) -> Value:
    if not values:
        raise Invalid("there is no sum of an empty list")
    found = [to_number(value) for value in values]
    if None in found:
        raise Invalid("an element is null")
    waiting = first_open(values)
    if waiting is not None:
        return made_of(waiting)
    return number(sum((exact(value) for value in numbers([*found])), Decimal(0)))


TABLE = {
    "abs": Function(_absolute, (Kind.NUMBER,)),
    "ceil": Function(_ceil, (Kind.NUMBER,)),
    "floor": Function(_floor, (Kind.NUMBER,)),
    "log": Function(_log, (Kind.NUMBER, Kind.NUMBER)),
    "max": Function(_most, rest=Kind.NUMBER),
    "min": Function(_least, rest=Kind.NUMBER),
    "parseint": Function(_parseint, (Kind.TEXT, Kind.INTEGER)),
    "pow": Function(_pow, (Kind.NUMBER, Kind.NUMBER)),
    "signum": Function(_signum, (Kind.INTEGER,)),
    "sum": Function(_sum, (Kind.LIST,)),
}
