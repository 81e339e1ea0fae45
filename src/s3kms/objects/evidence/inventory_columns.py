"""The columns of an inventory report as those of the relation `objects`, in DuckDB's SQL (facts D20, D21 and D30)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from s3kms.model.errors import BadInput
from s3kms.objects.queries.question import OBJECT_COLUMNS
from s3kms.text.sanitize import printable

_NAMES = {
    "bucket": ("Bucket", "bucket"),
    "key": ("Key", "key"),
    "version_id": ("VersionId", "version_id"),
    "is_latest": ("IsLatest", "is_latest"),
    "is_delete_marker": ("IsDeleteMarker", "is_delete_marker"),
    "size": ("Size", "size"),
    "etag": ("ETag", "e_tag"),
    "last_modified": ("LastModifiedDate", "last_modified_date"),
    "storage_class": ("StorageClass", "storage_class"),
    "encryption": ("EncryptionStatus", "encryption_status"),
    "bucket_key": ("BucketKeyStatus", "bucket_key_status"),
}
"""Of each of our columns the name in CSV, and that in Parquet and ORC. No report has the key (fact D18)."""
COLUMN_NAMES = tuple(_NAMES.values())
"""Of each column the name in CSV, and that in Parquet, ORC and tables over reports."""
FIELDS_TO_ADD = {ours: csv for ours, (csv, _) in _NAMES.items()}
"""What the configuration of an inventory calls a field that a report lacks."""
_TYPES = {
    "VARCHAR": {"VARCHAR"},
    "BOOLEAN": {"BOOLEAN"},
    "BIGINT": {"BIGINT", "INTEGER"},
    "TIMESTAMP": {
        *("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"),
        *("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ_NS"),
    },
}
_DEFAULTS = {"is_latest": "TRUE", "is_delete_marker": "FALSE"}
"""Without all versions, a report has the current ones alone."""


@dataclass(frozen=True, slots=True)
class ReportColumns:
    """Which of our columns a report has: each as an expression of SQL over its own."""

    expressions: Mapping[str, str]

    @property
    def missing(self) -> tuple[str, ...]:
        """Our columns that it lacks, and that versions can have."""
        without = {*self.expressions, *_DEFAULTS, "version_id", "key_arn"}
        return tuple(name for name in OBJECT_COLUMNS if name not in without)

    @property
    def has_versions(self) -> bool:
        """Whether noncurrent versions are listed."""
        return "version_id" in self.expressions

    def select(self, relation: str) -> str:
        """The columns of `objects` from a relation of SQL."""
        columns = ", ".join(f"{self._column(name)} AS {name}" for name in OBJECT_COLUMNS)
        return f"SELECT {columns} FROM {relation}"  # noqa: S608 - names of ours alone

    def _column(self, name: str) -> str:
        return self.expressions.get(name) or _DEFAULTS.get(name) or f"CAST(NULL AS {OBJECT_COLUMNS[name]})"


def csv_report_columns(names: Sequence[str], source: str) -> ReportColumns:
    """Of a report in CSV, whose columns DuckDB knows as `c0`, `c1`. Raises BadInput."""
    where = {name: f"c{place}" for place, name in enumerate(names)}
    if len(where) < len(names):
        raise BadInput(f"{source} has duplicate columns: {printable(', '.join(names))}")
    found = {ours: where[csv] for ours, (csv, _) in _NAMES.items() if csv in where}
    return _checked({ours: _of_csv(ours, column) for ours, column in found.items()}, source)


def _of_csv(ours: str, column: str) -> str:
    """CSV has an empty text for nothing. Its keys are URL-encoded, a space as `+`."""
    text = f"nullif({column}, '')"
    if ours == "key":
        return f"url_decode(replace({text}, '+', '%20'))"
    if ours == "bucket_key":
        return f"{text} = 'ENABLED'"
    return _with_default(
        ours, text if OBJECT_COLUMNS[ours] == "VARCHAR" else f"CAST({text} AS {OBJECT_COLUMNS[ours]})"
    )


def typed_report_columns(described: Iterable[tuple[str, str]], source: str) -> ReportColumns:
    """Of a report in Parquet or ORC, by the names and types of its columns. Raises BadInput."""
    types = dict(described)
    found = {ours: theirs for ours, (_, theirs) in _NAMES.items() if theirs in types}
    for ours, theirs in found.items():
        expected = "VARCHAR" if ours == "bucket_key" else OBJECT_COLUMNS[ours]
        if types[theirs] not in _TYPES[expected]:
            raise BadInput(
                f"{source}: the column {theirs} is of type {printable(types[theirs])}, not {expected}"
            )
    return _checked({ours: _of_typed(ours, theirs) for ours, theirs in found.items()}, source)


def told_report_columns(names: Iterable[str]) -> ReportColumns:
    """Of a report in Parquet or ORC that was not opened, by the words of its schema: which of our columns it has."""
    there = set(names)
    return ReportColumns({ours: theirs for ours, (_, theirs) in _NAMES.items() if theirs in there})


def _of_typed(ours: str, column: str) -> str:
    if ours == "bucket_key":
        return f"{column} = 'ENABLED'"
    if ours == "last_modified":
        return f"CAST({column} AS TIMESTAMP)"
    return _with_default(ours, column)


def _with_default(ours: str, expression: str) -> str:
    """A version that was written without versioning is the version `null`."""
    default = _DEFAULTS.get(ours) or ("'null'" if ours == "version_id" else None)
    return f"coalesce({expression}, {default})" if default else expression


def _checked(expressions: Mapping[str, str], source: str) -> ReportColumns:
    if lacking := [name for name in ("bucket", "key") if name not in expressions]:
        raise BadInput(f"{source} has no column {' and '.join(FIELDS_TO_ADD[name] for name in lacking)}")
    return ReportColumns(expressions)
