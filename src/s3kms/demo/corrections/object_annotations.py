"""Annotations of objects: named texts beside an object, which moto does not know."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from s3kms.demo.corrections.http import S3Error, ServerResponse
from s3kms.demo.corrections.objects import required_object

if TYPE_CHECKING:
    from collections.abc import Callable

    from moto.s3.models import FakeKey

    from s3kms.demo.corrections.http import ServerRequest

_ATTRIBUTE = "s3kms_annotations"
_MAX_BYTES, _MAX_NAME_BYTES, _MAX_COUNT = 1024 * 1024, 512, 1000


def annotations_of(stored: FakeKey) -> dict[str, bytes]:
    """The annotations of an object by name; a new dictionary."""
    return dict(getattr(stored, _ATTRIBUTE, {}))


def set_annotations(stored: FakeKey, annotations: dict[str, bytes]) -> None:
    """Replace the annotations of an object."""
    setattr(stored, _ATTRIBUTE, annotations)


def _put(request: ServerRequest, bucket: Any) -> ServerResponse:
    stored, name = required_object(request, bucket), request.query["annotationName"]
    if getattr(stored, "customer_key_md5", None):
        raise S3Error(400, "InvalidRequest", "Objects encrypted with SSE-C cannot have annotations.")
    if len(name.encode()) > _MAX_NAME_BYTES:
        raise S3Error(400, "AnnotationNameTooLong", "The annotation name is too long.")
    if not name or name.lower().startswith(("aws", "s3")):
        raise S3Error(400, "InvalidAnnotationName", "The annotation name is not valid.")
    try:
        request.body.decode()
    except UnicodeDecodeError:
        raise S3Error(415, "UnsupportedMediaType", "The payload is not UTF-8.") from None
    if not 1 <= len(request.body) <= _MAX_BYTES:
        raise S3Error(400, "InvalidRequest", "An annotation has from 1 byte to 1 MiB.")
    annotations = annotations_of(stored) | {name: request.body}
    if len(annotations) > _MAX_COUNT:
        raise S3Error(400, "AnnotationLimitExceeded", "The object has 1,000 annotations.")
    wanted = request.header("x-amz-object-if-match")
    if wanted is not None and wanted.strip('"') != str(stored.etag).strip('"'):
        raise S3Error(
            412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold"
        )
    set_annotations(stored, annotations)
    content = f"<Key>{escape(request.key)}</Key><AnnotationName>{escape(name)}</AnnotationName>"
    answer = ServerResponse.xml("PutObjectAnnotationOutput", content)
    return ServerResponse(
        200, answer.body, {**answer.headers, **_version(stored), "ETag": _etag(request.body)}
    )


def _get(request: ServerRequest, bucket: Any) -> ServerResponse:
    stored, name = required_object(request, bucket), request.query["annotationName"]
    payload = annotations_of(stored).get(name)
    if payload is None:
        raise S3Error(404, "NoSuchAnnotation", "The specified annotation does not exist.")
    return ServerResponse(200, binary=payload, headers={**_version(stored), "ETag": _etag(payload)})


def _list(request: ServerRequest, bucket: Any) -> ServerResponse:
    """A page of names in order; the continuation token is the last name of the page before."""
    stored = required_object(request, bucket)
    prefix, after = request.query.get("annotation-prefix", ""), request.query.get("continuation-token", "")
    most = min(int(request.query.get("max-annotation-results", _MAX_COUNT)), _MAX_COUNT)
    left = [(n, v) for n, v in sorted(annotations_of(stored).items()) if n.startswith(prefix) and n > after]
    entries = "".join(
        f"<AnnotationEntry><AnnotationName>{escape(name)}</AnnotationName><Size>{len(payload)}</Size>"
        f"<ETag>{escape(_etag(payload))}</ETag></AnnotationEntry>"
        for name, payload in left[:most]
    )
    token = (
        f"<NextContinuationToken>{escape(left[most - 1][0])}</NextContinuationToken>" if left[most:] else ""
    )
    content = (
        f"<Bucket>{escape(bucket.name)}</Bucket><Key>{escape(request.key)}</Key><Annotations>{entries}</Annotations>"
        f"<AnnotationCount>{len(left[:most])}</AnnotationCount>{token}"
    )
    answer = ServerResponse.xml("ListObjectAnnotationsOutput", content)
    return ServerResponse(200, answer.body, {**answer.headers, **_version(stored)})


def _delete(request: ServerRequest, bucket: Any) -> ServerResponse:
    stored = required_object(request, bucket)
    annotations = annotations_of(stored)
    annotations.pop(request.query["annotationName"], None)
    set_annotations(stored, annotations)
    return ServerResponse(204, headers=_version(stored))


def _version(stored: FakeKey) -> dict[str, str]:
    return {"x-amz-object-version-id": str(stored.version_id)}


def _etag(payload: bytes) -> str:
    return f'"{hashlib.md5(payload, usedforsecurity=False).hexdigest()}"'


ANSWERS: dict[str, Callable[[ServerRequest, Any], ServerResponse | None]] = {
    "DeleteObjectAnnotation": _delete,
    "GetObjectAnnotation": _get,
    "ListObjectAnnotations": _list,
    "PutObjectAnnotation": _put,
}
