"""What replaces a file keeps its extended attributes, of which access control lists are some."""

import os
from pathlib import Path

import pytest

from s3kms.text.replace_file import open_folder, replace_file


def test_a_replaced_file_keeps_its_extended_attributes(tmp_path: Path) -> None:
    path = tmp_path / "main.tf"
    path.write_text("before")
    try:
        os.setxattr(path, "user.owner", b"team-a")
    except OSError:
        pytest.skip("this file system has no extended attributes")

    with open_folder(tmp_path) as at:
        replace_file(at, path.name, b"after", like=path.stat())

    assert path.read_text() == "after"
    assert os.getxattr(path, "user.owner") == b"team-a"


def test_a_new_file_has_none_of_the_one_that_it_replaces(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text("before")

    with open_folder(tmp_path) as at:
        replace_file(at, path.name, b"after")

    assert path.read_text() == "after"
    assert os.listxattr(path) == []
