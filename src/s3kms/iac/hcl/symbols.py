"""Symbols of unknown values, so that two that are made alike are known to be the same."""

import hashlib
import json
from collections.abc import Iterable

from s3kms.iac.hcl.values import SetValue, Value
from s3kms.iac.values import UnknownValue

_LONGEST = 500
_DEEPEST = 12
_MOST = 200


def symbol_of(value: Value, depth: int = 0) -> str:
    """A text that only the same value has; empty where the value has none."""
    if isinstance(value, UnknownValue):
        return value.symbol
    if value is None or isinstance(value, str | bool | int | float):
        return json.dumps(value)
    if depth > _DEEPEST or len(value.items if isinstance(value, SetValue) else value) > _MOST:
        return ""
    if isinstance(value, dict):
        pairs = [(json.dumps(key), symbol_of(item, depth + 1)) for key, item in value.items()]
        return _closed("{", [f"{key}:{item}" if item else "" for key, item in pairs])
    items = value.items if isinstance(value, SetValue) else value
    return _closed("[", [symbol_of(item, depth + 1) for item in items])


def make_symbol(how: str, *parts: Value) -> str:
    """The symbol of a value that is made of these parts in that way; empty where a part has none."""
    return _closed(f"{how}(", [symbol_of(part) for part in parts])


def derive_unknown(symbol: str, parts: Iterable[Value], fallback: UnknownValue | None = None) -> UnknownValue:
    """What is made of unknown values: unknown for the reason of the first of them, without its reference."""
    found = find_unknown(parts) or fallback
    if found is None:
        raise ValueError("derived from known values only")
    return UnknownValue(found.expression, found.unknown, symbol=symbol)


def find_unknown(values: Iterable[Value]) -> UnknownValue | None:
    """The first unknown value among values and in them; None where all are known."""
    waiting, seen = list(values)[::-1], set[int]()
    while waiting:
        value = waiting.pop()
        if isinstance(value, UnknownValue):
            return value
        if isinstance(value, list | dict | SetValue) and id(value) not in seen:
            seen.add(id(value))
            inner = (
                value.values()
                if isinstance(value, dict)
                else value.items
                if isinstance(value, SetValue)
                else value
            )
            waiting += list(inner)[::-1]
    return None


def is_known(value: Value) -> bool:
    """Whether a value has nothing unknown in it."""
    return find_unknown((value,)) is None


def _closed(begin: str, parts: list[str]) -> str:
    if not all(parts):
        return ""
    text = f"{begin}{','.join(parts)})"
    return text if len(text) <= _LONGEST else f"{begin}#{hashlib.sha256(text.encode()).hexdigest()})"
