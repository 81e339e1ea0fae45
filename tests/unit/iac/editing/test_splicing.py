"""Bytes spliced and restored, and the diff between them as git understands it, whatever the file is."""

import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from s3kms.changes.files.file_edit import digest, edit_of, patch_back
from s3kms.iac.editing.patch import Patch, make_patch, unified_diff
from s3kms.iac.editing.splices import SpliceError, apply_splices, reverse_splices
from s3kms.iac.interface import Splice

FILE = Path("/infra/a.yaml")
PIECES = ["a", "b", "\n", "\n", "\r\n", "\r", "é", "😀", "\u2028", "\x0c", "\ufeff"]
LINES = st.lists(st.sampled_from(PIECES), max_size=60).map("".join)
TEXTS = st.lists(st.sampled_from(["a", "é", "\n", "\r\n", "x"]), max_size=6).map("".join)


def splice(start: int, end: int, text: str) -> Splice[bytes]:
    return Splice(start, end, text.encode())


@st.composite
def edits(draw: st.DrawFn) -> tuple[str, list[tuple[int, int, str]]]:
    """A text, and spans of its characters that do not overlap."""
    text = draw(LINES)
    places = sorted(draw(st.lists(st.integers(0, len(text)), min_size=2, max_size=8)))
    spans = [(places[i], places[i + 1], draw(TEXTS)) for i in range(0, len(places) - 1, 2)]
    return text, spans


def spliced(edit: tuple[str, list[tuple[int, int, str]]]) -> tuple[bytes, list[Splice[bytes]]]:
    text, spans = edit
    return text.encode(), [
        splice(len(text[:start].encode()), len(text[:end].encode()), new) for start, end, new in spans
    ]


@given(edits())
def test_only_the_spans_are_other_bytes(edit: tuple[str, list[tuple[int, int, str]]]) -> None:
    text, spans = edit
    expected, at = "", 0
    for start, end, new in dict.fromkeys(spans):
        expected += text[at:start] + new
        at = end
    data, splices = spliced(edit)

    assert apply_splices(data, splices) == (expected + text[at:]).encode()


@given(edits())
@example(("aa", [(0, 1, ""), (1, 2, "")]))
def test_what_the_journal_keeps_puts_every_byte_back(edit: tuple[str, list[tuple[int, int, str]]]) -> None:
    data, splices = spliced(edit)
    patch = make_patch(FILE, data, splices, ())
    kept = edit_of(patch)

    assert patch_back(kept, patch.after).after == data
    assert (kept.before, kept.after) == (digest(data), digest(patch.after))


@given(LINES, TEXTS, LINES, TEXTS)
def test_the_journal_keeps_nothing_that_stays(head: str, old: str, tail: str, new: str) -> None:
    data = (head + old + tail).encode()
    kept = reverse_splices(data, [splice(0, len(data), head + new + tail)])

    assert sum(len(span.text) for span in kept) <= len(old.encode())
    assert sum(span.end - span.start for span in kept) <= len(new.encode())


@settings(max_examples=80)
@given(edits())
@example(("a\nb", [(3, 3, "\nx")]))
@example(("", [(0, 0, "x")]))
@example(("a", [(0, 1, "")]))
@example(("a\n" * 30, [(0, 1, "x"), (50, 51, "y"), (60, 60, "z")]))
def test_git_makes_the_same_of_the_diff(edit: tuple[str, list[tuple[int, int, str]]]) -> None:
    data, splices = spliced(edit)
    patch = make_patch(FILE, data, splices, ())
    with TemporaryDirectory() as folder:
        (Path(folder) / "a.yaml").write_bytes(data)
        text = unified_diff(patch, FILE.parent)
        if not text:
            assert patch.after == data
            return
        done = subprocess.run(
            ["git", "apply", "--whitespace=nowarn", "-"],
            cwd=folder,
            input=text,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, (done.stderr, text)
        found = Path(folder) / "a.yaml"
        assert (found.read_bytes() if found.exists() else b"") == patch.after


@given(st.lists(st.tuples(st.integers(-2, 12), st.integers(-2, 12)), max_size=4))
def test_wild_splices_are_refused_and_never_lose_a_byte(spans: list[tuple[int, int]]) -> None:
    data = "aé😀b\nc".encode()
    splices = [splice(start, end, "") for start, end in spans]
    try:
        after = apply_splices(data, splices)
    except SpliceError:
        return
    assert len(after) == len(data) - sum(end - start for start, end in set(spans))
    after.decode()


@pytest.mark.parametrize(
    ("splices", "why"),
    [
        ([splice(0, 9, "")], "the file has 4 bytes"),
        ([splice(3, 2, "")], "the file has 4 bytes"),
        ([splice(2, 3, "")], "inside a character"),
        ([splice(0, 3, ""), splice(1, 4, "")], "two edits want the bytes"),
        ([splice(1, 1, "x"), splice(0, 3, "")], "two edits want the bytes"),
    ],
)
def test_a_misfit_says_why(splices: list[Splice[bytes]], why: str) -> None:
    with pytest.raises(SpliceError, match=why):
        apply_splices("aéb".encode(), splices)


def test_the_same_splice_twice_is_one() -> None:
    assert apply_splices(b"ab", [splice(1, 1, "x"), splice(1, 1, "x")]) == b"axb"


def test_insertions_at_one_place_keep_their_order_and_come_before_what_is_replaced() -> None:
    found = apply_splices(b"ab", [splice(0, 1, "z"), splice(0, 0, "y"), splice(0, 0, "x")])

    assert found == b"yxzb"


@pytest.mark.parametrize("data", [b"\xff\xfea\0", b"caf\xe9"])
def test_what_is_not_utf_8_is_no_file_to_edit(data: bytes) -> None:
    with pytest.raises(SpliceError, match="is not UTF-8 text"):
        make_patch(FILE, data, [splice(0, 0, "x")], ())


def test_an_edit_that_would_not_be_utf_8_is_refused() -> None:
    with pytest.raises(SpliceError, match="would not be UTF-8 text"):
        make_patch(FILE, b"a", [Splice(0, 0, b"\xff")], ())


def test_a_journal_that_does_not_lead_back_is_refused() -> None:
    patch = make_patch(FILE, b"abc", [splice(1, 2, "x")], ())

    with pytest.raises(SpliceError, match="does not lead back"):
        patch_back(edit_of(patch), b"xxx")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a b.yaml", b"--- a/a b.yaml\t\n"),
        ('a"b.yaml', b'--- "a/a\\042b.yaml"\n'),
        ("a\nb.yaml", b'--- "a/a\\012b.yaml"\n'),
        ("\x1b[31m.yaml", b'--- "a/\\033[31m.yaml"\n'),
        ("é.yaml", "--- a/é.yaml\n".encode()),
    ],
)
def test_a_name_is_written_as_git_reads_it(name: str, shown: bytes, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(b"a\n")
    text = unified_diff(
        Patch(path, b"a\n", b"b\n", make_patch(path, b"a\n", [splice(0, 1, "b")], ()).reverse), tmp_path
    )

    assert text.startswith(shown)
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=text, check=True)
    assert path.read_bytes() == b"b\n"


def test_a_long_file_is_no_long_diff() -> None:
    data = b"  }\n" * 200_000

    found = unified_diff(
        make_patch(FILE, data, [splice(0, 1, "x"), splice(len(data), len(data), "y")], ()), FILE.parent
    )

    assert found.count(b"\n") == 2 + 1 + 5 + 1 + 4 + 1


def test_the_journal_keeps_no_word_of_a_line_that_only_moved() -> None:
    before = b'  source   = "./m"\n  password = "hunter2"\n'
    after = (
        b'  source               = "./m"\n  password             = "hunter2"\n  encryption_algorithm = "x"\n'
    )

    kept = reverse_splices(before, [Splice(0, len(before), after)])

    assert b"hunter2" not in b"".join(splice.text for splice in kept)
    assert apply_splices(after, kept) == before
