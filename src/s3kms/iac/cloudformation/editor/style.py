"""How a template is written around the place of an edit: steps, dashes, quotes, line ends."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from s3kms.iac.cloudformation.editor.render_yaml import BlockStyle, FlowStyle
from s3kms.iac.cloudformation.editor.syntax import (
    SyntaxKind,
    SyntaxNode,
    SyntaxSlot,
    TemplateSource,
    function_call,
    walk_nodes,
)


def block_style(source: TemplateSource, near: SyntaxNode) -> BlockStyle:
    """The block style around a node; what it does not show, the whole file does. Lines end as the one does in which
    the node begins.
    """
    step = _told(source, near, _steps) or 2
    dash = _told(source, near, _dashes)
    item_step = _told(source, near, _item_steps) or step
    return BlockStyle(
        source.newline_at(near.start),
        step,
        step if dash is None else dash,
        item_step,
        has_long_functions(source),
    )


def _told(
    source: TemplateSource, near: SyntaxNode, count: Callable[[SyntaxNode], Counter[int]]
) -> int | None:
    found = _most(count(near))
    return _told_by_all(source, count) if found is None else found


@lru_cache(maxsize=16)
def _told_by_all(source: TemplateSource, count: Callable[[SyntaxNode], Counter[int]]) -> int | None:
    """What the whole file shows, counted once: each edit asks."""
    return _most(count(source.root))


def _most(counted: Counter[int]) -> int | None:
    return counted.most_common(1)[0][0] if counted else None


@lru_cache(maxsize=8)
def has_long_functions(source: TemplateSource) -> bool:
    """Whether all functions of a template are written in their long form."""
    pieces = source.pieces
    if source.is_json or any(piece.tag and piece.tag.startswith("!") for piece in pieces):
        return source.is_json
    return any(piece.kind is SyntaxKind.TABLE and function_call(piece) for piece in pieces)


def flow_style(source: TemplateSource, table: SyntaxNode) -> FlowStyle:
    """The style of a mapping in brackets."""
    quoted = source.is_json or any(key.style == '"' for key, _ in table.pairs[:1])
    colon = _colon(source, table) or _colon(source, source.root) or ": "
    if not quoted and not colon.endswith((" ", "\t")):
        colon = ": "
    before = _before(source, table)
    gap = "" if colon == ":" else " "
    if "\n" not in before and "\r" not in before:
        return FlowStyle(quoted, colon, gap, " " if before == " " else "")
    if not source.is_json:
        return FlowStyle(quoted, colon, gap)
    inner, outer = source.indentation(table.pairs[0][0].start), source.indentation(table.start)
    unit = inner.removeprefix(outer) if inner.startswith(outer) and inner != outer else "  "
    return FlowStyle(quoted, colon, gap, "", source.newline_at(table.pairs[-1][1].end), unit)


def _before(source: TemplateSource, table: SyntaxNode) -> str:
    """The text between the brace and the first key."""
    return source.text[table.body + 1 : table.pairs[0][0].start] if table.pairs else ""


def _colon(source: TemplateSource, table: SyntaxNode) -> str | None:
    for key, value in table.pairs:
        between = source.text[key.end : value.start]
        if between.strip(" \t") == ":":
            return between
    return None


def _steps(piece: SyntaxNode) -> Counter[int]:
    """How far the keys of a mapping stand in from the key that has it."""
    return Counter(_insets(table for table in _blocks(piece) if table.slot is not SyntaxSlot.ITEM))


def _item_steps(piece: SyntaxNode) -> Counter[int]:
    """How far the keys of a mapping stand in from the key that has it, where that stands behind a dash."""
    return Counter(_insets(table for table in _blocks(piece) if table.slot is SyntaxSlot.ITEM))


def _insets(tables: Iterable[SyntaxNode]) -> Iterator[int]:
    for table in tables:
        for key, value in table.pairs:
            if value.kind is SyntaxKind.TABLE and not value.is_flow and value.children[0].column > key.column:
                yield value.children[0].column - key.column


def _blocks(piece: SyntaxNode) -> Iterator[SyntaxNode]:
    return (part for part in walk_nodes(piece) if part.kind is SyntaxKind.TABLE and not part.is_flow)


def _dashes(piece: SyntaxNode) -> Counter[int]:
    """How far the dashes of a list stand in from the key that has it."""
    return Counter(
        value.column - key.column
        for table in _blocks(piece)
        for key, value in table.pairs
        if value.kind is SyntaxKind.LIST and not value.is_flow and value.start == value.body
    )
