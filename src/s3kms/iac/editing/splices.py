"""Applies splices to bytes, and finds the splices that take them out again. Pure."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import accumulate, pairwise

from s3kms.iac.interface import Splice

_CONTINUATION = range(0x80, 0xC0)
"""The bytes of UTF-8 that begin no character."""
_WORD = re.compile(r"\s*\S+|\s+\Z")
_MOST_WORDS = 2000
"""That are compared with one another; of a longer stretch only both ends are."""


class SpliceError(ValueError):
    """The splices do not fit the file, or one another."""


def sort_splices(splices: Iterable[Splice[bytes]]) -> list[Splice[bytes]]:
    """By place, each once; insertions at one place keep their order, and come before what is replaced there."""
    return sorted(dict.fromkeys(splices), key=_place)


def insert_splice(data: bytes, ordered: list[Splice[bytes]], splice: Splice[bytes]) -> None:
    """Puts a splice into a sorted list, where it is not there yet. Raises SpliceError where it does not fit the data,
    or one of the others; the list is as it was then.
    """
    at = bisect_right(ordered, (splice.start, splice.end), key=_place)
    first = bisect_left(ordered, (splice.start, splice.end), key=_place)
    if splice in ordered[first:at]:
        return
    _check(data, [*ordered[max(0, at - 1) : at], splice, *ordered[at : at + 1]])
    ordered.insert(at, splice)


def _place(splice: Splice[bytes]) -> tuple[int, int]:
    return splice.start, splice.end


def apply_splices(data: bytes, splices: Iterable[Splice[bytes]]) -> bytes:
    """The bytes with the splices of this one file put in. Raises SpliceError."""
    ordered = sort_splices(splices)
    _check(data, ordered)
    parts: list[bytes] = []
    at = 0
    for splice in ordered:
        parts += (data[at : splice.start], splice.text)
        at = splice.end
    return b"".join((*parts, data[at:]))


def reverse_splices(data: bytes, splices: Iterable[Splice[bytes]]) -> tuple[Splice[bytes], ...]:
    """The splices that put `data` back after `apply_splices`: only what came to be different, and no word that
    stayed. Raises SpliceError; the bytes are UTF-8.
    """
    ordered = sort_splices(splices)
    _check(data, ordered)
    reverse: list[Splice[bytes]] = []
    shift = 0
    for small in (part for splice in ordered for part in _parts(data, splice)):
        start, text = small.start + shift, data[small.start : small.end]
        if reverse and reverse[-1].end == start:  # nothing that stays is between: two that follow are one
            last = reverse.pop()
            start, text = last.start, last.text + text
        reverse.append(Splice(start, small.start + shift + len(small.text), text))
        shift += len(small.text) - (small.end - small.start)
    return tuple(reverse)


def _check(data: bytes, ordered: Sequence[Splice[bytes]]) -> None:
    for splice in ordered:
        if not 0 <= splice.start <= splice.end <= len(data):
            raise SpliceError(f"the file has {len(data)} bytes, and none from {splice.start} to {splice.end}")
        if _splits(data, splice.start) or _splits(data, splice.end):
            raise SpliceError(f"bytes {splice.start} to {splice.end} begin or end inside a character")
    for one, next_ in pairwise(ordered):
        if next_.start < one.end:
            raise SpliceError(f"two edits want the bytes {next_.start} to {one.end}")


def _splits(data: bytes, at: int) -> bool:
    """Whether the place is inside a character of UTF-8."""
    return at < len(data) and data[at] in _CONTINUATION


def _parts(data: bytes, splice: Splice[bytes]) -> Iterator[Splice[bytes]]:
    """A splice as smaller ones: of the words that differ, and of the blanks between those that do not."""
    small = _trimmed(data, splice)
    old, new = (_words(text.decode()) for text in (data[small.start : small.end], small.text))
    if min(len(old), len(new)) <= 1 or len(old) + len(new) > _MOST_WORDS:
        yield small
        return
    ends = list(accumulate((len(word.encode()) for word in old), initial=small.start))
    bare, bare_new = ([word.strip() for word in words] for words in (old, new))
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, bare, bare_new, autojunk=False).get_opcodes():
        pairs = [(i1, i2, j1, j2)] if tag != "equal" else zip(*_each(i1, i2), *_each(j1, j2), strict=True)
        for i, i_end, j, j_end in pairs:
            text = "".join(new[j:j_end]).encode()
            if data[ends[i] : ends[i_end]] != text:
                yield _trimmed(data, replace(small, start=ends[i], end=ends[i_end], text=text))


def _words(text: str) -> list[str]:
    """Each with the blanks before it; what is at the end may be blanks alone."""
    return _WORD.findall(text)


def _each(start: int, end: int) -> tuple[range, range]:
    """The beginnings and the ends of the words from one to another."""
    return range(start, end), range(start + 1, end + 1)


def _trimmed(data: bytes, splice: Splice[bytes]) -> Splice[bytes]:
    """A splice without the characters that are alike at its beginning and at its end."""
    old, new = data[splice.start : splice.end].decode(), splice.text.decode()
    head = _alike(old, new)
    old, new = old[head:], new[head:]
    tail = _alike(old[::-1], new[::-1])
    kept = old[len(old) - tail :].encode()
    text = new[: len(new) - tail].encode()
    begin = splice.start + len(splice.text.decode()[:head].encode())
    return replace(splice, start=begin, end=splice.end - len(kept), text=text)


def _alike(one: str, other: str) -> int:
    """How many characters both begin with."""
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count
