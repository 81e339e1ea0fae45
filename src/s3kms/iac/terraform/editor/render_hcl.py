"""New entries of bodies and objects, in either syntax, as `terraform fmt` would write them."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from s3kms.iac.interface import Splice
from s3kms.iac.terraform.editor.entry_groups import EntryGroup, GroupEntry
from s3kms.iac.terraform.editor.line_format import INDENT_UNIT, indentation, line_end, line_start, newline_at
from s3kms.text.quoting import quote_hcl

_REST = re.compile(rb"[ \t]*,?[ \t]*(?:(?:#|//)[^\n]*|/\*[^\n]*\*/[ \t]*)?\r?(?=\n|$)")


@dataclass(frozen=True, slots=True)
class RawExpression:
    """An expression: `aws_kms_key.main.arn`."""

    expression: str


@dataclass(frozen=True, slots=True)
class NestedEntries:
    """Entries below a name: a block of a body, or an object."""

    entries: "Mapping[str, EntryValue]"
    is_block: bool = True


EntryValue: TypeAlias = str | bool | RawExpression | NestedEntries


def render_inline(value: EntryValue, *, is_json: bool) -> str:
    """On one line."""
    if isinstance(value, NestedEntries):
        mark = ": " if is_json else " = "
        items = (
            f"{_name(n, is_json=is_json)}{mark}{render_inline(v, is_json=is_json)}"
            for n, v in value.entries.items()
        )
        text = ", ".join(items)
        return f"{{{text}}}" if is_json else f"{{ {text} }}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, RawExpression):
        return json.dumps(f"${{{value.expression}}}") if is_json else value.expression
    return json.dumps(value.replace("${", "$${").replace("%{", "%%{")) if is_json else quote_hcl(value)


def render_lines(entries: Mapping[str, EntryValue], indent: str, unit: str = INDENT_UNIT) -> list[str]:
    """Entries of HCL's native syntax, each on lines of its own, equals signs of neighbours in one column."""
    lines: list[str] = []
    group: list[tuple[str, str]] = []

    def close() -> None:
        width = max((len(name) for name, _ in group), default=0)
        lines.extend(f"{indent}{name:<{width}} = {text}" for name, text in group)
        group.clear()

    for name, value in entries.items():
        if isinstance(value, NestedEntries):
            close()
            mark = " " if value.is_block else " = "
            lines += [
                f"{indent}{name}{mark}{{",
                *render_lines(value.entries, indent + unit, unit),
                f"{indent}}}",
            ]
        else:
            group.append((name, render_inline(value, is_json=False)))
    close()
    return lines


def render_json_lines(entries: Mapping[str, EntryValue], indent: str, unit: str) -> list[str]:
    """Entries of an object of JSON, each on lines of its own; the last is not followed by a comma."""
    lines: list[str] = []
    for name, value in entries.items():
        if lines:
            lines[-1] += ","
        if isinstance(value, NestedEntries):
            inner = render_json_lines(value.entries, indent + unit, unit)
            lines += [f"{indent}{json.dumps(name)}: {{", *inner, f"{indent}}}"]
        else:
            lines.append(f"{indent}{json.dumps(name)}: {render_inline(value, is_json=True)}")
    return lines


def add_entries(
    data: bytes, group: EntryGroup, entries: Mapping[str, EntryValue], after: str | None = None
) -> list[Splice[bytes]]:
    """The changes that add entries to a group: after that one, or at its end; a body's are put before its blocks
    where it has entries already.
    """
    anchor = _anchor(group, after)
    if anchor is None:
        return [_into_empty(data, group, entries)]
    is_multi_line = b"\n" in data[group.start : group.end]
    rest = _REST.match(data, anchor.end)
    if is_multi_line and rest:
        return [_as_lines(data, group, entries, anchor)]
    if group.is_body:
        return _unfolded(data, group, entries)
    texts = (_one(name, value, is_json=group.is_json) for name, value in entries.items())
    return [Splice(anchor.end, anchor.end, "".join(f", {text}" for text in texts).encode())]


@dataclass(frozen=True, slots=True)
class _Anchor:
    start: int
    end: int
    is_block: bool = False


def _anchor(group: EntryGroup, after: str | None) -> _Anchor | None:
    if after and (entry := group.entries.get(after)):
        return _Anchor(entry.span.start, entry.span.end)
    if after:
        for block in group.blocks:
            if after in {block.type, *block.labels[:1]}:
                return _Anchor(block.span.start, block.span.end, is_block=True)
    spans = [entry.span for entry in group.entries.values()]
    if spans:
        last = max(spans, key=lambda span: span.end)
        return _Anchor(last.start, last.end)
    return None


def _as_lines(
    data: bytes, group: EntryGroup, entries: Mapping[str, EntryValue], anchor: _Anchor
) -> Splice[bytes]:
    newline, indent = newline_at(data, anchor.end), indentation(data, anchor.start)
    unit = find_indent_unit(data, group)
    if group.is_json:
        lines = render_json_lines(entries, indent, unit)
        text = "," + newline + newline.join(lines)
        return Splice(anchor.end, anchor.end, text.encode())
    lines = render_lines(entries, indent, unit)
    if group.is_body and any(
        isinstance(value, NestedEntries) and not value.is_block for value in entries.values()
    ):
        lines = ["", *lines]
    end = line_end(data, anchor.end)
    has_comma = not group.is_body and b"," in data[anchor.end : end].split(b"#")[0].split(b"//")[0]
    comma = "," if has_comma else ""
    return Splice(end, end, "".join(f"{newline}{line}" for line in lines).encode() + comma.encode())


def _unfolded(data: bytes, group: EntryGroup, entries: Mapping[str, EntryValue]) -> list[Splice[bytes]]:
    """A block on one line, which has one argument, becomes one of several lines; the argument stays as it is."""
    newline, unit = newline_at(data, group.end), find_indent_unit(data, group)
    indent = indentation(data, group.start)
    inside = data[group.start : group.end]
    first = group.start + len(inside) - len(inside.lstrip())
    last = group.start + len(inside.rstrip())
    below = newline.join(["", *render_lines(entries, indent + unit, unit), indent])
    return [
        Splice(group.start, first, f"{newline}{indent}{unit}".encode()),
        Splice(last, group.end, below.encode()),
    ]


def _into_empty(data: bytes, group: EntryGroup, entries: Mapping[str, EntryValue]) -> Splice[bytes]:
    """Into a group without entries: after its blocks and comments, or between two braces."""
    newline, unit = newline_at(data, group.start), find_indent_unit(data, group)
    inside = data[group.start : group.end]
    indent = indentation(data, group.start)
    lines = (
        render_json_lines(entries, indent + unit, unit)
        if group.is_json
        else render_lines(entries, indent + unit, unit)
    )
    if b"\n" not in inside:
        text = newline.join(["", *lines, indent])
        return Splice(group.start + len(inside.rstrip()), group.end, text.encode())
    last = line_start(data, group.end)
    start = last if not data[last : group.end].strip() else group.end
    return Splice(start, start, "".join(f"{line}{newline}" for line in lines).encode())


def _one(name: str, value: EntryValue, *, is_json: bool) -> str:
    return (
        f"{_name(name, is_json=is_json)}{': ' if is_json else ' = '}{render_inline(value, is_json=is_json)}"
    )


def _name(name: str, *, is_json: bool) -> str:
    return json.dumps(name) if is_json else name


def find_indent_unit(data: bytes, group: EntryGroup) -> str:
    """What the file indents by, as this group shows it."""
    first = min((entry.span.start for entry in group.entries.values()), default=None)
    if group.blocks:
        first = min(first or group.end, group.blocks[0].span.start)
    outer = indentation(data, group.start)
    if first is not None and line_start(data, first) != line_start(data, group.start):
        inner = indentation(data, first)
        if inner.startswith(outer) and inner != outer:
            return inner.removeprefix(outer)
    return "\t" if "\t" in outer else INDENT_UNIT


def replace_value(entry: GroupEntry, value: EntryValue, *, is_json: bool) -> Splice[bytes]:
    """The change that gives an entry another value on one line."""
    span = entry.expression.span
    return Splice(span.start, span.end, render_inline(value, is_json=is_json).encode())
