"""On which line of a TOML text a value stands; `tomllib` does not tell."""

import tomllib
from bisect import bisect_left
from collections.abc import Sequence
from typing import Any


def find_line(text: str, path: Sequence[str | int]) -> int | None:
    """The line, from 1, where the value at a path of keys and indexes begins; that of the innermost table or list on
    the way where the value is not there. None where not even the first key is.
    """
    lines = text.splitlines()
    for length in range(len(path), 0, -1):
        if _is_met(_parsed(lines, len(lines)), path[:length]):
            return _line_of(lines, path[:length])
    return None


def _line_of(lines: list[str], path: Sequence[str | int]) -> int:
    """Where the text is cut behind a line, it has the value or has it not: the first cut that has it ends it."""
    end = bisect_left(
        range(len(lines)), True, key=lambda count: _is_met(_parsed(lines, _whole(lines, count)), path)
    )
    begin = _whole(lines, end)
    while begin > 1 and _parsed(lines, begin - 1) is None:
        begin -= 1
    return begin


def _whole(lines: list[str], count: int) -> int:
    """As many lines, and those that the last value goes on in."""
    return next(n for n in range(count, len(lines) + 1) if _parsed(lines, n) is not None)


def _parsed(lines: list[str], count: int) -> dict[str, Any] | None:
    """What the first lines say; None where they end within a value."""
    try:
        return tomllib.loads("\n".join(lines[:count]))
    except (tomllib.TOMLDecodeError, RecursionError):
        return None


def _is_met(value: Any, path: Sequence[str | int]) -> bool:
    for step in path:
        is_list = isinstance(value, list) and step in range(len(value))
        if not is_list and not (isinstance(value, dict) and step in value):
            return False
        value = value[step]
    return True
