"""What somebody else writes between the last look at a file and its replacement is never lost."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from s3kms.text.replace_file import open_folder, replacing_file
from s3kms.text.take_place import OvertakenError, exchange_names, take_place

OLD, NEW, THEIRS = b"old", b"new", b"theirs"


def in_place(path: Path) -> None:
    path.write_bytes(THEIRS)


def by_rename(path: Path) -> None:
    other = path.with_suffix(".swp")
    other.write_bytes(THEIRS)
    other.rename(path)


def by_a_link(path: Path) -> None:
    path.unlink()
    path.with_suffix(".txt").write_bytes(THEIRS)
    path.symlink_to(path.with_suffix(".txt").name)


EDITS = pytest.mark.parametrize("edit", [in_place, by_rename, by_a_link])


def no_exchange(_: int, __: str, ___: str) -> bool:
    return False


EXCHANGES = pytest.mark.parametrize("exchange", [exchange_names, no_exchange])


@EDITS
def test_an_edit_between_reading_and_replacing_stays(tmp_path: Path, edit: Callable[[Path], None]) -> None:
    path = tmp_path / "main.tf"
    path.write_bytes(OLD)

    def replace_and_be_overtaken() -> None:
        with open_folder(tmp_path) as folder, replacing_file(folder, path.name, before=OLD) as file:
            file.write(NEW)
            edit(path)

    with pytest.raises(OvertakenError):
        replace_and_be_overtaken()
    assert path.read_bytes() == THEIRS
    assert not [one.name for one in tmp_path.iterdir() if one.name.startswith(".s3kms")]


@EXCHANGES
@EDITS
def test_what_was_not_meant_is_put_back(
    tmp_path: Path, edit: Callable[[Path], None], exchange: Callable[[int, str, str], bool]
) -> None:
    path = tmp_path / "main.tf"
    path.write_bytes(OLD)
    (tmp_path / "new").write_bytes(NEW)
    edit(path)
    is_link = path.is_symlink()

    with open_folder(tmp_path) as folder, pytest.raises(OvertakenError):
        take_place(folder, "new", "main.tf", OLD, exchange)

    assert (path.read_bytes(), path.is_symlink()) == (THEIRS, is_link)
    assert not (tmp_path / "new.old").exists()


@EXCHANGES
def test_what_was_meant_is_replaced_and_nothing_else_stays(
    tmp_path: Path, exchange: Callable[[int, str, str], bool]
) -> None:
    (tmp_path / "main.tf").write_bytes(OLD)
    (tmp_path / "new").write_bytes(NEW)

    with open_folder(tmp_path) as folder:
        take_place(folder, "new", "main.tf", OLD, exchange)

    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == {"main.tf": NEW}


def test_a_folder_in_the_place_of_the_file_stays(tmp_path: Path) -> None:
    (tmp_path / "main.tf").mkdir()
    (tmp_path / "new").write_bytes(NEW)

    with open_folder(tmp_path) as folder, pytest.raises((OvertakenError, OSError)):
        take_place(folder, "new", "main.tf", OLD)

    assert (tmp_path / "main.tf").is_dir()


def test_a_file_that_is_gone_is_not_made_again(tmp_path: Path) -> None:
    (tmp_path / "new").write_bytes(NEW)

    with open_folder(tmp_path) as folder, pytest.raises(OSError, match=os.strerror(2)):
        take_place(folder, "new", "main.tf", OLD)

    assert not (tmp_path / "main.tf").exists()
