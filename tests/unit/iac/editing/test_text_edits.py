"""Splices by lines and columns."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from s3kms.iac.editing.text_edits import describe_splices, find_positions
from s3kms.iac.interface import Splice
from s3kms.model.code_fixes import TextEdit

FILE = Path("/nowhere/a.tf")
OTHER = Path("/nowhere/b.tf")


def described(data: bytes, *splices: Splice[bytes]) -> tuple[TextEdit, ...]:
    (edits,) = describe_splices([[(FILE, splice) for splice in splices]], {FILE: data})
    return edits


def test_lines_and_columns_begin_at_one_and_columns_are_code_points() -> None:
    assert find_positions("é😀x\r\né\n".encode(), [0, 2, 6, 7, 8, 9, 11, 12]) == {
        0: (1, 1),
        2: (1, 2),
        6: (1, 3),
        7: (1, 4),
        8: (1, 5),
        9: (2, 1),
        11: (2, 2),
        12: (3, 1),
    }


def test_a_carriage_return_alone_and_other_separators_end_no_line() -> None:
    text = "a\rb\u2028c\x0bd\x85"

    assert find_positions(text.encode(), [len(text.encode())]) == {len(text.encode()): (1, len(text) + 1)}


@given(st.text(st.sampled_from("a\né😀\r")), st.data())
def test_a_position_leads_back_to_its_byte(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text)))
    offset = len(text[:at].encode())

    line, column = find_positions(text.encode(), [0, offset, len(text.encode())])[offset]

    before = "".join(part + "\n" for part in text.split("\n")[: line - 1])
    assert before + text[len(before) : len(before) + column - 1] == text[:at]


def test_a_byte_order_mark_is_no_column_and_nothing_is_written_before_it() -> None:
    data = b"\xef\xbb\xbfab"

    assert described(data, Splice(4, 5, b"c")) == (TextEdit(FILE.as_posix(), 1, 2, 1, 3, "c"),)
    assert described(data, Splice(0, 0, b"c"), Splice(4, 5, b"c")) == ()


def test_what_is_written_at_one_place_is_one_edit() -> None:
    assert described(b"ab", Splice(1, 2, b"z"), Splice(1, 1, b"x"), Splice(1, 1, b"y")) == (
        TextEdit(FILE.as_posix(), 1, 2, 1, 3, "xyz"),
    )


def test_edits_come_by_file_in_the_order_of_their_places() -> None:
    group = [(FILE, Splice(3, 3, b"z")), (OTHER, Splice(0, 1, b"")), (FILE, Splice(0, 0, b"y"))]

    (edits,) = describe_splices([group], {FILE: b"a\nb", OTHER: b"a"})

    assert [(Path(edit.path), edit.line, edit.column, edit.text) for edit in edits] == [
        (FILE, 1, 1, "y"),
        (FILE, 2, 2, "z"),
        (OTHER, 1, 1, ""),
    ]


def test_a_file_that_does_not_change_has_no_edit() -> None:
    (edits,) = describe_splices([[(FILE, Splice(0, 1, b"b")), (OTHER, Splice(0, 1, b"a"))]], {FILE: b"a"})

    assert {edit.path for edit in edits} == {FILE.as_posix()}
