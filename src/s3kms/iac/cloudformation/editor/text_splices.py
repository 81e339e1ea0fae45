"""Splices of characters: an entry that is added, a value that is replaced."""

from collections.abc import Iterable
from dataclasses import replace

from s3kms.iac.cloudformation.editor.render_yaml import (
    FlowStyle,
    TemplateValue,
    render_block,
    render_flow,
    render_pair,
    render_scalar,
)
from s3kms.iac.cloudformation.editor.style import block_style, flow_style
from s3kms.iac.cloudformation.editor.syntax import SyntaxKind, SyntaxNode, SyntaxSlot, TemplateSource
from s3kms.iac.interface import Splice

_BREAKS = "\r\n\x85\u2028\u2029"


def append_entry(
    source: TemplateSource, table: SyntaxNode, key: str, value: TemplateValue, near: SyntaxNode
) -> list[Splice[str]]:
    """A new last entry of a mapping, written as `near` is."""
    if table.is_flow:
        return _append_in_braces(source, table, key, value, near)
    if not table.pairs:
        return []
    column = table.pairs[0][0].column
    newline = source.newline_at(table.end)
    text = render_block({key: value}, replace(block_style(source, near), newline=newline), column)
    if source.text[table.end - 1 : table.end] in tuple(_BREAKS):  # a text that keeps its last lines
        return [Splice(table.end, table.end, " " * column + text + newline)]
    at = source.line_end(table.end)
    return [Splice(at, at, newline + " " * column + text)]


def replace_value(
    source: TemplateSource,
    owner: SyntaxNode | None,
    piece: SyntaxNode,
    value: TemplateValue,
    near: SyntaxNode,
) -> list[Splice[str]]:
    """A value in the place of a piece; `owner` is the key that has it."""
    if piece.within_flow or (piece.is_flow and piece.slot is SyntaxSlot.ROOT):
        style = FlowStyle(is_json=source.is_json)
        if source.is_json and (table := _table_with_style(source, near)):
            style = flow_style(source, table)
        return [Splice(piece.start, piece.end, render_flow(value, style, source.indentation(piece.start)))]
    style_ = replace(block_style(source, near), newline=source.newline_at(piece.end))
    is_inline = not isinstance(value, dict | list) and not (
        style_.is_long and not isinstance(value, str | bool)
    )
    start = _behind_colon(source, owner, piece)
    if is_inline:
        text = render_block(value, style_, 0)
        if start is not None and any(end in source.text[start : piece.start] for end in _BREAKS):
            return [Splice(start, piece.end, " " + text)]
        return [Splice(piece.start, piece.end, text)]
    if piece.slot is SyntaxSlot.ITEM or source.begins_line(piece) or start is None or owner is None:
        return [Splice(piece.start, piece.end, render_block(value, style_, piece.column))]
    column = owner.column + (style_.dash if isinstance(value, list) else style_.step)
    text = style_.newline + " " * column + render_block(value, style_, column)
    at = source.line_end(piece.end)  # a comment stays with the key
    return (
        [Splice(start, piece.end, text)]
        if at == piece.end
        else [Splice(start, piece.end, ""), Splice(at, at, text)]
    )


def remove_entry(source: TemplateSource, table: SyntaxNode, name: str) -> list[Splice[str]]:
    """Takes an entry out of a mapping; nothing where it is the only one, or shares its line with something else."""
    pairs = table.pairs
    number = next((i for i, (key, _) in enumerate(pairs) if key.plain.text == name), None)
    if number is None or len(pairs) == 1:
        return []
    key, value = pairs[number]
    if table.is_flow and number:
        return [Splice(pairs[number - 1][1].end, value.end, "")]
    if table.is_flow:
        return [Splice(key.start, pairs[1][0].start, "")]
    start = key.start - key.column
    before, rest = source.text[:start], source.text[value.end :]
    end = value.end + len(rest) - len(rest.lstrip(" \t"))
    if not source.begins_line(key) or source.text[end : end + 1] not in {*_BREAKS, ""}:
        return []
    newline = "\r\n" if before.endswith("\r\n") else before[-1:]
    return [Splice(start - len(newline), end, "")]


def fill_mapping(
    source: TemplateSource, table: SyntaxNode, value: TemplateValue, near: SyntaxNode
) -> list[Splice[str]]:
    """Entries for a mapping in brackets that has none."""
    shown = _table_with_style(source, near)
    style = flow_style(source, shown) if shown else FlowStyle(is_json=source.is_json)
    return [Splice(table.body, table.end, render_flow(value, style, source.indentation(table.start)))]


def rewrite_scalar(source: TemplateSource, piece: SyntaxNode, text: str) -> list[Splice[str]]:
    """Another text in a scalar, in its quotes; its anchor and its tag stay."""
    style = piece.style if piece.style in {"'", '"'} else ""
    start = min(piece.end, piece.body)
    return [Splice(start, piece.end, render_scalar(text, is_json=source.is_json, style=style))]


def merge_splices(cuts: Iterable[Splice[str]]) -> tuple[Splice[str], ...] | None:
    """The splices in their order, those that touch joined; None where two contradict each other."""
    done: list[Splice[str]] = []
    for cut in sorted(dict.fromkeys(cuts), key=lambda cut: (cut.start, cut.end)):
        if done and cut.start < done[-1].end:
            return None
        if done and cut.start == done[-1].end:
            done[-1] = replace(done[-1], end=cut.end, text=done[-1].text + cut.text)
        else:
            done.append(cut)
    return tuple(done)


def _append_in_braces(
    source: TemplateSource, table: SyntaxNode, key: str, value: TemplateValue, near: SyntaxNode
) -> list[Splice[str]]:
    text = source.text
    if text[table.body : table.body + 1] != "{":
        return []
    if not table.pairs:
        return fill_mapping(source, table, {key: value}, near)
    style = flow_style(source, table)
    first, (_, last) = table.pairs[0][0], table.pairs[-1]
    if style.newline is not None:
        indent = source.indentation(first.start)
        return [
            Splice(last.end, last.end, f",{style.newline}{indent}{render_pair(key, value, style, indent)}")
        ]
    new = render_pair(key, value, style, "")
    between = text[table.body + 1 : first.start]
    if not any(end in between for end in _BREAKS) or source.is_json:
        behind = " " if text[last.end] == "#" else ""
        return [Splice(last.end, last.end, f",{style.gap}{new}{behind}")]
    indent = source.indentation(first.start)
    return _append_line(source, table, last, indent + new)


def _append_line(source: TemplateSource, table: SyntaxNode, last: SyntaxNode, line: str) -> list[Splice[str]]:
    """Below the last entry and its comment, where entries have lines of their own."""
    rest = source.text[last.end : table.end]
    comma = len(rest) - len(rest.lstrip(" \t")) if rest.lstrip(" \t").startswith(",") else None
    behind = last.end if comma is None else last.end + comma + 1
    at = source.line_end(behind)
    if at == behind and source.text[at : at + 1] not in tuple(_BREAKS):
        return [Splice(behind, behind, ("," if comma is None else "") + " " + line.strip())]
    cuts = [] if comma is not None else [Splice(last.end, last.end, ",")]
    return [*cuts, Splice(at, at, source.newline_at(at) + line)]


def _table_with_style(source: TemplateSource, near: SyntaxNode) -> SyntaxNode | None:
    """A mapping in brackets that shows how they are written here."""
    for piece in (near, source.root):
        if piece.kind is SyntaxKind.TABLE and piece.is_flow and piece.pairs:
            return piece
    return None


def _behind_colon(source: TemplateSource, owner: SyntaxNode | None, piece: SyntaxNode) -> int | None:
    """The end of the colon before a value, where nothing but blanks is between."""
    if owner is None or piece.slot is not SyntaxSlot.VALUE:
        return None
    between = source.text[owner.end : piece.start]
    colon = between.find(":")
    if colon < 0 or between[colon + 1 :].strip(" \t\r\n"):
        return None
    return owner.end + colon + 1
