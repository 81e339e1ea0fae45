"""SQL for other engines: what is translated, what is refused, and values that cannot end their quotes."""

from datetime import datetime
from typing import Any

import pytest
import sqlglot
from tests.support.object_tables import QUESTIONS, TABLES, VALUES

from s3kms.model.errors import S3kmsError
from s3kms.objects.evidence.athena_columns import recognize_table
from s3kms.objects.queries.question import VERSIONS, ObjectQuestion
from s3kms.objects.queries.render import _TRANSLATED, Dialect, quote_table, render_query

AT = datetime(2026, 11, 1, 12, 30, 15, 250_000)  # noqa: DTZ001 - values are times of UTC without a zone
HOSTILE = "a'; DROP TABLE x; --\\\n\x00$limit ${limit} ?"


def rendered(sql: str, dialect: Dialect = Dialect.ATHENA, **values: Any) -> str:
    return render_query(sql, values, dialect).sql


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: one.name)
def test_every_question_is_rendered_without_a_parameter_left(
    question: ObjectQuestion, dialect: Dialect
) -> None:
    found = render_query(question.sql_over("SELECT * FROM report"), VALUES, dialect)

    assert "$" not in found.sql
    tree = sqlglot.parse_one(question.sql, read="duckdb")
    assert isinstance(tree, sqlglot.exp.Select)
    assert found.columns == tuple(tree.named_selects)
    assert len(found.columns) > 4


def test_nothing_is_held_translatable_that_no_question_uses() -> None:
    """What is used is compared with Spark and parsed with Trino's grammar; what is not, by nobody."""
    used = {
        type(node).__name__
        for columns in TABLES.values()
        for question in QUESTIONS
        for node in sqlglot.parse_one(
            question.sql_over(recognize_table(columns, "t").relation("t", "bucket = 'b' AND dt = 'd'")),
            read="duckdb",
        ).walk()
    }

    assert len(QUESTIONS) == 5
    assert used - {"Anonymous"} == set(_TRANSLATED)


def test_the_question_that_reads_a_file_in_its_own_order_is_for_duckdb_alone() -> None:
    with pytest.raises(S3kmsError, match="translation"):
        render_query(VERSIONS.sql, {"prefix": "", "after": 0, "wanted_key": None}, Dialect.ATHENA)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT a, count(*) FROM t GROUP BY ALL",
        "SELECT a, count(*) FROM t GROUP BY ROLLUP (a)",
        "SELECT * FROM read_parquet('x')",
        "SELECT * FROM 'x.parquet'",
        "SELECT * EXCLUDE (a) FROM t",
        "SELECT * REPLACE (1 AS a) FROM t",
        "SELECT COLUMNS('a.*') FROM t",
        "SELECT DISTINCT ON (a) a, b FROM t",
        "SELECT a FROM t QUALIFY row_number() OVER (PARTITION BY a) = 1",
        "SELECT a FROM t USING SAMPLE 10",
        "SELECT a // 2 FROM t",
        "SELECT a / 2 FROM t",
        "SELECT list_filter(a, x -> x > 1) FROM t",
        "SELECT some_function(a) FROM t",
        "SELECT regexp_matches(a, 'x') FROM t",
        "SELECT a[1] FROM t",
        "SELECT a FROM t ORDER BY ALL",
        "SELECT a FROM t LIMIT 10%",
        "SELECT a FROM t UNION ALL BY NAME SELECT a FROM u",
        "PIVOT t ON a USING sum(b)",
        "COPY t TO 'x'",
        "SELECT a FROM t ASOF JOIN u ON t.x >= u.x",
        "SELECT a GLOB 'x*' FROM t",
        "SELECT {'a': 1} AS s",
        "SELECT sum(a) FILTER (WHERE a > 1) FROM t",
    ],
)
def test_what_has_no_sure_translation_is_refused(sql: str) -> None:
    with pytest.raises(S3kmsError, match="translation"):
        rendered(sql)


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize("text", [HOSTILE, "", "o''brien", "'", "\\'", "é🐘"])
def test_a_text_stays_one_literal(dialect: Dialect, text: str) -> None:
    sql = rendered("SELECT a FROM t WHERE a = $name", dialect, name=text)
    again = sqlglot.parse_one(sql, read=dialect.value)
    literals = [one.this for one in again.find_all(sqlglot.exp.Literal)]

    assert literals == [text]
    assert len(list(again.find_all(sqlglot.exp.Select))) == 1


def test_values_are_written_as_what_they_are() -> None:
    sql = rendered("SELECT a FROM t WHERE a IN ($n, $t, $b, $d, $s)", n=None, t=True, b=7, d=AT, s="x")

    assert "(NULL, TRUE, 7, CAST('2026-11-01 12:30:15.250' AS TIMESTAMP), 'x')" in sql


def test_a_parameter_without_a_value_is_an_error_of_ours() -> None:
    with pytest.raises(KeyError):
        rendered("SELECT $missing AS a")


def test_the_names_of_tables_are_quoted() -> None:
    name = quote_table("s3tablescatalog/aws-s3", 'b_"x', "inventory")

    assert rendered(f"SELECT a FROM {name}") == 'SELECT a FROM "s3tablescatalog/aws-s3"."b_""x"."inventory"'
