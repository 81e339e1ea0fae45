"""A position in the text of an expression, and what may stand there."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from s3kms.iac.hcl.positions import Positions
from s3kms.iac.hcl.syntax_tree import Span

MAX_EXPRESSION_DEPTH = 80
"""Levels of an expression that is being read, and of its tree."""

_BLANK = re.compile(rb"(?:[ \t]+|/\*(?:[^*]|\*(?!/))*+\*/)*+")
_BLANK_LINES = re.compile(rb"(?:[ \t\r\n]+|#[^\n]*|//[^\n]*|/\*(?:[^*]|\*(?!/))*+\*/)*+")
_LINE_END = re.compile(rb"(?:#[^\n]*|//[^\n]*)?\r?\n|#|//")
_WORD_GOES_ON = re.compile(rb"[\w\x80-\xff-]")


class ExpressionSyntaxError(Exception):
    """It is no expression of HCL, or is nested too deeply."""


class Cursor:
    """A position that moves on, and how deep the tree is that was read last."""

    def __init__(self, data: bytes, start: int, end: int, positions: Positions) -> None:
        self.data, self.at, self.end, self.positions = data, start, end, positions
        self.height = 0
        self._depth = 0
        self._space = _BLANK
        self._before_blank = self._after_blank = -1

    def span(self, start: int) -> Span:
        """From there to here, without spaces that were passed just now."""
        end = self._before_blank if self.at == self._after_blank else self.at
        return self.positions.span(start, end)

    def blank(self) -> int:
        """Passes spaces and comments. Where that leads."""
        found = self._space.match(self.data, self.at, self.end)
        if found and found[0]:
            if self.at != self._after_blank:
                self._before_blank = self.at
            self.at = self._after_blank = found.end()
        return self.at

    def is_at(self, mark: bytes) -> bool:
        """Whether this comes next, after spaces."""
        at = self.blank()
        return self.data.startswith(mark, at, self.end) and not self.data.startswith(b"==", at, self.end)

    def take(self, mark: bytes) -> bool:
        """Passes this if it comes next."""
        at = self.blank()
        if not self.data.startswith(mark, at, self.end):
            return False
        if mark == b"=" and self.data[at + 1 : at + 2] in (b"=", b">"):
            return False
        self.at = at + len(mark)
        return True

    def take_word(self, word: bytes) -> bool:
        """Passes this word if it comes next, and nothing continues it."""
        at = self.blank()
        after = at + len(word)
        if not self.data.startswith(word, at, self.end) or _WORD_GOES_ON.match(self.data, after, self.end):
            return False
        self.at = after
        return True

    def expect(self, mark: bytes) -> None:
        """Passes this. Raises ExpressionSyntaxError where it does not come next."""
        if not self.take(mark):
            raise ExpressionSyntaxError

    def is_at_line_end(self) -> bool:
        """Whether the line ends here, comments aside."""
        return bool(_LINE_END.match(self.data, self.blank(), self.end))

    def grow(self, height: int) -> None:
        """A part was put around what was read, one of whose other parts is this high.

        Raises ExpressionSyntaxError where the tree becomes too deep for what goes through it.
        """
        self.height = max(self.height, height) + 1
        if self.height > MAX_EXPRESSION_DEPTH:
            raise ExpressionSyntaxError

    def descend(self) -> None:
        """One level down. Raises ExpressionSyntaxError at the last one."""
        self._depth += 1
        if self._depth > MAX_EXPRESSION_DEPTH:
            raise ExpressionSyntaxError

    def ascend(self) -> None:
        """One level up."""
        self._depth -= 1

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """One level down, and up again. Raises ExpressionSyntaxError at the last one."""
        self.descend()
        yield
        self.ascend()

    @contextmanager
    def lines_do_not_count(self) -> Iterator[None]:
        """Within round and square brackets a line may end anywhere."""
        before, self._space = self._space, _BLANK_LINES
        yield
        self._space = before

    @contextmanager
    def lines_count(self) -> Iterator[None]:
        """Within the braces of an object the end of a line is the end of an item."""
        before, self._space = self._space, _BLANK
        yield
        self._space = before
