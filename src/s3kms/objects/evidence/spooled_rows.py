"""Versions that were read one by one, as the relation `objects` in DuckDB: through a file, not through memory."""

import csv
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from s3kms.model.object_summary import EvidenceCoverage
from s3kms.model.objects import ObjectVersion
from s3kms.objects.evidence.interface import QueriedEvidence
from s3kms.objects.queries.duckdb_table import DuckDbSettings, Sources, open_duckdb, quoted
from s3kms.objects.queries.question import OBJECT_COLUMNS


@contextmanager
def open_spooled(
    rows: Iterable[ObjectVersion],
    coverage: Callable[[], EvidenceCoverage],
    *,
    memory: int,
    threads: int | None = None,
) -> Iterator[QueriedEvidence]:
    """The evidence of rows, all of which are read first; `coverage` is called after the last one.

    Raises S3kmsError, and what the rows raise.
    """
    with TemporaryDirectory(prefix="s3kms-objects-") as folder:
        spool = Path(folder) / "rows.csv"
        _write(rows, spool)
        told = coverage()
        sources = Sources(lambda _: _select(spool), [spool], {str(spool): told.name})
        with open_duckdb(DuckDbSettings(Path(folder), memory, threads), sources) as table:
            yield QueriedEvidence(told, table)


def _write(rows: Iterable[ObjectVersion], spool: Path) -> None:
    with spool.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerows(map(_cells, rows))


def _cells(row: ObjectVersion) -> tuple[object, ...]:
    """An empty cell is a field that is not known; a key is quoted, for it may hold anything."""
    return (
        row.bucket,
        quote(row.key, safe=""),
        row.version_id,
        row.is_latest,
        row.is_delete_marker,
        row.size,
        row.etag,
        row.last_modified and row.last_modified.astimezone(UTC).replace(tzinfo=None).isoformat(),
        row.storage_class,
        row.encryption and row.encryption.value,
        row.key_arn,
        row.bucket_key,
    )


def _select(spool: Path) -> str:
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in OBJECT_COLUMNS)
    relation = (
        f"read_csv('{quoted(spool)}', columns = {{{columns}}}, auto_detect = false, header = false, delim = ',', "
        "quote = '\"', escape = '\"', nullstr = '', parallel = false)"
    )
    cast = ", ".join(f"{_typed(name, kind)} AS {name}" for name, kind in OBJECT_COLUMNS.items())
    return f"SELECT {cast} FROM {relation}"  # noqa: S608 - names of ours alone


def _typed(name: str, kind: str) -> str:
    return f"url_decode({name})" if name == "key" else f"CAST({name} AS {kind})"
