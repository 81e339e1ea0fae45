"""The lists that jobs work on."""

import csv
import io
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3kms.model.objects import ObjectEncryption, ObjectVersion
from s3kms.objects.engines.batch.lists import ListPaths, ListWriter, WrittenList, list_row, read_rows

KEYS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)


def version_of(key: str, version_id: str | None = None) -> ObjectVersion:
    return ObjectVersion(
        "photos", key, version_id, is_latest=True, size=5, encryption=ObjectEncryption.SSE_S3
    )


@pytest.mark.parametrize(
    ("key", "row"),
    [
        ("a.jpg", b"photos,a.jpg\n"),
        ("a b+c/d", b"photos,a%20b%2Bc/d\n"),
        ('x,"y"\n', b"photos,x%2C%22y%22%0A\n"),
        ("100%", b"photos,100%25\n"),
        ("\N{SMILING FACE WITH SUNGLASSES}", b"photos,%F0%9F%98%8E\n"),
    ],
)
def test_keys_are_written_as_aws_writes_them(key: str, row: bytes) -> None:
    assert list_row(version_of(key)) == row


def test_a_row_names_its_version() -> None:
    assert list_row(version_of("a", "3/L4kqtJl=")) == b"photos,a,3%2FL4kqtJl%3D\n"
    assert list_row(version_of("a", "null")) == b"photos,a,null\n"


@given(KEYS)
def test_any_key_is_one_row_and_comes_back(key: str) -> None:
    (row,) = csv.reader(io.StringIO(list_row(version_of(key)).decode(), newline=""))

    assert [row[0], unquote(row[1])] == ["photos", key]
    assert "+" not in row[1]


def written(folder: Path, versions: list[ObjectVersion], most: int = 100) -> list[WrittenList]:
    writer = ListWriter(folder, max_rows=most)
    full = [done for version in versions if (done := writer.add(version)) is not None]
    return [*full, *writer.close()]


def test_rows_with_and_without_a_version_stand_on_lists_of_their_own(tmp_path: Path) -> None:
    lists = written(tmp_path, [version_of("a", "1"), version_of("b"), version_of("c", "2")])

    assert lists == [WrittenList(0, 2, 1), WrittenList(1, 1, 0)]
    assert ListPaths(tmp_path, 0).csv.read_text() == "photos,a,1\nphotos,c,2\n"
    assert ListPaths(tmp_path, 1).csv.read_text() == "photos,b\n"


def test_a_full_list_is_followed_by_another(tmp_path: Path) -> None:
    lists = written(tmp_path, [version_of(name) for name in "abcde"], 2)

    assert [one.rows for one in lists] == [2, 2, 1]
    assert [ListPaths(tmp_path, one.number).csv.read_text() for one in lists] == [
        "photos,a\nphotos,b\n",
        "photos,c\nphotos,d\n",
        "photos,e\n",
    ]


def test_the_versions_are_read_back_in_the_order_of_the_list(tmp_path: Path) -> None:
    versions = [version_of(f"key {number}", str(number)) for number in range(10_000)]
    written(tmp_path, versions, 20_000)

    assert list(read_rows(ListPaths(tmp_path, 0), "photos")) == versions
