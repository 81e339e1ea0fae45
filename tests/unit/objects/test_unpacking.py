"""A report that unpacks to more than a report can be ends in a sentence that names the budget."""

import gzip
from pathlib import Path

import duckdb
import pytest

from s3kms.model.errors import BadInput, S3kmsError
from s3kms.objects.queries.duckdb_table import read_once
from s3kms.objects.queries.unpacking import MIN_ROWS, UnpackingBudget


def rows_of(folder: Path, budget: UnpackingBudget, rows: int = 100_000) -> int:
    bomb = folder / "bomb.csv.gz"
    bomb.write_bytes(gzip.compress(b'"bucket","key"\n' * rows))
    relation = (
        f"SELECT * FROM read_csv('{bomb}', columns = {{'a': 'VARCHAR', 'b': 'VARCHAR'}}, auto_detect = false, "
        "header = false)"
    )
    with duckdb.connect() as connection:
        copied = read_once(connection, relation, folder, budget)
        ((count,),) = connection.execute(copied.replace("*", "count(*)", 1)).fetchall()
    return int(count)


def test_as_many_rows_as_the_budget_are_counted(tmp_path: Path) -> None:
    assert rows_of(tmp_path, UnpackingBudget(rows=100_000)) == 100_000


def test_one_row_more_than_the_budget_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="more than 99,999 rows"):
        rows_of(tmp_path, UnpackingBudget(rows=99_999))


def test_more_disk_than_the_budget_is_refused(tmp_path: Path) -> None:
    with pytest.raises(S3kmsError, match="unpacked it takes more than 100 bytes") as caught:
        rows_of(tmp_path, UnpackingBudget(disk=100))
    assert "TMPDIR" in str(caught.value.advice)


def test_a_report_may_have_a_row_per_byte_and_a_small_one_more() -> None:
    assert UnpackingBudget.of_bytes(5 * MIN_ROWS).rows == 5 * MIN_ROWS
    assert UnpackingBudget.of_bytes(1).rows == MIN_ROWS


def test_a_part_of_the_disk_stays_free(tmp_path: Path) -> None:
    assert UnpackingBudget().disk_bytes(tmp_path) > 0
    assert UnpackingBudget(disk=7).disk_bytes(tmp_path) == 7
