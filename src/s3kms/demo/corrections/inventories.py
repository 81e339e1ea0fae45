"""Inventory configurations, kept as they were put: moto lists them without their fields, filters and versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import xmltodict

from s3kms.demo.corrections.http import S3Error, ServerResponse

if TYPE_CHECKING:
    from collections.abc import Callable

    from s3kms.demo.corrections.http import ServerRequest

_PAGE_SIZE = 100
"""As many configurations S3 gives at once."""


def _kept(bucket: Any) -> dict[str, str]:
    """Id to the content of its document, in the order of S3's listing."""
    if not hasattr(bucket, "kept_inventories"):
        bucket.kept_inventories = {}
    kept: dict[str, str] = bucket.kept_inventories
    return kept


def _put(request: ServerRequest, bucket: Any) -> ServerResponse:
    document = xmltodict.parse(request.body)["InventoryConfiguration"]
    content = {name: value for name, value in document.items() if not name.startswith("@")}
    if content.get("Id") != request.query["id"]:
        raise S3Error(400, "InvalidArgument", "The id of the document is not that of the request.")
    _kept(bucket)[request.query["id"]] = xmltodict.unparse({"c": content}, full_document=False)[3:-4]
    return ServerResponse(204)


def _get(request: ServerRequest, bucket: Any) -> ServerResponse:
    found = _kept(bucket).get(request.query["id"])
    if found is None:
        raise S3Error(404, "NoSuchConfiguration", "The specified configuration does not exist.")
    return ServerResponse.xml("InventoryConfiguration", found)


def _list(request: ServerRequest, bucket: Any) -> ServerResponse:
    after = request.query.get("continuation-token", "")
    left = sorted(one for one in _kept(bucket).items() if one[0] > after)
    page = left[:_PAGE_SIZE]
    rows = "".join(f"<InventoryConfiguration>{content}</InventoryConfiguration>" for _, content in page)
    more = len(left) > len(page)
    token = f"<NextContinuationToken>{page[-1][0]}</NextContinuationToken>" if more else ""
    truncated = f"<IsTruncated>{str(more).lower()}</IsTruncated>"
    return ServerResponse.xml("ListInventoryConfigurationsResult", f"{rows}{truncated}{token}")


def _delete(request: ServerRequest, bucket: Any) -> ServerResponse:
    _kept(bucket).pop(request.query["id"], None)
    return ServerResponse(204)


ANSWERS: dict[str, Callable[[ServerRequest, Any], ServerResponse | None]] = {
    "DeleteBucketInventoryConfiguration": _delete,
    "GetBucketInventoryConfiguration": _get,
    "ListBucketInventoryConfigurations": _list,
    "PutBucketInventoryConfiguration": _put,
}
