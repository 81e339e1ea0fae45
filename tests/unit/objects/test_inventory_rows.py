"""A report of S3 Inventory row by row: in an order that stays, from any bookmark on, each data file verified."""

import asyncio
import hashlib
from pathlib import Path

import duckdb
import pytest
from tests.support.inventory import ALL_COLUMNS, CURRENT_COLUMNS, Report, Row, marker, write_report

from s3kms.model.errors import BadInput
from s3kms.model.objects import ObjectVersion
from s3kms.objects.evidence.inventory import ReadSettings
from s3kms.objects.evidence.inventory_rows import InventoryRows, local_rows

FORMS = ("CSV", "Parquet", "ORC")
ROWS = [Row(key=f"k/{number:05}", version_id=f"v{number}") for number in (7, 3, 9, 1)]


def read(rows: InventoryRows, after: str = "", limit: int = 10**9) -> tuple[list[ObjectVersion], str]:
    """Versions, and the bookmark behind the last of them."""

    async def reading() -> tuple[list[ObjectVersion], str]:
        reader = rows.read(after)
        found: list[ObjectVersion] = []
        async for version in reader:
            found.append(version)
            if len(found) == limit:
                break
        bookmark = reader.bookmark
        await reader.aclose()
        return found, bookmark

    return asyncio.run(reading())


@pytest.mark.parametrize("form", FORMS)
def test_rows_come_in_the_order_of_the_report(tmp_path: Path, form: str) -> None:
    manifest = write_report(tmp_path, ROWS[:3], [ROWS[3], marker("gone")], form=form)

    found, _ = read(local_rows(manifest, ReadSettings()))

    assert [one.key for one in found] == [*(row.key for row in ROWS), "gone"]
    assert found[-1].is_delete_marker


@pytest.mark.parametrize("form", FORMS)
def test_reading_goes_on_behind_any_bookmark(tmp_path: Path, form: str) -> None:
    rows = local_rows(write_report(tmp_path, ROWS[:3], [], ROWS[3:], form=form), ReadSettings())
    whole, _ = read(rows)

    for taken in range(1, len(ROWS) + 1):
        first, bookmark = read(rows, limit=taken)
        rest, _ = read(rows, after=bookmark)
        assert first + rest == whole


def test_a_large_file_keeps_its_order_whatever_reads_it(tmp_path: Path) -> None:

    report = Report(tmp_path, "Parquet")
    path = report.add([Row(key="x")])
    duckdb.connect().execute(
        f"COPY (SELECT 'logs' AS bucket, CAST(hash(i) AS VARCHAR) || '-' || i AS key, 'v' AS version_id "
        f"FROM range(300000) AS t(i)) TO '{path}' (FORMAT parquet, ROW_GROUP_SIZE 5000)"
    )

    data = path.read_bytes()
    report.files[0] |= {"size": len(data), "MD5checksum": hashlib.md5(data).hexdigest()}
    rows = local_rows(report.finish(), ReadSettings(threads=4))

    found, _ = read(rows)
    rest, _ = read(rows, after="[0, 123457]")

    assert [int(one.key.split("-")[1]) for one in found] == list(range(300_000))
    assert rest[0] == found[123_457]


def test_only_keys_of_the_prefix_are_read(tmp_path: Path) -> None:
    manifest = write_report(tmp_path, [Row(key="a/1"), Row(key="b_1"), Row(key="a/2"), Row(key="b%1")])

    rows = local_rows(manifest, ReadSettings(), prefix="b%")

    assert [one.key for one in read(rows)[0]] == ["b%1"]
    assert rows.coverage.prefix == "b%"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("columns", "versions"), [(ALL_COLUMNS, True), (CURRENT_COLUMNS, False)])
def test_the_coverage_is_known_before_a_data_file_is_opened(
    tmp_path: Path, form: str, columns: tuple[str, ...], versions: bool
) -> None:
    report = Report(tmp_path, form, [name for name in columns if name != "BucketKeyStatus"])
    report.add(ROWS)
    rows = local_rows(report.finish(), ReadSettings())

    assert rows.coverage.all_versions is versions
    assert rows.coverage.tells_encryption
    assert not rows.coverage.tells_key
    assert rows.coverage.missing_columns == ("bucket_key",)


def test_a_data_file_is_verified_before_its_first_row_is_yielded(tmp_path: Path) -> None:
    report = Report(tmp_path)
    report.add(ROWS[:2])
    second = report.add(ROWS[2:])
    rows = local_rows(report.finish(), ReadSettings())
    second.write_bytes(second.read_bytes()[:-1])

    assert len(read(rows, limit=2)[0]) == 2
    with pytest.raises(BadInput, match="does not match the manifest"):
        read(rows)


def test_rows_of_another_bucket_are_never_yielded(tmp_path: Path) -> None:
    rows = local_rows(write_report(tmp_path, [Row(key="k", bucket="other")]), ReadSettings())

    with pytest.raises(BadInput, match="has rows of bucket 'other'"):
        read(rows)


def test_another_report_has_another_identity(tmp_path: Path) -> None:
    one, other = (
        local_rows(write_report(tmp_path / key, [Row(key=key)]), ReadSettings()).identity for key in "ab"
    )

    assert one != other
    assert one == local_rows(write_report(tmp_path / "c", [Row(key="a")]), ReadSettings()).identity


def test_the_report_of_another_bucket_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="lists s3://logs, not s3://others"):
        local_rows(write_report(tmp_path, ROWS), ReadSettings(), "others")


@pytest.mark.parametrize("text", ["x", "[1]", "{}", '["a", 1]'])
def test_a_text_that_is_no_bookmark_is_told(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadInput, match="is not a position in an inventory"):
        local_rows(write_report(tmp_path, ROWS), ReadSettings()).read(text)
