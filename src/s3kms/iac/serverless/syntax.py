"""The syntax of variables: `${self:custom.name, 'other'}` within a text, one within another."""

import re
from dataclasses import dataclass
from itertools import islice

_START = re.compile(r"(?<!\\)\$\{(?=[ \t\r\n]*(?!AWS::)[A-Za-z_][\w-]*(?:\(|:(?!:)))")
_CALL = re.compile(r"([A-Za-z_][\w-]*)(?:\((.*?)\))?(?::(.*))?", re.DOTALL)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_MAX_UNCLOSED = 50
"""Beginnings of variables without an end, after which no further one is looked for in a text."""
_MAX_VARIABLE = 10_000
"""Characters of one variable."""
_CLOSERS = {"{": "}", "(": ")"}


@dataclass(frozen=True, slots=True)
class VariableSource:
    """Where a value comes from: `file(./a.yml):key`."""

    kind: str
    argument: str | None
    """What stands in parentheses; None without any."""
    address: str


@dataclass(frozen=True, slots=True)
class VariableLiteral:
    """A value that stands in the variable itself, as a default."""

    text: str
    is_text: bool
    """Whether it stands in quotation marks."""


@dataclass(frozen=True, slots=True)
class VariableSpan:
    """Where a variable stands in a text: from its `${` up to behind its `}`."""

    start: int
    end: int


def find_variable(text: str, start: int = 0) -> VariableSpan | None:
    """The first variable from a place on, with those within it; None where there is none, or it has no end."""
    for found in islice(_START.finditer(text, start), _MAX_UNCLOSED):
        if (end := _end(text, found.end())) is not None:
            return VariableSpan(found.start(), end)
    return None


def _end(text: str, place: int) -> int | None:
    open_, quote = ["}"], ""
    last = min(len(text), place + _MAX_VARIABLE)
    while place < last:
        one = text[place]
        if quote:
            quote = "" if one == quote else quote
        elif one in "'\"":
            quote = one
        elif one in _CLOSERS:
            open_.append(_CLOSERS[one])
        elif one == open_[-1]:
            open_.pop()
            if not open_:
                return place + 1
        place += 1
    return None


def split_sources(inner: str) -> list[str]:
    """What stands in a variable, at the commas that are in no parentheses and no quotation marks."""
    parts, depth, quote = [""], 0, ""
    for one in inner:
        if one == "," and not depth and not quote:
            parts.append("")
            continue
        if quote:
            quote = "" if one == quote else quote
        elif one in "'\"":
            quote = one
        else:
            depth += (one in "({") - (one in ")}")
        parts[-1] += one
    return [part.strip() for part in parts]


def parse_source(text: str) -> VariableSource | VariableLiteral | None:
    """One source of a variable; None for what is neither a source nor a literal."""
    if len(text) > 1 and text[0] in "'\"" and text[-1] == text[0]:
        return VariableLiteral(text[1:-1], is_text=True)
    if text in {"true", "false", "null", ""} or _NUMBER.fullmatch(text):
        return VariableLiteral(text, is_text=False)
    found = _CALL.fullmatch(text)
    if found is None or (found[2] is None and found[3] is None):
        return None
    argument = found[2].strip().strip("'\"") if found[2] is not None else None
    return VariableSource(found[1], argument, (found[3] or "").strip())
