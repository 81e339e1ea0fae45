"""A report of S3 Inventory in a bucket: the newest that is finished, fetched and verified."""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from s3kms.model.advice import Advice, Sentence
from s3kms.model.errors import BadInput, S3kmsError
from s3kms.model.inventory import ENCRYPTION_FIELD, InventoryConfiguration
from s3kms.objects.evidence.local_report import MAX_CHECKSUM_BYTES, VerifiedFile, check_bytes, verified_state
from s3kms.objects.evidence.manifest import (
    CHECKSUM_NAME,
    MANIFEST_NAME,
    MAX_MANIFEST_BYTES,
    InventoryManifest,
    read_manifest,
)
from s3kms.objects.evidence.threads import map_in_threads
from s3kms.text.sanitize import printable

if TYPE_CHECKING:
    from s3kms.aws.connection import Connection
    from s3kms.aws.inventory_reports import ReportStore

_FOLDER = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}-\d{2}Z")
_MAX_UNFINISHED = 10
"""Reports that are looked at: one that never ends stops no other."""
_FETCHES_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class StoredReport:
    """A report whose manifest was read."""

    store: "ReportStore"
    manifest: InventoryManifest
    source: str
    """The manifest, as a reader knows it."""
    notes: tuple[Sentence, ...] = ()
    only: str = ""
    """The prefix of the keys that are listed."""
    key: str = ""
    """Of the manifest."""


def open_stored_report(connection: "Connection", address: str) -> StoredReport:
    """The report whose manifest stands at `s3://bucket/key`. Raises BadInput, AwsError."""
    from s3kms.aws.inventory_reports import ReportStore

    bucket, _, key = address.partition("://")[2].partition("/")
    if not bucket or not key or key.endswith("/"):
        raise BadInput(
            f"{printable(address)} does not name a manifest",
            advice=f"use s3://bucket/…/{MANIFEST_NAME}",
        )
    store = ReportStore(connection, bucket)
    found = _read_report(store, key)
    if found is None:
        raise BadInput(f"{printable(address)} does not exist", advice="list what exists: aws s3 ls")
    return found


def find_best_report(
    connection: "Connection", bucket: str, now: datetime
) -> tuple[StoredReport | None, tuple[Sentence, ...]]:
    """The newest report of the inventories that tell most; and why the others have none. Raises AwsError."""
    from s3kms.aws.inventory_reports import ReportStore, list_inventory_configurations

    configurations = list_inventory_configurations(connection, bucket)
    reasons = [] if configurations else [Sentence(f"s3://{bucket} has no inventory")]
    by_worth = sorted(configurations, key=lambda one: one.worth, reverse=True)
    for _, alike in groupby(by_worth, key=lambda one: one.worth):
        found: list[StoredReport] = []
        for one in alike:
            why = _why_not_read(one)
            newest = why or _newest(ReportStore(connection, one.bucket, one.account), one, now)
            if isinstance(newest, StoredReport):
                found.append(newest)
            else:
                reasons.append(newest)
        if found:
            return max(found, key=lambda report: report.manifest.created), tuple(reasons)
    return None, tuple(reasons)


def _why_not_read(configuration: InventoryConfiguration) -> Sentence | None:
    name = f"the inventory {printable(configuration.id)}"
    if not configuration.is_enabled:
        return Sentence(f"{name} is disabled")
    if ENCRYPTION_FIELD not in configuration.fields:
        return Sentence(f"{name} lacks the field {ENCRYPTION_FIELD}")
    return None


def _newest(
    store: "ReportStore", configuration: InventoryConfiguration, now: datetime
) -> StoredReport | Sentence:
    """The newest report that is finished, or why there is none. Raises AwsError."""
    folder, name = configuration.folder, f"the inventory {printable(configuration.id)}"
    dated = sorted(filter(_FOLDER.fullmatch, store.folders(folder)), reverse=True)
    where = f"s3://{printable(configuration.bucket)}/{printable(folder)}"
    notes: list[Sentence] = []
    for date in dated[:_MAX_UNFINISHED]:
        found = _read_report(store, f"{folder}{date}/{MANIFEST_NAME}")
        if found is None:
            notes.append(Sentence(f"the report of {name} of {date} is incomplete: it has no {MANIFEST_NAME}"))
            continue
        _check_origin(found, configuration)
        notes += _age_notes(found, configuration, now)
        return replace(found, notes=(*found.notes, *notes), only=configuration.only)
    if dated:
        return Sentence(f"{name} has no complete report under {where}")
    return Sentence(f"{name} has no report under {where} yet: the first one may take 48 hours")


def _check_origin(found: StoredReport, configuration: InventoryConfiguration) -> None:
    """Raises BadInput where the report of an inventory is about another bucket."""
    if found.manifest.source_bucket != configuration.source:
        raise BadInput(
            f"{found.source} lists s3://{printable(found.manifest.source_bucket)}, but is among the "
            f"reports of s3://{configuration.source}"
        )


def _age_notes(
    found: StoredReport, configuration: InventoryConfiguration, now: datetime
) -> Iterator[Sentence]:
    age = now - found.manifest.created
    if age > configuration.expected_age:
        yield Sentence(
            f"the newest report of {printable(configuration.id)} is {age.days} days old, but "
            f"{printable(configuration.frequency.lower())} reports are configured: the policy of the "
            "destination bucket, or of its key, may block delivery"
        )
    if configuration.only:
        yield Sentence(f"the inventory covers only keys that begin with {printable(configuration.only)!r}")


def _read_report(store: "ReportStore", key: str) -> StoredReport | None:
    """The report of a manifest; None where there is none. Raises BadInput, AwsError."""
    data = store.read(key, MAX_MANIFEST_BYTES)
    if data is None:
        return None
    source = f"s3://{store.bucket}/{printable(key)}"
    checksum = store.read(f"{key.rpartition('/')[0]}/{CHECKSUM_NAME}".lstrip("/"), MAX_CHECKSUM_BYTES)
    manifest, notes = read_manifest(data, checksum, source)
    return StoredReport(store, manifest, source, notes, key=key)


def fetch_data_files(
    report: StoredReport, folder: Path, on_bytes: Callable[[int], object] = lambda _: None
) -> list[VerifiedFile]:
    """Fetch every data file into a private folder, and compare it with the manifest as it comes.

    Raises BadInput for a file that differs, S3kmsError where the disk has no room, AwsError.
    """
    _check_room(folder, report.manifest.bytes)
    numbers = range(len(report.manifest.files))

    def fetched(number: int) -> VerifiedFile:
        return fetch_data_file(report, number, folder, on_bytes)

    return map_in_threads(fetched, numbers, at_once=min(_FETCHES_AT_ONCE, len(numbers)))


def fetch_data_file(
    report: StoredReport, number: int, folder: Path, on_bytes: Callable[[int], object] = lambda _: None
) -> VerifiedFile:
    """Fetch one data file into a private folder, and compare it with the manifest as it comes.

    Raises BadInput where it differs, S3kmsError where the disk has no room, AwsError.
    """
    file = report.manifest.files[number]
    path = folder / f"fetched-{number:06}"
    where = f"s3://{report.store.bucket}/{file.key}"
    try:
        with path.open("xb") as opened:
            size, md5 = report.store.fetch(file.key, opened, on_bytes)
    except OSError as error:
        raise S3kmsError(f"{printable(where)} could not be written to {path}: {error.strerror}") from error
    check_bytes(file, size, md5, where)
    return VerifiedFile(file, path, verified_state(path.stat()), where)


def _check_room(folder: Path, size: int) -> None:
    free = shutil.disk_usage(folder).free
    if size > free:
        raise S3kmsError(
            f"the report has {size:,} bytes, but {folder} has {free:,} bytes free",
            advice=Advice("set TMPDIR to a folder with more free space"),
        )
