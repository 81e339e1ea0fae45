"""The columns of a table in Athena as those of the relation `objects`, in DuckDB's SQL (facts D20 to D23 and D30)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from s3kms.model.errors import BadInput
from s3kms.model.object_summary import EvidenceKind
from s3kms.objects.evidence.inventory_columns import (
    COLUMN_NAMES,
    ReportColumns,
    csv_report_columns,
    typed_report_columns,
)
from s3kms.text.sanitize import printable

if TYPE_CHECKING:
    from s3kms.aws.athena import ResultColumn

_TYPES = {
    "varchar": "VARCHAR",
    "string": "VARCHAR",
    "boolean": "BOOLEAN",
    "bigint": "BIGINT",
    "integer": "INTEGER",
    "timestamp": "TIMESTAMP",
    "timestamp with time zone": "TIMESTAMP WITH TIME ZONE",
}
"""Athena's words for types, and DuckDB's."""
_TEXT = frozenset({"varchar", "string", "char"})
_OF_METADATA = {
    "bucket": "varchar",
    "key": "varchar",
    "sequence_number": "varchar",
    "version_id": "varchar",
    "is_delete_marker": "boolean",
    "size": "bigint",
    "last_modified_date": "timestamp",
    "e_tag": "varchar",
    "storage_class": "varchar",
    "encryption_status": "varchar",
    "is_bucket_key_enabled": "boolean",
    "kms_key_arn": "varchar",
}
"""What is used of a live inventory table (fact D23)."""
_IS_MARKER = "coalesce(is_delete_marker, FALSE)"
PARTITION = "dt"
"""The column that distinguishes the reports of an inventory."""


@dataclass(frozen=True, slots=True)
class TableShape:
    """What a table is, by its columns."""

    kind: EvidenceKind
    columns: ReportColumns
    from_table: str
    """`FROM` what, with a place `{table}` for its name."""
    has_reports: bool
    """Whether the column `dt` distinguishes several reports."""

    def relation(self, table: str, condition: str) -> str:
        """The SELECT of the relation `objects`."""
        return f"{self.columns.select(self.from_table.format(table=table))} WHERE {condition}"


def recognize_table(described: Sequence["ResultColumn"], source: str) -> TableShape:
    """What a table is. Raises BadInput where it is neither a live inventory table nor one over an inventory."""
    types = {column.name: column.type.partition("(")[0] for column in described}
    if {"sequence_number", "kms_key_arn"} <= types.keys():
        return _metadata_shape(types, source)
    if "encryption_status" not in types:
        raise BadInput(
            f"{source} is neither an S3 Metadata live inventory table nor a table over S3 Inventory "
            "reports: it has no column encryption_status",
            advice="name another table",
        )
    told = [types[name] for name in ("last_modified_date", "size") if name in types]
    if not told:
        raise BadInput(
            f"{source} has neither last_modified_date nor size: whether its keys are URL-encoded cannot "
            "be determined",
            advice="add one of them to the table",
        )
    has_reports = PARTITION in types
    if told[0] in _TEXT:
        columns, from_table = _csv_columns(types, source)
        return TableShape(EvidenceKind.INVENTORY, columns, from_table, has_reports)
    described_here = [(name, _TYPES.get(kind, kind)) for name, kind in types.items()]
    columns = typed_report_columns(described_here, source)
    return TableShape(EvidenceKind.INVENTORY, columns, "{table}", has_reports)


def _csv_columns(types: dict[str, str], source: str) -> tuple[ReportColumns, str]:
    """A table over CSV: texts, URL-encoded keys, and times in ISO 8601, which Athena's CAST does not take."""
    known = [(column, csv) for csv, column in COLUMN_NAMES if column in types]
    renamed = ", ".join(
        f"{column if types[column] in _TEXT else f'CAST({column} AS VARCHAR)'} AS c{place}"
        for place, (column, _) in enumerate(known)
    )
    also = ", ".join(name for name in ("bucket", PARTITION) if name in types)
    names = [csv for _, csv in known]
    columns = csv_report_columns(names, source)
    if "LastModifiedDate" in names:
        text = f"nullif(c{names.index('LastModifiedDate')}, '')"
        time = f"CAST(replace(replace({text}, 'T', ' '), 'Z', '') AS TIMESTAMP)"
        columns = replace(columns, expressions={**columns.expressions, "last_modified": time})
    return columns, f"(SELECT {renamed}, {also} FROM {{table}}) AS report"  # noqa: S608 - names of ours alone


def _metadata_shape(types: dict[str, str], source: str) -> TableShape:
    for name, kind in _OF_METADATA.items():
        if types.get(name) != kind:
            found = printable(types.get(name, "nothing"))
            raise BadInput(f"{source}: the column {name} is {found}, not {kind}")
    of_versions = {
        "size": "size",
        "etag": "e_tag",
        "storage_class": "storage_class",
        "encryption": "coalesce(encryption_status, 'NOT-SSE')",
        "key_arn": "kms_key_arn",
        "bucket_key": "is_bucket_key_enabled",
    }
    columns = {
        "bucket": "bucket",
        "key": "key",
        "version_id": "CASE WHEN version_id IS NULL OR version_id = '' THEN 'null' ELSE version_id END",
        "is_latest": "sequence_number = max(sequence_number) OVER (PARTITION BY key)",
        "is_delete_marker": _IS_MARKER,
        "last_modified": "CAST(last_modified_date AS TIMESTAMP)",
        **{name: f"CASE WHEN {_IS_MARKER} THEN NULL ELSE {value} END" for name, value in of_versions.items()},
    }
    return TableShape(EvidenceKind.METADATA_TABLE, ReportColumns(columns), "{table}", has_reports=False)
