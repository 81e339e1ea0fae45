"""A template as a tree in which every part knows where it stands. Short forms of functions become long ones."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from s3kms.iac.values import Mark as Mark  # noqa: PLC0414 - the other modules of this language take it from here

MAX_TREE_DEPTH = 100
"""Levels of nesting. CloudFormation refuses far fewer; what reads the tree is recursive."""
MAX_TREE_NODES = 200_000
"""Parts of a template, aliases followed; its 1 MB cannot hold more."""
MAX_TEMPLATE_BYTES = 5_000_000
"""Of a file that is parsed; CloudFormation takes a template of 1 MB."""

_BOOL = re.compile(r"yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF")
_TRUE = {"yes", "true", "on"}
_NULL = re.compile(r"~|null|Null|NULL|")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_BOM = "\ufeff"


class ScalarKind(Enum):
    """The YAML type of a scalar, as far as templates depend on it."""

    TEXT = "text"
    BOOL = "boolean"
    NULL = "null"


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text, a number as it is written, a boolean as `true` or `false`, or null."""

    text: str
    mark: Mark
    kind: ScalarKind = ScalarKind.TEXT


@dataclass(frozen=True, slots=True)
class Array:
    """A list, with its items."""

    items: "tuple[Node, ...]"
    mark: Mark


@dataclass(frozen=True, slots=True)
class TableEntry:
    """A value, and where its key stands."""

    mark: Mark
    node: "Node"


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping. Of a key that is there twice, the last one counts, as CloudFormation deploys it (fact H9)."""

    entries: Mapping[str, TableEntry]
    mark: Mark
    replaced: "tuple[tuple[str, TableEntry], ...]" = field(default=(), compare=False)
    """What stands under a key that is there again further down, and does not count."""

    def get(self, key: str) -> "Node | None":
        """The value of a key; None where it is not there."""
        entry = self.entries.get(key)
        return entry.node if entry else None


Node = Scalar | Array | Table


class TemplateSyntaxError(Exception):
    """It is no YAML and no JSON, or none that can be a template."""

    def __init__(self, why: str, mark: Mark) -> None:
        super().__init__(why)
        self.mark = mark


@dataclass(slots=True)
class _Open:
    """A list or a mapping that is being read."""

    event: Any
    children: list[tuple[Node, bool]] = field(default_factory=list)
    """With each, whether it is written plainly, as a merge key must be."""
    size: int = 1
    """Parts, aliases followed."""


def parse_template(data: bytes) -> Node:
    """The one document of a YAML or JSON file. Raises TemplateSyntaxError."""
    documents = _parse(data, _Builder())
    return documents[0] if documents else Scalar("", Mark(1, 1), ScalarKind.NULL)


def parse_documents(data: bytes) -> tuple[Node, ...]:
    """All documents of a YAML or JSON file, an empty one left out. Raises TemplateSyntaxError."""
    documents = _parse(data, _Builder(has_one=False))
    return tuple(one for one in documents if not isinstance(one, Scalar) or one.kind is not ScalarKind.NULL)


def _parse(data: bytes, builder: "_Builder") -> list[Node]:
    import yaml  # noqa: PLC0415 - slow to import

    if len(data) > MAX_TEMPLATE_BYTES:
        raise TemplateSyntaxError(f"it is larger than {MAX_TEMPLATE_BYTES // 10**6} MB", Mark(1, 1))
    text = decode_template(data)
    # Events, not `compose`: its C version recurses, and a deeply nested file would end the process.
    try:
        for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        where = error.problem_mark or error.context_mark
        why = " ".join(part for part in (error.context, error.problem) if part)
        raise TemplateSyntaxError(
            why or "it cannot be parsed", _mark(where) if where else Mark(1, 1)
        ) from error
    except yaml.reader.ReaderError as error:
        before = text[: error.position] if isinstance(error.position, int) else ""
        mark = Mark(before.count("\n") + 1, len(before) - before.rfind("\n"))
        raise TemplateSyntaxError(f"a character that YAML does not allow: {error.reason}", mark) from error
    except yaml.YAMLError as error:
        raise TemplateSyntaxError(" ".join(str(error).split())[:200], Mark(1, 1)) from error
    return builder.documents


def decode_template(data: bytes) -> str:
    """The characters that are parsed; as many as the file has behind its byte order mark.

    Raises TemplateSyntaxError.
    """
    try:
        text = data.decode("utf-8").removeprefix(_BOM)
    except UnicodeDecodeError as error:
        before = data[: error.start]
        mark = Mark(before.count(b"\n") + 1, error.start - before.rfind(b"\n"))
        raise TemplateSyntaxError("it is not UTF-8", mark) from error
    if text.lstrip().startswith(("{", "[")):
        # What JSON allows and YAML does not, at the same width, so that every column stays.
        text = _SURROGATE.sub(r"\\ufffd", text.replace("\t", " "))
    return text


class _Builder:
    """The trees of the documents, from the parser's events. It keeps its own stack."""

    def __init__(self, *, has_one: bool = True) -> None:
        """`has_one` is whether a second document is an error."""
        self._has_one = has_one
        self.documents: list[Node] = []
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Node, int]] = {}

    def take(self, event: Any) -> None:
        """The next event of the parser. Raises TemplateSyntaxError."""
        match type(event).__name__:
            case "DocumentStartEvent" if self.documents and self._has_one:
                raise TemplateSyntaxError(
                    "a template is one document; a second one begins", _mark(event.start_mark)
                )
            case "DocumentEndEvent":
                self._anchors.clear()
            case "MappingStartEvent" | "SequenceStartEvent":
                self._open.append(_Open(event))
                if len(self._open) > MAX_TREE_DEPTH:
                    raise TemplateSyntaxError(
                        f"it is nested deeper than {MAX_TREE_DEPTH} levels", _mark(event.start_mark)
                    )
            case "MappingEndEvent" | "SequenceEndEvent":
                done = self._open.pop()
                self._add(_close(done), done.size, done.event, is_plain=False)
            case "ScalarEvent":
                self._add(_scalar(event), 1, event, is_plain=event.implicit[0])
            case "AliasEvent":
                if event.anchor not in self._anchors:
                    raise TemplateSyntaxError(
                        f"the alias *{event.anchor} names no anchor", _mark(event.start_mark)
                    )
                self._put(*self._anchors[event.anchor], event, is_plain=False)

    def _add(self, node: Node, size: int, event: Any, *, is_plain: bool) -> None:
        if event.anchor:
            self._anchors[event.anchor] = (node, size)
        self._put(node, size, event, is_plain=is_plain)

    def _put(self, node: Node, size: int, event: Any, *, is_plain: bool) -> None:
        if not self._open:
            self.documents.append(node)
            return
        around = self._open[-1]
        around.children.append((node, is_plain))
        around.size += size
        if around.size > MAX_TREE_NODES:
            raise TemplateSyntaxError(f"it has more than {MAX_TREE_NODES:,} parts", _mark(event.start_mark))


def _mark(mark: Any) -> Mark:
    return Mark(mark.line + 1, mark.column + 1)


def _scalar(event: Any) -> Node:
    text, mark, kind = event.value, _mark(event.start_mark), ScalarKind.TEXT
    if event.implicit[0]:
        if _BOOL.fullmatch(text):
            text, kind = str(text.lower() in _TRUE).lower(), ScalarKind.BOOL
        elif _NULL.fullmatch(text):
            kind = ScalarKind.NULL
    return _long_form(event.tag, Scalar(text, mark, kind))


def _close(done: _Open) -> Node:
    mark, nodes = _mark(done.event.start_mark), [node for node, _ in done.children]
    if type(done.event).__name__ == "SequenceStartEvent":
        return _long_form(done.event.tag, Array(tuple(nodes), mark))
    entries: dict[str, TableEntry] = {}
    replaced: list[tuple[str, TableEntry]] = []
    written: set[str] = set()
    for (key, is_plain), value in zip(done.children[::2], nodes[1::2], strict=True):
        if not isinstance(key, Scalar):
            raise TemplateSyntaxError("a key is not a text", key.mark)
        if key.text == "<<" and is_plain:
            entries = {**_merged(value), **entries}
        else:
            if key.text in written:
                replaced.append((key.text, entries[key.text]))
            written.add(key.text)
            entries[key.text] = TableEntry(key.mark, value)
    return _long_form(done.event.tag, Table(entries, mark, tuple(replaced)))


def _merged(node: Node) -> dict[str, TableEntry]:
    """The entries that a merge key brings; of several mappings, the first wins."""
    tables = node.items if isinstance(node, Array) else (node,)
    entries: dict[str, TableEntry] = {}
    for table in reversed(tables):
        if not isinstance(table, Table):
            raise TemplateSyntaxError("only mappings can be merged", table.mark)
        entries |= table.entries
    return entries


def _long_form(tag: str | None, node: Node) -> Node:
    """`!Sub x` is `{Fn::Sub: x}`; YAML's own tags say nothing that matters here."""
    if not tag or not tag.startswith("!") or tag == "!":
        return node
    name = tag[1:]
    key = name if name in {"Ref", "Condition"} else f"Fn::{name}"
    return Table({key: TableEntry(node.mark, node)}, node.mark)
