"""S3 Control's access points: listed for one region and account, a page at a time; moto lists all there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from moto.s3control.models import s3control_backends

from s3kms.demo.corrections.http import ServerResponse
from s3kms.demo.corrections.ownership import bucket_named

if TYPE_CHECKING:
    from s3kms.demo.corrections.http import ServerRequest

_LARGEST_PAGE = 1000


def answer_access_points(request: ServerRequest) -> ServerResponse | None:
    """The corrected answer of S3 Control about access points; None where moto's will do."""
    return _list(request) if request.operation == "ListAccessPoints" else None


def _list(request: ServerRequest) -> ServerResponse:
    account = request.account
    points: dict[str, Any] = s3control_backends[account]["aws"].access_points.get(account, {})
    after, size = request.query.get("nextToken", ""), int(request.query.get("maxResults", _LARGEST_PAGE))
    wanted = request.query.get("bucket")
    rest = [
        points[name]
        for name in sorted(points)
        if name > after and wanted in {None, points[name].bucket} and _region(points[name]) == request.region
    ]
    page = rest[: min(size, _LARGEST_PAGE)]
    token = f"<NextToken>{page[-1].name}</NextToken>" if len(rest) > len(page) else ""
    rows = "".join(_row(point, account) for point in page)
    return ServerResponse.xml("ListAccessPointsResult", f"<AccessPointList>{rows}</AccessPointList>{token}")


def _region(point: Any) -> str | None:
    """An access point is in the region of its bucket."""
    bucket = bucket_named(point.bucket)
    return None if bucket is None else str(bucket.region_name)


def _row(point: Any, account: str) -> str:
    parts = {
        "Name": point.name,
        "NetworkOrigin": point.network_origin,
        "Bucket": point.bucket,
        "AccessPointArn": point.arn,
        "BucketAccountId": account,
    }
    inside = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in parts.items())
    return f"<AccessPoint>{inside}</AccessPoint>"
