"""The rows that a re-encryption reads: a live listing, or an inventory that was named."""

from pathlib import Path
from typing import TYPE_CHECKING

from s3kms.objects.evidence.interface import ObjectEvidence
from s3kms.objects.evidence.listing import ListingScope, LiveListing, ObjectLooks
from s3kms.objects.interface import Wanted
from s3kms.objects.reencrypt.request import ReencryptRequest
from s3kms.objects.request import STORED
from s3kms.objects.selection import VersionScope

if TYPE_CHECKING:
    from s3kms.aws.connection import Connection
    from s3kms.aws.s3.client import S3Client

LISTING = "listing"


def open_rows(
    request: ReencryptRequest, wanted: Wanted, client: "S3Client", connection: "Connection"
) -> ObjectEvidence:
    """The evidence that was named, else a live listing. Raises BadInput, AwsError."""
    source = request.source
    if source is None or source == LISTING:
        scope = ListingScope(
            bucket=wanted.bucket,
            account=wanted.account,
            region=wanted.region,
            prefix=request.prefix,
            all_versions=request.versions is VersionScope.ALL,
        )
        return LiveListing(scope, ObjectLooks(client, scope))
    from s3kms.objects.evidence.inventory import ReadSettings
    from s3kms.objects.evidence.inventory_rows import local_rows, stored_rows
    from s3kms.objects.evidence.stored_report import open_stored_report

    if source.startswith(STORED):
        report = open_stored_report(connection, source)
        return stored_rows(report, ReadSettings(), wanted.bucket, request.prefix)
    return local_rows(Path(source), ReadSettings(), wanted.bucket, request.prefix)


def describe_reading(request: ReencryptRequest, bucket: str) -> str:
    """What reading the evidence costs, where objects are asked one by one; empty where that is nothing."""
    from s3kms.objects.evidence.live import describe_cost

    return str(describe_cost(bucket, None)) if request.source in {None, LISTING} else ""
