"""A file before and after, and the unified diff between: what `git apply` and `patch -p1` take. Pure."""

import os
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from pathlib import Path

from s3kms.iac.editing.splices import SpliceError, apply_splices, reverse_splices, sort_splices
from s3kms.iac.interface import Splice

CONTEXT_LINES = 3
"""Lines around a difference, as everybody has them."""
_LARGEST_MATCH = 2000
"""Lines that are compared with one another; a longer stretch is shown as replaced."""
_ESCAPES = {byte: f"\\{byte:03o}".encode() for byte in (*range(32), *b'"\\', 127)}
"""The bytes that git spells out in a name."""


@dataclass(frozen=True, slots=True)
class Patch:
    """New contents for one file."""

    path: Path
    """Its real path: absolute, and without a link in it."""
    before: bytes
    after: bytes
    reverse: tuple[Splice[bytes], ...]
    """What puts `before` back, once `after` stands in the file."""
    buckets: tuple[str, ...] = ()
    """The addresses of those that it puts right."""

    def diff(self, base: Path | None = None) -> str:
        """The unified diff, as `git apply` takes it; paths are relative to `base` (default: the current folder)."""
        return unified_diff(self, base or Path.cwd()).decode()


def require_text(data: bytes, what: str) -> None:
    """Raises SpliceError for bytes that are not UTF-8; `what` is "is not" or "would not be"."""
    try:
        data.decode()
    except UnicodeDecodeError as error:
        raise SpliceError(f"the file {what} UTF-8 text (byte {error.start})") from error


def make_patch(path: Path, before: bytes, splices: Sequence[Splice[bytes]], buckets: Iterable[str]) -> Patch:
    """The patch of one file. Raises SpliceError, also where the file is not UTF-8, or would not be."""
    require_text(before, "is not")
    after = apply_splices(before, splices)
    require_text(after, "would not be")
    return Patch(path, before, after, reverse_splices(before, splices), tuple(dict.fromkeys(buckets)))


@dataclass(frozen=True, slots=True)
class _Difference:
    """Lines `start` up to `end` of the old file, and the lines that stand there in the new one."""

    start: int
    end: int
    new: tuple[bytes, ...]


def unified_diff(patch: Patch, base: Path) -> bytes:
    """The unified diff, the path relative to `base`; byte for byte what the files have, line ends included."""
    old = _lines(patch.before)
    differences = list(_differences(patch, old))
    if not differences:
        return b""
    name = os.fsencode(os.path.relpath(patch.path, base))
    parts = [b"--- " + _quoted(b"a/" + name) + b"\n", b"+++ " + _quoted(b"b/" + name) + b"\n"]
    shift = 0
    for hunk in _hunks(differences):
        parts += _hunk(old, hunk, shift)
        shift += sum(len(one.new) - (one.end - one.start) for one in hunk)
    return b"".join(parts)


def _lines(data: bytes) -> list[bytes]:
    """Ended by LF alone: a CR is part of its line."""
    lines = [line + b"\n" for line in data.split(b"\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def _differences(patch: Patch, old: Sequence[bytes]) -> Iterator[_Difference]:
    """Found where the patch says that it edits, so that a long file costs no more than a short one."""
    forward = [Splice(*span) for span in _forward(patch)]
    starts = [0]
    for line in old:
        starts.append(starts[-1] + len(line))
    for region in _regions(patch.before, forward):
        begin, end = region[0].start, region[-1].end
        first = patch.before.rfind(b"\n", 0, begin) + 1
        last = patch.before.find(b"\n", end) + 1 or len(patch.before)
        moved = [Splice(s.start - first, s.end - first, s.text) for s in region]
        was = patch.before[first:last]
        yield from _compared(bisect_left(starts, first), _lines(was), _lines(apply_splices(was, moved)))


def _forward(patch: Patch) -> Iterator[tuple[int, int, bytes]]:
    shift = 0
    for span in patch.reverse:
        text = patch.after[span.start : span.end]
        was = len(span.text)
        yield span.start + shift, span.start + shift + was, text
        shift += was - len(text)


def _regions(before: bytes, splices: Iterable[Splice[bytes]]) -> Iterator[list[Splice[bytes]]]:
    """Splices in groups whose lines touch."""
    region: list[Splice[bytes]] = []
    for splice in sort_splices(splices):
        if region and b"\n" in before[region[-1].end : splice.start]:
            yield region
            region = []
        region.append(splice)
    if region:
        yield region


def _compared(first: int, old: Sequence[bytes], new: Sequence[bytes]) -> Iterator[_Difference]:
    if len(old) + len(new) > _LARGEST_MATCH:
        yield _Difference(first, first + len(old), tuple(new))
        return
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            yield _Difference(first + i1, first + i2, tuple(new[j1:j2]))


def _hunks(differences: Sequence[_Difference]) -> Iterator[list[_Difference]]:
    """Differences whose context would touch, together."""
    hunk = [differences[0]]
    for one, next_ in pairwise(differences):
        if next_.start - one.end > 2 * CONTEXT_LINES:
            yield hunk
            hunk = []
        hunk.append(next_)
    yield hunk


def _hunk(old: Sequence[bytes], hunk: Sequence[_Difference], shift: int) -> Iterator[bytes]:
    start, end = max(0, hunk[0].start - CONTEXT_LINES), min(len(old), hunk[-1].end + CONTEXT_LINES)
    grown = sum(len(one.new) - (one.end - one.start) for one in hunk)
    was, is_ = _range(start, end - start), _range(start + shift, end - start + grown)
    yield f"@@ -{was} +{is_} @@\n".encode()
    at = start
    for one in hunk:
        yield from _marked(b" ", old[at : one.start])
        yield from _marked(b"-", old[one.start : one.end])
        yield from _marked(b"+", one.new)
        at = one.end
    yield from _marked(b" ", old[at:end])


def _range(start: int, length: int) -> str:
    """A range of a hunk header as `diff` writes it: from 1, and where it is empty, the line before."""
    if length == 1:
        return str(start + 1)
    return f"{start + 1 if length else start},{length}"


def _marked(mark: bytes, lines: Iterable[bytes]) -> Iterator[bytes]:
    for line in lines:
        yield mark + line
        if not line.endswith(b"\n"):
            yield b"\n\\ No newline at end of file\n"


def _quoted(name: bytes) -> bytes:
    """A file name as git writes it in a diff: quoted where it would break the line, ended by a tab where it has a
    blank.
    """
    if any(byte in _ESCAPES for byte in name):
        spelled = b"".join(_ESCAPES.get(byte, bytes([byte])) for byte in name)
        return b'"' + spelled + b'"'
    return name + b"\t" if b" " in name else name
