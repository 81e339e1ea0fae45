"""A report of S3 Inventory row by row: one verified data file after the other, in an order that stays."""

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from s3kms.model.errors import BadInput
from s3kms.model.object_summary import EvidenceCoverage
from s3kms.model.objects import ObjectVersion
from s3kms.objects.evidence.interface import QueriedEvidence
from s3kms.objects.evidence.inventory import (
    TEMPORARY,
    ReadSettings,
    VerifiedReport,
    check_bucket,
    coverage_of_report,
    open_report,
)
from s3kms.objects.evidence.inventory_columns import csv_report_columns, told_report_columns
from s3kms.objects.evidence.local_report import (
    VerifiedFile,
    find_data_files,
    read_checksum,
    read_small_file,
    verify_file,
)
from s3kms.objects.evidence.manifest import MANIFEST_NAME, InventoryFormat, InventoryManifest, read_manifest
from s3kms.objects.evidence.stored_report import StoredReport, fetch_data_file
from s3kms.objects.queries.question import VERSIONS
from s3kms.text.sanitize import printable

_ROWS_AT_ONCE = 5_000
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class InventoryRows:
    """The versions of a report. Each reading brings, verifies and drops one data file after the other."""

    manifest: InventoryManifest
    source: str
    bring: Callable[[int, Path], VerifiedFile]
    """Makes sure of the data file of a number, with the private folder that it may be fetched into."""
    settings: ReadSettings
    prefix: str = ""

    @property
    def coverage(self) -> EvidenceCoverage:
        """The coverage of the rows, from the columns in the manifest."""
        schema, is_csv = self.manifest.schema, self.manifest.format is InventoryFormat.CSV
        columns = (
            csv_report_columns(self.manifest.csv_columns, self.source)
            if is_csv
            else told_report_columns(_WORD.findall(schema))
        )
        return coverage_of_report(self.manifest, columns, self.source, prefix=self.prefix)

    @property
    def identity(self) -> str:
        """The identity of this report: the checksums of its data files."""
        return json.dumps(["inventory", self.manifest.source_bucket, self.manifest.digest, self.prefix])

    def read(self, after: str = "") -> "InventoryReader":
        """The rows, after a bookmark. Raises BadInput if it is invalid; S3kmsError as they are read."""
        return InventoryReader(self, after)

    def batches(self, file: int, row: int) -> Iterator[tuple[int, list[ObjectVersion]]]:
        """The number of a data file, and some of its rows; from this file on, and in it after so many rows.

        Raises BadInput, S3kmsError.
        """
        for number in range(file, len(self.manifest.files)):
            with TemporaryDirectory(prefix=TEMPORARY) as folder:
                brought = self.bring(number, Path(folder))
                report = VerifiedReport(self.manifest, self.source, [brought], Path(folder))
                with open_report(report, self.settings, keeps_order=True) as evidence:
                    for batch in self._batches_of(evidence, row):
                        yield number, batch
                    evidence.confirm()
            row = 0

    def _batches_of(self, evidence: QueriedEvidence, after: int) -> Iterator[list[ObjectVersion]]:
        values = {"wanted_key": None, "prefix": self.prefix, "after": after}
        batch: list[ObjectVersion] = []
        for version in evidence.versions(VERSIONS, values):
            if version.bucket != self.manifest.source_bucket:
                raise BadInput(f"{self.source} has rows of bucket {printable(str(version.bucket))!r}")
            batch.append(version)
            if len(batch) == _ROWS_AT_ONCE:
                yield batch
                batch = []
        if batch:
            yield batch


class InventoryReader:
    """The rows of a report as they are read, each batch in a thread."""

    def __init__(self, rows: InventoryRows, after: str) -> None:
        self._file, self._row = _parse_bookmark(after)
        self._batches = rows.batches(self._file, self._row)
        self._batch: Iterator[ObjectVersion] = iter(())

    @property
    def bookmark(self) -> str:
        """The data file's number, and how many of its rows were yielded."""
        return json.dumps([self._file, self._row])

    def __aiter__(self) -> "InventoryReader":
        return self

    async def __anext__(self) -> ObjectVersion:
        while (version := next(self._batch, None)) is None:
            found = await asyncio.to_thread(next, self._batches, None)
            if found is None:
                raise StopAsyncIteration
            number, versions = found
            self._file, self._row = number, self._row if number == self._file else 0
            self._batch = iter(versions)
        self._row += 1
        return version

    async def aclose(self) -> None:
        """End what is under way, and remove what was fetched."""
        await asyncio.to_thread(self._batches.close)  # type: ignore[attr-defined]


def local_rows(
    path: Path, settings: ReadSettings, bucket: str | None = None, prefix: str = ""
) -> InventoryRows:
    """The rows of a report whose manifest lies on this machine. Raises BadInput."""
    manifest_path = path / MANIFEST_NAME if path.is_dir() else path
    source = printable(str(manifest_path))
    manifest, _ = read_manifest(read_small_file(manifest_path), read_checksum(manifest_path), source)
    check_bucket(manifest, bucket, source)
    found = find_data_files(manifest_path, manifest.files)

    def bring(number: int, _: Path) -> VerifiedFile:
        return verify_file(*found[number], settings.on_bytes)

    return InventoryRows(manifest, source, bring, settings, prefix)


def stored_rows(
    report: StoredReport, settings: ReadSettings, bucket: str | None = None, prefix: str = ""
) -> InventoryRows:
    """The rows of a report in a bucket, whose data files are fetched one after the other. Raises BadInput."""
    check_bucket(report.manifest, bucket, report.source)

    def bring(number: int, folder: Path) -> VerifiedFile:
        return fetch_data_file(report, number, folder, settings.on_bytes)

    return InventoryRows(report.manifest, report.source, bring, settings, prefix)


def _parse_bookmark(text: str) -> tuple[int, int]:
    if not text:
        return 0, 0
    try:
        file, row = json.loads(text)
        return int(file), int(row)
    except (ValueError, TypeError) as error:
        raise BadInput(f"{printable(text[:80])!r} is not a position in an inventory") from error
