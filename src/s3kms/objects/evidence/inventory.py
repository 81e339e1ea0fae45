"""Evidence from a report of S3 Inventory: its data files as the relation `objects`."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from s3kms.model.advice import Sentence
from s3kms.model.errors import BadInput, S3kmsError
from s3kms.model.object_summary import EvidenceCoverage, EvidenceKind
from s3kms.objects.evidence.interface import QueriedEvidence
from s3kms.objects.evidence.inventory_columns import (
    FIELDS_TO_ADD,
    ReportColumns,
    csv_report_columns,
    typed_report_columns,
)
from s3kms.objects.evidence.local_report import (
    VerifiedFile,
    find_data_files,
    read_checksum,
    read_small_file,
    verify_files,
)
from s3kms.objects.evidence.manifest import (
    MANIFEST_NAME,
    InventoryFormat,
    InventoryManifest,
    read_manifest,
)
from s3kms.objects.evidence.orc_files import open_orc
from s3kms.objects.evidence.stored_report import StoredReport, fetch_data_files
from s3kms.objects.queries.duckdb_table import (
    DEFAULT_MEMORY,
    DuckDbSettings,
    Sources,
    open_duckdb,
    quoted,
)
from s3kms.objects.queries.unpacking import UnpackingBudget
from s3kms.text.sanitize import printable

if TYPE_CHECKING:
    import duckdb

TEMPORARY = "s3kms-objects-"
_ORC_RELATION = "report_in_orc"
_SUFFIXES = {InventoryFormat.CSV: "csv.gz", InventoryFormat.PARQUET: "parquet", InventoryFormat.ORC: "orc"}


@dataclass(frozen=True, slots=True)
class ReadSettings:
    """What reading an evidence may use."""

    memory: int = DEFAULT_MEMORY
    """Bytes."""
    threads: int | None = None
    on_bytes: Callable[[int], object] = lambda _: None
    """Called with the number of bytes of data files verified, from several threads."""


@contextmanager
def open_local_inventory(
    path: Path, settings: ReadSettings, bucket: str | None = None
) -> Iterator[QueriedEvidence]:
    """The evidence of a report whose manifest lies on this machine; every data file is read once and verified first.

    Raises BadInput for a manifest or data files that are not what they should be, or of another bucket than `bucket`.
    """
    manifest_path = path / MANIFEST_NAME if path.is_dir() else path
    source = printable(str(manifest_path))
    manifest, notes = read_manifest(read_small_file(manifest_path), read_checksum(manifest_path), source)
    check_bucket(manifest, bucket, source)
    verified = verify_files(find_data_files(manifest_path, manifest.files), settings.on_bytes)
    with TemporaryDirectory(prefix=TEMPORARY) as folder:
        report = VerifiedReport(manifest, source, verified, Path(folder), notes)
        with open_report(report, settings) as evidence:
            yield evidence


@contextmanager
def open_stored_inventory(
    report: StoredReport, settings: ReadSettings, bucket: str | None = None
) -> Iterator[QueriedEvidence]:
    """The evidence of a report in a bucket; every data file is fetched once into a private folder, and verified.

    The folder is removed at the end. Raises BadInput for data files that are not what they should be, or a report of
    another bucket than `bucket`; S3kmsError where the disk has no room; AwsError.
    """
    check_bucket(report.manifest, bucket, report.source)
    with TemporaryDirectory(prefix=TEMPORARY) as folder:
        files = fetch_data_files(report, Path(folder), settings.on_bytes)
        found = VerifiedReport(report.manifest, report.source, files, Path(folder), report.notes, report.only)
        with open_report(found, settings) as evidence:
            yield evidence


@dataclass(frozen=True, slots=True)
class VerifiedReport:
    """A report whose data files are what its manifest promises."""

    manifest: InventoryManifest
    source: str
    files: Sequence[VerifiedFile]
    folder: Path
    """Private."""
    notes: Sequence[Sentence] = ()
    only: str = ""


@contextmanager
def open_report(
    report: VerifiedReport, settings: ReadSettings, *, keeps_order: bool = False
) -> Iterator[QueriedEvidence]:
    """The evidence of a report that was verified; with `keeps_order`, its rows come in the order of its files.

    Raises BadInput, S3kmsError.
    """
    files = report.files
    reading = _Reading(report.manifest, report.source, _link(files, report.folder, report.manifest.format))
    names = {f"{link}": printable(file.name) for link, file in zip(reading.links, files, strict=True)}
    arrow = {_ORC_RELATION: open_orc(reading.links, names)} if reading.is_read_by_arrow else {}
    is_dear = (
        report.manifest.format is InventoryFormat.CSV
    )  # gunzipped and parsed each time; ORC is not worth it
    budget = UnpackingBudget.of_bytes(sum(file.file.size for file in files))
    sources = Sources(reading.select, reading.links, names, arrow, is_read_once=is_dear, unpacking=budget)
    duckdb = DuckDbSettings(report.folder, settings.memory, settings.threads, keeps_order=keeps_order)
    with open_duckdb(duckdb, sources) as table:
        coverage = coverage_of_report(
            report.manifest, reading.columns, report.source, report.notes, report.only
        )
        yield QueriedEvidence(coverage, table, partial(_check_unchanged, files))


def _link(files: Sequence[VerifiedFile], folder: Path, form: InventoryFormat) -> list[Path]:
    """Each file under a name of ours: DuckDB reads patterns and `key=value` into the names that it is given."""
    links = [folder / f"{number:06}.{_SUFFIXES[form]}" for number in range(len(files))]
    for link, file in zip(links, files, strict=True):
        link.symlink_to(file.path.absolute())
    return links


class _Reading:
    """How DuckDB reads the files of one report."""

    def __init__(self, manifest: InventoryManifest, source: str, links: Sequence[Path]) -> None:
        self.links = links
        self.columns = ReportColumns({})
        self._manifest = manifest
        self._source = source

    @property
    def is_read_by_arrow(self) -> bool:
        """Whether pyarrow reads the files: DuckDB reads ORC only with an extension that it would fetch."""
        return bool(self.links) and self._manifest.format is InventoryFormat.ORC

    def select(self, connection: "duckdb.DuckDBPyConnection") -> str:
        """The SELECT of the relation `objects`. Raises BadInput, and errors of DuckDB."""
        if not self.links:
            return f"{ReportColumns({}).select('(SELECT 1)')} WHERE FALSE"
        if self._manifest.format is InventoryFormat.CSV:
            names = self._manifest.csv_columns
            self.columns = csv_report_columns(names, self._source)
            return self.columns.select(_read_csv(self.links, len(names)))
        relation = _ORC_RELATION if self.is_read_by_arrow else _read_parquet(self.links)
        described = connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()  # noqa: S608 - our names
        self.columns = typed_report_columns(((row[0], row[1]) for row in described), self._source)
        return self.columns.select(relation)


def _read_parquet(links: Sequence[Path]) -> str:
    return f"read_parquet([{_listed(links)}], hive_partitioning = false, binary_as_string = true)"


def _read_csv(links: Sequence[Path], count: int) -> str:
    columns = ", ".join(f"'c{number}': 'VARCHAR'" for number in range(count))
    return (
        f"read_csv([{_listed(links)}], columns = {{{columns}}}, auto_detect = false, header = false, "
        "delim = ',', quote = '\"', escape = '\"', compression = 'gzip', hive_partitioning = false)"
    )


def _listed(links: Sequence[Path]) -> str:
    return ", ".join(f"'{quoted(link)}'" for link in links)


def coverage_of_report(
    manifest: InventoryManifest,
    columns: ReportColumns,
    source: str,
    notes: Sequence[Sentence] = (),
    prefix: str = "",
) -> EvidenceCoverage:
    """What a report with these columns is about."""
    missing = columns.missing if manifest.files else ()
    return EvidenceCoverage(
        name=f"S3 Inventory report of {manifest.created:%Y-%m-%d %H:%M} UTC",
        all_versions=columns.has_versions,
        tells_encryption="encryption" not in missing,
        tells_key=False,  # fact D18
        as_of=manifest.created,
        prefix=prefix,
        missing=tuple(f"the field {FIELDS_TO_ADD[name]} is not in the inventory" for name in missing),
        kind=EvidenceKind.INVENTORY,
        source=source,
        bucket=manifest.source_bucket,
        missing_columns=missing,
        files=len(manifest.files),
        bytes=manifest.bytes,
        notes=tuple(notes),
    )


def _check_unchanged(files: Sequence[VerifiedFile]) -> None:
    changed = next((one for one in files if not one.is_unchanged()), None)
    if changed is not None:
        raise S3kmsError(
            f"{printable(changed.name)} was modified while it was being read, so its counts cannot be "
            "trusted",
            advice="copy the report again, and make sure that nothing writes to it during the run",
        )


def check_bucket(manifest: InventoryManifest, bucket: str | None, source: str) -> None:
    """Raises BadInput if a report is about another bucket than the requested one."""
    if bucket is not None and bucket != manifest.source_bucket:
        raise BadInput(f"{source} lists s3://{printable(manifest.source_bucket)}, not s3://{bucket}")
