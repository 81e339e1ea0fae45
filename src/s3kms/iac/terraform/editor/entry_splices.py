"""Splices that add entries to a group of code, or give an entry another value. All other bytes stay."""

import re
from collections.abc import Mapping

from s3kms.iac.hcl.syntax_tree import Span
from s3kms.iac.interface import Splice
from s3kms.iac.terraform.editor.entry_groups import EntryGroup, GroupEntry
from s3kms.iac.terraform.editor.line_format import (
    INDENT_UNIT,
    indentation,
    line_end,
    line_start,
    newline_at,
)
from s3kms.iac.terraform.editor.render_hcl import (
    EntryValue,
    ListOfOne,
    NestedEntries,
    render_entry,
    render_inline,
    render_json_lines,
    render_lines,
)

_END_OF_LINE = re.compile(rb"[ \t]*,?[ \t]*(?:(?:#|//)[^\n]*|/\*[^\n]*\*/[ \t]*)?\r?(?=\n|$)")
"""What may stand between an entry and the end of its line."""


def replace_value(entry: GroupEntry, value: EntryValue, *, is_json: bool) -> Splice[bytes]:
    """What gives an entry another value, on one line."""
    span = entry.expression.span
    return Splice(span.start, span.end, render_inline(value, is_json=is_json).encode())


def add_entries(
    data: bytes, group: EntryGroup, entries: Mapping[str, EntryValue], after: str | None = None
) -> list[Splice[bytes]]:
    """What adds entries to a group in the bytes of a file: after the entry or block of that name, or after the last
    entry, which in a body is before the blocks.
    """
    anchor = _find_anchor(group, after)
    if anchor is None:
        return [_fill_empty(data, group, entries)]
    is_multi_line = b"\n" in data[group.start : group.end]
    if is_multi_line and _END_OF_LINE.match(data, anchor.end):
        return [_add_lines(data, group, entries, anchor)]
    if group.is_body:
        return _unfold(data, group, entries)
    texts = (render_entry(name, value, is_json=group.is_json) for name, value in entries.items())
    return [Splice(anchor.end, anchor.end, "".join(f", {text}" for text in texts).encode())]


def _find_anchor(group: EntryGroup, after: str | None) -> Span | None:
    """What new entries are put after; None where the group has no entries."""
    if after and (entry := group.entries.get(after)):
        return entry.span
    if after:
        for block in group.blocks:
            if after in {block.type, *block.labels[:1]}:
                return block.span
    return max((entry.span for entry in group.entries.values()), key=lambda span: span.end, default=None)


def _add_lines(
    data: bytes, group: EntryGroup, entries: Mapping[str, EntryValue], anchor: Span
) -> Splice[bytes]:
    newline, indent = newline_at(data, anchor.end), indentation(data, anchor.start)
    unit = find_indent_unit(data, group)
    if group.is_json:
        text = "," + newline + newline.join(render_json_lines(entries, indent, unit))
        return Splice(anchor.end, anchor.end, text.encode())
    lines = render_lines(entries, indent, unit)
    has_object = any(_is_object(value) for value in entries.values())
    if group.is_body and has_object:
        lines = ["", *lines]
    end = line_end(data, anchor.end)
    has_comma = not group.is_body and b"," in data[anchor.end : end].split(b"#")[0].split(b"//")[0]
    text = "".join(f"{newline}{line}" for line in lines) + ("," if has_comma else "")
    return Splice(end, end, text.encode())


def _is_object(value: EntryValue) -> bool:
    return isinstance(value, ListOfOne) or (isinstance(value, NestedEntries) and not value.is_block)


def _unfold(data: bytes, group: EntryGroup, entries: Mapping[str, EntryValue]) -> list[Splice[bytes]]:
    """What makes several lines of a block on one line, which has one argument; the argument stays as it is."""
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


def _fill_empty(data: bytes, group: EntryGroup, entries: Mapping[str, EntryValue]) -> Splice[bytes]:
    """What puts entries into a group without any: after its blocks and comments, or between two braces."""
    newline, unit = newline_at(data, group.start), find_indent_unit(data, group)
    inside = data[group.start : group.end]
    indent = indentation(data, group.start)
    render = render_json_lines if group.is_json else render_lines
    lines = render(entries, indent + unit, unit)
    if b"\n" not in inside:
        text = newline.join(["", *lines, indent])
        return Splice(group.start + len(inside.rstrip()), group.end, text.encode())
    last = line_start(data, group.end)
    start = last if not data[last : group.end].strip() else group.end
    return Splice(start, start, "".join(f"{line}{newline}" for line in lines).encode())


def find_indent_unit(data: bytes, group: EntryGroup) -> str:
    """The white space by which a file indents, as this group shows it; else that of `terraform fmt`."""
    first = min((entry.span.start for entry in group.entries.values()), default=None)
    if group.blocks:
        first = min(first or group.end, group.blocks[0].span.start)
    outer = indentation(data, group.start)
    if first is not None and line_start(data, first) != line_start(data, group.start):
        inner = indentation(data, first)
        if inner.startswith(outer) and inner != outer:
            return inner.removeprefix(outer)
    return "\t" if "\t" in outer else INDENT_UNIT
