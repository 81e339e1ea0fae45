"""Splices by lines and columns, as other tools take them. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path

from s3kms.iac.editing.snapshot import real_path
from s3kms.iac.editing.splices import sort_splices
from s3kms.iac.interface import Splice
from s3kms.model.code_fixes import TextEdit

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
Splices = Sequence[tuple[Path, Splice[bytes]]]
_Position = tuple[int, int]


def describe_splices(
    groups: Iterable[Splices], before: Mapping[Path, bytes]
) -> Iterator[tuple[TextEdit, ...]]:
    """The edits of each group, by file and place. `before` is what the files that change have, as UTF-8, by
    real path. A group that would write before a byte order mark is empty.
    """
    wanted = [[(path, splice) for path, splice in group if real_path(path) in before] for group in groups]
    offsets: dict[Path, set[int]] = {path: set() for path in before}
    for path, splice in (one for group in wanted for one in group):
        offsets[real_path(path)] |= {splice.start, splice.end}
    positions = {path: find_positions(before[path], found) for path, found in offsets.items()}
    for group in wanted:
        edits = [edit for one in _by_file(group) for edit in _edits_of(*one, positions)]
        yield tuple(edit for edit in edits if edit) if all(edits) else ()


def find_positions(data: bytes, offsets: Iterable[int]) -> dict[int, _Position]:
    """Line and column of these bytes, both from 1, columns in code points; none for what is in a byte order mark."""
    at = len(_BYTE_ORDER_MARK) if data.startswith(_BYTE_ORDER_MARK) else 0
    line, column = 1, 1
    found: dict[int, _Position] = {}
    for offset in sorted(set(offsets)):
        if offset < at:
            continue
        passed = data[at:offset]
        if breaks := passed.count(b"\n"):
            line, column = line + breaks, 1
            passed = passed[passed.rindex(b"\n") + 1 :]
        column += len(passed.decode())
        found[offset] = line, column
        at = offset
    return found


def _by_file(group: Splices) -> Iterator[tuple[Path, list[Splice[bytes]]]]:
    """The splices of each file in order, under the first name that the file has in them."""
    files: dict[Path, tuple[Path, list[Splice[bytes]]]] = {}
    for path, splice in group:
        files.setdefault(real_path(path), (path, []))[1].append(splice)
    for path, splices in files.values():
        yield path, list(_joined(sort_splices(splices)))


def _joined(ordered: Iterable[Splice[bytes]]) -> Iterator[Splice[bytes]]:
    """What is written at one place as one: else it would hang on the order in which somebody writes it."""
    for _, found in groupby(ordered, lambda one: one.start):
        here = list(found)
        yield Splice(here[0].start, here[-1].end, b"".join(one.text for one in here))


def _edits_of(
    path: Path, splices: Iterable[Splice[bytes]], positions: Mapping[Path, Mapping[int, _Position]]
) -> Iterator[TextEdit | None]:
    places = positions[real_path(path)]
    for splice in splices:
        start, end = places.get(splice.start), places.get(splice.end)
        text = splice.text.decode()
        yield TextEdit(path.as_posix(), *start, *end, text) if start and end else None
