"""Runs that edit files: killed, interrupted, or overtaken by somebody; each can still be restored."""

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.support.killed_run import POINTS, patch

from s3kms.changes.apply import Callbacks, apply_changes, check_unchanged
from s3kms.changes.files.edited_file import edit_file, leftover_name
from s3kms.changes.files.file_edit import CODE_ACCOUNT
from s3kms.changes.files.kind import FILES
from s3kms.changes.files.medium import FileMedium
from s3kms.changes.journal import Journal, RunHeader, new_run_id
from s3kms.changes.runs import RunState, read_run
from s3kms.changes.undo import plan_undo
from s3kms.iac.editing.writable_roots import WritableRoots
from s3kms.model.errors import BadInput, Refused, Stopped

OLD, NEW = b"old text\r\n\xc3\xa9", b"newer text\r\n\xc3\xa9"
WRITTEN = {"after the write", "after its line"}


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    found = [tmp_path.resolve() / name for name in ("a.tf", "b.tf", "c.tf")]
    for path in found:
        path.write_bytes(OLD)
    return found


def carried(
    folder: Path,
    files: list[Path],
    callbacks: Callbacks | None = None,
    prove: Callable[[], str | None] = lambda: None,
) -> str:
    now = datetime.now(UTC)
    header = RunHeader(new_run_id(now), now, "fix .", CODE_ACCOUNT, "", kind="files")
    with Journal.create(folder, header, FILES) as journal:
        apply_changes([patch(file) for file in files], FileMedium(), journal, callbacks or Callbacks(), prove)
        return journal.run


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_run_is_listed_as_crashed_and_can_be_put_back(
    tmp_path: Path, files: list[Path], point: str
) -> None:
    journals = tmp_path / "journals"
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.killed_run", point, str(journals), *map(str, files)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(entry or "." for entry in sys.path)},
        check=False,
    )
    assert done.returncode == -9
    (journal,) = journals.glob("*.jsonl")
    run = read_run(journals, journal.stem)
    assert run.state is RunState.CRASHED
    assert [file.read_bytes() for file in files] == [NEW, NEW if point in WRITTEN else OLD, OLD]

    medium = FileMedium()
    plan = plan_undo(run, medium)
    for back in plan.restore:
        medium.write(back, "undo")
    for edit in run.changes:
        medium.remove_leftovers(edit, run.header.run)

    assert plan.refused == ()
    assert len(plan.nothing_to_do) == (0 if point in WRITTEN else 1)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == {
        "a.tf": OLD,
        "b.tf": OLD,
        "c.tf": OLD,
    }


def test_what_was_written_is_read_back_from_the_journal(tmp_path: Path, files: list[Path]) -> None:
    run = read_run(tmp_path / "j", carried(tmp_path / "j", files))

    assert (run.state, run.header.kind) == (RunState.COMPLETE, "files")
    assert [edit.path for edit in run.changes] == files
    assert run.done == {str(file) for file in files}


def test_a_file_that_drifted_is_refused_before_there_is_a_run(files: list[Path]) -> None:
    patches = [patch(file) for file in files]
    files[2].write_bytes(b"old, and mine")

    with pytest.raises(Refused, match=r"c\.tf was changed since it was read"):
        check_unchanged(patches, FileMedium())


def test_a_file_that_drifts_during_the_run_stops_it(tmp_path: Path, files: list[Path]) -> None:
    callbacks = Callbacks(on_outcome=lambda _: files[1].write_bytes(b"mine"))

    with pytest.raises(
        Stopped, match=r"b\.tf was changed since the plan was made \(1 changed, 2 not done\)"
    ) as stop:
        carried(tmp_path / "j", files, callbacks)
    assert [file.read_bytes() for file in files] == [NEW, b"mine", OLD]
    assert "undo(" in str(stop.value.advice)


def test_an_interruption_comes_between_two_files(tmp_path: Path, files: list[Path]) -> None:
    with pytest.raises(Stopped, match=r"interrupted \(1 changed, 2 not done\)"):
        carried(tmp_path / "j", files, Callbacks(should_stop=lambda: files[0].read_bytes() == NEW))
    assert files[1].read_bytes() == OLD


def test_a_run_whose_buckets_do_not_come_out_right_says_so(tmp_path: Path, files: list[Path]) -> None:
    with pytest.raises(Stopped, match="B is not as it is asked for"):
        carried(tmp_path / "j", files, prove=lambda: "B is not as it is asked for")
    (journal,) = (tmp_path / "j").glob("*.jsonl")
    assert read_run(tmp_path / "j", journal.stem).state is RunState.STOPPED


def a_link_to_the_file(path: Path) -> None:
    path.rename(path.parent / "real")
    path.symlink_to("real")


def a_link_to_the_folder(path: Path) -> None:
    path.parent.rename(path.parent.parent / "real")
    path.parent.symlink_to("real")


def a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize("swap", [a_link_to_the_file, a_link_to_the_folder, a_pipe, Path.unlink])
def test_what_took_the_place_of_the_file_is_not_written(
    tmp_path: Path, swap: Callable[[Path], object]
) -> None:
    path = tmp_path.resolve() / "infra" / "a.tf"
    path.parent.mkdir()
    path.write_bytes(OLD)
    swap(path)

    with pytest.raises(Refused):
        edit_file(path, OLD, NEW, "run")
    assert all(found.read_bytes() == OLD for found in tmp_path.rglob("*") if found.is_file())


def test_an_edit_that_comes_while_the_file_is_written_stays_and_is_told(files: list[Path]) -> None:
    """A long file, so that another thread has the time to write between its temporary file and the rename."""
    path = files[0]
    meanwhile = path.parent / leftover_name(path, "run")

    def write_beside() -> None:
        while not meanwhile.exists():
            pass
        path.write_bytes(b"mine")

    with ThreadPoolExecutor() as pool:
        beside = pool.submit(write_beside)
        with pytest.raises(Refused, match="by somebody else while it was written, and is as they left it"):
            edit_file(path, OLD, NEW * 4_000_000, "run")
        beside.result()
    assert path.read_bytes() == b"mine"
    assert not meanwhile.exists()


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("infra/link.tf", "is a symbolic link"),
        ("infra/out/a.tf", "is outside the named files and folders"),
        ("elsewhere/a.tf", "is outside the named files and folders"),
        ("infra/../elsewhere/a.tf", "is outside the named files and folders"),
        ("infra", "is not a file"),
        ("infra/none.tf", "cannot be inspected"),
        ("infra/in/a.tf", None),
        ("infra/a.tf", None),
    ],
)
def test_files_are_written_below_what_was_named(tmp_path: Path, name: str, why: str | None) -> None:
    for file in ("infra/a.tf", "infra/sub/a.tf", "elsewhere/a.tf"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_bytes(OLD)
    (tmp_path / "infra/link.tf").symlink_to("a.tf")
    (tmp_path / "infra/out").symlink_to("../elsewhere")
    (tmp_path / "infra/in").symlink_to("sub")

    found = WritableRoots.of((tmp_path / "infra",)).refusal(tmp_path / name)

    assert found is None if why is None else found is not None and why in found


def test_an_older_reader_is_told_that_the_journal_is_newer(tmp_path: Path, files: list[Path]) -> None:
    run = carried(tmp_path / "j", files)
    path = tmp_path / "j" / f"{run}.jsonl"
    path.write_text(path.read_text().replace('"version": 4', '"version": 5'))

    with pytest.raises(BadInput, match=r"newer s3kms \(version 5, this one reads 4\)"):
        read_run(tmp_path / "j", run)
