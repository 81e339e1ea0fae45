"""A position in the text of an expression, and what may come next."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from s3kms.iac.hcl.positions import MAX_EXPRESSION_PARTS, MAX_FILE_PARTS, Positions
from s3kms.iac.hcl.syntax_tree import Span

MAX_EXPRESSION_DEPTH = 80
"""Levels of nesting while an expression is read, and of the tree that it makes."""

_BLANK = re.compile(rb"(?:[ \t]+|/\*(?:[^*]|\*(?!/))*+\*/)*+")
_BLANK_LINES = re.compile(rb"(?:[ \t\r\n]+|#[^\n]*|//[^\n]*|/\*(?:[^*]|\*(?!/))*+\*/)*+")
_LINE_END = re.compile(rb"(?:#[^\n]*|//[^\n]*)?\r?\n|#|//")
_WORD_GOES_ON = re.compile(rb"[\w\x80-\xff-]")


class ExpressionSyntaxError(Exception):
    """The text is not an HCL expression, or is nested too deeply."""


class ExpressionTooLarge(ExpressionSyntaxError):
    """It has more than MAX_EXPRESSION_PARTS, or together with those read before more than MAX_FILE_PARTS."""


class Cursor:
    """A position that advances through an expression; `height` is that of the tree that was read last."""

    def __init__(self, data: bytes, start: int, end: int, positions: Positions) -> None:
        self.data, self.at, self.end, self.positions = data, start, end, positions
        self.height = 0
        self._last = min(MAX_FILE_PARTS, positions.count + MAX_EXPRESSION_PARTS)
        self._depth = 0
        self._space = _BLANK
        self._before_blank = self._after_blank = -1

    def span(self, start: int) -> Span:
        """The span from an offset to here, without white space that was skipped just now.

        Raises ExpressionTooLarge.
        """
        if self.positions.count > self._last:
            raise ExpressionTooLarge
        end = self._before_blank if self.at == self._after_blank else self.at
        return self.positions.span(start, end)

    def skip_blank(self) -> int:
        """Skips white space and comments, and returns the new position."""
        found = self._space.match(self.data, self.at, self.end)
        if found and found[0]:
            if self.at != self._after_blank:
                self._before_blank = self.at
            self.at = self._after_blank = found.end()
        return self.at

    def is_at(self, mark: bytes) -> bool:
        """Whether a mark comes next, after white space."""
        at = self.skip_blank()
        return self.data.startswith(mark, at, self.end) and not self.data.startswith(b"==", at, self.end)

    def accept(self, mark: bytes) -> bool:
        """Advances past a mark if it comes next, and returns whether it did."""
        at = self.skip_blank()
        if not self.data.startswith(mark, at, self.end):
            return False
        if mark == b"=" and self.data[at + 1 : at + 2] in (b"=", b">"):
            return False
        self.at = at + len(mark)
        return True

    def accept_word(self, word: bytes) -> bool:
        """Advances past a word if it comes next as a whole, and returns whether it did."""
        at = self.skip_blank()
        after = at + len(word)
        if not self.data.startswith(word, at, self.end) or _WORD_GOES_ON.match(self.data, after, self.end):
            return False
        self.at = after
        return True

    def expect(self, mark: bytes) -> None:
        """Advances past a mark. Raises ExpressionSyntaxError where it does not come next."""
        if not self.accept(mark):
            raise ExpressionSyntaxError

    def is_at_line_end(self) -> bool:
        """Whether the line ends here, comments aside."""
        return bool(_LINE_END.match(self.data, self.skip_blank(), self.end))

    def include_height(self, height: int) -> None:
        """Records that a node was put around what was read, another part of which is this high.

        Raises ExpressionSyntaxError where the tree becomes too deep for the recursion of its readers.
        """
        self.height = max(self.height, height) + 1
        if self.height > MAX_EXPRESSION_DEPTH:
            raise ExpressionSyntaxError

    def descend(self) -> None:
        """Goes one level down. Raises ExpressionSyntaxError below the last one."""
        self._depth += 1
        if self._depth > MAX_EXPRESSION_DEPTH:
            raise ExpressionSyntaxError

    def ascend(self) -> None:
        """Goes one level up."""
        self._depth -= 1

    @contextmanager
    def nested_level(self) -> Iterator[None]:
        """One level down for the `with` block. Raises ExpressionSyntaxError below the last one."""
        self.descend()
        yield
        self.ascend()

    @contextmanager
    def across_lines(self) -> Iterator[None]:
        """Within round and square brackets a line may end anywhere."""
        before, self._space = self._space, _BLANK_LINES
        yield
        self._space = before

    @contextmanager
    def line_by_line(self) -> Iterator[None]:
        """Within the braces of an object the end of a line ends an item."""
        before, self._space = self._space, _BLANK
        yield
        self._space = before
