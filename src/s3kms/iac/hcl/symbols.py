"""Symbols of unknown values, so that two that are made alike are known to be the same."""

import hashlib
import json
from collections.abc import Iterable

from s3kms.iac.hcl.values import SetValue, Value
from s3kms.iac.values import UnknownValue

_LONGEST = 500
_DEEPEST = 12
_MOST = 200
_MOST_IN_ALL = 2000
"""Parts of a value that has a symbol, those within its parts included."""
_LONGEST_TEXT = 10_000
_SHORTENED = 40


def symbol_of(value: Value) -> str:
    """A text that only the same value has; empty where the value has none, or is too large for one."""
    return _SymbolWriter().write(value, 0)


class _SymbolWriter:
    """Writes one symbol; `left` is how many parts it may still have."""

    def __init__(self) -> None:
        self.left = _MOST_IN_ALL

    def write(self, value: Value, depth: int) -> str:
        if isinstance(value, UnknownValue):
            return value.symbol
        if isinstance(value, str):
            return json.dumps(value) if len(value) <= _LONGEST_TEXT else f"#{_digest(value)}"
        if value is None or isinstance(value, bool | int | float):
            return json.dumps(value)
        items = value.items if isinstance(value, SetValue) else value
        self.left -= len(items)
        if depth > _DEEPEST or len(items) > _MOST or self.left < 0:
            return ""
        if isinstance(items, dict):
            pairs = [(self.write(key, depth), self.write(item, depth + 1)) for key, item in items.items()]
            return _closed("{", [f"{key}:{item}" if item else "" for key, item in pairs])
        return _closed("[", [self.write(item, depth + 1) for item in items])


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
    return text if len(text) <= _LONGEST else f"{begin}#{_digest(text)})"


def shorten_symbol(symbol: str) -> str:
    """A symbol that was made of another; of a long one how it begins, and a digest."""
    return symbol if len(symbol) <= _LONGEST else f"{symbol[:_SHORTENED]}#{_digest(symbol)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
