"""Operators of HCL on known values."""

import math
from collections.abc import Callable, Mapping

from s3kms.iac.hcl.type_constraints import to_number
from s3kms.iac.hcl.values import Value
from s3kms.iac.values import Rejected

Number = int | float


def _divide(left: Number, right: Number) -> Number:
    if isinstance(left, int) and isinstance(right, int) and left % right == 0:
        return left // right
    return left / right


def _remainder(left: Number, right: Number) -> Number:
    found = math.fmod(left, right)
    return int(found) if isinstance(left, int) and isinstance(right, int) else found


_ARITHMETIC: Mapping[str, Callable[[Number, Number], Number]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": _divide,
    "%": _remainder,
}
_ORDER: Mapping[str, Callable[[Number, Number], bool]] = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


def apply_operator(operator: str, left: Value, right: Value) -> Value:
    """The result of an arithmetic operator or a comparison of two numbers. Raises Rejected."""
    one, other = to_number(left), to_number(right)
    if not isinstance(one, int | float) or not isinstance(other, int | float):
        raise Rejected(f"{operator} needs numbers")
    if operator in _ORDER:
        return _ORDER[operator](one, other)
    if operator not in _ARITHMETIC:
        raise Rejected(f"{operator} is not an operator")
    try:
        return to_number(_ARITHMETIC[operator](one, other))
    except (ZeroDivisionError, OverflowError, ValueError):
        raise Rejected(f"{operator} has no result") from None
