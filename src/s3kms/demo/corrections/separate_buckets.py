"""S3 Tables and S3 Vectors: table buckets and vector buckets with their encryption, by account and region.

moto has both services in no region: it takes the regions of a service from a list of botocore's that lacks these two.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from s3kms.demo.corrections.http import ServerResponse

if TYPE_CHECKING:
    from s3kms.demo.corrections.http import ServerRequest

_CREATED = "2026-01-01T00:00:00Z"
_SSE_S3 = "AES256"


@dataclass(slots=True)
class _Kept:
    """The buckets of both services, by service, account and region, then by ARN: their encryption as it was given."""

    buckets: dict[tuple[str, str, str], dict[str, dict[str, Any]]] = field(default_factory=dict)

    def of(self, request: ServerRequest) -> dict[str, dict[str, Any]]:
        """Those of the service, account and region of a request."""
        return self.buckets.setdefault((request.service, request.account, request.region), {})


_KEPT = _Kept()


def forget_separate_buckets() -> None:
    """Forget every table bucket and vector bucket."""
    _KEPT.buckets.clear()


def _arn(request: ServerRequest, name: object) -> str:
    return f"arn:aws:{request.service}:{request.region}:{request.account}:bucket/{name}"


def _name(arn: str) -> str:
    return arn.rpartition("/")[2]


def _not_found(what: str) -> ServerResponse:
    return ServerResponse.json_error("NotFoundException", f"The specified {what} does not exist.", 404)


def answer_s3tables(request: ServerRequest) -> ServerResponse | None:
    """S3 Tables: the operations on table buckets and their default encryption (fact A22)."""
    kept, arn = _KEPT.of(request), unquote(request.path).removeprefix("/buckets/").removesuffix("/encryption")
    given = request.json().get("encryptionConfiguration") or {"sseAlgorithm": _SSE_S3}
    if request.operation == "CreateTableBucket":
        arn = _arn(request, request.json().get("name"))
        kept[arn] = given
        return ServerResponse.json({"arn": arn})
    if request.operation == "ListTableBuckets":
        rows = [
            {"arn": arn, "name": _name(arn), "ownerAccountId": request.account, "createdAt": _CREATED}
            for arn in sorted(kept)
        ]
        return ServerResponse.json({"tableBuckets": rows})
    if request.operation not in {"GetTableBucketEncryption", "PutTableBucketEncryption"}:
        return None
    if arn not in kept:
        return _not_found("table bucket")
    if request.operation == "PutTableBucketEncryption":
        kept[arn] = given
        return ServerResponse.json({})
    return ServerResponse.json({"encryptionConfiguration": kept[arn]})


def answer_s3vectors(request: ServerRequest) -> ServerResponse | None:
    """S3 Vectors: the operations on vector buckets, whose encryption cannot be changed (fact A23)."""
    kept, said = _KEPT.of(request), request.json()
    arn = said.get("vectorBucketArn") or _arn(request, said.get("vectorBucketName"))
    if request.operation == "CreateVectorBucket":
        kept[arn] = said.get("encryptionConfiguration") or {"sseType": _SSE_S3}
        return ServerResponse.json({"vectorBucketArn": arn})
    if request.operation == "ListVectorBuckets":
        return ServerResponse.json({"vectorBuckets": [_row(arn) for arn in sorted(kept)]})
    if request.operation != "GetVectorBucket":
        return None
    if arn not in kept:
        return _not_found("vector bucket")
    return ServerResponse.json({"vectorBucket": {**_row(arn), "encryptionConfiguration": kept[arn]}})


def _row(arn: str) -> dict[str, Any]:
    return {"vectorBucketName": _name(arn), "vectorBucketArn": arn, "creationTime": _CREATED}
