"""Tables of Athena's over objects, by their columns: what `recognize_table` is asked about."""

from s3kms.aws.athena import ResultColumn
from s3kms.demo.corrections.metadata_tables import COLUMNS

_TYPED = {
    "bucket": "varchar",
    "key": "varchar",
    "version_id": "varchar",
    "is_latest": "boolean",
    "is_delete_marker": "boolean",
    "size": "bigint",
    "last_modified_date": "timestamp(3)",
    "e_tag": "varchar",
    "storage_class": "varchar",
    "encryption_status": "varchar",
    "bucket_key_status": "varchar",
}
_WORDS = {"TIMESTAMP": "timestamp(6)"}
LIVE_TABLE = tuple(ResultColumn(name, _WORDS.get(kind, kind.lower())) for name, kind in COLUMNS.items())
"""A live inventory table of S3 Metadata."""
TYPED_TABLE = tuple(ResultColumn(name, kind) for name, kind in _TYPED.items())
"""A table over one report in Parquet or ORC."""
CSV_TABLE = tuple(ResultColumn(name, "varchar") for name in (*_TYPED, "dt"))
"""A table over reports in CSV."""
MIXED_TABLE = tuple(
    ResultColumn(name, kind if kind == "boolean" else "varchar") for name, kind in _TYPED.items()
)
"""A table over CSV as AWS's example declares it: truths are booleans, all else is text."""
TABLES = {"live": LIVE_TABLE, "typed": TYPED_TABLE, "csv": CSV_TABLE, "mixed": MIXED_TABLE}
