"""Finds the evidence about the objects of a bucket: the one that was named, else the best available."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from s3kms.model.advice import Advice, Option, Sentence
from s3kms.model.errors import AccessDenied, AwsError, BadInput, CredentialsProblem, NothingToCheck
from s3kms.model.object_summary import EvidenceKind
from s3kms.objects.evidence.athena_evidence import (
    athena_price,
    find_table,
    open_athena_evidence,
    open_live_inventory_table,
)
from s3kms.objects.evidence.interface import QueriedEvidence
from s3kms.objects.evidence.inventory import ReadSettings, open_local_inventory, open_stored_inventory
from s3kms.objects.evidence.live import LiveSettings, open_live
from s3kms.objects.evidence.stored_report import StoredReport, find_best_report, open_stored_report
from s3kms.objects.request import STORED, ObjectsRequest, QueryEngine

if TYPE_CHECKING:
    from s3kms.aws.connection import Connection


@contextmanager
def open_evidence(
    request: ObjectsRequest,
    connect: "Callable[[], Connection]",
    on_bytes: Callable[[int], object] = lambda _: None,
    on_note: Callable[[Sentence], object] = lambda _: None,
) -> Iterator[QueriedEvidence]:
    """The evidence, ready for queries; `connect` is called where it is in AWS.

    Raises BadInput, AwsError, S3kmsError.
    """
    settings = ReadSettings(request.memory, request.threads, on_bytes)
    bucket = None if request.bucket is None else request.bucket.pattern
    manifest = request.manifest
    if manifest is not None and not manifest.startswith(STORED):
        with open_local_inventory(Path(manifest), settings, bucket) as evidence:
            yield evidence
        return
    connection = connect()
    if request.asks_athena:
        on_note(athena_price(request.max_scan))
        yield open_athena_evidence(connection, str(bucket), request)
        return
    report, reasons = _stored_report(request, connection)
    if report is not None:
        with open_stored_inventory(report, settings, bucket) as evidence:
            yield evidence
        return
    table, more = _live_table(request, connection, on_note)
    if table is not None:
        yield table
        return
    reasons = (*reasons, *more)
    live = LiveSettings(
        sample=request.live_sample,
        seed=request.seed,
        max_listed=request.max_listed,
        memory=request.memory,
        threads=request.threads,
    )
    with open_live(connection, str(bucket), live, reasons, on_note) as evidence:
        yield evidence


def find_report(request: ObjectsRequest, connection: "Connection") -> StoredReport:
    """The named report, or the most complete one. Raises BadInput, NothingToCheck if there is none, AwsError."""
    report, reasons = _stored_report(request, connection)
    if report is None:
        raise _no_report(str(request.bucket and request.bucket.pattern), reasons)
    return report


def _stored_report(
    request: ObjectsRequest, connection: "Connection"
) -> tuple[StoredReport | None, tuple[Sentence, ...]]:
    """The report that was named, or the most complete one; else None, and why: then the bucket itself is read.

    Raises BadInput, NothingToCheck where no other evidence is wanted, AwsError.
    """
    if request.is_live:
        return None, ()
    if request.manifest is not None:
        return open_stored_report(connection, request.manifest), ()
    bucket = str(request.bucket and request.bucket.pattern)
    try:
        found, reasons = find_best_report(connection, bucket, datetime.now(UTC))
    except AwsError as error:
        is_denied = isinstance(error, AccessDenied) or error.code in _NO_SUCH_OPERATION
        if request.kind is EvidenceKind.INVENTORY or not is_denied:
            raise
        return None, (Sentence(f"inventory configurations could not be read: {error}"),)
    if found is None and request.kind is EvidenceKind.INVENTORY:
        raise _no_report(bucket, reasons)
    return found, reasons


def _live_table(
    request: ObjectsRequest, connection: "Connection", on_note: Callable[[Sentence], object]
) -> tuple[QueriedEvidence | None, tuple[Sentence, ...]]:
    """The live inventory table, where there is one and Athena answers; else none, and why not."""
    if request.is_live or request.engine is QueryEngine.DUCKDB:
        return None, ()
    try:
        table = find_table(connection, str(request.bucket and request.bucket.pattern))
        if table is None:
            return None, ()
        on_note(athena_price(request.max_scan))
        return open_live_inventory_table(connection, table, request), ()
    except CredentialsProblem:
        raise
    except (AwsError, BadInput) as error:
        if isinstance(error, AwsError) and error.code in _NO_SUCH_OPERATION:
            return None, ()
        return None, (Sentence(f"an S3 Metadata live inventory table was not queried: {error}"),)


_NO_SUCH_OPERATION = {"NotImplemented", "MethodNotAllowed", "InvalidRequest"}
"""How servers other than AWS's say that they know no S3 Metadata, or no S3 Inventory."""


def _no_report(bucket: str, reasons: Iterable[Sentence]) -> NothingToCheck:
    return NothingToCheck(
        f"there is no S3 Inventory report for s3://{bucket}: {'; '.join(map(str, reasons))}",
        advice=Advice(
            "configure an inventory with the field EncryptionStatus, or name a manifest: {source}",
            {"source": Option("source", "manifest.json")},
        ),
    )
