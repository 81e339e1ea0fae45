"""A template as it is written: every piece with its span, its style, its anchor and its tag.

The reader's tree says what a template means; this one says where each part of it stands.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property, lru_cache
from typing import Any

import yaml

from s3kms.iac.cloudformation.tree import MAX_TREE_DEPTH, Mark, decode_template

_BOM = "\ufeff"
_TAIL = re.compile(r"[ \t]*(?:#[^\r\n\x85\u2028\u2029]*)?")
_BREAK = re.compile(r"\r\n|\n|\r")
_SUBSTITUTED = re.compile(r"\$\{[ \t]*([\w:]+)")
_PROPERTY = re.compile(r"[&!][^ \t\r\n]*[ \t\r\n]*(?:#[^\r\n]*[ \t\r\n]*)*")


class SyntaxKind(Enum):
    """The kinds of a syntax node."""

    SCALAR = "scalar"
    LIST = "list"
    TABLE = "table"
    ALIAS = "alias"


class SyntaxSlot(Enum):
    """Where a syntax node stands in the node around it."""

    ROOT = "root"
    ITEM = "item"
    KEY = "key"
    VALUE = "value"


@dataclass(frozen=True, slots=True, eq=False)
class SyntaxNode:
    """One scalar, list, mapping or alias. Offsets are characters of `TemplateSource.text`."""

    kind: SyntaxKind
    start: int
    """Its anchor and tag included."""
    body: int
    """Where its content begins."""
    end: int
    mark: Mark
    style: str = ""
    """Of a scalar: `'`, `"`, `|`, `>`, or nothing for a plain one."""
    is_flow: bool = False
    """Of a list or mapping: whether it has brackets."""
    within_flow: bool = False
    slot: SyntaxSlot = SyntaxSlot.ROOT
    tag: str | None = None
    anchor: str | None = None
    text: str = ""
    """Of a scalar, its value; of an alias, its name."""
    children: "tuple[SyntaxNode, ...]" = ()
    """The items; of a mapping, keys and values in turn."""
    target: "SyntaxNode | None" = None
    """Of an alias."""

    @property
    def plain(self) -> "SyntaxNode":
        """The node itself, or what an alias stands for."""
        return self.target or self

    @property
    def pairs(self) -> "tuple[tuple[SyntaxNode, SyntaxNode], ...]":
        """The keys and values that a mapping has itself, without merged ones."""
        if self.kind is not SyntaxKind.TABLE:
            return ()
        return tuple(zip(self.children[::2], self.children[1::2], strict=True))

    @property
    def column(self) -> int:
        """The column in which it begins, from 0."""
        return self.mark.column - 1


@dataclass(frozen=True, eq=False)
class TemplateSource:
    """One template file as it is written: its text, and the nodes with their spans."""

    text: str
    """As it is written, without a byte order mark."""
    root: SyntaxNode
    prefix: int
    """Bytes of the byte order mark."""

    def offset(self, index: int) -> int:
        """The byte offset in the file of a character of the text."""
        return self.prefix + (index if self.text.isascii() else len(self.text[:index].encode()))

    def line_end(self, index: int) -> int:
        """Where the line ends, if only blanks and a comment follow the place; else the place itself."""
        found = _TAIL.match(self.text, index)
        end = found.end() if found else index
        return end if end == len(self.text) or self.text[end] in "\r\n\x85\u2028\u2029" else index

    def indentation(self, index: int) -> str:
        """The blanks with which the line of a place begins."""
        start = max(self.text.rfind(end, 0, index) for end in "\r\n") + 1
        line = self.text[start:index]
        return line[: len(line) - len(line.lstrip(" \t"))]

    def begins_line(self, piece: SyntaxNode) -> bool:
        """Whether only blanks stand before the node on its line."""
        return len(self.indentation(piece.start)) == piece.column

    def newline_at(self, index: int) -> str:
        """The line ending at a place: of its line, or of the line before where the file ends first."""
        found = _BREAK.search(self.text, index)
        if found is None:
            before = self.text[:index].splitlines(keepends=True)
            found = next((end for line in reversed(before) if (end := _BREAK.search(line))), None)
        return found[0] if found else "\n"

    @cached_property
    def is_json(self) -> bool:
        """Whether the file is JSON: brackets around all of it, and keys in double quotes."""
        return self.root.is_flow and all(key.style == '"' for key, _ in self.root.pairs)

    @cached_property
    def pieces(self) -> tuple[SyntaxNode, ...]:
        """All nodes in their order; what an alias stands for comes once."""
        return tuple(walk_nodes(self.root))

    @cached_property
    def calls(self) -> "dict[str, list[tuple[SyntaxNode, SyntaxNode]]]":
        """The calls of functions by their long names, each with its argument."""
        found: dict[str, list[tuple[SyntaxNode, SyntaxNode]]] = {}
        for piece in self.pieces:
            if called := function_call(piece):
                found.setdefault(called[0], []).append((piece, called[1]))
        return found

    @cached_property
    def references(self) -> dict[str, list[SyntaxNode]]:
        """The calls of Ref by the name that each has."""
        found: dict[str, list[SyntaxNode]] = {}
        for piece, argument in self.calls.get("Ref", ()):
            found.setdefault(argument.text, []).append(piece)
        return found

    @cached_property
    def substituted(self) -> frozenset[str]:
        """The names that stand in texts as `${NAME}`, or the first parts of them."""
        texts = (
            piece.text for piece in self.pieces if piece.kind is SyntaxKind.SCALAR and "${" in piece.text
        )
        return frozenset(name for text in texts for name in _SUBSTITUTED.findall(text))

    @cached_property
    def tables(self) -> dict[Mark, SyntaxNode]:
        """The mappings, by where they begin."""
        return {piece.mark: piece for piece in self.pieces if piece.kind is SyntaxKind.TABLE}


def walk_nodes(piece: SyntaxNode) -> Iterator[SyntaxNode]:
    """A node and all nodes below it, without recursion."""
    waiting = [piece]
    while waiting:
        now = waiting.pop()
        yield now
        waiting += reversed(now.children)


def find_entry(table: SyntaxNode, name: str, depth: int = 0) -> tuple[SyntaxNode, SyntaxNode] | None:
    """The key and the value of a name, merge keys followed: a mapping's own entry wins, of two the last."""
    entries, merged = _entries_of(table)
    if found := entries.get(name):
        return found
    for whole in merged if depth <= MAX_TREE_DEPTH else ():
        for part in whole.children if whole.kind is SyntaxKind.LIST else (whole,):
            if found := find_entry(part.plain, name, depth + 1):
                return found
    return None


@lru_cache(maxsize=32)
def _entries_of(
    table: SyntaxNode,
) -> tuple[dict[str, tuple[SyntaxNode, SyntaxNode]], tuple[SyntaxNode, ...]]:
    """The own entries of a mapping by their keys, and what it merges: a large one is asked for each of them."""
    entries = {
        key.plain.text: (key, value)
        for key, value in table.pairs
        if key.plain.kind is SyntaxKind.SCALAR and not _merges(key)
    }
    return entries, tuple(value.plain for key, value in table.pairs if _merges(key))


def has_own_entry(table: SyntaxNode, name: str) -> bool:
    """Whether the mapping itself has the key, not one that it merges."""
    return any(key.plain.text == name for key, _ in table.pairs if not _merges(key))


def find_value(table: SyntaxNode, name: str) -> SyntaxNode | None:
    """The value of a name; None where there is none."""
    found = find_entry(table, name)
    return found[1] if found else None


def function_call(piece: SyntaxNode) -> tuple[str, SyntaxNode] | None:
    """The function, by its long name, and its argument, if the piece is a call."""
    piece = piece.plain
    if piece.tag and piece.tag.startswith("!") and piece.tag != "!":
        name = piece.tag[1:]
        argument = replace(piece, tag=None, anchor=None, start=piece.body)
        return (name if name in {"Ref", "Condition"} else f"Fn::{name}"), argument
    if piece.kind is SyntaxKind.TABLE and len(piece.pairs) == 1:
        key, value = piece.pairs[0]
        if key.text in {"Ref", "Condition"} or key.text.startswith("Fn::"):
            return key.text, value.plain
    return None


def _merges(key: SyntaxNode) -> bool:
    return key.text == "<<" and key.style == "" and key.tag is None


def parse_source(data: bytes) -> TemplateSource:
    """The pieces of a file that the reader has read. Raises Broken, yaml.YAMLError."""
    text = decode_template(data)
    written = data.decode().removeprefix(_BOM)
    builder = _Builder(text)
    for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        builder.take(event)
    return TemplateSource(written, builder.root, len(data) - len(written.encode()))


@dataclass(slots=True)
class _Open:
    event: Any
    within_flow: bool
    children: list[SyntaxNode] = field(default_factory=list)

    @property
    def is_table(self) -> bool:
        return isinstance(self.event, yaml.MappingStartEvent)


class _Builder:
    def __init__(self, text: str) -> None:
        self._text = text
        self.root = SyntaxNode(SyntaxKind.SCALAR, 0, 0, 0, Mark(1, 1))
        self._open: list[_Open] = []
        self._anchors: dict[str, SyntaxNode] = {}

    def take(self, event: Any) -> None:
        """The next event of the parser."""
        if isinstance(event, yaml.CollectionStartEvent):
            self._open.append(_Open(event, self._within_flow()))
        elif isinstance(event, yaml.CollectionEndEvent):
            self._put(self._closed(self._open.pop(), event))
        elif isinstance(event, yaml.ScalarEvent):
            self._put(self._scalar(event))
        elif isinstance(event, yaml.AliasEvent):
            self._put(self._alias(event))

    def _slot(self) -> SyntaxSlot:
        if not self._open:
            return SyntaxSlot.ROOT
        around = self._open[-1]
        if not around.is_table:
            return SyntaxSlot.ITEM
        return SyntaxSlot.VALUE if len(around.children) % 2 else SyntaxSlot.KEY

    def _within_flow(self) -> bool:
        return bool(self._open) and (self._open[-1].within_flow or bool(self._open[-1].event.flow_style))

    def _put(self, piece: SyntaxNode) -> None:
        if piece.anchor:
            self._anchors[piece.anchor] = piece
        if self._open:
            self._open[-1].children.append(piece)
        else:
            self.root = piece

    def _alias(self, event: Any) -> SyntaxNode:
        start, end = event.start_mark.index, event.end_mark.index
        target = self._anchors[event.anchor]
        return self._piece(event, SyntaxKind.ALIAS, start, end, text=event.anchor, target=target)

    def _scalar(self, event: Any) -> SyntaxNode:
        start, end = event.start_mark.index, event.end_mark.index
        written = self._text[start:end]
        style = event.style or ""
        body = self._body(event)
        if not (style in {"|", ">"} and "+" in self._text[body : body + 3]):
            end = start + len(written.rstrip())
        return self._piece(event, SyntaxKind.SCALAR, body, end, style=style, text=event.value)

    def _closed(self, done: _Open, end_event: Any) -> SyntaxNode:
        event = done.event
        is_flow = bool(event.flow_style)
        end = end_event.end_mark.index
        if not is_flow:
            end = max((child.end for child in done.children), default=event.start_mark.index)
        return self._piece(
            event,
            SyntaxKind.TABLE if done.is_table else SyntaxKind.LIST,
            self._body(event),
            end,
            is_flow=is_flow,
            children=tuple(done.children),
        )

    def _body(self, event: Any) -> int:
        """Behind the anchor and the tag."""
        at: int = event.start_mark.index
        for _ in range((event.anchor is not None) + (event.tag is not None)):
            if found := _PROPERTY.match(self._text, at):
                at = min(found.end(), max(event.end_mark.index, at))
        return at

    def _piece(self, event: Any, kind: SyntaxKind, body: int, end: int, **more: Any) -> SyntaxNode:
        mark = Mark(event.start_mark.line + 1, event.start_mark.column + 1)
        return SyntaxNode(
            kind,
            event.start_mark.index,
            body,
            end,
            mark,
            slot=self._slot(),
            within_flow=self._within_flow(),
            tag=getattr(event, "tag", None),
            anchor=event.anchor if kind is not SyntaxKind.ALIAS else None,
            **more,
        )
