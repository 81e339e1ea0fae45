"""CloudFront: the buckets that its distributions read (fact C25), and where their standard logs go (fact C5)."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from s3kms.aws.boundary import bad_answer
from s3kms.aws.connection import Connection
from s3kms.aws.owners.interface import BucketUse, Delivered, OriginUse, OwningService
from s3kms.aws.repeated_pages import RepeatedPages
from s3kms.aws.service_client import ServiceClient
from s3kms.model import owner_operations as op
from s3kms.model.usage import CloudFrontOrigin, LogDelivery, LogSource, OriginAccess

_DOMAIN = re.compile(r"(?P<bucket>.+)\.s3(?!-website)(?:[.-][a-z0-9.-]+)?\.amazonaws\.com(?:\.cn)?")
"""`bucket.s3.amazonaws.com`, `bucket.s3.eu-central-1.amazonaws.com`, and no website."""
_PAGE_SIZE = "100"


def _read(connection: Connection, region: str) -> Iterator[BucketUse]:
    owner = ServiceClient.of(connection, "cloudfront", region, "the CloudFront distributions")
    for row in _distributions(owner):
        if not row.get("Enabled", True):
            continue
        yield from _origins(row)
        name = row.get("Id", "")
        answer = owner.find(op.GET_DISTRIBUTION_CONFIG, f"distribution {name}", Id=name)
        logging = ((answer or {}).get("DistributionConfig") or {}).get("Logging") or {}
        bucket = bucket_of_domain(logging.get("Bucket"))
        if logging.get("Enabled") and bucket:
            what = f"standard logs of CloudFront distribution {name}"
            yield Delivered(bucket, LogDelivery(LogSource.VENDED, what))


def _distributions(owner: ServiceClient) -> Iterator[Mapping[str, Any]]:
    """The list and its token are one level deeper than those of other services, and an empty list is left out."""
    loop, marker = RepeatedPages(op.LIST_DISTRIBUTIONS, owner.where), ""
    while True:
        more = {"Marker": marker} if marker else {}
        listed = owner.send(op.LIST_DISTRIBUTIONS, MaxItems=_PAGE_SIZE, **more).get("DistributionList")
        if not listed or "Quantity" not in listed:
            raise bad_answer(op.LIST_DISTRIBUTIONS, owner.where, "was answered with no DistributionList")
        rows = listed.get("Items") or []
        yield from rows
        marker = listed.get("NextMarker") or ""
        if not listed.get("IsTruncated") or not marker:
            return
        loop.watch(marker, rows)


def _origins(row: Mapping[str, Any]) -> Iterator[OriginUse]:
    for origin in (row.get("Origins") or {}).get("Items") or ():
        if bucket := bucket_of_domain(origin.get("DomainName")):
            yield OriginUse(bucket, CloudFrontOrigin(row.get("ARN", ""), _access(origin)))


def _access(origin: Mapping[str, Any]) -> OriginAccess:
    if (origin.get("S3OriginConfig") or {}).get("OriginAccessIdentity"):
        return OriginAccess.IDENTITY
    return OriginAccess.CONTROL if origin.get("OriginAccessControlId") else OriginAccess.ANONYMOUS


def bucket_of_domain(domain: object) -> str | None:
    """The bucket behind the name of a host of S3; None where it is another host."""
    found = _DOMAIN.fullmatch(str(domain or ""))
    return found["bucket"] if found else None


DISTRIBUTIONS = OwningService(
    "which buckets CloudFront reads and delivers logs into",
    frozenset({LogSource.VENDED}),
    _read,
    has_origins=True,
    is_global=True,
)
