"""JSON from outside: taken apart without believing it, and without showing a value of it (there are secrets)."""

import json
from collections.abc import Mapping
from typing import Any


class MalformedError(Exception):
    """The file is not what it says it is. The text names a place in it and a type, never a value."""


JsonObject = Mapping[str, Any]
_NAMES = {
    dict: "an object",
    list: "a list",
    str: "a text",
    bool: "a boolean",
    int: "a number",
    float: "a number",
}
_MARKS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))


def decode_text(data: bytes) -> str:
    """The text. A shell that writes UTF-16 at `>` is not the user's fault. Raises MalformedError."""
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise MalformedError("it is not UTF-8 text") from None


def parse_document(text: str) -> JsonObject:
    """The object that the file is. Raises MalformedError."""
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise MalformedError(
            f"it is not JSON, or cut short (line {error.lineno}, column {error.colno})"
        ) from None
    except (ValueError, RecursionError):
        raise MalformedError("it is not JSON that a tool wrote") from None
    return table(found, "the document")


def table(value: object, where: str) -> JsonObject:
    """An object; an empty one where there is nothing. Raises MalformedError."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise MalformedError(f"{where} is {_NAMES.get(type(value), 'something else')}, not an object")
    return value


def array(value: object, where: str) -> list[Any]:
    """A list; an empty one where there is nothing. Raises MalformedError."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise MalformedError(f"{where} is {_NAMES.get(type(value), 'something else')}, not a list")
    return value


def text(value: object, where: str) -> str:
    """A text that must be there. Raises MalformedError."""
    if value is None or value == "":
        raise MalformedError(f"{where} is missing")
    if not isinstance(value, str):
        raise MalformedError(f"{where} is {_NAMES.get(type(value), 'something else')}, not a text")
    return value


def at(value: object, *path: str | int) -> Any:
    """What stands there; None where there is no such place. Never raises."""
    for step in path:
        if isinstance(step, int) and isinstance(value, list) and 0 <= step < len(value):
            value = value[step]
        elif isinstance(step, str) and isinstance(value, dict):
            value = value.get(step)
        else:
            return None
    return value


def is_marked(marks: object, *path: str | int) -> bool:
    """Whether Terraform's marks (`after_unknown`, `sensitive_values`) hold for that place, or for one around it."""
    if marks is True:
        return True
    for step in path:
        marks = at(marks, step)
        if marks is True:
            return True
    return False
