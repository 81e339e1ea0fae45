"""Every offender in a file of Parquet."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest
from tests.support.inventory import Row, marker, write_report
from tests.unit.objects.test_inventory import AWKWARD, KEY

import s3kms
from s3kms.model.errors import BadInput

ROWS = [
    Row(key=AWKWARD),
    Row(key="old", version_id="v0", is_latest=False, encryption="NOT-SSE"),
    Row(key="fine", encryption="SSE-KMS"),
    marker("gone"),
]


def offenders(manifest: Path, out: Path, **options: Any) -> list[dict[str, Any]]:
    s3kms.Client().objects(source=manifest, out=out, **options)
    return sorted(pyarrow.parquet.read_table(out).to_pylist(), key=lambda row: row["version_id"])


def test_every_offender_is_written_as_it_is_and_nothing_else(tmp_path: Path) -> None:
    old, awkward = offenders(
        write_report(tmp_path, ROWS[:1], ROWS[1:]), tmp_path / "out.parquet", offenders=0
    )

    assert (awkward["key"], awkward["encryption"], awkward["is_latest"]) == (AWKWARD, "SSE-S3", True)
    assert (old["key"], old["version_id"], old["is_latest"]) == ("old", "v0", False)
    assert old == {
        "bucket": "logs",
        "key": "old",
        "version_id": "v0",
        "is_latest": False,
        "is_delete_marker": False,
        "size": 100,
        "etag": "0123456789abcdef0123456789abcdef",
        "last_modified": datetime(2026, 11, 1, tzinfo=UTC),
        "storage_class": "STANDARD",
        "encryption": "NOT-SSE",
        "key_arn": None,
        "bucket_key": False,
    }


def test_the_file_is_replaced_whole(tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"
    out.write_text("before")

    offenders(write_report(tmp_path / "r", ROWS), out)

    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".")] == []


def test_a_report_that_cannot_be_believed_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"
    out.write_text("before")
    manifest = write_report(tmp_path / "r", [Row(key="k", bucket="other")])

    with pytest.raises(BadInput, match="has rows of bucket 'other'"):
        offenders(manifest, out)
    assert out.read_text() == "before"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["out.parquet", "r"]


@pytest.mark.parametrize(
    ("name", "sentence"), [("", "is not a file name"), ("none/out.parquet", "is not writable")]
)
def test_a_file_that_cannot_be_written_is_told_before_anything_is_read(
    tmp_path: Path, name: str, sentence: str
) -> None:
    with pytest.raises(BadInput, match=sentence):
        s3kms.Client().objects(source=tmp_path / "nowhere.json", out=tmp_path / name, key=KEY)


def test_without_offenders_the_file_has_no_row(tmp_path: Path) -> None:
    assert offenders(write_report(tmp_path, [ROWS[2]]), tmp_path / "out.parquet") == []
