"""Parses a file of HCL's native syntax. Expressions are parsed when they are first asked for.

The parser is our own, and tree-sitter-hcl (1.2) is the second opinion of a test: that grammar makes one error of a
whole file in which an object has a line `(key) = value` after another, which Terraform accepts, and it accepts `x = 1
y = 2`, which Terraform does not.
"""

import re
from functools import partial

from s3kms.iac.hcl.cursor import ExpressionSyntaxError
from s3kms.iac.hcl.expression_end import IDENTIFIER, PLAIN_STRING, find_expression_end
from s3kms.iac.hcl.expression_parser import parse_expression
from s3kms.iac.hcl.positions import BOM, MAX_FILE_PARTS, Positions
from s3kms.iac.hcl.syntax_tree import Attribute, Block, Body, DeferredExpression, Diagnostic, HclFile
from s3kms.iac.hcl.template_parser import unescape

MAX_BLOCK_DEPTH = 100
"""Levels of blocks within blocks."""
_MAX_DIAGNOSTICS = 1000
"""Of one file; behind the last of them nothing is read."""

_SPACE = rb"(?:[ \t]|/\*(?:[^*]|\*(?!/))*+\*/)*+"
_BETWEEN = re.compile(rb"(?:[ \t\r\n]+|#[^\n]*|//[^\n]*|/\*(?:[^*]|\*(?!/))*+\*/)*+")
_ATTRIBUTE = re.compile(rb"(" + IDENTIFIER + rb")" + _SPACE + rb"=(?!=)" + _SPACE)
_BLOCK = re.compile(
    rb"("
    + IDENTIFIER
    + rb")((?:"
    + _SPACE
    + rb"(?:"
    + PLAIN_STRING
    + rb"|"
    + IDENTIFIER
    + rb"))*+)"
    + _SPACE
    + rb"\{"
)
_LABEL = re.compile(rb'"((?:[^"\\]|\\.)*)"|(' + IDENTIFIER + rb")|/\*(?:[^*]|\*(?!/))*\*/")


def parse_native(data: bytes) -> HclFile:
    """The content of a `.tf` or `.tfvars` file. Raises nothing: what cannot be parsed is a Diagnostic, and what
    stands around it is parsed.
    """
    parser = _Parser(data)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        parser.complain("the file is not UTF-8", error.start, error.end)
    body = parser.body(len(BOM) if data.startswith(BOM) else 0, depth=0)
    return HclFile(body, tuple(parser.diagnostics))


class _Parser:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.positions = Positions(data)
        self.diagnostics: list[Diagnostic] = []
        self.at = 0
        """Where the last body ended: its closing brace, or the end of the file."""
        self.is_given_up = False
        """Whether nothing more of the file is read."""

    def complain(self, why: str, start: int, end: int) -> None:
        """Adds a Diagnostic."""
        self.is_given_up |= len(self.diagnostics) > _MAX_DIAGNOSTICS
        self.diagnostics.append(Diagnostic(why, self.positions.span(start, end)))

    def body(self, start: int, depth: int) -> Body:
        """The body from an offset up to the brace that closes it."""
        data, at = self.data, start
        attributes: dict[str, Attribute] = {}
        blocks: list[Block] = []
        while True:
            if between := _BETWEEN.match(data, at):
                at = between.end()
            if at >= len(data) or (depth and data[at : at + 1] == b"}"):
                break
            if self._gives_up(at):
                at = len(data)
                break
            if found := _ATTRIBUTE.match(data, at):
                at = self._attribute(found, attributes)
            elif (found := _BLOCK.match(data, at)) and depth < MAX_BLOCK_DEPTH:
                blocks.append(self._block(found, depth))
                at = self.at
            else:
                at = self._stray(at, is_deep=bool(found))
        self.at = at
        return Body(attributes, tuple(blocks), self.positions.span(start, at))

    def _gives_up(self, at: int) -> bool:
        """Whether the file is too large, or too broken, to be read from here on. It is complained of once."""
        if self.positions.count > MAX_FILE_PARTS and not self.is_given_up:
            self.complain(f"the file has more than {MAX_FILE_PARTS:,} parts", at, at + 1)
            self.is_given_up = True
        return self.is_given_up

    def _attribute(self, found: re.Match[bytes], attributes: dict[str, Attribute]) -> int:
        """Adds an attribute, and returns the offset after it."""
        start, name = found.end(), found[1].decode("utf-8", "replace")
        end, following, unclosed = find_expression_end(self.data, start)
        if self.data[following : following + 1] in (b")", b"]"):
            self.complain("a closing bracket has no opening one", following, following + 1)
            following += 1
        if unclosed or end <= start:
            self.complain(
                f"{unclosed} is not closed" if unclosed else f"the attribute {name} has no value",
                found.start(),
                max(end, start),
            )
        if name in attributes:
            self.complain(f"the attribute {name} is defined twice", found.start(), end)
            return following
        later = DeferredExpression(partial(parse_expression, self.data, start, end, self.positions))
        attributes[name] = Attribute(name, later, self.positions.span(found.start(), end))
        return following

    def _block(self, found: re.Match[bytes], depth: int) -> Block:
        body = self.body(found.end(), depth + 1)
        end = self.at
        if end >= len(self.data):
            self.complain(
                f"the block {found[1].decode('utf-8', 'replace')} is not closed", found.start(), found.end()
            )
        else:
            self.at = end = end + 1
        span = self.positions.span(found.start(), end)
        return Block(found[1].decode("utf-8", "replace"), _labels(found[2]), body, span)

    def _stray(self, at: int, *, is_deep: bool) -> int:
        """Adds a Diagnostic for what is neither an attribute nor a block, and returns the offset after it."""
        end, following, _ = find_expression_end(self.data, at)
        end = max(end, at + 1)
        why = (
            f"blocks are nested deeper than {MAX_BLOCK_DEPTH} levels"
            if is_deep
            else "neither an attribute nor a block"
        )
        self.complain(why, at, end)
        return max(following, at + 1)


def _unescaped(label: str) -> str:
    try:
        return unescape(label)
    except ExpressionSyntaxError:  # Terraform rejects it
        return label


def _labels(text: bytes) -> tuple[str, ...]:
    if not text:
        return ()
    found = []
    for label in _LABEL.finditer(text):
        if label[1] is not None:
            found.append(_unescaped(label[1].decode("utf-8", "replace")))
        elif label[2] is not None:
            found.append(label[2].decode("utf-8", "replace"))
    return tuple(found)
