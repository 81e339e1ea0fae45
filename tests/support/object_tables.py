"""Tables of Athena's over objects, by their columns, and every question that other engines than DuckDB are asked."""

from datetime import UTC, datetime, timedelta
from typing import Any

from s3kms.aws.athena import ResultColumn
from s3kms.demo.corrections.metadata_tables import COLUMNS
from s3kms.objects.queries import question
from s3kms.objects.queries.question import VERSIONS, ObjectQuestion

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

QUESTIONS = tuple(
    one for one in vars(question).values() if isinstance(one, ObjectQuestion) and one != VERSIONS
)
"""All but that which reads one file of a report in its own order."""
NOW = datetime(2026, 11, 26, 1, tzinfo=UTC)
AGES = {
    "month_ago": 30, "quarter_ago": 90, "year_ago": 365, "three_years_ago": 1095, "young_30": 30, "young_90": 90,
    "young_180": 180,
}  # fmt: skip
"""Days before `NOW`."""
VALUES: dict[str, Any] = {
    "wanted_key": "arn:aws:kms:eu-west-1:111122223333:key/1",
    "limit": 40,
    "copy_limit": 5 * 1024**3,
    **{name: (NOW - timedelta(days=days)).replace(tzinfo=None) for name, days in AGES.items()},
}
"""What the questions are given."""
