"""A table in Athena over one report of S3 Inventory: its definition, and its creation (facts D20 to D22 and D40)."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s3kms.model.advice import Advice, Option, Sentence
from s3kms.model.errors import BadInput
from s3kms.objects.evidence.athena_columns import PARTITION
from s3kms.objects.evidence.athena_evidence import athena_client, split_table_name
from s3kms.objects.evidence.manifest import InventoryFormat, InventoryManifest
from s3kms.objects.evidence.stored_report import StoredReport
from s3kms.objects.request import ObjectsRequest
from s3kms.text.sanitize import printable

if TYPE_CHECKING:
    from s3kms.aws.connection import Connection

_PLACE = re.compile(r"(?P<base>.*)/(?P<day>\d{4}-\d{2}-\d{2})T(?P<time>\d{2}-\d{2})Z/[^/]+")
_PLAIN = re.compile(r"[A-Za-z0-9!_.*()/=@:,+ -]+")
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,254}")
_WORD_BEGINS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_PARQUET = re.compile(r"(?:required|optional) (?P<type>\w+) (?P<name>\w+)(?: \((?P<sort>[^;]*)\))?;")
_PARQUET_TYPES = {"binary": "string", "boolean": "boolean", "int64": "bigint"}
_ORC = re.compile(r"(?P<name>\w+):(?P<type>string|boolean|bigint|timestamp)")
_SYMLINKS = "org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat"
_NAMED = {"table": Option("table", "DATABASE.TABLE")}
_MAX_SYMLINK_BYTES = 64 * 1024**2


@dataclass(frozen=True, slots=True)
class _Form:
    """How Athena reads one form of data files."""

    serde: str
    output: str = "org.apache.hadoop.hive.ql.io.IgnoreKeyTextOutputFormat"
    properties: str = ""


_FORMS: Mapping[InventoryFormat, _Form] = {
    InventoryFormat.CSV: _Form(
        "org.apache.hadoop.hive.serde2.OpenCSVSerde",
        "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
    ),
    InventoryFormat.PARQUET: _Form("org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"),
    # By name: by default Athena reads columns of ORC by their place.
    InventoryFormat.ORC: _Form(
        "org.apache.hadoop.hive.ql.io.orc.OrcSerde",
        properties="\nWITH SERDEPROPERTIES ('orc.column.index.access' = 'false')",
    ),
}


@dataclass(frozen=True, slots=True)
class InventoryTable:
    """A table over one report, not created yet."""

    name: str
    """`database.table`."""
    ddl: str
    source: str
    """The manifest of the report."""
    bytes: int
    """Of all its data files: what one query scans at most."""


def define_inventory_table(report: StoredReport, table: str | None) -> InventoryTable:
    """The table over a report. Raises BadInput for one that does not lie as S3 Inventory delivers it, AwsError."""
    name = _checked_name(table)
    place = _PLACE.fullmatch(report.key)
    if place is None:
        raise BadInput(
            f"{report.source} is not where S3 Inventory delivers it",
            advice="a table requires the folder hive next to the folder of the manifest: name the "
            "manifest there",
        )
    dt = f"{place['day']}-{place['time']}"
    location = f"s3://{report.store.bucket}/{place['base']}/hive/"
    if not _PLAIN.fullmatch(location):
        raise BadInput(
            f"{printable(location)} has characters that s3kms does not put into an Athena statement"
        )
    _check_symlinks(report, f"{place['base']}/hive/{PARTITION}={dt}/symlink.txt")
    ddl = _statement(name, columns_of(report.manifest, report.source), report.manifest.format, location, dt)
    return InventoryTable(".".join(name), ddl, report.source, report.manifest.bytes)


def create_inventory_table(connection: "Connection", table: InventoryTable, request: ObjectsRequest) -> None:
    """Create the table; one that has its name already is an error. Raises AwsError."""
    client = athena_client(connection, connection.region, request)
    client.run(table.ddl, f"the definition of the table {table.name}")


def _checked_name(table: str | None) -> tuple[str, str]:
    if table is None:
        raise BadInput(
            "a table over an inventory requires a name",
            advice=Advice("name it with {table}", _NAMED),
        )
    names = split_table_name(table)
    if len(names) != 2 or not all(map(_NAME.fullmatch, names)):  # noqa: PLR2004 - database and table
        raise BadInput(
            Sentence("{table} is not a valid name for a new table", {"table": Option("table", table)}),
            advice="use database.table, in lowercase letters, digits and underscores",
        )
    return names[0], names[1]


def _check_symlinks(report: StoredReport, key: str) -> None:
    """Raises BadInput where the list of files that Athena reads is not that of the manifest, AwsError."""
    where = f"s3://{report.store.bucket}/{printable(key)}"
    data = report.store.read(key, _MAX_SYMLINK_BYTES)
    if data is None:
        raise BadInput(f"{where} does not exist; Athena needs it to find the data files of the report")
    listed = sorted(data.decode(errors="replace").split("\n"))
    promised = sorted(f"s3://{report.store.bucket}/{file.key}" for file in report.manifest.files)
    if [one.strip() for one in listed if one.strip()] != promised:
        raise BadInput(
            f"{where} does not list the files of {report.source}", advice="wait for the next report"
        )


def columns_of(manifest: InventoryManifest, source: str) -> tuple[tuple[str, str], ...]:
    """The columns of a report with Hive's types, in their order. Raises BadInput."""
    if manifest.format is InventoryFormat.CSV:
        found = [(_WORD_BEGINS.sub("_", name).lower(), "string") for name in manifest.csv_columns]
    elif manifest.format is InventoryFormat.ORC:
        found = [(one["name"], one["type"]) for one in _ORC.finditer(manifest.schema)]
    else:
        found = [(one["name"], _of_parquet(one)) for one in _PARQUET.finditer(manifest.schema)]
    names = [name for name, _ in found]
    if (
        not {"bucket", "key"} <= set(names)
        or len(names) != len(set(names))
        or not all(map(_NAME.fullmatch, names))
    ):
        raise BadInput(
            f"the columns of {source} cannot be read from its fileSchema",
            advice=Advice(
                "create a table manually, and pass it with {table}",
                {"table": Option("table", "DATABASE.TABLE")},
            ),
        )
    return tuple(found)


def _of_parquet(column: re.Match[str]) -> str:
    if (column["sort"] or "").startswith("TIMESTAMP"):
        return "timestamp"
    return _PARQUET_TYPES.get(column["type"], column["type"])


def _statement(
    name: Iterable[str], columns: Iterable[tuple[str, str]], form: InventoryFormat, location: str, dt: str
) -> str:
    return "\n".join(_lines(".".join(f"`{part}`" for part in name), columns, _FORMS[form], (location, dt)))


def _lines(
    name: str, columns: Iterable[tuple[str, str]], form: _Form, place: tuple[str, str]
) -> Iterator[str]:
    """The statement line by line. One value of `dt` is projected, so that no other report is ever scanned."""
    location, dt = place
    yield f"CREATE EXTERNAL TABLE {name} ("
    yield ",\n".join(f"  `{column}` {kind}" for column, kind in columns)
    yield ")"
    yield f"PARTITIONED BY (`{PARTITION}` string)"
    yield f"ROW FORMAT SERDE '{form.serde}'{form.properties}"
    yield f"STORED AS INPUTFORMAT '{_SYMLINKS}'"
    yield f"OUTPUTFORMAT '{form.output}'"
    yield f"LOCATION '{location}'"
    yield "TBLPROPERTIES ("
    yield "  'projection.enabled' = 'true',"
    yield f"  'projection.{PARTITION}.type' = 'enum',"
    yield f"  'projection.{PARTITION}.values' = '{dt}'"
    yield ")"
