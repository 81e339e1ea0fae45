"""Parses HCL's JSON syntax: `.tf.json` and `.tfvars.json` files."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from s3kms.iac.hcl import template_parser
from s3kms.iac.hcl.cursor import Cursor, ExpressionSyntaxError, ExpressionTooLarge
from s3kms.iac.hcl.expression_parser import parse_next_expression
from s3kms.iac.hcl.positions import BOM, MAX_FILE_PARTS, Positions
from s3kms.iac.hcl.syntax_tree import (
    Attribute,
    Block,
    Body,
    DeferredExpression,
    Diagnostic,
    Expression,
    HclFile,
    InvalidExpression,
    Literal,
    ObjectConstructor,
    Span,
    TupleConstructor,
)

MAX_JSON_DEPTH = 60
"""Levels of nesting."""
_LONGEST_NUMBER = 400

_LABELS = {
    "resource": 2,
    "data": 2,
    "ephemeral": 2,
    "module": 1,
    "variable": 1,
    "output": 1,
    "provider": 1,
    "check": 1,
    "locals": 0,
    "terraform": 0,
    "moved": 0,
    "removed": 0,
    "import": 0,
}
"""The keys of a file that are block types, and how many labels each has."""
_SPACE = re.compile(rb"[ \t\r\n]*")
_TEXT = re.compile(rb'"((?:[^"\\\n]++|\\.)*+)"')
_NUMBER = re.compile(rb"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_WORDS = {b"true": True, b"false": False, b"null": None}
_COMMENT = "//"


@dataclass(frozen=True, slots=True)
class _Text:
    raw: bytes
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Constant:
    value: bool | int | float | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _List:
    items: "tuple[_Node, ...]"
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Object:
    items: "tuple[tuple[_Text, _Node], ...]"
    start: int
    end: int


_Node = _Text | _Constant | _List | _Object


class _Broken(Exception):
    def __init__(self, why: str, at: int) -> None:
        super().__init__(why)
        self.at = at


def parse_json(data: bytes, labels: Mapping[str, int] = _LABELS) -> HclFile:
    """The content of a `.tf.json` file. Raises nothing: one that is not JSON is an empty body and a Diagnostic.

    `labels` are the keys that are block types, and how many labels each has.
    """
    return _parse(data, lambda builder, root: builder.file(root, labels))


def parse_json_values(data: bytes) -> HclFile:
    """The content of a `.tfvars.json` file: attributes whose strings are literal, not templates. Raises nothing."""
    return _parse(data, lambda builder, root: builder.body([root], is_literal=lambda _: True))


def _parse(data: bytes, build: "Callable[[_Builder, _Object], Body]") -> HclFile:
    positions = Positions(data)
    start = len(BOM) if data.startswith(BOM) else 0
    try:
        data.decode("utf-8")
        root = _Scanner(data, start).root()
    except UnicodeDecodeError as error:
        return _unread("it is not UTF-8", positions.span(error.start, error.end))
    except _Broken as error:
        at = min(error.at, len(data))
        return _unread(str(error), positions.span(at, min(at + 1, len(data))))
    builder = _Builder(data, positions)
    return HclFile(build(builder, root), tuple(builder.diagnostics))


def _unread(why: str, span: Span) -> HclFile:
    return HclFile(Body({}, (), span, is_json=True), (Diagnostic(why, span),))


class _Scanner:
    def __init__(self, data: bytes, at: int) -> None:
        self.data, self.at = data, at
        self.count = 0

    def root(self) -> _Object:
        """The one object of a file. Raises _Broken."""
        start = self._space()
        found = self.value(0)
        if not isinstance(found, _Object):
            raise _Broken("the file is not an object", start)
        if self._space() < len(self.data):
            raise _Broken("there is content after the object", self.at)
        return found

    def value(self, depth: int) -> _Node:
        """The next value. Raises _Broken."""
        start = self._space()
        self.count += 1
        if self.count > MAX_FILE_PARTS:
            raise _Broken(f"the file has more than {MAX_FILE_PARTS:,} parts", start)
        if depth > MAX_JSON_DEPTH:
            raise _Broken(f"the file is nested deeper than {MAX_JSON_DEPTH} levels", start)
        here = self.data[start : start + 1]
        if here == b"{":
            return self._object(start, depth)
        if here == b"[":
            return self._list(start, depth)
        if here == b'"':
            return self._text()
        for word, value in _WORDS.items():
            if self.data.startswith(word, start):
                self.at += len(word)
                return _Constant(value, start, self.at)
        number = _NUMBER.match(self.data, start)
        if not number or len(number[0]) > _LONGEST_NUMBER:
            raise _Broken("the file is not JSON", start)
        self.at = number.end()
        return _Constant(_number(number), start, self.at)

    def _space(self) -> int:
        if found := _SPACE.match(self.data, self.at):
            self.at = found.end()
        return self.at

    def _take(self, mark: bytes) -> bool:
        if not self.data.startswith(mark, self._space()):
            return False
        self.at += 1
        return True

    def _text(self) -> _Text:
        found = _TEXT.match(self.data, self._space())
        if not found:
            raise _Broken("the file is not JSON", self.at)
        start, self.at = self.at, found.end()
        try:
            text = json.loads(found[0], strict=False)
        except json.JSONDecodeError as error:
            raise _Broken("the file is not JSON", start) from error
        return _Text(found[1], text.encode("utf-8", "replace").decode(), start, self.at)

    def _list(self, start: int, depth: int) -> _List:
        self.at += 1
        items: list[_Node] = []
        while not self._take(b"]"):
            if items and not self._take(b","):
                raise _Broken("the file is not JSON", self.at)
            items.append(self.value(depth + 1))
        return _List(tuple(items), start, self.at)

    def _object(self, start: int, depth: int) -> _Object:
        self.at += 1
        items: list[tuple[_Text, _Node]] = []
        while not self._take(b"}"):
            if items and not self._take(b","):
                raise _Broken("the file is not JSON", self.at)
            key = self._text()
            if not self._take(b":"):
                raise _Broken("the file is not JSON", self.at)
            items.append((key, self.value(depth + 1)))
        return _Object(tuple(items), start, self.at)


def _number(found: re.Match[bytes]) -> int | float:
    if not found[1] and not found[2]:
        return int(found[0])
    value = float(found[0])
    return int(value) if value.is_integer() else value


class _Builder:
    def __init__(self, data: bytes, positions: Positions) -> None:
        self.data, self.positions = data, positions
        self.diagnostics: list[Diagnostic] = []

    def file(self, root: _Object, labels: Mapping[str, int]) -> Body:
        """The body of a file."""
        blocks: list[Block] = []
        others: list[tuple[_Text, _Node]] = []
        for key, node in root.items:
            if key.text in labels:
                self._blocks(key, (), node, labels[key.text], blocks)
            else:
                others.append((key, node))
        attributes = self._attributes(others, lambda _: False)
        return Body(attributes, tuple(blocks), self._span(root), is_json=True)

    def body(self, objects: Sequence[_Object], is_literal: Callable[[str], bool]) -> Body:
        """The body of a block: attributes only, because only a schema tells which of them are blocks."""
        items = [item for one in objects for item in one.items]
        return Body(self._attributes(items, is_literal), (), self._span(objects[0]), is_json=True)

    def _blocks(
        self, key: _Text, labels: tuple[_Text, ...], node: _Node, wanted: int, blocks: list[Block]
    ) -> None:
        if isinstance(node, _List):
            for item in node.items:
                self._blocks(key, labels, item, wanted, blocks)
        elif not isinstance(node, _Object):
            if not (isinstance(node, _Constant) and node.value is None):
                self.diagnostics.append(Diagnostic(f"{key.text} is not an object", self._span(node)))
        elif len(labels) < wanted:
            for label, inner in node.items:
                if label.text != _COMMENT:
                    self._blocks(key, (*labels, label), inner, wanted, blocks)
        else:
            literal = key.text == "variable"
            body = self.body([node], lambda name: literal and name in {"default", "type"})
            if literal and (type_ := body.attributes.get("type")) is not None:
                read = DeferredExpression(partial(_parse_type, type_))
                body = replace(body, attributes={**body.attributes, "type": replace(type_, value=read)})
            start = (labels[-1] if labels else key).start
            texts = tuple(label.text for label in labels)
            blocks.append(Block(key.text, texts, body, self.positions.span(start, node.end)))

    def _attributes(
        self, items: Sequence[tuple[_Text, _Node]], is_literal: Callable[[str], bool]
    ) -> Mapping[str, Attribute]:
        attributes: dict[str, Attribute] = {}
        for key, node in items:
            if key.text == _COMMENT:
                continue
            span = self.positions.span(key.start, node.end)
            if key.text in attributes:
                self.diagnostics.append(Diagnostic(f"the attribute {key.text} is defined twice", span))
                continue
            read = partial(self._expression, node, is_literal=is_literal(key.text))
            attributes[key.text] = Attribute(key.text, DeferredExpression(read), span)
        return attributes

    def _expression(self, node: _Node, *, is_literal: bool) -> Expression:
        span = self._span(node)
        if isinstance(node, _Constant):
            return Literal(node.value, span)
        if isinstance(node, _Text):
            return Literal(node.text, span) if is_literal else self._template(node, span)
        if isinstance(node, _List):
            return TupleConstructor(
                tuple(self._expression(item, is_literal=is_literal) for item in node.items), span
            )
        return ObjectConstructor(
            tuple(
                (self._expression(key, is_literal=is_literal), self._expression(value, is_literal=is_literal))
                for key, value in node.items
            ),
            span,
        )

    def _template(self, node: _Text, span: Span) -> Expression:
        """A string parsed as a template; its spans are exact where no escape comes before them."""
        if "${" not in node.text and "%{" not in node.text:
            return Literal(node.text, span)
        if b"\\" in node.raw:
            data = node.text.encode()
            cursor = Cursor(data, 0, len(data), Positions(data, span))
        else:
            cursor = Cursor(self.data, node.start + 1, node.end - 1, self.positions)
        try:
            return template_parser.parse_unquoted(cursor, parse_next_expression, span)
        except ExpressionSyntaxError as error:
            return InvalidExpression(node.text, span, isinstance(error, ExpressionTooLarge))

    def _span(self, node: _Node) -> Span:
        return self.positions.span(node.start, node.end)


def _parse_type(attribute: Attribute) -> Expression:
    """The type of a variable: `"list(string)"` holds the expression that stands bare in the native syntax."""
    written = attribute.expression
    if not isinstance(written, Literal) or not isinstance(written.value, str):
        return written
    data = written.value.encode("utf-8", "surrogatepass")
    cursor = Cursor(data, 0, len(data), Positions(data, written.span))
    try:
        found = parse_next_expression(cursor)
    except ExpressionSyntaxError:
        return written
    return found if cursor.skip_blank() == cursor.end else written
