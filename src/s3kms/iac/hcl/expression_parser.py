"""Parses expressions of HCL's native syntax, grouped by precedence as in Terraform."""

import re
from functools import partial

from s3kms.iac.hcl import template_parser
from s3kms.iac.hcl.cursor import Cursor, ExpressionSyntaxError, ExpressionTooLarge
from s3kms.iac.hcl.expression_end import IDENTIFIER
from s3kms.iac.hcl.positions import Positions
from s3kms.iac.hcl.syntax_tree import (
    SPLAT_ELEMENT,
    BinaryOperation,
    Conditional,
    Expression,
    ForExpression,
    FunctionCall,
    GetAttribute,
    GetIndex,
    InvalidExpression,
    Literal,
    ObjectConstructor,
    RootName,
    Splat,
    TupleConstructor,
    UnaryOperation,
)

_WORD = re.compile(IDENTIFIER)
_FUNCTION = re.compile(rb"(?:::" + IDENTIFIER + rb")*+[ \t]*\(")
_NUMBER = re.compile(rb"[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_DIGITS = re.compile(rb"[0-9]+")
_OPERATOR = re.compile(rb"\|\||&&|==|!=|<=|>=|[<>+\-*%]|/(?![/*])")
_PRECEDENCE = {
    **dict.fromkeys([b"||"], 1),
    **dict.fromkeys([b"&&"], 2),
    **dict.fromkeys([b"==", b"!="], 3),
    **dict.fromkeys([b"<", b">", b"<=", b">="], 4),
    **dict.fromkeys([b"+", b"-"], 5),
    **dict.fromkeys([b"*", b"/", b"%"], 6),
}
_PLAIN = re.compile(rb'"([^"\\\n$%]*)"')
"""What most expressions are: a quoted string without interpolation."""
_CONSTANTS = {"true": True, "false": False, "null": None}
_LONGEST_NUMBER = 400
"""Digits; Python refuses to convert integers that are much longer."""
_MAX_KEPT_BYTES = 400
"""Of what is no expression, to show it."""


def parse_expression(data: bytes, start: int, end: int, positions: Positions) -> Expression:
    """The expression between two offsets; an InvalidExpression where there is none."""
    if text := _PLAIN.fullmatch(data, start, end):
        return Literal(text[1].decode("utf-8", "replace"), positions.span(start, end))
    cursor = Cursor(data, start, end, positions)
    is_too_large = False
    try:
        found = parse_next_expression(cursor)
    except ExpressionSyntaxError as error:
        found, is_too_large = None, isinstance(error, ExpressionTooLarge)
    if found and cursor.skip_blank() >= end:
        return found
    shown = data[start : min(end, start + _MAX_KEPT_BYTES)].decode("utf-8", "replace")
    return InvalidExpression(shown, positions.span(start, end), is_too_large)


def parse_next_expression(cursor: Cursor) -> Expression:
    """The expression that comes next. Raises ExpressionSyntaxError, as all functions of this module do."""
    cursor.descend()
    start = cursor.skip_blank()
    found = _binary(cursor, 1)
    if cursor.accept(b"?"):
        highest = cursor.height
        yes = parse_next_expression(cursor)
        highest = max(highest, cursor.height)
        cursor.expect(b":")
        no = parse_next_expression(cursor)
        cursor.include_height(highest)
        found = Conditional(found, yes, no, cursor.span(start))
    cursor.ascend()
    return found


def _binary(cursor: Cursor, least: int) -> Expression:
    start = cursor.skip_blank()
    left = _operand(cursor)
    while True:
        cursor.skip_blank()
        found = _OPERATOR.match(cursor.data, cursor.at, cursor.end)
        precedence = _PRECEDENCE[found[0]] if found else 0
        if not found or precedence < least:
            return left
        cursor.at = found.end()
        highest = cursor.height
        right = _binary(cursor, precedence + 1)
        cursor.include_height(highest)
        left = BinaryOperation(found[0].decode(), left, right, cursor.span(start))


def _operand(cursor: Cursor) -> Expression:
    start = cursor.skip_blank()
    here = cursor.data[start : start + 1]
    if here in (b"-", b"!"):
        cursor.at += 1
        with cursor.nested_level():
            operand = _operand(cursor)
        cursor.include_height(0)
        return UnaryOperation(here.decode(), operand, cursor.span(start))
    return _traversal(cursor, _primary(cursor, start, here), start)


def _primary(cursor: Cursor, start: int, here: bytes) -> Expression:
    cursor.height = 1
    if here == b'"':
        return template_parser.parse_quoted(cursor, parse_next_expression)
    if here == b"[":
        return _bracketed(cursor, start)
    if here == b"{":
        return _braced(cursor, start)
    if here == b"(":
        cursor.at += 1
        with cursor.across_lines():
            inner = parse_next_expression(cursor)
            cursor.expect(b")")
        return inner
    if here == b"<":
        return template_parser.parse_heredoc(cursor, parse_next_expression)
    if found := _NUMBER.match(cursor.data, start, cursor.end):
        cursor.at = found.end()
        return Literal(_number(found), cursor.span(start))
    return _named(cursor, start)


def _number(found: re.Match[bytes]) -> int | float:
    text = found[0].decode()
    if len(text) > _LONGEST_NUMBER:
        raise ExpressionSyntaxError
    if not found[1] and not found[2]:
        return int(text)
    value = float(text)
    return int(value) if value.is_integer() else value


def _named(cursor: Cursor, start: int) -> Expression:
    found = _WORD.match(cursor.data, start, cursor.end)
    if not found:
        raise ExpressionSyntaxError
    cursor.at = found.end()
    if call := _FUNCTION.match(cursor.data, cursor.at, cursor.end):
        cursor.at = call.end()
        name = cursor.data[start : call.end() - 1].decode("utf-8", "replace").rstrip()
        return _call(cursor, name, start)
    name = found[0].decode("utf-8", "replace")
    if name in _CONSTANTS:
        return Literal(_CONSTANTS[name], cursor.span(start))
    return RootName(name, cursor.span(start))


def _call(cursor: Cursor, name: str, start: int) -> Expression:
    args: list[Expression] = []
    is_expanded, highest = False, 0
    with cursor.across_lines():
        while not cursor.accept(b")"):
            args.append(parse_next_expression(cursor))
            highest = max(highest, cursor.height)
            if is_expanded := cursor.accept(b"..."):
                cursor.accept(b",")
                cursor.expect(b")")
                break
            if not cursor.accept(b","):
                cursor.expect(b")")
                break
    cursor.include_height(highest)
    return FunctionCall(name, tuple(args), is_expanded, cursor.span(start))


def _traversal(cursor: Cursor, of: Expression, start: int) -> Expression:
    """What follows the root: `.name`, `.0`, `[key]`, `.*`, `[*]`."""
    while True:
        cursor.skip_blank()
        data, at = cursor.data, cursor.at
        here = data[at : at + 1]
        if here == b"." and data[at : at + 3] != b"..." and at < cursor.end:
            cursor.at += 1
            of = _after_dot(cursor, of, start)
        elif here == b"[" and at < cursor.end:
            cursor.at += 1
            of = _in_brackets(cursor, of, start)
        else:
            return of


def _after_dot(cursor: Cursor, of: Expression, start: int) -> Expression:
    if cursor.accept(b"*"):
        highest, element = cursor.height, cursor.span(cursor.at - 1)
        each: Expression = RootName(SPLAT_ELEMENT, element)
        cursor.height = 1
        while not cursor.is_at(b"...") and cursor.accept(b"."):
            each = _step(cursor, each, start)
        cursor.include_height(highest)
        return Splat(of, each, cursor.span(start))
    return _step(cursor, of, start)


def _step(cursor: Cursor, of: Expression, start: int) -> Expression:
    at = cursor.skip_blank()
    if found := _DIGITS.match(cursor.data, at, cursor.end):
        if len(found[0]) > _LONGEST_NUMBER:
            raise ExpressionSyntaxError
        cursor.at = found.end()
        cursor.include_height(0)
        return GetIndex(of, Literal(int(found[0]), cursor.span(at)), cursor.span(start))
    found = _WORD.match(cursor.data, at, cursor.end)
    if not found:
        raise ExpressionSyntaxError
    cursor.at = found.end()
    cursor.include_height(0)
    return GetAttribute(of, found[0].decode("utf-8", "replace"), cursor.span(start))


def _in_brackets(cursor: Cursor, of: Expression, start: int) -> Expression:
    highest = cursor.height
    with cursor.across_lines():
        if cursor.accept(b"*"):
            element = cursor.span(cursor.at - 1)
            cursor.expect(b"]")
            is_splat = True
        else:
            key = parse_next_expression(cursor)
            cursor.expect(b"]")
            is_splat = False
    if not is_splat:
        cursor.include_height(highest)
        return GetIndex(of, key, cursor.span(start))
    cursor.height = 1
    with cursor.nested_level():
        each = _traversal(cursor, RootName(SPLAT_ELEMENT, element), start)
    cursor.include_height(highest)
    return Splat(of, each, cursor.span(start))


def _bracketed(cursor: Cursor, start: int) -> Expression:
    cursor.at += 1
    items: list[Expression] = []
    highest = 0
    with cursor.across_lines():
        if loop := _loop(cursor, start, is_object=False):
            return loop
        while not cursor.accept(b"]"):
            items.append(parse_next_expression(cursor))
            highest = max(highest, cursor.height)
            if not cursor.accept(b","):
                cursor.expect(b"]")
                break
    cursor.include_height(highest)
    return TupleConstructor(tuple(items), cursor.span(start))


def _braced(cursor: Cursor, start: int) -> Expression:
    cursor.at += 1
    with cursor.across_lines():
        if loop := _loop(cursor, start, is_object=True):
            return loop
    items: list[tuple[Expression, Expression]] = []
    highest = 0
    with cursor.line_by_line():
        while True:
            with cursor.across_lines():
                if cursor.accept(b"}"):
                    break
            key = _key(cursor)
            highest = max(highest, cursor.height)
            if not cursor.accept(b"=") and not cursor.accept(b":"):
                raise ExpressionSyntaxError
            items.append((key, parse_next_expression(cursor)))
            highest = max(highest, cursor.height)
            if not cursor.accept(b",") and not cursor.is_at_line_end() and not cursor.is_at(b"}"):
                raise ExpressionSyntaxError
    cursor.include_height(highest)
    return ObjectConstructor(tuple(items), cursor.span(start))


def _key(cursor: Cursor) -> Expression:
    start = cursor.skip_blank()
    if found := _WORD.match(cursor.data, start, cursor.end):
        cursor.at = found.end()
        if cursor.is_at(b"=") or cursor.is_at(b":"):
            cursor.height = 1
            cursor.at = found.end()
            return Literal(found[0].decode("utf-8", "replace"), cursor.span(start))
        cursor.at = start
    return parse_next_expression(cursor)


def _loop(cursor: Cursor, start: int, *, is_object: bool) -> ForExpression | None:
    """The `for` that follows an opening bracket; None where there is none."""
    if not cursor.accept_word(b"for"):
        return None
    names = [_loop_name(cursor)]
    if cursor.accept(b","):
        names.append(_loop_name(cursor))
    if not cursor.accept_word(b"in"):
        raise ExpressionSyntaxError
    read = partial(_part_of_loop, cursor)
    of, highest = read(0)
    cursor.expect(b":")
    body, highest = read(highest)
    new_key, is_grouped = None, False
    if is_object:
        cursor.expect(b"=>")
        new_key = body
        body, highest = read(highest)
        is_grouped = cursor.accept(b"...")
    test = None
    if cursor.accept_word(b"if"):
        test, highest = read(highest)
    cursor.expect(b"}" if is_object else b"]")
    cursor.include_height(highest)
    key = names[0] if len(names) > 1 else None
    return ForExpression(key, names[-1], of, body, new_key, test, is_grouped, cursor.span(start))


def _part_of_loop(cursor: Cursor, highest: int) -> tuple[Expression, int]:
    found = parse_next_expression(cursor)
    return found, max(highest, cursor.height)


def _loop_name(cursor: Cursor) -> str:
    start = cursor.skip_blank()
    found = _WORD.match(cursor.data, start, cursor.end)
    if not found:
        raise ExpressionSyntaxError
    cursor.at = found.end()
    return found[0].decode("utf-8", "replace")
