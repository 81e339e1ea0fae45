"""The folder of `--state`: a check that is interrupted at any point goes on, loses nothing and says nothing twice."""

import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.findings import finding, findings

from s3kms.model.errors import BadInput, S3kmsError
from s3kms.model.findings import Finding
from s3kms.results.saved import read_result
from s3kms.scan import state as module
from s3kms.scan.state import ScanQuestion, ScanState

QUESTION: ScanQuestion = {"rules": frozenset({"r"}), "targets": frozenset()}
Listing = Mapping[str, list[tuple[str, list[Finding]]]]
"""Account to its buckets in order, each with its findings."""


def listing(accounts: int = 2, buckets: int = 5, rules: int = 2) -> Listing:
    return {
        f"{account}" * 12: [
            (f"b{n}", [finding(f"b{n}", rule=f"r{rule}", account=f"{account}" * 12) for rule in range(rules)])
            for n in range(buckets)
        ]
        for account in range(1, accounts + 1)
    }


def everything(estate: Listing) -> list[Finding]:
    return [each for buckets in estate.values() for _, said in buckets for each in said]


def rest_of(buckets: list[tuple[str, list[Finding]]], cursor: str | None) -> list[tuple[str, list[Finding]]]:
    names = [name for name, _ in buckets]
    return buckets[names.index(cursor) + 1 :] if cursor is not None else buckets


def go_on(state: ScanState, estate: Listing) -> Iterator[None]:
    """What a check does; it can be left at any bucket."""
    for account, buckets in estate.items():
        if state.is_done(account):
            continue
        for name, said in rest_of(buckets, state.cursor(account)):
            state.note(said, account, name)
            yield
        state.done(account)
        yield


def finish(folder: Path, estate: Listing, batch: int = 2) -> list[Finding]:
    """Everything that a reader is told by the check that comes to the end."""
    with ScanState.open(folder, QUESTION, batch=batch) as state:
        told = list(state.replay())
        for account, buckets in estate.items():
            if not state.is_done(account):
                told += [each for _, said in rest_of(buckets, state.cursor(account)) for each in said]
        for _ in go_on(state, estate):
            pass
    return told


def told_by(folder: Path) -> list[Finding]:
    with ScanState.open(folder, QUESTION) as state:
        return list(state.replay())


def is_finished(folder: Path, estate: Listing) -> bool:
    with ScanState.open(folder, QUESTION) as state:
        ends = {account: buckets[-1][0] if buckets else None for account, buckets in estate.items()}
        return all(state.is_done(each) and state.cursor(each) == end for each, end in ends.items())


@contextmanager
def new_folder() -> Iterator[Path]:
    """hypothesis runs a test many times in one `tmp_path`."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name) / "state"


BUCKETS = st.lists(st.lists(findings(), max_size=2), max_size=5).map(
    lambda found: [(f"b{n}", said) for n, said in enumerate(found)]
)
ESTATES = st.lists(BUCKETS, min_size=1, max_size=3).map(
    lambda accounts: {f"{n}" * 12: buckets for n, buckets in enumerate(accounts)}
)


SHARES = st.just(1.0) | st.floats(0, 1)
"""Of a file, that which is there after the kill; most often all of it."""


@given(ESTATES, st.integers(1, 4), st.lists(st.tuples(st.integers(0, 12), SHARES, SHARES), max_size=4))
def test_killed_at_any_byte_of_its_files_it_says_what_it_would_have_said(
    estate: Listing, batch: int, kills: list[tuple[int, float, float]]
) -> None:
    with new_folder() as first:
        folder = first
        for number, (steps, of_findings, of_cursors) in enumerate(kills):
            left = folder.parent / f"kill{number}"
            with ScanState.open(folder, QUESTION, batch=batch) as state:
                for _, _ in zip(range(steps), go_on(state, estate), strict=False):
                    pass
                shutil.copytree(folder, left)  # as the disk is while the process is alive
            for name, share in (("findings.jsonl", of_findings), ("cursors.jsonl", of_cursors)):
                os.truncate(left / name, round((left / name).stat().st_size * share))
            folder = left

        assert finish(folder, estate, batch) == everything(estate)
        assert told_by(folder) == everything(estate)
        assert is_finished(folder, estate)


def test_what_each_of_several_interrupted_checks_wrote_is_kept(tmp_path: Path) -> None:
    estate = listing(accounts=3, buckets=2)
    for account, buckets in estate.items():
        with ScanState.open(tmp_path / "s", QUESTION) as state:
            for _ in go_on(state, {account: buckets}):
                pass

    assert is_finished(tmp_path / "s", estate)
    assert told_by(tmp_path / "s") == everything(estate)


@pytest.mark.parametrize("name", ["findings.jsonl", "cursors.jsonl"])
def test_cut_at_and_beside_every_end_of_a_line_it_is_recovered_from(tmp_path: Path, name: str) -> None:
    """The bytes that matter most, all of them, where the property above draws some."""
    estate, whole = listing(), tmp_path / "whole"
    finish(whole, estate)
    data = (whole / name).read_bytes()
    ends = {0, len(data), *(place + 1 for place, byte in enumerate(data) if byte == ord("\n"))}
    for size in sorted({end + beside for end in ends for beside in (-1, 0, 1)} & set(range(len(data)))):
        cut = tmp_path / f"cut{size}"
        shutil.copytree(whole, cut)
        os.truncate(cut / name, size)

        assert finish(cut, estate) == everything(estate)
        assert told_by(cut) == everything(estate)


def test_interrupted_at_any_line_of_its_code_it_says_what_it_would_have_said(tmp_path: Path) -> None:
    """Ctrl-C is an exception between any two lines, and leaving the `with` writes what is noted."""
    estate = listing(accounts=1, buckets=3)
    interrupted = 0
    while True:
        folder, after = tmp_path / f"at{interrupted}", tmp_path / f"after{interrupted}"
        ScanState.open(folder, QUESTION).close()
        interrupted += 1
        try:
            with ScanState.open(folder, QUESTION, batch=2) as state, _interrupt_at(interrupted):
                for _ in go_on(state, estate):
                    pass
        except KeyboardInterrupt:
            shutil.copytree(folder, after)  # the lock may be held: a process would have ended
            assert finish(after, estate) == everything(estate), interrupted
        else:
            break
    assert interrupted > 20


@contextmanager
def _interrupt_at(count: int) -> Iterator[None]:
    left = count

    def trace(frame: FrameType, event: str, _: Any) -> Callable[..., Any] | None:
        nonlocal left
        if frame.f_code.co_filename != module.__file__:
            return None
        left -= event == "line"
        if event == "line" and left == 0:
            raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)


SCAN = textwrap.dedent("""
    import sys
    from pathlib import Path
    from tests.unit.scan.test_checkpoint import QUESTION, ScanState, go_on, listing
    with ScanState.open(Path(sys.argv[1]), QUESTION, batch=3) as state:
        for number, _ in enumerate(go_on(state, listing(2, 400))):
            if number % 10 == 0:
                print(number, flush=True)
    print("end", flush=True)
""")


def scan(folder: Path, before: str = "") -> "subprocess.Popen[str]":
    root = Path(__file__).parents[3]
    python = [sys.executable, "-c", SCAN, str(folder)]
    command = ["bash", "-c", f'{before}; exec "$@"', "bash", *python] if before else python
    paths = os.pathsep.join([str(root), *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.Popen(
        command,
        env={**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_real_process_that_is_killed_again_and_again_comes_to_the_end(tmp_path: Path) -> None:
    folder, estate = tmp_path / "state", listing(2, 400)
    for lines in (3, 17, 29):
        with scan(folder) as process:
            assert process.stdout is not None
            for _ in range(lines):
                assert process.stdout.readline() != "end\n"
            process.kill()
    assert told_by(folder) != everything(estate)

    assert finish(folder, estate) == everything(estate)


def test_a_full_disk_is_said_and_it_goes_on_when_there_is_room(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    with scan(folder, before="ulimit -f 40") as process:
        _, said = process.communicate()

    assert "S3kmsError" in said
    assert "cannot be written: File too large" in said
    assert 0 < len(told_by(folder)) < len(everything(listing(2, 400)))
    assert finish(folder, listing(2, 400)) == everything(listing(2, 400))


def test_a_bucket_without_findings_moves_the_cursor(tmp_path: Path) -> None:
    with ScanState.open(tmp_path / "s", QUESTION) as state:
        state.note([], "1", "b")

    with ScanState.open(tmp_path / "s", QUESTION) as state:
        assert state.cursor("1") == "b"
        assert not state.is_done("1")


def test_an_account_that_is_done_stays_done(tmp_path: Path) -> None:
    with ScanState.open(tmp_path / "s", QUESTION) as state:
        state.done("1")

    with ScanState.open(tmp_path / "s", QUESTION) as state:
        assert state.is_done("1")
        assert not state.is_done("2")
        assert state.cursor("1") is None


def test_it_knows_when_the_check_began(tmp_path: Path) -> None:
    with ScanState.open(tmp_path / "s", QUESTION) as state:
        began = state.began

    with ScanState.open(tmp_path / "s", QUESTION) as state:
        assert state.began == began


def test_the_findings_are_a_result_that_can_be_compared_with(tmp_path: Path) -> None:
    estate = listing()
    finish(tmp_path / "s", estate)

    with (tmp_path / "s/findings.jsonl").open("rb") as file:
        assert list(read_result(file, "s")) == everything(estate)


@pytest.mark.parametrize(
    ("another", "says"),
    [
        ({"rules": frozenset({"r", "s"})}, "rules (r, now r, s)"),
        ({"targets": frozenset({"s3://a"})}, "targets (all, now s3://a)"),
        ({"regions": frozenset({"eu-west-1"})}, "regions (all, now eu-west-1)"),
        ({"accounts": frozenset({"1"})}, "accounts (all, now 1)"),
        ({"directory_buckets": frozenset({"no"})}, "directory buckets (all, now no)"),
        ({"configuration": frozenset({"abc"})}, "configuration (all, now abc)"),
        ({"endpoint": frozenset({"http://x"})}, "endpoint (all, now http://x)"),
        (
            {"rules": frozenset({"q"}), "targets": frozenset(map(str, range(9)))},
            "rules (r, now q); targets (all, now 0, 1, 2, 3, 4 and 4 more)",
        ),
    ],
)
def test_another_question_is_refused_in_words(tmp_path: Path, another: ScanQuestion, says: str) -> None:
    ScanState.open(tmp_path / "s", QUESTION).close()

    with pytest.raises(BadInput) as caught:
        ScanState.open(tmp_path / "s", {**QUESTION, **another})

    assert str(caught.value).endswith(f"is of a check that asked something else: {says}")


def test_two_processes_do_not_work_in_one_folder(tmp_path: Path) -> None:
    with (
        ScanState.open(tmp_path / "s", QUESTION),
        pytest.raises(BadInput, match="another process is at work in it"),
    ):
        ScanState.open(tmp_path / "s", QUESTION)


@pytest.mark.parametrize("name", ["scan.json", "findings.jsonl", "cursors.jsonl"])
@pytest.mark.parametrize("make", [Path.symlink_to, Path.hardlink_to])
def test_a_link_out_of_the_folder_is_not_followed(
    tmp_path: Path, name: str, make: Callable[[Path, Path], None]
) -> None:
    finish(tmp_path / "s", listing())
    precious = tmp_path / "precious"
    precious.write_bytes((tmp_path / "s" / name).read_bytes() + b"precious")
    (tmp_path / "s" / name).unlink()
    make(tmp_path / "s" / name, precious)

    with pytest.raises(BadInput, match="cannot be used"):
        ScanState.open(tmp_path / "s", QUESTION)

    assert precious.read_bytes().endswith(b"precious")


@pytest.mark.parametrize("make", [Path.symlink_to, Path.hardlink_to])
def test_a_link_in_the_way_of_the_new_file_is_removed_not_followed(
    tmp_path: Path, make: Callable[[Path, Path], None]
) -> None:
    (tmp_path / "s").mkdir()
    (tmp_path / "precious").write_text("precious")
    make(tmp_path / "s/.scan.json.new", tmp_path / "precious")

    ScanState.open(tmp_path / "s", QUESTION).close()

    assert (tmp_path / "precious").read_text() == "precious"


def test_a_pipe_in_the_place_of_a_file_does_not_hang(tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    os.mkfifo(tmp_path / "s/scan.json")

    with pytest.raises(BadInput, match="is no plain file"):
        ScanState.open(tmp_path / "s", QUESTION)


def test_everything_in_it_is_for_this_user_alone(tmp_path: Path) -> None:
    finish(tmp_path / "s", listing())

    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode) for path in [tmp_path / "s", *(tmp_path / "s").iterdir()]
    }
    assert modes == {"s": 0o700, "scan.json": 0o600, "findings.jsonl": 0o600, "cursors.jsonl": 0o600}


def test_a_folder_with_findings_of_no_check_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "findings.jsonl").write_text("mine\n")

    with pytest.raises(BadInput, match=r"has findings\.jsonl, but no scan\.json"):
        ScanState.open(tmp_path, QUESTION)

    assert (tmp_path / "findings.jsonl").read_text() == "mine\n"


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("scan.json", "", "is damaged (no JSON)"),
        ("scan.json", "[" * 100_000, "is damaged (no JSON)"),
        ("scan.json", "[]", "is damaged (no table)"),
        ("scan.json", '{"version": 2, "question": {"rules": 1}}', "is damaged (began, question.rules)"),
        ("scan.json", '{"version": 1}', "is of an s3kms before 0.2.0, whose checks cannot be continued"),
        ("scan.json", '{"version": 3}', "was begun by a newer s3kms (version 3, this one reads 2)"),
        ("cursors.jsonl", "{}\n", "is damaged (line 1)"),
        ("cursors.jsonl", '{"size": -1, "at": {}, "done": []}\n', "is damaged (line 1)"),
        ("cursors.jsonl", '{"size": 5, "at": {}, "done": []}\n', "findings.jsonl is damaged (byte 5)"),
        (
            "cursors.jsonl",
            '{"size": 5, "at": {}, "done": []}\n{"size": 4, "at": {}, "done": []}\n',
            "is damaged (line 2)",
        ),
    ],
)
def test_a_file_that_was_changed_is_refused(tmp_path: Path, name: str, text: str, says: str) -> None:
    finish(tmp_path / "s", listing())
    (tmp_path / "s" / name).write_text(text)

    with pytest.raises(BadInput) as caught:
        ScanState.open(tmp_path / "s", QUESTION)

    assert says in str(caught.value)
    ScanState.open(tmp_path / "t", QUESTION).close()  # and nothing is held


def test_findings_that_were_changed_are_refused(tmp_path: Path) -> None:
    finish(tmp_path / "s", listing())
    path = tmp_path / "s/findings.jsonl"
    path.write_text(path.read_text().replace('"fail"', '"pale"', 1))

    with (
        ScanState.open(tmp_path / "s", QUESTION) as state,
        pytest.raises(BadInput, match=r"damaged \(line 1\)"),
    ):
        list(state.replay())


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is no folder for a state: No such file or directory"):
        ScanState.open(tmp_path / "no/where", QUESTION)
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="is no folder for a state"):
        ScanState.open(tmp_path / "file", QUESTION)


def test_nothing_is_written_before_a_batch_is_full(tmp_path: Path) -> None:
    """One flush to the disk a batch."""
    with ScanState.open(tmp_path / "s", QUESTION, batch=3) as state:
        sizes = []
        for n in range(6):
            state.note([finding(f"b{n}")], "1", f"b{n}")
            sizes.append((tmp_path / "s/cursors.jsonl").stat().st_size)

    assert [bool(after - before) for before, after in zip([0, *sizes], sizes, strict=False)] == [
        *(False, False, True),
        *(False, False, True),
    ]


def test_what_is_noted_while_the_rest_is_replayed_is_not_replayed(tmp_path: Path) -> None:
    with ScanState.open(tmp_path / "s", QUESTION) as state:
        state.note([finding("a")], "1", "a")

    with ScanState.open(tmp_path / "s", QUESTION, batch=1) as state:
        replay = state.replay()
        state.note([finding("b")], "1", "b")
        assert list(replay) == [finding("a")]
        assert [json.loads(line)["bucket"] for line in (tmp_path / "s/findings.jsonl").open()] == ["a", "b"]


def test_a_state_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    state = ScanState.open(tmp_path / "s", QUESTION, batch=1)
    state.close()

    with pytest.raises(S3kmsError, match="cannot be written: Bad file descriptor"):
        state.note([finding("a")], "1", "a")
