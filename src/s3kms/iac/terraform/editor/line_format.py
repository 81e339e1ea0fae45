"""Bytes of a file as lines: indentation, line ends, and the equals signs that `terraform fmt` puts in one column."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from s3kms.iac.interface import Splice

INDENT_UNIT = "  "
"""What `terraform fmt` indents by."""

_ASSIGNMENT = re.compile(
    r"^(?P<lead>[ \t]*(?:\"[^\"]*\"|\([^()]*\)|[\w.-]+))(?P<space>[ \t]*)=(?![=>])[ \t]*(?P<value>\S.*)$"
)
_PART = re.compile(r"\"(?:[^\"\\]|\\.)*\"|#|//|/\*.*?\*/|[{}()\[\]]|.")


@dataclass(frozen=True, slots=True)
class _Line:
    """A line as `terraform fmt` sees it."""

    lead: str
    value: str
    """With the equals sign; empty where nothing is assigned that ends on the line."""
    comment: str
    space: int
    """Between the lead and the equals sign."""
    gap: int
    """Before the comment."""


def newline_at(data: bytes, at: int) -> str:
    """How the line of a place ends, and where the file ends before it does, the line before."""
    end = data.find(b"\n", at)
    if end < 0:
        end = data.rfind(b"\n", 0, at)
    return "\r\n" if end > 0 and data[end - 1 : end] == b"\r" else "\n"


def line_start(data: bytes, at: int) -> int:
    """Where the line begins."""
    start = data.rfind(b"\n", 0, at) + 1
    return 3 if start == 0 and data.startswith(b"\xef\xbb\xbf") and at >= 3 else start  # noqa: PLR2004 - the mark


def line_end(data: bytes, at: int) -> int:
    """Where the line ends, before what ends it."""
    end = data.find(b"\n", at)
    if end < 0:
        return len(data)
    return end - 1 if end > at and data[end - 1 : end] == b"\r" else end


def indentation(data: bytes, at: int) -> str:
    """Of the line."""
    start = line_start(data, at)
    text = data[start : line_end(data, at)].decode("utf-8", "replace")
    return text[: len(text) - len(text.lstrip(" \t"))]


def apply_changes(data: bytes, changes: Sequence[Splice[bytes]]) -> bytes:
    """The bytes with the changes in them; those of one place stay in their order. They do not overlap."""
    out, at = bytearray(), 0
    for change in sorted(changes, key=lambda change: (change.start, change.end)):
        out += data[at : change.start] + change.text
        at = change.end
    return bytes(out + data[at:])


def coalesce_changes(changes: Iterable[Splice[bytes]]) -> list[Splice[bytes]]:
    """The same with those that touch put together, so that their order does not matter."""
    found: list[Splice[bytes]] = []
    for change in sorted(changes, key=lambda change: (change.start, change.end)):
        if found and found[-1].end == change.start:
            last = found.pop()
            found.append(Splice(last.start, change.end, last.text + change.text))
        else:
            found.append(change)
    return found


def changes_overlap(changes: Sequence[Splice[bytes]]) -> bool:
    """Whether two changes are about the same bytes."""
    ordered = sorted(changes, key=lambda change: (change.start, change.end))
    return any(after.start < before.end for before, after in pairwise(ordered))


def align_changes(data: bytes, changes: Sequence[Splice[bytes]]) -> tuple[Splice[bytes], ...]:
    """The changes, and what keeps equals signs and comments in their columns where they were in them before."""
    blocks = _by_lines(data, changes)
    return tuple(coalesce_changes(change for block in blocks for change in _tidy_block(data, block)))


def _by_lines(data: bytes, changes: Sequence[Splice[bytes]]) -> list[list[Splice[bytes]]]:
    """The changes of neighbouring lines together."""
    blocks: list[list[Splice[bytes]]] = []
    last = -1
    for change in sorted(changes, key=lambda change: (change.start, change.end)):
        start, end = reach(data, change)
        if blocks and start <= last:
            blocks[-1].append(change)
        else:
            blocks.append([change])
        last = max(last, end)
    return blocks


def reach(data: bytes, change: Splice[bytes]) -> tuple[int, int]:
    """From where to where the lines of a change go, with those around them that assign something, too."""
    start, end = line_start(data, change.start), line_end(data, change.end)
    while start > 0:
        above = line_start(data, start - 1)
        if above == start or not _read(_text(data, above)).value:
            break
        start = above
    while end < len(data):
        below = data.find(b"\n", end) + 1
        if below <= 0 or below > len(data) or not _read(_text(data, below)).value:
            break
        end = line_end(data, below)
    return start, end


def _text(data: bytes, at: int) -> str:
    return data[line_start(data, at) : line_end(data, at)].decode("utf-8", "replace")


def _tidy_block(data: bytes, changes: list[Splice[bytes]]) -> list[Splice[bytes]]:
    chains = [reach(data, change) for change in changes]
    start, end = min(chain[0] for chain in chains), max(chain[1] for chain in chains)
    newline = newline_at(data, start)
    before = data[start:end].decode("utf-8", "surrogateescape").split(newline)
    if not _is_aligned(before):
        return changes
    shifted = [Splice(change.start - start, change.end - start, change.text) for change in changes]
    after = apply_changes(data[start:end], shifted).decode("utf-8", "surrogateescape").split(newline)
    tidy = _aligned(after)
    if tidy == after:
        return changes
    return _lines_changed(start, before, tidy, newline)


def _lines_changed(start: int, before: list[str], after: list[str], newline: str) -> list[Splice[bytes]]:
    """As few lines as will do: those that are the same at both ends stay."""
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
    return [Splice(start + head, start + head + len(old), new)]


def _read(text: str) -> _Line:
    code, comment = _without_comment(text)
    bare = code.rstrip()
    gap = len(code) - len(bare)
    found = _ASSIGNMENT.match(bare)
    if not found or _net_brackets(found["value"]):
        return _Line(bare, "", comment, 0, gap)
    return _Line(found["lead"], f"= {found['value']}", comment, len(found["space"]), gap)


def _without_comment(text: str) -> tuple[str, str]:
    at = 0
    for part in _PART.finditer(text):
        if part[0] in {"#", "//"}:
            return (
                (text[: part.start()], text[part.start() :]) if text[: part.start()].strip() else (text, "")
            )
        at = part.end()
    return text[:at], ""


def _net_brackets(text: str) -> int:
    net = 0
    for part in _PART.finditer(text):
        net += (part[0] in "{[(") - (part[0] in "}])") if part[0] else 0
    return net


def _is_aligned(lines: list[str]) -> bool:
    """Whether they are as they would be written; at least no chain of theirs is otherwise."""
    return _aligned(lines) == lines


def _aligned(lines: list[str]) -> list[str]:
    read = [_read(line) for line in lines]
    codes = list(map(str.rstrip, lines))
    for start, end in _runs([bool(line.value) for line in read]):
        width = max(len(line.lead) for line in read[start:end])
        for at in range(start, end):
            line = read[at]
            codes[at] = f"{line.lead:<{width}} {line.value}"
    for at, line in enumerate(read):
        if not line.value:
            codes[at] = line.lead
    found = [line if not part.comment else code for line, part, code in zip(lines, read, codes, strict=True)]
    for at, line in enumerate(read):
        if line.value and not line.comment:
            found[at] = codes[at]
    for start, end in _runs([bool(line.comment) for line in read]):
        width = max(len(code) for code in codes[start:end])
        for at in range(start, end):
            found[at] = f"{codes[at]:<{width}} {read[at].comment}"
    return found


def _runs(flags: list[bool]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    start = None
    for at, flag in enumerate([*flags, False]):
        if flag and start is None:
            start = at
        elif not flag and start is not None:
            runs.append((start, at))
            start = None
    return runs
