"""ListBuckets and ListDirectoryBuckets."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from moto.s3.models import s3_backends

from s3kms.demo.corrections.accounts import canonical_id
from s3kms.demo.corrections.directory import is_directory
from s3kms.demo.corrections.http import S3Error, ServerResponse

if TYPE_CHECKING:
    from s3kms.demo.corrections.http import ServerRequest

_PARAMETERS = {"max-buckets", "continuation-token", "prefix", "bucket-region"}


def list_buckets(request: ServerRequest) -> ServerResponse:
    """The caller's general purpose buckets by name, a page at a time (fact A24).

    Corrects moto, whose page has no continuation token, no BucketRegion, and lists directory
    buckets. BucketRegion is there only if the request has at least one valid parameter.
    """
    region, prefix = request.query.get("bucket-region"), request.query.get("prefix", "")
    if region and region != request.region:
        message = "The bucket-region filter must be sent to the endpoint of that same region"
        raise S3Error(400, "InvalidArgument", message, ArgumentName="bucket-region", ArgumentValue=region)
    buckets = [
        bucket
        for bucket in _buckets(request.account)
        if not is_directory(bucket.name)
        and bucket.name.startswith(prefix)
        and region in {None, "", bucket.region_name}
    ]
    page, token = _page(request, buckets, limit="max-buckets", largest=10_000)
    with_region = not request.faults.without_regions and bool(
        _PARAMETERS & {name for name, value in request.query.items() if value}
    )
    entries = "".join(_entry(bucket, with_region=with_region) for bucket in page)
    echo = f"<Prefix>{escape(prefix)}</Prefix>" if prefix else ""
    owner = f"<Owner><ID>{canonical_id(request.account)}</ID></Owner>"
    return ServerResponse.xml("ListAllMyBucketsResult", f"{owner}<Buckets>{entries}</Buckets>{token}{echo}")


def list_directory_buckets(request: ServerRequest) -> ServerResponse:
    """The caller's directory buckets of the request's region (fact A20); moto lists every bucket there is."""
    buckets = [
        b for b in _buckets(request.account) if is_directory(b.name) and b.region_name == request.region
    ]
    page, token = _page(request, buckets, limit="max-directory-buckets", largest=1_000)
    entries = "".join(_entry(bucket, with_region=True, with_arn=True) for bucket in page)
    return ServerResponse.xml("ListAllMyDirectoryBucketsResult", f"<Buckets>{entries}</Buckets>{token}")


def _buckets(account: str) -> list[Any]:
    own = s3_backends[account]["aws"].buckets
    return [own[name] for name in sorted(own)]


def _page(request: ServerRequest, buckets: list[Any], *, limit: str, largest: int) -> tuple[list[Any], str]:
    """The page asked for, and the token of the next as XML."""
    after = _read_token(request.query.get("continuation-token"))
    size = _size(request.query.get(limit), limit, largest)
    rest = [bucket for bucket in buckets if bucket.name > after]
    page = rest[:size]
    if len(rest) <= size:
        return page, ""
    token = base64.urlsafe_b64encode(page[-1].name.encode()).decode()
    return page, f"<ContinuationToken>{token}</ContinuationToken>"


def _size(value: str | None, name: str, largest: int) -> int:
    if not value:
        return largest
    if not value.isdigit() or not 1 <= int(value) <= largest:
        message = f"Argument {name} must be an integer between 1 and {largest}"
        raise S3Error(400, "InvalidArgument", message, ArgumentName=name, ArgumentValue=value)
    return int(value)


def _read_token(token: str | None) -> str:
    try:
        return base64.urlsafe_b64decode(token or "").decode()
    except (binascii.Error, UnicodeDecodeError):
        message = "The continuation token provided is incorrect"
        raise S3Error(400, "InvalidArgument", message, ArgumentName="continuation-token") from None


def _entry(bucket: Any, *, with_region: bool, with_arn: bool = False) -> str:
    parts = f"<Name>{bucket.name}</Name><CreationDate>{bucket.creation_date_ISO8601}</CreationDate>"
    if with_region:
        parts += f"<BucketRegion>{bucket.region_name}</BucketRegion>"
    if with_arn:
        resource = f"{bucket.region_name}:{bucket.account_id}:bucket/{bucket.name}"
        parts += f"<BucketArn>arn:aws:s3express:{resource}</BucketArn>"
    return f"<Bucket>{parts}</Bucket>"
