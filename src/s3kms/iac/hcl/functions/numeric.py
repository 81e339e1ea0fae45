"""Functions of numbers."""

import math
from decimal import Decimal

from s3kms.iac.hcl.functions.interface import Function, ParameterKind, numbers
from s3kms.iac.hcl.scalars import forget_origin, from_decimal, to_decimal, to_number
from s3kms.iac.hcl.symbols import find_unknown
from s3kms.iac.hcl.values import Value
from s3kms.iac.values import Rejected

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
        raise Rejected("the result is not a number")
    return from_decimal(to_decimal(found))


def _log(value: float, base: float) -> Value:
    try:
        return _float(math.log(value) / math.log(base))
    except (ValueError, ZeroDivisionError, OverflowError) as error:
        raise Rejected("the logarithm does not exist") from error


def _pow(value: float, power: float) -> Value:
    try:
        return _float(float(value) ** float(power))
    except (OverflowError, ZeroDivisionError) as error:
        raise Rejected("the power does not exist") from error


def _least(*values: Value) -> Value:
    if not values:
        raise Rejected("at least one number is required")
    return min(numbers(values))


def _most(*values: Value) -> Value:
    if not values:
        raise Rejected("at least one number is required")
    return max(numbers(values))


def _parseint(text: str, base: int) -> Value:
    if not LOWEST_BASE <= base <= HIGHEST_BASE:
        raise Rejected("the base has to be between 2 and 62")
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text.removeprefix("+"))
    digits = digits.lower() if base <= CASELESS_BASE else digits
    places = [DIGITS.find(digit) for digit in digits]
    if not places or min(places) < 0 or max(places) >= base:
        raise Rejected(f"the string is not a whole number in base {base}")
    found = 0
    for place in places[:1000]:
        found = found * base + place
    return from_decimal(to_decimal(sign * found))


def _sum(values: list[Value]) -> Value:
    if not values:
        raise Rejected("an empty list has no sum")
    found = [to_number(value) for value in values]
    if None in found:
        raise Rejected("an element is null")
    waiting = find_unknown(values)
    if waiting is not None:
        return forget_origin(waiting)
    return from_decimal(sum((to_decimal(value) for value in numbers([*found])), Decimal(0)))


TABLE = {
    "abs": Function(_absolute, (ParameterKind.NUMBER,)),
    "ceil": Function(_ceil, (ParameterKind.NUMBER,)),
    "floor": Function(_floor, (ParameterKind.NUMBER,)),
    "log": Function(_log, (ParameterKind.NUMBER, ParameterKind.NUMBER)),
    "max": Function(_most, rest=ParameterKind.NUMBER),
    "min": Function(_least, rest=ParameterKind.NUMBER),
    "parseint": Function(_parseint, (ParameterKind.TEXT, ParameterKind.INTEGER)),
    "pow": Function(_pow, (ParameterKind.NUMBER, ParameterKind.NUMBER)),
    "signum": Function(_signum, (ParameterKind.INTEGER,)),
    "sum": Function(_sum, (ParameterKind.LIST,)),
}
