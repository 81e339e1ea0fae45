"""Parses strings of HCL: in quotes, as heredocs, and in JSON."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from s3kms.iac.hcl.cursor import Cursor, ExpressionSyntaxError
from s3kms.iac.hcl.expression_end import IDENTIFIER
from s3kms.iac.hcl.syntax_tree import Conditional, Expression, Literal, Span, TemplateExpression, TemplateFor

_QUOTED = re.compile(rb'(?:[^"\\\n$%]++|\\[^\n]|\$\$\{|%%\{|[$%](?!\{))++')
_LINE = re.compile(rb"(?:[^\n$%]++|\$\$\{|%%\{|[$%](?!\{))*+\n?")
_HEREDOC = re.compile(rb"<<(-?)(" + IDENTIFIER + rb")\r?\n")
_ESCAPE = re.compile(r"\\(?:([nrt\"\\])|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))|(\$\$|%%)\{")
_PLAIN_ESCAPE = re.compile(r"(\$\$|%%)\{")
_PLAIN = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_WORD = re.compile(IDENTIFIER)
_LARGEST_CHARACTER = 0x10FFFF
_SPACES = " \t\n\r\v\f\x85\xa0"

Read = Callable[[Cursor], Expression]
"""Parses the next expression."""


@dataclass(slots=True)
class _Text:
    text: str
    span: Span


@dataclass(slots=True)
class _Interpolation:
    value: Expression


@dataclass(slots=True)
class _Directive:
    """`%{ word … }`."""

    word: str
    start: int
    end: int = 0
    names: tuple[str, ...] = ()
    value: Expression | None = None


_Token = _Text | _Interpolation | _Directive


def parse_quoted(cursor: Cursor, read: Read) -> Expression:
    """A string in quotes. Raises ExpressionSyntaxError, as all functions of this module do."""
    start = cursor.at
    cursor.at += 1
    tokens: list[_Token] = []
    lexer = _Lexer(cursor, read, tokens)
    while True:
        at = cursor.at
        if run := _QUOTED.match(cursor.data, at, cursor.end):
            cursor.at = run.end()
            lexer.text(unescape(run[0].decode("utf-8", "replace")), at)
        elif cursor.data.startswith(b'"', at, cursor.end):
            cursor.at += 1
            break
        else:
            lexer.sequence()
    return _whole(cursor, tokens, start, is_text=True)


def parse_heredoc(cursor: Cursor, read: Read) -> Expression:
    """`<<WORD` and the lines up to that word."""
    start = cursor.at
    opening = _HEREDOC.match(cursor.data, start, cursor.end)
    if not opening:
        raise ExpressionSyntaxError
    cursor.at = opening.end()
    tokens: list[_Token] = []
    lexer = _Lexer(cursor, read, tokens)
    is_line_start = True
    while not (is_line_start and _ends(cursor, opening[2])):
        at = cursor.at
        run = _LINE.match(cursor.data, at, cursor.end)
        if run and run[0]:
            cursor.at = run.end()
            lexer.text(unescape(run[0].decode("utf-8", "replace"), _PLAIN_ESCAPE), at)
            is_line_start = run[0].endswith(b"\n")
        else:
            lexer.sequence()
            is_line_start = False
    if opening[1]:
        _without_indentation(tokens)
    return _whole(cursor, tokens, start, is_text=False)


def parse_unquoted(cursor: Cursor, read: Read, span: Span) -> Expression:
    """A string without quotes of its own, up to the end of the cursor: one of JSON, whose span is given."""
    tokens: list[_Token] = []
    lexer = _Lexer(cursor, read, tokens)
    cursor.height = 1
    while cursor.at < cursor.end:
        at = cursor.at
        run = _LINE.match(cursor.data, at, cursor.end)
        if run and run[0]:
            cursor.at = run.end()
            lexer.text(unescape(run[0].decode("utf-8", "replace"), _PLAIN_ESCAPE), at)
        else:
            lexer.sequence()
    if all(isinstance(token, _Text) for token in tokens):
        return Literal("".join(token.text for token in tokens if isinstance(token, _Text)), span)
    return TemplateExpression(tuple(_parts(cursor, tokens)), span)


class _Lexer:
    """Collects the tokens of a string."""

    def __init__(self, cursor: Cursor, read: Read, tokens: list[_Token]) -> None:
        self.cursor, self.read, self.tokens = cursor, read, tokens
        self._trims_next = False
        self._highest = 0

    def text(self, text: str, start: int) -> None:
        """A piece of text that ends here."""
        if self._trims_next:
            text = text.lstrip(_SPACES)
            self._trims_next = False
        self.tokens.append(_Text(text, self.cursor.span(start)))

    def sequence(self) -> None:
        """`${ … }` or `%{ … }`, which begins here."""
        cursor = self.cursor
        start, self._trims_next = cursor.at, False
        mark = cursor.data[start : start + 2]
        if mark not in (b"${", b"%{") or start + 1 >= cursor.end:
            raise ExpressionSyntaxError
        cursor.at += 2
        if cursor.data.startswith(b"~", cursor.at, cursor.end):
            cursor.at += 1
            self._trim_last()
        highest = cursor.height
        with cursor.across_lines():
            token = _Interpolation(self.read(cursor)) if mark == b"${" else self._directive(start)
            self._trims_next = cursor.accept(b"~")
            cursor.expect(b"}")
        if isinstance(token, _Directive):
            token.end = cursor.at
        self.tokens.append(token)
        cursor.height = max(highest, cursor.height)

    def _trim_last(self) -> None:
        if self.tokens and isinstance(last := self.tokens[-1], _Text):
            last.text = last.text.rstrip(_SPACES)

    def _directive(self, start: int) -> _Directive:
        cursor = self.cursor
        for word in ("if", "else", "endif", "endfor"):
            if cursor.accept_word(word.encode()):
                return _Directive(word, start, value=self.read(cursor) if word == "if" else None)
        if not cursor.accept_word(b"for"):
            raise ExpressionSyntaxError
        names = [self._name()]
        if cursor.accept(b","):
            names.append(self._name())
        if not cursor.accept_word(b"in"):
            raise ExpressionSyntaxError
        return _Directive("for", start, 0, tuple(names), self.read(cursor))

    def _name(self) -> str:
        found = _WORD.match(self.cursor.data, self.cursor.skip_blank(), self.cursor.end)
        if not found:
            raise ExpressionSyntaxError
        self.cursor.at = found.end()
        return found[0].decode("utf-8", "replace")


def unescape(text: str, escape: re.Pattern[str] = _ESCAPE) -> str:
    """A quoted text with its escapes resolved. Raises ExpressionSyntaxError for an escape that HCL does not know."""
    if "\\" not in text and "$$" not in text and "%%" not in text:
        return text
    if escape is _PLAIN_ESCAPE:
        return _PLAIN_ESCAPE.sub(lambda found: found[1][0] + "{", text)
    return _ESCAPE.sub(_character, text)


def _character(found: re.Match[str]) -> str:
    if found[5]:
        return found[5][0] + "{"
    if found[1]:
        return _PLAIN[found[1]]
    number = int(found[2] or found[3] or "-1", 16)
    if not 0 <= number <= _LARGEST_CHARACTER:
        raise ExpressionSyntaxError
    character = chr(number)
    return character if not character.encode("utf-8", "surrogatepass").startswith(b"\xed") else "\ufffd"


def _ends(cursor: Cursor, word: bytes) -> bool:
    """Whether this line ends the heredoc; if so, the cursor goes past its word."""
    line_end = cursor.data.find(b"\n", cursor.at, cursor.end)
    line = cursor.data[cursor.at : line_end if line_end >= 0 else cursor.end]
    if line.strip() != word:
        if line_end < 0 and not line:
            raise ExpressionSyntaxError
        return False
    cursor.at += len(line.rstrip())
    return True


def _without_indentation(tokens: list[_Token]) -> None:
    """Removes from every line what all of them begin with; a blank line does not count, and keeps what it has."""
    least, is_line_start = None, True
    lines: list[_Text] = []
    for token in tokens:
        if is_line_start:
            spaces: int | None = 0
            if isinstance(token, _Text):
                rest = token.text.lstrip(_SPACES)
                if not rest and token.text.endswith("\n"):
                    spaces = None
                else:
                    spaces = len(token.text) - len(rest)
                    lines.append(token)
            if spaces is not None:
                least = spaces if least is None else min(least, spaces)
        is_line_start = isinstance(token, _Text) and token.text.endswith("\n")
    for line in lines:
        line.text = line.text[least or 0 :]


def _whole(cursor: Cursor, tokens: list[_Token], start: int, *, is_text: bool) -> Expression:
    span = cursor.span(start)
    if is_text and all(isinstance(token, _Text) for token in tokens):
        return Literal("".join(token.text for token in tokens if isinstance(token, _Text)), span)
    parts = _parts(cursor, tokens)
    cursor.include_height(0)
    return TemplateExpression(tuple(parts), span)


def _parts(cursor: Cursor, tokens: list[_Token]) -> list[Expression]:
    tokens.reverse()
    parts, ending = _sequence(cursor, tokens)
    if ending:
        raise ExpressionSyntaxError
    return parts


def _sequence(cursor: Cursor, tokens: list[_Token]) -> tuple[list[Expression], _Directive | None]:
    """The parts up to a directive that ends them, and that directive; remaining tokens stay, the next one last."""
    parts: list[Expression] = []
    while tokens:
        token = tokens.pop()
        if isinstance(token, _Interpolation):
            parts.append(token.value)
        elif isinstance(token, _Text):
            last = parts[-1] if parts else None
            if (
                isinstance(last, Literal)
                and isinstance(last.value, str)
                and last.span.end == token.span.start
            ):
                span = replace(last.span, end=token.span.end)
                parts[-1] = Literal(last.value + token.text, span)
            elif token.text:
                parts.append(Literal(token.text, token.span))
        elif token.word in {"if", "for"} and token.value is not None:
            with cursor.nested_level():
                parts.append(_directive(cursor, token, token.value, tokens))
        else:
            return parts, token
    return parts, None


def _directive(cursor: Cursor, token: _Directive, value: Expression, tokens: list[_Token]) -> Expression:
    inner, ending = _sequence(cursor, tokens)
    body = _template(cursor, inner, token, ending)
    otherwise: Expression = Literal("", body.span)
    if token.word == "if" and ending and ending.word == "else":
        between = ending
        inner, ending = _sequence(cursor, tokens)
        otherwise = _template(cursor, inner, between, ending)
    if ending is None or ending.word != f"end{token.word}":
        raise ExpressionSyntaxError
    span = cursor.positions.span(token.start, ending.end)
    cursor.include_height(0)
    if token.word == "if":
        return Conditional(value, body, otherwise, span)
    key = token.names[0] if len(token.names) > 1 else None
    return TemplateFor(key, token.names[-1], value, body, span)


def _template(
    cursor: Cursor, parts: list[Expression], before: _Directive, after: _Directive | None
) -> Expression:
    """The parts between two directives as one string, even if it is a single interpolation."""
    if len(parts) == 1 and isinstance(parts[0], Literal) and isinstance(parts[0].value, str):
        return parts[0]
    span = cursor.positions.span(before.end, after.start if after else before.end)
    empty = Literal("", span)
    if not parts:
        return empty
    return TemplateExpression((*parts, empty) if len(parts) == 1 else tuple(parts), span)
