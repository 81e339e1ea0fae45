"""YAML, read and written as Terraform does. PyYAML is imported with the first document."""

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from s3kms.iac.hcl.scalars import format_number, from_decimal, make_too_large, make_unsupported, sort_keys
from s3kms.iac.hcl.values import SetValue, Value
from s3kms.iac.values import Rejected, UnknownValue

if TYPE_CHECKING:
    from yaml.nodes import Node

WORDS: dict[str, Value] = {
    **dict.fromkeys(["", "~", "null", "Null", "NULL"]),
    **{w: True for word in ("y", "yes", "true", "on") for w in (word, word.capitalize(), word.upper())},
    **{w: False for word in ("n", "no", "false", "off") for w in (word, word.capitalize(), word.upper())},
}
DECIMAL = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,6})?", re.ASCII)
BASED = re.compile(r"0x([0-9a-fA-F]{1,100})|0o([0-7]{1,100})", re.ASCII)
DATE = re.compile(r"\d{4}-\d\d?-\d\d?", re.ASCII)
TIME = re.compile(r"\d{4}-\d\d?-\d\d?([Tt]|[ \t]+)\d\d?:\d\d:\d\d.*", re.ASCII)
MAX_YAML_NODES = 100_000
"""Values of a document; those that an alias repeats are counted again."""


def _different(what: str) -> UnknownValue:
    return make_unsupported("yamldecode(…)", f"the YAML has {what}, which is not evaluated")


class _Different(Exception):
    """The document has something that is not evaluated."""


class _TooLarge(Exception):
    """The document has more than MAX_YAML_NODES values."""


def read_yaml(text: str) -> Value:
    """The value of a YAML document. Raises Rejected where the string is not one."""
    import yaml  # noqa: PLC0415 - slow to import

    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except RecursionError:
        return make_too_large("the YAML")
    except yaml.YAMLError as error:
        raise Rejected("the string is not YAML") from error
    if node is None:
        raise Rejected("the YAML is empty")
    try:
        return _Reading().value(node)
    except _TooLarge:
        return make_too_large("the YAML")
    except _Different as error:
        return _different(str(error))
    except RecursionError:
        return _different("an alias within its own anchor")


class _Reading:
    """One document being read, with the number of values so far."""

    def __init__(self) -> None:
        self.count = 0

    def value(self, node: "Node") -> Value:
        self.count += 1
        if self.count > MAX_YAML_NODES:
            raise _TooLarge
        match node.value:
            case str():
                return _scalar(node)
            case [tuple(), *_]:
                return self._mapping(node)
        if node.tag == "tag:yaml.org,2002:map":
            return {}
        return [self.value(part) for part in node.value]

    def _mapping(self, node: "Node") -> Value:
        found: dict[str, Value] = {}
        for key, part in node.value:
            if not isinstance(key.value, str):
                raise Rejected("a key of the YAML is not a string")
            if key.tag.endswith(":merge"):
                self._merge(found, part)
            else:
                found[key.value] = self.value(part)
        return sort_keys(found)

    def _merge(self, found: dict[str, Value], node: "Node") -> None:
        for part in _several(node):
            merged = self.value(part)
            if not isinstance(merged, dict):
                raise Rejected("a merged value of the YAML is not a map")
            for key, value in merged.items():
                found.setdefault(key, value)


def _several(node: "Node") -> "list[Node]":
    """What is merged: one map, or each map of a list."""
    return node.value if node.tag == "tag:yaml.org,2002:seq" else [node]


def _scalar(node: Any) -> Value:
    text: str = node.value
    if node.tag == "tag:yaml.org,2002:str" and node.style is not None:
        return text
    if node.style is not None or node.start_mark.buffer is None:
        return text
    written = node.start_mark.buffer[node.start_mark.pointer : node.start_mark.pointer + 2]
    if written.startswith("!"):
        if node.tag == "tag:yaml.org,2002:str":
            return text
        raise _Different("a tag")
    return _plain(text)


def _plain(text: str) -> Value:
    if text in WORDS:
        return WORDS[text]
    if DECIMAL.fullmatch(text):
        return from_decimal(Decimal(text))
    based = BASED.fullmatch(text)
    if based is not None:
        return int(based[1], 16) if based[1] else int(based[2], 8)
    if DATE.fullmatch(text):
        year, month, day = (int(part) for part in text.split("-"))
        return f"{year:04}-{month:02}-{day:02}T00:00:00Z"
    if TIME.fullmatch(text) or text.lower().lstrip("+-") in {".inf", ".nan"}:
        raise _Different("a time or an infinite number")
    return text


def write_yaml(value: Value) -> Value:
    """A value as a YAML document."""
    try:
        return "\n".join(_lines(value)) + "\n"
    except _Different as error:
        return _different(str(error))
    except RecursionError:
        return make_too_large("the YAML")


def _lines(value: Value) -> list[str]:
    if isinstance(value, dict) and value:
        found: list[str] = []
        for key in sorted(value):
            lines = _lines(value[key])
            inner = value[key]
            if isinstance(inner, dict) and inner:
                found += [f"{_text(key)}:", *(f"  {line}" for line in lines)]
            elif isinstance(inner, list | SetValue) and lines != ["[]"]:
                found += [f"{_text(key)}:", *lines]
            else:
                found.append(f"{_text(key)}: {lines[0]}")
        return found
    items = value.items if isinstance(value, SetValue) else value
    if isinstance(items, list | tuple) and items:
        found = []
        for item in items:
            first, *rest = _lines(item)
            found += [f"- {first}", *(f"  {line}" for line in rest)]
        return found
    return [_leaf(value)]


def _leaf(value: Value) -> str:
    if isinstance(value, str):
        return _text(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return format_number(value)
    return "{}" if isinstance(value, dict) else "[]"


def _text(value: str) -> str:
    if any(ord(character) < 32 and character != "\t" for character in value) or len(value) > 70:  # noqa: PLR2004
        raise _Different("a string of several lines")
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t")
    return f'"{escaped}"'
