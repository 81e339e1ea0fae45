"""DuckDB and real Spark say the same of one inventory: every row, every answer, in each of the three formats."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.support.engines.second_opinions import require_spark, run_in_spark
from tests.support.inventory import TYPED, Report, Row, marker
from tests.support.object_shapes import AWKWARD_KEYS
from tests.support.object_tables import AGES, CSV_TABLE, NOW, QUESTIONS, TYPED_TABLE, VALUES

from s3kms.objects.evidence.athena_columns import recognize_table
from s3kms.objects.evidence.interface import QueriedEvidence
from s3kms.objects.evidence.inventory import ReadSettings, open_local_inventory
from s3kms.objects.queries.question import ObjectQuestion
from s3kms.objects.queries.render import Dialect, render_query

pytestmark = [pytest.mark.slow, pytest.mark.spark]
IN_ORDER = {"prefixes", "first_offenders", "costs"}
FORMS = ("CSV", "Parquet", "ORC")
ASKED = {**VALUES, "wanted_key": None}


def awkward_rows() -> list[Row]:
    """One row of each awkward case, and six hundred that mix them."""
    keys = [*AWKWARD_KEYS, "plus+plus", "100%", "a,b;c", "/", "//", "ü/ñ/x", "\\", "NULL", "null/x", "𝄞/clef"]
    rows = [Row(key=key) for key in keys]
    rows += [marker("gone"), marker("gone/again", "m2")]
    rows += [
        Row(key=f"edge/{name}/{minute}", last_modified=NOW - timedelta(days=days, minutes=minute))
        for name, days in AGES.items()
        for minute in (-1, 0, 1)
    ]
    rows += [
        Row(
            key="none",
            size=None,
            last_modified=None,
            etag=None,
            storage_class=None,
            encryption=None,
            bucket_key=None,
        ),
        Row(key="huge", size=50 * 1024**4),
        Row(key="empty", size=0),
        Row(key="never", encryption="NOT-SSE", version_id="null"),
        Row(key="new", encryption="SSE-QUANTUM", storage_class="A_NEW_CLASS"),
    ]
    draw = random.Random(16)
    rows += [
        Row(
            key=f"{draw.choice(keys)}/{draw.choice('abc')}/{number}",
            version_id=draw.choice(["null", f"v{number}"]),
            is_latest=draw.random() < 0.7,
            size=draw.choice([None, 0, draw.randrange(2**45)]),
            last_modified=NOW - timedelta(seconds=draw.randrange(4 * 365 * 86_400)),
            storage_class=draw.choice(["STANDARD", "GLACIER", "DEEP_ARCHIVE", "STANDARD_IA"]),
            encryption=draw.choice(["SSE-S3", "SSE-KMS", "DSSE-KMS", "SSE-C", "NOT-SSE", None]),
            bucket_key=draw.choice(["ENABLED", "DISABLED", None]),
        )
        for number in range(600)
    ]
    return rows


@dataclass(frozen=True)
class BothEngines:
    """What the two say: rows by `form/question`."""

    duckdb: Mapping[str, list[list[Any]]]
    spark: Mapping[str, list[list[Any]]]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> BothEngines:
    require_spark()
    folder = tmp_path_factory.mktemp("spark")
    said: dict[str, list[list[Any]]] = {}
    views: dict[str, dict[str, Any]] = {}
    statements: dict[str, str] = {}
    rows = awkward_rows()
    for form in FORMS:
        name = form.lower()
        report = Report(folder / name, form)
        files = [report.add(rows[:300]), report.add(rows[300:]), report.add([])]
        views[name] = view_of(form, files)
        relation = relation_of(form, name)
        with open_local_inventory(report.finish(), ReadSettings()) as evidence:
            said |= answers_of(evidence, name)
        statements |= {
            f"{name}/{question.name}": render_query(question.sql_over(relation), ASKED, Dialect.SPARK).sql
            for question in QUESTIONS
        }
        statements[f"{name}/rows"] = render_query(relation, {}, Dialect.SPARK).sql
    return BothEngines(said, run_in_spark(folder, views, statements))


def view_of(form: str, files: list[Path]) -> dict[str, Any]:
    return {"form": form.lower(), "columns": list(TYPED.values()), "files": list(map(str, files))}


def relation_of(form: str, name: str) -> str:
    """As Athena is asked, by the columns that the view has."""
    table = {"CSV": CSV_TABLE}.get(form, TYPED_TABLE)
    columns = [one for one in table if one.name in TYPED.values()]
    return recognize_table(columns, name).relation(name, "bucket = 'logs'")


def answers_of(evidence: QueriedEvidence, name: str) -> Iterator[tuple[str, list[list[Any]]]]:
    for question in (*QUESTIONS, EVERY):
        key = "rows" if question is EVERY else question.name
        yield (
            f"{name}/{key}",
            [[plain(value) for value in row] for row in evidence.table.ask(question, ASKED)],
        )


class Every(ObjectQuestion):
    """All rows of the relation, in no order."""

    @property
    def sql(self) -> str:
        return "SELECT * FROM objects"


EVERY = Every("every")


def plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def sort_key(row: list[Any]) -> str:
    return repr(row)


def test_each_answer_is_the_same(both: BothEngines) -> None:
    assert both.duckdb.keys() == both.spark.keys()
    assert len(both.duckdb) == len(FORMS) * (len(QUESTIONS) + 1)
    for name, rows in both.duckdb.items():
        theirs = both.spark[name]
        if name.rpartition("/")[2] in IN_ORDER:
            assert rows == theirs, name
        else:
            assert sorted(rows, key=sort_key) == sorted(theirs, key=sort_key), name


def test_every_row_of_the_report_is_there(both: BothEngines) -> None:
    keys = sorted(row.key for row in awkward_rows())

    for name, rows in both.spark.items():
        if name.endswith("/rows"):
            assert sorted(row[1] for row in rows) == keys, name


def test_the_three_formats_say_the_same(both: BothEngines) -> None:
    for question in (*(one.name for one in QUESTIONS), "rows"):
        csv, parquet, orc = (sorted(both.spark[f"{form.lower()}/{question}"], key=sort_key) for form in FORMS)
        assert csv == parquet == orc
        assert csv


def test_the_answers_are_about_something(both: BothEngines) -> None:
    classes = both.spark["parquet/classes"]

    assert {row[1] for row in classes} == {"offender", "wanted", "deliberate", "unknown"}
    assert len({row[6] for row in classes}) == 6
    assert len(both.spark["parquet/prefixes"]) > 20
