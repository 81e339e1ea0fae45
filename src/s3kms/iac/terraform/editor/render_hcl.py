"""Entries of bodies and objects as text, in native syntax and in JSON, as `terraform fmt` would write them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from s3kms.iac.terraform.editor.line_format import INDENT_UNIT
from s3kms.text.quoting import quote_hcl


@dataclass(frozen=True, slots=True)
class RawExpression:
    """An expression, as it is written in native syntax: `aws_kms_key.main.arn`."""

    expression: str


@dataclass(frozen=True, slots=True)
class NestedEntries:
    """Entries below a name: a block of a body, or an object."""

    entries: "Mapping[str, EntryValue]"
    is_block: bool = True


@dataclass(frozen=True, slots=True)
class ListOfOne:
    """A list with one object."""

    entries: "Mapping[str, EntryValue]"


EntryValue: TypeAlias = str | bool | tuple[str, ...] | RawExpression | NestedEntries | ListOfOne
"""What a new entry may be; a str is a text, and not an expression; a tuple is a list of texts."""


def render_inline(value: EntryValue, *, is_json: bool) -> str:
    """A value on one line."""
    if isinstance(value, ListOfOne):
        return f"[{render_inline(NestedEntries(value.entries, is_block=False), is_json=is_json)}]"
    if isinstance(value, NestedEntries):
        items = (render_entry(name, inner, is_json=is_json) for name, inner in value.entries.items())
        text = ", ".join(items)
        return f"{{{text}}}" if is_json else f"{{ {text} }}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return f"[{', '.join(render_inline(item, is_json=is_json) for item in value)}]"
    if isinstance(value, RawExpression):
        return json.dumps(f"${{{value.expression}}}") if is_json else value.expression
    return json.dumps(value.replace("${", "$${").replace("%{", "%%{")) if is_json else quote_hcl(value)


def render_entry(name: str, value: EntryValue, *, is_json: bool) -> str:
    """A name and its value on one line."""
    text = render_inline(value, is_json=is_json)
    return f"{json.dumps(name)}: {text}" if is_json else f"{name} = {text}"


def render_lines(entries: Mapping[str, EntryValue], indent: str, unit: str = INDENT_UNIT) -> list[str]:
    """Entries in native syntax, each on lines of its own, the equals signs of neighbors in one column."""
    lines: list[str] = []
    neighbors: list[tuple[str, str]] = []

    def flush() -> None:
        width = max((len(name) for name, _ in neighbors), default=0)
        lines.extend(f"{indent}{name:<{width}} = {text}" for name, text in neighbors)
        neighbors.clear()

    for name, value in entries.items():
        if isinstance(value, NestedEntries | ListOfOne):
            flush()
            start, end = _brackets(value)
            inner = render_lines(value.entries, indent + unit, unit)
            lines += [f"{indent}{name}{start}", *inner, f"{indent}{end}"]
        else:
            neighbors.append((name, render_inline(value, is_json=False)))
    flush()
    return lines


def _brackets(value: NestedEntries | ListOfOne) -> tuple[str, str]:
    if isinstance(value, ListOfOne):
        return " = [{", "}]"
    return (" {", "}") if value.is_block else (" = {", "}")


def render_json_lines(entries: Mapping[str, EntryValue], indent: str, unit: str) -> list[str]:
    """Entries of an object of JSON, each on lines of its own; the last is not followed by a comma."""
    lines: list[str] = []
    for name, value in entries.items():
        if lines:
            lines[-1] += ","
        if isinstance(value, NestedEntries | ListOfOne):
            start, end = ("[{", "}]") if isinstance(value, ListOfOne) else ("{", "}")
            inner = render_json_lines(value.entries, indent + unit, unit)
            lines += [f"{indent}{json.dumps(name)}: {start}", *inner, f"{indent}{end}"]
        else:
            lines.append(indent + render_entry(name, value, is_json=True))
    return lines
