"""JSON from outside: taken apart without trusting it, and without showing a value of it (there are secrets)."""

import json
import re
from collections.abc import Mapping
from typing import Any


class MalformedError(Exception):
    """The file is not what it says it is. The text names a place in it and a type, never a value."""


JsonObject = Mapping[str, Any]
_TYPE_NAMES = {
    dict: "an object",
    list: "a list",
    str: "a text",
    bool: "a boolean",
    int: "a number",
    float: "a number",
}
MAX_JSON_PARTS = 3_000_000
"""Values of one file: they take about 100 bytes each."""
_STRING = re.compile(r'"(?:[^"\\]|\\.)*+"')
_BYTE_ORDER_MARKS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))


def decode_text(data: bytes) -> str:
    """The text of a file in UTF-8, or in UTF-16 with a byte order mark, which PowerShell writes at `>`.

    Raises MalformedError.
    """
    encoding = next((name for mark, name in _BYTE_ORDER_MARKS if data.startswith(mark)), "utf-8")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise MalformedError("it is not UTF-8 text") from None


def parse_document(text: str) -> JsonObject:
    """The object that a JSON text is. Raises MalformedError."""
    if _has_too_many_parts(text):
        raise MalformedError(f"it has more than {MAX_JSON_PARTS:,} parts, the budget of one file")
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise MalformedError(
            f"it is not JSON, or is cut short (line {error.lineno}, column {error.colno})"
        ) from None
    except (ValueError, RecursionError):
        raise MalformedError("it is not JSON that a tool wrote") from None
    return require_object(found, "the document")


def _has_too_many_parts(text: str) -> bool:
    if _count_parts(text) <= MAX_JSON_PARTS:
        return False
    return text.count('"') > MAX_JSON_PARTS or _count_parts(_STRING.sub("", text)) > MAX_JSON_PARTS


def _count_parts(text: str) -> int:
    """At least as many as there are, counted without parsing; marks in strings are counted, too."""
    return text.count(",") + text.count("[") + text.count("{")


def require_object(value: object, where: str) -> JsonObject:
    """An object; an empty one for null or a missing one. `where` names the place. Raises MalformedError."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise MalformedError(f"{where} is {_type_name(value)}, not an object")
    return value


def require_list(value: object, where: str) -> list[Any]:
    """A list; an empty one for null or a missing one. `where` names the place. Raises MalformedError."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise MalformedError(f"{where} is {_type_name(value)}, not a list")
    return value


def require_text(value: object, where: str) -> str:
    """A text that must be there and not empty. `where` names the place. Raises MalformedError."""
    if value is None or value == "":
        raise MalformedError(f"{where} is missing")
    if not isinstance(value, str):
        raise MalformedError(f"{where} is {_type_name(value)}, not a text")
    return value


def _type_name(value: object) -> str:
    return _TYPE_NAMES.get(type(value), "something else")


def value_at(value: object, *path: str | int) -> Any:
    """The value at a path of keys and indices; None where there is no such place. Never raises."""
    for step in path:
        if isinstance(step, int) and isinstance(value, list) and 0 <= step < len(value):
            value = value[step]
        elif isinstance(step, str) and isinstance(value, dict):
            value = value.get(step)
        else:
            return None
    return value


def is_marked(marks: object, *path: str | int) -> bool:
    """Whether Terraform's marks (`after_unknown`, `sensitive_values`) hold for a path, or for a place around it."""
    if marks is True:
        return True
    for step in path:
        marks = value_at(marks, step)
        if marks is True:
            return True
    return False
