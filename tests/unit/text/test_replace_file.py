"""The one writer of files: whole or not at all, through no link, and nothing left beside."""

import os
import stat
from pathlib import Path

import pytest

from s3kms.text.replace_file import PRIVATE_MODE, PROGRAM_MODE, open_folder, replace_file, replacing_file


@pytest.fixture
def umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_has_the_mode_that_the_umask_leaves(tmp_path: Path, umask: int) -> None:
    with open_folder(tmp_path) as folder:
        replace_file(folder, "data", b"one")
        replace_file(folder, "program", b"two", mode=PROGRAM_MODE)
        replace_file(folder, "private", b"three", mode=PRIVATE_MODE)

    modes = {path.name: mode_of(path) for path in tmp_path.iterdir()}
    assert modes == {"data": 0o666 & ~umask, "program": 0o777 & ~umask, "private": 0o600 & ~umask}


def test_the_mode_of_another_file_is_taken_over_whatever_the_umask_is(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    path.chmod(0o646)
    with open_folder(tmp_path) as folder:
        replace_file(folder, "a", b"new", like=path.stat())

    assert (path.read_bytes(), mode_of(path)) == (b"new", 0o646)


def test_a_link_of_that_name_is_replaced_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "precious").write_bytes(b"precious")
    (tmp_path / "a").symlink_to("precious")
    with open_folder(tmp_path) as folder:
        replace_file(folder, "a", b"new")

    assert (tmp_path / "precious").read_bytes() == b"precious"
    assert not (tmp_path / "a").is_symlink()


def test_a_link_that_has_the_temporary_name_is_refused_and_stays(tmp_path: Path) -> None:
    (tmp_path / ".tmp").symlink_to("precious")
    with open_folder(tmp_path) as folder, pytest.raises(FileExistsError):
        replace_file(folder, "a", b"new", temporary=".tmp")

    assert [path.name for path in tmp_path.iterdir()] == [".tmp"]


def test_what_must_be_new_replaces_nothing(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    with open_folder(tmp_path) as folder, pytest.raises(FileExistsError):
        replace_file(folder, "a", b"new", must_be_new=True)

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"old"}


def test_an_error_while_it_is_written_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")

    def write_half() -> None:
        with open_folder(tmp_path) as folder, replacing_file(folder, "a") as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half()

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"old"}
