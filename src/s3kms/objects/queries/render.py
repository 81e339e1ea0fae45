"""The SQL of a question in another engine's dialect: translated where that is sure, refused where it is not."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any

from s3kms.model.errors import BadInput, S3kmsError

if TYPE_CHECKING:
    from sqlglot import exp


class Dialect(StrEnum):
    """The engines that a question is rendered for, in sqlglot's words."""

    ATHENA = "athena"
    SPARK = "spark"


_SAME_EVERYWHERE = frozenset({"URL_DECODE"})
"""Functions that sqlglot does not know, and that DuckDB, Trino and Spark have under one name."""
_TRANSLATED = frozenset(
    {
        *(
            "Select",
            "With",
            "CTE",
            "From",
            "Where",
            "Group",
            "Order",
            "Ordered",
            "Limit",
            "Subquery",
            "Table",
        ),
        *("Alias", "TableAlias", "Column", "Identifier", "Literal", "Null", "Boolean", "Star", "Placeholder"),
        *("And", "Or", "Not", "EQ", "GT", "Is", "In", "Case", "If", "Cast", "DataType", "Coalesce", "Nullif"),
        *("Replace", "Substring", "StrPosition", "Count", "Sum", "Max", "Window"),
    }
)
"""The constructs that the questions use, whose translation the tests hold against other engines."""


@dataclass(frozen=True, slots=True)
class RenderedQuery:
    """A statement in another engine's dialect."""

    sql: str
    columns: tuple[str, ...]
    """The names of the answer's columns."""


def render_query(sql: str, values: Mapping[str, Any], dialect: Dialect) -> RenderedQuery:
    """A statement in DuckDB's dialect in another one, with values in the place of its parameters.

    Raises S3kmsError for a construct that sqlglot would hand through untranslated, and BadInput without sqlglot.
    """
    sqlglot = _import_sqlglot()
    tree = sqlglot.parse_one(sql, read="duckdb")
    for node in tree.walk():
        _require_translated(node)
    tree = tree.transform(_fill, values)
    try:
        text = tree.sql(dialect=dialect.value, unsupported_level=sqlglot.ErrorLevel.RAISE)
    except sqlglot.errors.UnsupportedError as error:
        raise S3kmsError(f"a query of s3kms has no translation for {dialect.value}: {error}") from error
    return RenderedQuery(text, tuple(tree.named_selects))


def quote_table(*names: str) -> str:
    """The name of a table in DuckDB's dialect, each part quoted: a catalog, a database and a table."""
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)


@cache
def _import_sqlglot() -> Any:
    try:
        import sqlglot
    except ImportError as error:
        raise BadInput(
            "querying Athena requires sqlglot, which is not installed", advice="pip install 's3kms[objects]'"
        ) from error
    return sqlglot


def _require_translated(node: "exp.Expression") -> None:
    kind, arguments = type(node).__name__, node.args
    is_known = kind in _TRANSLATED or (kind == "Anonymous" and str(node.name).upper() in _SAME_EVERYWHERE)
    if kind == "Group":  # GROUP BY ALL, CUBE, ROLLUP
        is_known = set(filter(arguments.get, arguments)) <= {"expressions"}
    elif kind == "Select":  # DISTINCT ON, QUALIFY, USING SAMPLE
        is_known = set(filter(arguments.get, arguments)) <= _CLAUSES
    elif kind == "Table":  # read_parquet(…) in the place of a table, or the name of a file
        is_known = type(arguments["this"]).__name__ == "Identifier" and _is_table_name(arguments)
    elif kind == "Column":  # ORDER BY ALL
        is_known = node.name.upper() != "ALL"
    elif kind == "Star":  # EXCLUDE, REPLACE
        is_known = not any(arguments.values())
    if not is_known:
        raise S3kmsError(
            f"a query of s3kms has {kind}, whose translation is uncertain: {node.sql('duckdb')[:80]}"
        )


def _is_table_name(arguments: Mapping[str, Any]) -> bool:
    """Whether a name is that of a table: DuckDB takes a quoted name without a database for a file."""
    return bool(arguments.get("db")) or not arguments["this"].args.get("quoted")


_CLAUSES = frozenset({"with_", "expressions", "from_", "where", "group", "order", "limit"})


def _fill(node: "exp.Expression", values: Mapping[str, Any]) -> "exp.Expression":
    """A parameter replaced by its value as a literal, which sqlglot quotes for the dialect. Raises KeyError."""
    from sqlglot import exp

    if not isinstance(node, exp.Placeholder):
        return node
    value = values[node.name]
    if value is None:
        return exp.null()
    if isinstance(value, datetime):
        return exp.cast(exp.Literal.string(value.isoformat(" ", "milliseconds")), "timestamp")
    if isinstance(value, bool):
        return exp.Boolean(this=value)
    if isinstance(value, int):
        return exp.Literal.number(value)
    return exp.Literal.string(value)
