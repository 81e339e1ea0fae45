"""Reports of S3 Inventory, written as AWS documents them: a manifest, its checksum, and data files in three forms."""

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

CREATED = datetime(2026, 11, 26, 1, tzinfo=UTC)
SOURCE, DESTINATION = "logs", "reports"
CONFIGURATION = "daily"
TYPED = {
    "Bucket": "bucket",
    "Key": "key",
    "VersionId": "version_id",
    "IsLatest": "is_latest",
    "IsDeleteMarker": "is_delete_marker",
    "Size": "size",
    "LastModifiedDate": "last_modified_date",
    "ETag": "e_tag",
    "StorageClass": "storage_class",
    "EncryptionStatus": "encryption_status",
    "BucketKeyStatus": "bucket_key_status",
}
ALL_COLUMNS = tuple(TYPED)
CURRENT_COLUMNS = tuple(name for name in TYPED if name not in {"VersionId", "IsLatest", "IsDeleteMarker"})


_ORC_TYPES = {
    "is_latest": "boolean",
    "is_delete_marker": "boolean",
    "size": "bigint",
    "last_modified_date": "timestamp",
}
_PARQUET_TYPES = {
    "bucket": "required binary {} (STRING);",
    "key": "required binary {} (STRING);",
    "is_latest": "optional boolean {};",
    "is_delete_marker": "optional boolean {};",
    "size": "optional int64 {};",
    "last_modified_date": "optional int64 {} (TIMESTAMP(MILLIS,true));",
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of a report."""

    key: str
    version_id: str | None = "v1"
    is_latest: bool = True
    is_delete_marker: bool = False
    size: int | None = 100
    last_modified: datetime | None = datetime(2026, 11, 1, tzinfo=UTC)
    etag: str | None = "0123456789abcdef0123456789abcdef"
    storage_class: str | None = "STANDARD"
    encryption: str | None = "SSE-S3"
    bucket_key: str | None = "DISABLED"
    bucket: str = SOURCE

    def cells(self) -> dict[str, Any]:
        """Column of CSV to value."""
        return dict(
            zip(
                TYPED,
                (
                    *(
                        self.bucket,
                        self.key,
                        self.version_id,
                        self.is_latest,
                        self.is_delete_marker,
                        self.size,
                    ),
                    *(self.last_modified, self.etag, self.storage_class, self.encryption, self.bucket_key),
                ),
                strict=True,
            )
        )


def marker(key: str, version_id: str = "m1") -> Row:
    """A delete marker: it has no content, and so nothing of what content has."""
    return Row(
        key=key, version_id=version_id, is_delete_marker=True, size=None, etag=None, storage_class=None,
        encryption=None, bucket_key=None,
    )  # fmt: skip


@dataclass
class Report:
    """A report in a folder, laid out as in its destination bucket."""

    root: Path
    form: str = "CSV"
    columns: Sequence[str] = ALL_COLUMNS
    source: str = SOURCE
    created: datetime = CREATED
    files: list[dict[str, Any]] = field(default_factory=list)

    @property
    def folder(self) -> str:
        """Below the root."""
        return f"inventory/{self.source}/{CONFIGURATION}"

    @property
    def manifest(self) -> Path:
        """Its path."""
        return self.root / self.folder / f"{self.created:%Y-%m-%dT%H-%MZ}" / "manifest.json"

    def add(self, rows: Sequence[Row]) -> Path:
        """Write one more data file."""
        suffix = {"CSV": "csv.gz", "Parquet": "parquet", "ORC": "orc"}[self.form]
        name = f"{len(self.files):08x}-aaaa-bbbb-cccc-{int(self.created.timestamp()):012x}"
        key = f"{self.folder}/data/{name}.{suffix}"
        data = {"CSV": self._csv, "Parquet": self._parquet, "ORC": self._orc}[self.form](rows)
        path = self.root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        self.files.append({"key": key, "size": len(data), "MD5checksum": hashlib.md5(data).hexdigest()})
        return path

    def document(self) -> dict[str, Any]:
        """What the manifest says."""
        return {
            "sourceBucket": self.source,
            "destinationBucket": f"arn:aws:s3:::{DESTINATION}",
            "version": "2016-11-30",
            "creationTimestamp": str(int(self.created.timestamp() * 1000)),
            "fileFormat": self.form,
            "fileSchema": self._schema(),
            "files": self.files,
        }

    def _schema(self) -> str:
        """As AWS writes it for each form."""
        if self.form == "CSV":
            return ", ".join(self.columns)
        names = [TYPED.get(name, name) for name in self.columns]
        if self.form == "ORC":
            fields = [f"{name}:{_ORC_TYPES.get(name, 'string')}" for name in names]
            return f"struct<{','.join(fields)}>"
        columns = [_PARQUET_TYPES.get(name, "optional binary {} (STRING);").format(name) for name in names]
        return f"message s3.inventory {{ {' '.join(columns)}}}"

    def link(self) -> Path:
        """Write the list of data files that Hive reads; returns it."""
        path = self.root / self.folder / "hive" / f"dt={self.created:%Y-%m-%d-%H-%M}" / "symlink.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(f"s3://{DESTINATION}/{file['key']}" for file in self.files))
        return path

    def finish(self, **changed: Any) -> Path:
        """Write the manifest and its checksum; returns the manifest."""
        data = json.dumps({**self.document(), **changed}, indent=2).encode()
        self.manifest.parent.mkdir(parents=True, exist_ok=True)
        self.manifest.write_bytes(data)
        self.manifest.with_name("manifest.checksum").write_text(hashlib.md5(data).hexdigest())
        return self.manifest

    def _csv(self, rows: Sequence[Row]) -> bytes:
        text = io.StringIO()
        writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
        for row in rows:
            cells = row.cells()
            cells["Key"] = quote_plus(row.key, safe="/")
            writer.writerow([_csv_text(cells.get(name)) for name in self.columns])
        return gzip.compress(text.getvalue().encode(), mtime=0)

    def _table(self, rows: Sequence[Row]) -> Any:
        import pyarrow as pa

        types = {"size": pa.int64(), "last_modified_date": pa.timestamp("ms", "UTC")}
        types |= {"is_latest": pa.bool_(), "is_delete_marker": pa.bool_()}
        names = [TYPED.get(name, name) for name in self.columns]
        schema = pa.schema([(name, types.get(name, pa.string())) for name in names])
        cells = [row.cells() for row in rows]
        columns = {TYPED.get(name, name): [one.get(name) for one in cells] for name in self.columns}
        return pa.table(columns, schema=schema)

    def _parquet(self, rows: Sequence[Row]) -> bytes:
        import pyarrow.parquet

        file = io.BytesIO()
        pyarrow.parquet.write_table(self._table(rows), file, compression="snappy")
        return file.getvalue()

    def _orc(self, rows: Sequence[Row]) -> bytes:
        import pyarrow.orc

        file = io.BytesIO()
        table = self._table(rows)
        if "last_modified_date" in table.schema.names:  # a plain timestamp in ORC (fact D21)
            place = table.schema.get_field_index("last_modified_date")
            plain = table.column(place).cast(pyarrow.timestamp("ns"))
            table = table.set_column(place, "last_modified_date", plain)
        pyarrow.orc.write_table(table, file, compression="zlib")
        return file.getvalue()


def _csv_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:%Y-%m-%dT%H:%M:%S.000Z}" if isinstance(value, datetime) else str(value)


def write_report(
    root: Path, *files: Sequence[Row], form: str = "CSV", columns: Sequence[str] = ALL_COLUMNS
) -> Path:
    """A whole report of these data files; returns its manifest."""
    report = Report(root, form, columns)
    for rows in files:
        report.add(rows)
    return report.finish()
