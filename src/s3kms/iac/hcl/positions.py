"""Positions in a file: from byte offsets to spans with line and column."""

from bisect import bisect_right

from s3kms.iac.hcl.syntax_tree import Span

BOM = b"\xef\xbb\xbf"
MAX_FILE_PARTS = 600_000
"""Blocks, arguments and expressions that are read of one file."""
MAX_EXPRESSION_PARTS = 200_000
"""Expressions in one."""


class Positions:
    """Makes spans of byte offsets.

    With `within`, every span is that one: the text stands in the file with escapes, so that its offsets are not the
    file's.
    """

    def __init__(self, data: bytes, within: Span | None = None) -> None:
        self._data = data
        self._is_ascii = data.isascii()
        self._first = len(BOM) if data.startswith(BOM) else 0
        self._starts: list[int] = []
        self._within = within
        self.count = 0
        """How many spans were made: about as many as the file has parts."""

    def span(self, start: int, end: int) -> Span:
        """The span of the bytes from `start` up to `end`."""
        self.count += 1
        if self._within:
            return self._within
        starts = self._starts or self._find_lines()
        line = bisect_right(starts, start)
        begin = starts[line - 1]
        if self._is_ascii:
            return Span(start, end, line, start - begin + 1)
        text = self._data[begin:start].decode("utf-8", "replace")
        return Span(start, end, line, len(text) + 1)

    def _find_lines(self) -> list[int]:
        starts, at = [self._first], self._data.find(b"\n")
        while at >= 0:
            starts.append(at + 1)
            at = self._data.find(b"\n", at + 1)
        self._starts = starts
        return starts
