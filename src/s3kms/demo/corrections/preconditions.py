"""Conditions on writes: on the object that a copy reads, and on the one that a write replaces."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager, nullcontext
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from s3kms.demo.corrections.http import S3Error

if TYPE_CHECKING:
    from datetime import datetime

    from moto.s3.models import FakeKey

    from s3kms.demo.corrections.http import ServerRequest

_CHANGES_OBJECTS = {
    "CompleteMultipartUpload", "CopyObject", "DeleteObject", "DeleteObjects", "PutObject", "PutObjectAnnotation",
    "PutObjectRetention", "PutObjectLegalHold", "PutObjectTagging", "PutObjectAcl", "UpdateObjectEncryption",
}  # fmt: skip
_writing = threading.RLock()


def one_at_a_time(request: ServerRequest) -> AbstractContextManager[Any]:
    """What a request holds while it is answered: writes of objects are one after the other.

    S3 checks a condition and writes in one step; between moto's two a concurrent writer would get lost.
    """
    return _writing if request.is_s3 and request.operation in _CHANGES_OBJECTS else nullcontext()


def require_destination(request: ServerRequest, current: FakeKey | None) -> None:
    """Raise S3Error where If-Match or If-None-Match do not hold for the current version, and take them away.

    404 where there is none, or it is a delete marker; 412 for another one. moto knows them for PutObject alone.
    """
    wanted, absent = request.header("If-Match"), request.header("If-None-Match")
    request.set_header("If-Match", None)
    request.set_header("If-None-Match", None)
    if wanted is not None:
        if current is None:
            raise S3Error(404, "NoSuchKey", "The specified key does not exist.", Key=request.key)
        if not _is_etag(wanted, current):
            raise _failed("If-Match")
    if absent is not None:
        if absent != "*":
            message = "A header you provided implies functionality that is not implemented"
            raise S3Error(501, "NotImplemented", message, Header="If-None-Match")
        if current is not None:
            raise _failed("If-None-Match")


def require_source(request: ServerRequest, source: FakeKey) -> None:
    """Raise S3Error 412 where the source of a copy is not what the request says; moto knows one of four."""
    prefix = "x-amz-copy-source-if-"
    same, other = request.header(f"{prefix}match"), request.header(f"{prefix}none-match")
    if same is not None and not _is_etag(same, source):
        raise _failed("x-amz-copy-source-If-Match")
    if other is not None and _is_etag(other, source):
        raise _failed("x-amz-copy-source-If-None-Match")
    written = source.last_modified.replace(microsecond=0, tzinfo=None)
    unmodified, modified = (
        _date(request, f"{prefix}unmodified-since"),
        _date(request, f"{prefix}modified-since"),
    )
    if unmodified is not None and same is None and written > unmodified:
        raise _failed("x-amz-copy-source-If-Unmodified-Since")
    if modified is not None and written <= modified:
        raise _failed("x-amz-copy-source-If-Modified-Since")


def _is_etag(header: str, stored: FakeKey) -> bool:
    return header.strip().strip('"') == str(stored.etag).strip('"')


def _date(request: ServerRequest, name: str) -> datetime | None:
    text = request.header(name)
    return None if text is None else parsedate_to_datetime(text).replace(tzinfo=None)


def _failed(condition: str) -> S3Error:
    message = "At least one of the pre-conditions you specified did not hold"
    return S3Error(412, "PreconditionFailed", message, Condition=condition)
