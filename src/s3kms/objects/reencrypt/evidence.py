"""The rows that a re-encryption reads: a live listing, or the evidence that was named."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from s3kms.model.errors import Refused
from s3kms.model.object_summary import EvidenceKind
from s3kms.model.targets import Target
from s3kms.objects.evidence.find import open_evidence
from s3kms.objects.evidence.interface import ObjectEvidence
from s3kms.objects.evidence.listing import ListingScope, LiveListing, ObjectLooks
from s3kms.objects.evidence.queried_rows import QueriedRows
from s3kms.objects.interface import Wanted
from s3kms.objects.reencrypt.request import ReencryptRequest
from s3kms.objects.request import ObjectsRequest
from s3kms.objects.selection import VersionScope
from s3kms.text.sanitize import printable

if TYPE_CHECKING:
    from s3kms.aws.connection import Connection
    from s3kms.aws.s3.client import S3Client


@contextmanager
def open_rows(
    request: ReencryptRequest, wanted: Wanted, connection: "Connection", client: "S3Client"
) -> Iterator[ObjectEvidence]:
    """The evidence that was named, else a live listing. Raises BadInput, Refused for a sample, AwsError."""
    if request.source in {None, EvidenceKind.LISTING.value}:
        scope = ListingScope(
            bucket=wanted.bucket,
            account=wanted.account,
            region=wanted.region,
            prefix=request.prefix,
            all_versions=request.versions is VersionScope.ALL,
        )
        yield LiveListing(scope, ObjectLooks(client, scope))
        return
    if request.source == EvidenceKind.SAMPLE.value:
        raise Refused(
            "a sample does not list every object of s3://" + printable(wanted.bucket),
            advice="leave the evidence out: the bucket is listed",
        )
    asked = ObjectsRequest(bucket=Target(wanted.bucket), source=request.source)
    asked.check()
    with open_evidence(asked, lambda: connection) as evidence:
        yield QueriedRows(evidence, prefix=request.prefix)
