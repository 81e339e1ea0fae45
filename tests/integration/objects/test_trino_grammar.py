"""What Athena is sent, parsed with Trino's grammar: sqlglot hands words through that Athena does not know."""

import pytest
from tests.support.engines.second_opinions import grammar_errors, require_trino_grammar
from tests.support.object_tables import QUESTIONS, TABLES, VALUES

from s3kms.objects.evidence.athena_columns import recognize_table
from s3kms.objects.queries.render import Dialect, quote_table, render_query

TABLE = quote_table("s3tablescatalog/aws-s3", "b_logs", "inventory")


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    require_trino_grammar()


def test_every_question_over_every_table_is_trino_s_sql() -> None:
    statements = [
        render_query(
            question.sql_over(recognize_table(columns, "t").relation(TABLE, "bucket = 'o''brien'")),
            VALUES,
            Dialect.ATHENA,
        ).sql
        for columns in TABLES.values()
        for question in QUESTIONS
    ]

    assert len(statements) == 20
    assert grammar_errors(statements) == [[]] * len(statements)


def test_the_other_statements_are_trino_s_sql() -> None:
    statements = [
        render_query(text, {}, Dialect.ATHENA).sql
        for text in (f"SELECT * FROM {TABLE} LIMIT 0", f"SELECT max(dt) AS newest FROM {TABLE}")
    ]

    assert grammar_errors(statements) == [[], []]


def test_the_grammar_finds_what_would_be_handed_through() -> None:
    handed_through = [
        "SELECT a, COUNT(*) FROM t GROUP BY ALL",
        "SELECT * FROM READ_PARQUET('x.parquet')",
        "SELECT a FROM t QUALIFY ROW_NUMBER() OVER (PARTITION BY a) = 1",
        "SELECT * EXCLUDE (a) FROM t",
    ]

    assert all(grammar_errors(handed_through))
