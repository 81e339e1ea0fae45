"""The rows that a re-encryption reads: a live listing, or an inventory that was named."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from s3kms.model.advice import Option, Sentence
from s3kms.model.errors import BadInput, NothingToCheck
from s3kms.model.object_summary import EvidenceKind
from s3kms.objects.evidence.interface import ObjectEvidence
from s3kms.objects.evidence.listing import ListingScope, LiveListing, ObjectLooks
from s3kms.objects.interface import Wanted
from s3kms.objects.reencrypt.request import ReencryptRequest
from s3kms.objects.request import STORED
from s3kms.objects.selection import VersionScope
from s3kms.text.sanitize import printable

if TYPE_CHECKING:
    from s3kms.aws.connection import Connection
    from s3kms.aws.s3.client import S3Client
    from s3kms.objects.evidence.stored_report import StoredReport

LISTING = EvidenceKind.LISTING.value


def open_rows(
    request: ReencryptRequest, wanted: Wanted, client: "S3Client", connection: "Connection"
) -> ObjectEvidence:
    """The evidence that was named, else a live listing.

    Raises BadInput, NothingToCheck where there is no inventory, AwsError.
    """
    source = request.source
    if source is None or source == LISTING:
        scope = ListingScope(
            bucket=wanted.bucket,
            account=wanted.account,
            region=wanted.region,
            prefix=request.prefix,
            all_versions=request.versions is VersionScope.ALL,
        )
        return LiveListing(scope, ObjectLooks(client, scope), keeps_gone=True)
    from s3kms.objects.evidence.inventory import ReadSettings
    from s3kms.objects.evidence.inventory_rows import local_rows, stored_rows
    from s3kms.objects.evidence.stored_report import open_stored_report

    if source == EvidenceKind.INVENTORY:
        return stored_rows(
            _own_report(connection, wanted.bucket), ReadSettings(), wanted.bucket, request.prefix
        )
    if source in set(EvidenceKind):
        raise BadInput(
            Sentence("{source} does not list individual objects", {"source": Option("source", source)}),
            advice="omit it to list the bucket, or name an inventory",
        )
    if source.startswith(STORED):
        report = open_stored_report(connection, source)
        return stored_rows(report, ReadSettings(), wanted.bucket, request.prefix)
    return local_rows(Path(source), ReadSettings(), wanted.bucket, request.prefix)


def _own_report(connection: "Connection", bucket: str) -> "StoredReport":
    """The most complete report of the bucket's own inventories. Raises NothingToCheck, AwsError."""
    from s3kms.objects.evidence.stored_report import find_best_report

    found, reasons = find_best_report(connection, bucket, datetime.now(UTC))
    if found is None:
        raise NothingToCheck(
            f"there is no S3 Inventory report for s3://{printable(bucket)}: {'; '.join(map(str, reasons))}",
            advice="omit the evidence to list the bucket",
        )
    return found


def describe_reading(request: ReencryptRequest, bucket: str) -> str:
    """The cost of reading the evidence, if objects are read one by one; empty if there is none."""
    from s3kms.objects.evidence.live import describe_cost

    return str(describe_cost(bucket, None)) if request.source in {None, LISTING} else ""
