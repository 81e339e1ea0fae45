"""What `s3kms objects` costs on a report of S3 Inventory, beside the same SQL run bare in DuckDB.

    python -m benchmarks.objects                            # 50 million rows in Parquet: 5 GB, removed afterwards
    python -m benchmarks.objects --rows 2000000 --form CSV  # gzipped; ORC, too
    python -m benchmarks.objects --memory 512MiB --repeat 3

The report is made here. Verifying its checksums is measured by itself: the bare SQL has nothing like it. Compare the
ratios of one run, not the seconds.
"""

import argparse
import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import ROOT, Used, run

from s3kms.objects.evidence.inventory_columns import csv_report_columns, typed_report_columns

MAX_RATIO = 1.2
_ROWS_A_FILE = 1_000_000
_BUCKET, _FOLDER = "example-source", "inventory/example-source/daily"
_SUFFIXES = {"Parquet": "parquet", "CSV": "csv.gz", "ORC": "orc"}
_SCHEMA = (
    "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, LastModifiedDate, ETag, StorageClass, "
    "IsMultipartUploaded, ReplicationStatus, EncryptionStatus, BucketKeyStatus"
)
_ROWS = """
SELECT
  '{bucket}' AS bucket,
  {key} AS key,
  md5('v' || i) AS version_id,
  i % 5 <> 0 AS is_latest,
  i % 97 = 0 AS is_delete_marker,
  CASE WHEN i % 97 <> 0 THEN CAST(hash(i * 7) % 10000000 AS BIGINT) END AS size,
  {time} AS last_modified_date,
  md5(CAST(i AS VARCHAR)) AS e_tag,
  ['STANDARD', 'STANDARD_IA', 'GLACIER', 'DEEP_ARCHIVE', 'INTELLIGENT_TIERING'][CAST(1 + hash(i * 3) % 5 AS BIGINT)]
    AS storage_class,
  i % 50 = 0 AS is_multipart_uploaded,
  CAST(NULL AS VARCHAR) AS replication_status,
  ['SSE-S3', 'SSE-S3', 'SSE-S3', 'SSE-KMS', 'NOT-SSE', 'DSSE-KMS', 'SSE-C'][CAST(1 + hash(i * 11) % 7 AS BIGINT)]
    AS encryption_status,
  ['ENABLED', 'DISABLED'][1 + i % 2] AS bucket_key_status
FROM range({first}, {end}) AS t(i)
"""
_KEY = (
    "['logs', 'data', 'images', 'backup/2024', 'users', 'tmp', 'exports', 'reports']"
    "[CAST(1 + hash(i) % 8 AS BIGINT)] "
    "|| '/dt=' || strftime(DATE '2020-01-01' + CAST(i % 2000 AS INT), '%Y-%m-%d') || '/part-' "
    "|| lpad(CAST(i AS VARCHAR), 12, '0') || '-' || substr(md5(CAST(i AS VARCHAR)), 1, 16) || '.json.gz'"
)
_TIME = "TIMESTAMP '2020-01-01' + to_seconds(i % 180000000)"
_MAKE = """
import json, sys
import duckdb
connection = duckdb.connect()
connection.execute("SET TimeZone = 'UTC'")
for statement, orc in json.load(open(sys.argv[1])):
    if orc:
        import pyarrow.orc
        pyarrow.orc.write_table(connection.execute(statement).to_arrow_table(), orc, compression="zlib")
    else:
        connection.execute(statement)
"""
_BARE = """
import json, sys
import duckdb
plan = json.load(open(sys.argv[1]))
connection = duckdb.connect()
for setting in plan["settings"]:
    connection.execute(setting)
if plan["orc"]:
    import pyarrow.dataset
    connection.register("report_in_orc", pyarrow.dataset.dataset(plan["orc"], format="orc"))
connection.execute(plan["view"])
for sql, values in plan["questions"]:
    print(len(connection.execute(sql, values).fetchall()))
"""
_VERIFY = """
import sys
from pathlib import Path
from s3kms.objects.evidence.local_report import find_data_files, read_checksum, read_small_file, verify_files
from s3kms.objects.evidence.manifest import read_manifest
path = Path(sys.argv[1])
manifest, _ = read_manifest(read_small_file(path), read_checksum(path), str(path))
verify_files(find_data_files(path, manifest.files))
"""
_PLAN = """
import json, sys
from datetime import datetime
from pathlib import Path
import s3kms.objects.evidence.inventory as inventory
from s3kms.objects.queries.duckdb_table import DuckDbTable
from s3kms.objects.run import summarize_objects
from s3kms.objects.request import ObjectsRequest
asked = []
ask = DuckDbTable.ask
def recorded(table, question, values):
    given = question.given(values).items()
    asked.append((question.sql, {name: str(it) if isinstance(it, datetime) else it for name, it in given}))
    return ask(table, question, values)
DuckDbTable.ask = recorded
summarize_objects(ObjectsRequest(source=sys.argv[1]), lambda: None)
print(json.dumps(asked))
"""


@dataclass(frozen=True, slots=True)
class Report:
    """A report of rows that were made here."""

    manifest: Path
    form: str
    files: tuple[Path, ...]
    rows: int

    @property
    def bytes(self) -> int:
        """Of its data files."""
        return sum(file.stat().st_size for file in self.files)


def make_report(folder: Path, rows: int, form: str) -> Report:
    """Write a report as S3 does: files of a million rows, a manifest and its checksum."""
    data = folder / _FOLDER / "data"
    data.mkdir(parents=True)
    plan, files = [], []
    for number, first in enumerate(range(0, rows, _ROWS_A_FILE)):
        file = data / f"{number:08}.{_SUFFIXES[form]}"
        files.append(file)
        plan.append(_statement(file, form, first, min(first + _ROWS_A_FILE, rows)))
    (folder / "plan.json").write_text(json.dumps(plan))
    _run_script(_MAKE, folder, str(folder / "plan.json"))
    document = {
        "sourceBucket": _BUCKET,
        "destinationBucket": "arn:aws:s3:::example-destination",
        "version": "2016-11-30",
        "creationTimestamp": "1764205200000",
        "fileFormat": form,
        "fileSchema": _SCHEMA,
        "files": [_listed(file) for file in files],
    }
    manifest = folder / _FOLDER / "2025-11-27T01-00Z" / "manifest.json"
    manifest.parent.mkdir()
    manifest.write_text(json.dumps(document))
    manifest.with_name("manifest.checksum").write_text(hashlib.md5(manifest.read_bytes()).hexdigest())
    return Report(manifest, form, tuple(files), rows)


def _statement(file: Path, form: str, first: int, end: int) -> tuple[str, str | None]:
    is_csv = form == "CSV"
    key = f"replace(url_encode({_KEY}), '%2F', '/')" if is_csv else _KEY
    time = f"strftime({_TIME}, '%Y-%m-%dT%H:%M:%S.000Z')" if is_csv else f"CAST({_TIME} AS TIMESTAMPTZ)"
    rows = _ROWS.format(bucket=_BUCKET, key=key, time=time, first=first, end=end)
    if form == "ORC":
        return rows, str(file)
    how = {
        "Parquet": "FORMAT parquet, COMPRESSION snappy",
        "CSV": "FORMAT csv, HEADER false, FORCE_QUOTE *, COMPRESSION gzip",
    }[form]
    return f"COPY ({rows}) TO '{file}' ({how})", None


def _listed(file: Path) -> dict[str, object]:
    with file.open("rb") as opened:
        md5 = hashlib.file_digest(opened, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    return {"key": f"{_FOLDER}/data/{file.name}", "size": file.stat().st_size, "MD5checksum": md5}


def _environment() -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return inherited | {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}


def _run_script(script: str, folder: Path, *arguments: str) -> Used:
    return _run([sys.executable, "-c", script, *arguments], folder)


def _run(command: Sequence[str], folder: Path) -> Used:
    used = run(list(command), _environment(), folder / "output", folder / "errors")
    if used.code not in {0, 10}:
        raise SystemExit(f"{command[:3]} ended with {used.code}: {(folder / 'errors').read_text()}")
    return used


def bare_plan(folder: Path, report: Report, memory: str) -> Path:
    """What the product asks, for DuckDB alone: recorded from a report of some rows in the same form."""
    small = folder / "small"
    small.mkdir()
    sample = make_report(small, 1000, report.form)
    _run_script(_PLAN, small, str(sample.manifest))
    listed = ", ".join(f"'{file}'" for file in report.files)
    plan = {
        "settings": [
            f"SET memory_limit = '{memory}'",
            "SET TimeZone = 'UTC'",
            f"SET temp_directory = '{folder}/spilled'",
        ],
        "orc": [str(file) for file in report.files] if report.form == "ORC" else [],
        "view": _view(report.form, listed),
        "questions": json.loads((small / "output").read_text()),
    }
    path = folder / "bare.json"
    path.write_text(json.dumps(plan))
    return path


def _view(form: str, listed: str) -> str:
    if form == "CSV":
        names = [name.strip() for name in _SCHEMA.split(",")]
        types = ", ".join(f"'c{number}': 'VARCHAR'" for number in range(len(names)))
        relation = (
            f"read_csv([{listed}], columns = {{{types}}}, auto_detect = false, header = false, quote = '\"')"
        )
        return f"CREATE VIEW objects AS {csv_report_columns(names, 'it').select(relation)}"
    typed = dict.fromkeys(("bucket", "key", "version_id", "e_tag", "storage_class"), "VARCHAR")
    typed |= {"encryption_status": "VARCHAR", "bucket_key_status": "VARCHAR", "size": "BIGINT"}
    typed |= {
        "is_latest": "BOOLEAN",
        "is_delete_marker": "BOOLEAN",
        "last_modified_date": "TIMESTAMP WITH TIME ZONE",
    }
    relation = "report_in_orc" if form == "ORC" else f"read_parquet([{listed}])"
    return f"CREATE VIEW objects AS {typed_report_columns(typed.items(), 'it').select(relation)}"


def measure(folder: Path, report: Report, memory: str, repeat: int) -> dict[str, Used]:
    """The least CPU of each, turn by turn, so that whatever else the machine does meets all of them alike."""
    product = [sys.executable, "-m", "s3kms", "objects", "--from", str(report.manifest), "--memory", memory]
    bare = bare_plan(folder, report, memory)
    found: dict[str, list[Used]] = {"s3kms objects": [], "its checksums alone": [], "the same SQL, bare": []}
    for _ in range(repeat):
        found["s3kms objects"].append(_run([*product, "--format", "json"], folder))
        found["its checksums alone"].append(_run_script(_VERIFY, folder, str(report.manifest)))
        found["the same SQL, bare"].append(_run_script(_BARE, folder, str(bare)))
    return {name: min(runs, key=lambda used: used.cpu) for name, runs in found.items()}


def table(found: dict[str, Used], report: Report, memory: str) -> list[str]:
    """Lines of Markdown."""
    lines = [
        f"{report.rows:,} rows of {report.form} in {len(report.files)} files, {report.bytes / 1024**2:,.0f} MiB; "
        f"--memory {memory}\n",
        "| | CPU s | CPU ns/row | wall s | peak MiB |",
        "| --- | --: | --: | --: | --: |",
    ]
    for name, used in found.items():
        a_row = used.cpu / report.rows * 1e9
        lines.append(f"| {name} | {used.cpu:.2f} | {a_row:.0f} | {used.wall:.2f} | {used.peak:.0f} |")
    whole, checksums, bare = found.values()
    ratio = (whole.cpu - checksums.cpu) / bare.cpu
    by_wall = (whole.wall - checksums.wall) / bare.wall
    lines.append(
        f"\nwithout its checksums, to the bare SQL: {ratio:.2f} by CPU, {by_wall:.2f} by wall (at most {MAX_RATIO}: "
        f"{'yes' if ratio <= MAX_RATIO else '**NO**'})"
    )
    return lines


def main() -> None:
    """Make a report, measure, print a table, and remove the report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=50_000_000)
    parser.add_argument("--form", choices=tuple(_SUFFIXES), default="Parquet")
    parser.add_argument("--memory", default="1GiB")
    parser.add_argument("--repeat", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="where the report is made for a while")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="s3kms-bench-", dir=arguments.folder) as made:
        report = make_report(Path(made), arguments.rows, arguments.form)
        found = measure(Path(made), report, arguments.memory, arguments.repeat)
        sys.stdout.write("\n".join(table(found, report, arguments.memory)) + "\n")


if __name__ == "__main__":
    main()
