"""Bytes of a file as lines: indentation, line ends, and the columns in which `terraform fmt` puts equals signs and
comments.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from s3kms.iac.editing.splices import apply_splices, sort_splices
from s3kms.iac.interface import Splice

INDENT_UNIT = "  "
"""What `terraform fmt` indents by."""
_UTF8_MARK = b"\xef\xbb\xbf"

_ASSIGNMENT = re.compile(
    r"^(?P<lead>[ \t]*(?:\"[^\"]*\"|\([^()]*\)|[\w.-]+))[ \t]*=(?![=>])[ \t]*(?P<value>\S.*)$"
)
_TOKEN = re.compile(r"\"(?:[^\"\\]|\\.)*\"|#|//|/\*.*?\*/|[{}()\[\]]|.")


@dataclass(frozen=True, slots=True)
class _Line:
    """A line as `terraform fmt` sees it."""

    lead: str
    """What stands before the equals sign; all but the comment where nothing is assigned."""
    value: str
    """With the equals sign; empty where nothing is assigned that ends on the line."""
    comment: str


def newline_at(data: bytes, at: int) -> str:
    """How the line at a byte ends; for the last one, which has no end, how the line before does."""
    end = data.find(b"\n", at)
    if end < 0:
        end = data.rfind(b"\n", 0, at)
    return "\r\n" if end > 0 and data[end - 1 : end] == b"\r" else "\n"


def line_start(data: bytes, at: int) -> int:
    """The first byte of the line at a byte, after a byte order mark."""
    start = data.rfind(b"\n", 0, at) + 1
    has_mark = start == 0 and data.startswith(_UTF8_MARK) and at >= len(_UTF8_MARK)
    return len(_UTF8_MARK) if has_mark else start


def line_end(data: bytes, at: int) -> int:
    """The byte after the line at a byte: its newline, or the end of the file."""
    end = data.find(b"\n", at)
    if end < 0:
        return len(data)
    return end - 1 if end > at and data[end - 1 : end] == b"\r" else end


def indentation(data: bytes, at: int) -> str:
    """The white space that the line at a byte begins with."""
    text = _line_at(data, at)
    return text[: len(text) - len(text.lstrip(" \t"))]


def _line_at(data: bytes, at: int) -> str:
    return data[line_start(data, at) : line_end(data, at)].decode("utf-8", "replace")


def coalesce_splices(splices: Iterable[Splice[bytes]]) -> list[Splice[bytes]]:
    """The splices by place, those that touch put together, so that their order does not matter."""
    found: list[Splice[bytes]] = []
    for splice in sort_splices(splices):
        if found and found[-1].end == splice.start:
            last = found.pop()
            found.append(Splice(last.start, splice.end, last.text + splice.text))
        else:
            found.append(splice)
    return found


def align_splices(data: bytes, splices: Iterable[Splice[bytes]]) -> list[Splice[bytes]]:
    """The splices with what keeps equals signs and comments in their columns, where they were in them before."""
    return coalesce_splices(one for block in _by_lines(data, splices) for one in _align_block(data, block))


def _by_lines(data: bytes, splices: Iterable[Splice[bytes]]) -> list[list[Splice[bytes]]]:
    """The splices of neighboring lines together."""
    blocks: list[list[Splice[bytes]]] = []
    last = -1
    for splice in sort_splices(splices):
        start, end = reach(data, splice)
        if blocks and start <= last:
            blocks[-1].append(splice)
        else:
            blocks.append([splice])
        last = max(last, end)
    return blocks


def reach(data: bytes, splice: Splice[bytes]) -> tuple[int, int]:
    """From which to which byte the lines of a splice go, with the lines around them that assign something, too."""
    return _assignments_of(data).reach(splice)


class _Assignments:
    """The lines of a file, and which of them stand in a row that assigns something on each line."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        first = len(_UTF8_MARK) if data.startswith(_UTF8_MARK) else 0
        self._starts = [first, *(found.end() for found in re.finditer(b"\n", data))]
        self._rows: dict[int, tuple[int, int]] = {}
        """The first and the last number of the row that a line is in; each row is looked for once."""

    def reach(self, splice: Splice[bytes]) -> tuple[int, int]:
        """From which to which byte the lines of a splice go, with the rows around them."""
        first = max(0, bisect_right(self._starts, splice.start) - 1)
        last = max(0, bisect_right(self._starts, splice.end) - 1)
        if first > 0 and self._is_assignment(first - 1):
            first = self._row(first - 1)[0]
        if last + 1 < len(self._starts) and self._is_assignment(last + 1):
            last = self._row(last + 1)[1]
        return self._starts[first], line_end(self._data, max(self._starts[last], splice.end))

    def _row(self, number: int) -> tuple[int, int]:
        if number not in self._rows:
            first = last = number
            while first > 0 and self._is_assignment(first - 1):
                first -= 1
            while last + 1 < len(self._starts) and self._is_assignment(last + 1):
                last += 1
            self._rows |= dict.fromkeys(range(first, last + 1), (first, last))
        return self._rows[number]

    def _is_assignment(self, number: int) -> bool:
        return number in self._rows or bool(_parse_line(_line_at(self._data, self._starts[number])).value)


@lru_cache(maxsize=8)
def _assignments_of(data: bytes) -> _Assignments:
    return _Assignments(data)


def _align_block(data: bytes, splices: list[Splice[bytes]]) -> list[Splice[bytes]]:
    """The splices of neighboring lines; as one of whole lines where columns have to move."""
    reaches = [reach(data, splice) for splice in splices]
    start, end = min(one[0] for one in reaches), max(one[1] for one in reaches)
    newline = newline_at(data, start)
    before = data[start:end].decode("utf-8", "surrogateescape").split(newline)
    if _aligned(before) != before:
        return splices
    shifted = [Splice(splice.start - start, splice.end - start, splice.text) for splice in splices]
    after = apply_splices(data[start:end], shifted).decode("utf-8", "surrogateescape").split(newline)
    aligned = _aligned(after)
    return splices if aligned == after else [_replace_lines(start, before, aligned, newline)]


def _replace_lines(start: int, before: list[str], after: list[str], newline: str) -> Splice[bytes]:
    """What replaces as few lines as will do: those that are the same at both ends stay."""
    top = 0
    while top < min(len(before), len(after)) and before[top] == after[top]:
        top += 1
    bottom = 0
    while bottom < min(len(before), len(after)) - top and before[-1 - bottom] == after[-1 - bottom]:
        bottom += 1
    head = len(newline.join(before[:top]).encode("utf-8", "surrogateescape")) + (len(newline) if top else 0)
    old = newline.join(before[top : len(before) - bottom]).encode("utf-8", "surrogateescape")
    new = newline.join(after[top : len(after) - bottom]).encode("utf-8", "surrogateescape")
    if not old and new and top == len(before):
        head, new = head - len(newline), newline.encode() + new
    elif not old and new:
        new += newline.encode()
    return Splice(start + head, start + head + len(old), new)


def _parse_line(text: str) -> _Line:
    code, comment = _split_comment(text)
    code = code.rstrip()
    found = _ASSIGNMENT.match(code)
    if not found or _net_brackets(found["value"]):
        return _Line(code, "", comment)
    return _Line(found["lead"], f"= {found['value']}", comment)


def _split_comment(text: str) -> tuple[str, str]:
    """The code of a line and the comment at its end; a line that is all comment counts as code."""
    for token in _TOKEN.finditer(text):
        if token[0] in {"#", "//"}:
            code, comment = text[: token.start()], text[token.start() :]
            return (code, comment) if code.strip() else (text, "")
    return text, ""


def _net_brackets(text: str) -> int:
    """How many more brackets open on a line than close."""
    tokens = [token[0] for token in _TOKEN.finditer(text)]
    return sum(tokens.count(bracket) for bracket in "{[(") - sum(tokens.count(bracket) for bracket in "}])")


def _aligned(lines: list[str]) -> list[str]:
    """The lines with the equals signs of neighbors in one column, and their comments, too."""
    parsed = [_parse_line(line) for line in lines]
    codes = [line.lead for line in parsed]
    for start, end in _runs([bool(line.value) for line in parsed]):
        width = max(len(line.lead) for line in parsed[start:end])
        for at in range(start, end):
            codes[at] = f"{parsed[at].lead:<{width}} {parsed[at].value}"
    found = [
        code if line.value or line.comment else text
        for text, line, code in zip(lines, parsed, codes, strict=True)
    ]
    for start, end in _runs([bool(line.comment) for line in parsed]):
        width = max(len(code) for code in codes[start:end])
        for at in range(start, end):
            found[at] = f"{codes[at]:<{width}} {parsed[at].comment}"
    return found


def _runs(flags: list[bool]) -> list[tuple[int, int]]:
    """The stretches of true flags, each as its first number and the one after its last."""
    runs: list[tuple[int, int]] = []
    start = None
    for at, flag in enumerate([*flags, False]):
        if flag and start is None:
            start = at
        elif not flag and start is not None:
            runs.append((start, at))
            start = None
    return runs
