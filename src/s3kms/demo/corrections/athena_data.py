"""What a statement of Athena's is run over: tables of the embedded AWS as relations of DuckDB."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from moto.s3.models import s3_backends

from s3kms.demo.corrections import metadata_tables
from s3kms.demo.corrections.objects import stored_object
from s3kms.demo.corrections.ownership import bucket_named

if TYPE_CHECKING:
    from collections.abc import Iterator

_CREATE = re.compile(
    r"\s*CREATE EXTERNAL TABLE\s+(?P<name>[`\w.\-]+)\s*\((?P<columns>.*?)\)\s*PARTITIONED BY.*?"
    r"ROW FORMAT SERDE\s+'(?P<serde>[^']+)'.*?STORED AS INPUTFORMAT\s+'(?P<input>[^']+)'.*?"
    r"LOCATION\s+'(?P<location>s3://[^']+)'\s*TBLPROPERTIES\s*\((?P<properties>.*)\)\s*",
    re.DOTALL | re.IGNORECASE,
)
_COLUMN = re.compile(r"`?(\w+)`?\s+(\w+)")
_PROPERTY = re.compile(r"'([^']+)'\s*=\s*'([^']*)'")
_SYMLINKS = "org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat"
_SERDES = {
    "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe": "parquet",
    "org.apache.hadoop.hive.ql.io.orc.OrcSerde": "orc",
    "org.apache.hadoop.hive.serde2.OpenCSVSerde": "csv",
}
_TYPES = {"HUGEINT": "bigint", "BIGINT": "bigint", "INTEGER": "integer", "VARCHAR": "varchar"}
_HIVE = {"string": "VARCHAR", "boolean": "BOOLEAN", "bigint": "BIGINT", "timestamp": "TIMESTAMP"}
"""Hive's types, and DuckDB's."""
_BYTES_OF_ROW = 40
"""What a row of a live inventory table counts as scanned."""


class QueryRefused(Exception):
    """Why a query fails, in the words of Athena."""


@dataclass(frozen=True, slots=True)
class StatementResult:
    """What a statement gave: columns with Athena's types, rows of text."""

    columns: list[tuple[str, str]]
    rows: list[list[str | None]]
    scanned_bytes: int


@dataclass(frozen=True, slots=True)
class _ExternalTable:
    columns: dict[str, str]
    """With Hive's types."""
    format: str
    location: str
    partitions: list[str]


_external: dict[tuple[str, str, str], _ExternalTable] = {}
"""By account, region and `database.table`."""


def forget_external_tables() -> None:
    """Forget every table that was created."""
    _external.clear()


def run_statement(sql: str, account: str, region: str) -> StatementResult:
    """Run one statement. Raises QueryRefused."""
    if sql.lstrip().upper().startswith("CREATE"):
        return _create(sql, account, region)
    try:
        import duckdb
        import sqlglot
    except ImportError as error:
        raise QueryRefused("the embedded Athena needs duckdb and sqlglot") from error
    try:
        tree = sqlglot.parse_one(sql, read="athena")
    except sqlglot.errors.ParseError as error:
        raise QueryRefused(f"line 1:1: mismatched input: {error}") from error
    with tempfile.TemporaryDirectory() as folder, duckdb.connect(":memory:") as database:
        database.execute("SET TimeZone = 'UTC'")
        data = _Data(account, region, Path(folder), database)
        for table in list(tree.find_all(sqlglot.exp.Table)):
            if table.args.get("db"):
                table.replace(sqlglot.exp.to_table(data.relation(table.catalog, table.db, table.name)))
        try:
            answer = database.execute(tree.sql(dialect="duckdb"))
            columns = [(name, _athena_type(str(kind))) for name, kind, *_ in answer.description or ()]
            rows = [[_text(value) for value in row] for row in answer.fetchall()]
        except duckdb.Error as error:
            raise QueryRefused(f"line 1:1: {error}") from error
    return StatementResult(columns, rows, data.scanned)


def _create(sql: str, account: str, region: str) -> StatementResult:
    found = _CREATE.fullmatch(sql)
    if found is None or found["input"] != _SYMLINKS or found["serde"] not in _SERDES:
        raise QueryRefused(
            "FAILED: ParseException: this server knows tables over reports of S3 Inventory alone"
        )
    name = found["name"].replace("`", "")
    properties = dict(_PROPERTY.findall(found["properties"]))
    if (account, region, name) in _external:
        raise QueryRefused(
            f"FAILED: Execution Error: AlreadyExistsException(message:Table {name} already exists.)"
        )
    _external[account, region, name] = _ExternalTable(
        dict(_COLUMN.findall(found["columns"])),
        _SERDES[found["serde"]],
        found["location"],
        properties.get("projection.dt.values", "").split(","),
    )
    return StatementResult([("result", "varchar")], [], 0)


@dataclass(slots=True)
class _Data:
    """The relations of one statement."""

    account: str
    region: str
    folder: Path
    database: Any
    scanned: int = 0
    _names: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def relation(self, catalog: str, database: str, name: str) -> str:
        """The name of the relation that is this table, made where it is not there yet. Raises QueryRefused."""
        place = (catalog, database, name)
        if place not in self._names:
            self._names[place] = f"t{len(self._names)}"
            if catalog == metadata_tables.CATALOG:
                self._add_metadata(self._names[place], database, name)
            else:
                self._add_external(self._names[place], database, name)
        return self._names[place]

    def _add_metadata(self, relation: str, namespace: str, name: str) -> None:
        buckets = s3_backends[self.account]["aws"].buckets.values()
        found = [
            bucket
            for bucket in buckets
            if metadata_tables.namespace_of(bucket.name) == namespace
            and bucket.region_name == self.region
            and metadata_tables.has_inventory_table(bucket.name)
        ]
        if not found or name != metadata_tables.INVENTORY_TABLE:
            raise _not_found(metadata_tables.CATALOG, namespace, name)
        rows = list(metadata_tables.inventory_rows(found[0]))
        columns = metadata_tables.COLUMNS.items()
        lists = ", ".join(f"unnest(CAST(? AS {kind}[])) AS {column}" for column, kind in columns)
        values = [[row[place] for row in rows] for place in range(len(columns))]
        self.database.execute(f"CREATE TABLE {relation} AS SELECT {lists}", values)
        self.scanned += len(rows) * _BYTES_OF_ROW

    def _add_external(self, relation: str, database: str, name: str) -> None:
        table = _external.get((self.account, self.region, f"{database}.{name}"))
        if table is None:
            raise _not_found("awsdatacatalog", database, name)
        columns = ", ".join(
            f'CAST("{name}" AS {_HIVE[kind]}) AS "{name}"' for name, kind in table.columns.items()
        )
        parts = [
            f"SELECT {columns}, '{partition}' AS dt FROM {self._read(table, partition)}"  # noqa: S608 - ours
            for partition in table.partitions
        ]
        self.database.execute(f"CREATE TABLE {relation} AS {' UNION ALL '.join(parts)}")

    def _read(self, table: _ExternalTable, partition: str) -> str:
        files = []
        for number, text in enumerate(_symlinked(f"{table.location}dt={partition}/symlink.txt")):
            content = _content(text)
            self.scanned += len(content)
            path = self.folder / f"{partition}-{number}.{'csv.gz' if table.format == 'csv' else table.format}"
            path.write_bytes(content)
            files.append(str(path))
        if table.format == "csv":
            columns = ", ".join(f"'{name}': 'VARCHAR'" for name in table.columns)
            return f"read_csv({files}, header = false, columns = {{{columns}}}, nullstr = '\\0')"
        return f"read_parquet({files})" if table.format == "parquet" else self._read_orc(files)

    def _read_orc(self, files: list[str]) -> str:
        import pyarrow as pa
        import pyarrow.orc

        name = f"orc{len(self._names)}"
        self.database.register(name, pa.concat_tables([pyarrow.orc.read_table(file) for file in files]))
        return name


def _symlinked(location: str) -> Iterator[str]:
    return iter(_content(location).decode().split())


def _content(location: str) -> bytes:
    bucket_name, _, key = location.removeprefix("s3://").partition("/")
    bucket = bucket_named(bucket_name)
    stored = None if bucket is None else stored_object(bucket, key, None)
    if stored is None:
        raise QueryRefused(f"HIVE_CANNOT_OPEN_SPLIT: Error opening Hive split {location}: NoSuchKey")
    return bytes(stored.value)


def _not_found(catalog: str, database: str, name: str) -> QueryRefused:
    return QueryRefused(f"TABLE_NOT_FOUND: line 1:15: Table '{catalog}.{database}.{name}' does not exist")


def _athena_type(kind: str) -> str:
    return _TYPES.get(kind, kind.lower())


def _text(value: Any) -> str | None:
    """A value as GetQueryResults has it."""
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat(" ", "milliseconds") if isinstance(value, datetime) else str(value)
