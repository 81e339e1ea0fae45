"""Which evidence tells of the objects of a bucket: the one that was named, else the best there is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from s3kms.model.advice import Advice, Option
from s3kms.model.errors import NothingToCheck
from s3kms.objects.evidence.interface import QueriedEvidence
from s3kms.objects.evidence.inventory import ReadSettings, open_local_inventory, open_stored_inventory
from s3kms.objects.evidence.stored_report import StoredReport, find_best_report, open_stored_report
from s3kms.objects.request import STORED, ObjectsRequest

if TYPE_CHECKING:
    from s3kms.aws.connection import Connection


@contextmanager
def open_evidence(
    request: ObjectsRequest,
    connect: "Callable[[], Connection]",
    on_bytes: Callable[[int], object] = lambda _: None,
) -> Iterator[QueriedEvidence]:
    """The evidence, ready to be asked; `connect` is called where it is in AWS.

    Raises BadInput, NothingToCheck where there is none, AwsError, S3kmsError.
    """
    settings = ReadSettings(request.memory, request.threads, on_bytes)
    bucket = None if request.bucket is None else request.bucket.pattern
    manifest = request.manifest
    if manifest is not None and not manifest.startswith(STORED):
        with open_local_inventory(Path(manifest), settings, bucket) as evidence:
            yield evidence
        return
    report = open_stored_report(connect(), manifest) if manifest else _best_report(connect(), str(bucket))
    with open_stored_inventory(report, settings, bucket) as evidence:
        yield evidence


def _best_report(connection: "Connection", bucket: str) -> StoredReport:
    """The report that tells most. Raises NothingToCheck where there is none, AwsError."""
    found, reasons = find_best_report(connection, bucket, datetime.now(UTC))
    if found is not None:
        return found
    raise NothingToCheck(
        f"there is no report of S3 Inventory about s3://{bucket}: {'; '.join(map(str, reasons))}",
        advice=Advice(
            "configure an inventory with the field EncryptionStatus, or name a manifest: {source}",
            {"source": Option("source", "manifest.json")},
        ),
    )
