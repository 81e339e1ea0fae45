"""What a multipart upload keeps until its object is complete; moto forgets half of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus
from xml.sax.saxutils import escape

from moto.s3 import models
from moto.s3.models import FakeMultipart, S3Backend, get_canned_acl

from s3kms.demo.corrections import object_headers
from s3kms.demo.corrections.accounts import CallerIdentity
from s3kms.demo.corrections.http import S3Error, ServerResponse
from s3kms.demo.corrections.objects import SSE_BUCKET_KEY
from s3kms.demo.corrections.stored_rule import xml_element

if TYPE_CHECKING:
    from s3kms.demo.corrections.http import ServerRequest

MIN_PART_BYTES = 5 * 1024**2
_ATTRIBUTE, _BEGUN = "s3kms_restated", "s3kms_begun"
_NOT_METADATA = (
    object_headers.REDIRECT,
    "x-amz-checksum-algorithm",
    "x-amz-checksum-type",
    "x-amz-content-sha256",
)
"""What moto keeps of an upload's headers as if it were the user's metadata."""


def remember_upload(request: ServerRequest, bucket: Any, body: bytes) -> dict[str, str]:
    """Keep what CreateMultipartUpload said that moto drops; the headers to add to its answer."""
    upload_id = body.partition(b"<UploadId>")[2].partition(b"</UploadId>")[0].decode()
    multipart = bucket.multiparts.get(upload_id)
    if multipart is None:
        return {}
    setattr(multipart, _ATTRIBUTE, object_headers.restated(request, bucket))
    setattr(multipart, _BEGUN, (datetime.now(UTC), CallerIdentity.of(request).arn))
    if not request.header(SSE_BUCKET_KEY):
        return {}
    multipart.bucket_key_enabled = "true"
    return {SSE_BUCKET_KEY: "true"}


def list_multipart_uploads(request: ServerRequest, bucket: Any) -> ServerResponse:
    """ListMultipartUploads of a prefix, all on one page, each with when and by whom it was begun.

    moto says of each that it was begun in 2010, by one and the same.
    """
    prefix, encoded = request.query.get("prefix", ""), request.query.get("encoding-type") == "url"
    entries = "".join(
        xml_element("Upload", _upload(multipart, encoded=encoded))
        for multipart in sorted(bucket.multiparts.values(), key=lambda one: (one.key_name, one.id))
        if multipart.key_name.startswith(prefix)
    )
    kind = xml_element("EncodingType", "url") if encoded else ""
    name = xml_element("Bucket", bucket.name)
    return ServerResponse.xml(
        "ListMultipartUploadsResult", f"{name}{kind}<IsTruncated>false</IsTruncated>{entries}"
    )


def _upload(multipart: Any, *, encoded: bool) -> str:
    key = quote_plus(multipart.key_name) if encoded else escape(multipart.key_name)
    at, by = getattr(multipart, _BEGUN)
    who = xml_element("Initiator", xml_element("ID", escape(by)))
    texts = {"Key": key, "UploadId": multipart.id, "Initiated": f"{at:%Y-%m-%dT%H:%M:%S.000Z}"}
    return "".join(xml_element(name, text) for name, text in texts.items()) + who


def require_part_sizes(request: ServerRequest, bucket: Any) -> None:
    """Raise S3Error for an unknown upload, or a part that is too small and not the last."""
    upload_id = request.query.get("uploadId")
    multipart = bucket.multiparts.get(upload_id)
    if multipart is None or multipart.key_name != request.key:
        message = (
            "The specified upload does not exist. The upload ID may be invalid, or the upload may have been "
        )
        raise S3Error(404, "NoSuchUpload", f"{message}aborted or completed.", UploadId=upload_id or "")
    sizes = [multipart.parts[number].size for number in sorted(multipart.parts)]
    if any(size < request.faults.min_part_bytes for size in sizes[:-1]):
        message = "Your proposed upload is smaller than the minimum allowed size"
        raise S3Error(400, "EntityTooSmall", message)


def correct_completion() -> None:
    """Give the object of a multipart upload its bucket key, redirect, lock and private ACL."""
    models.S3_UPLOAD_PART_MIN_SIZE = 0  # `require_part_sizes` has a limit that tests can set
    original = S3Backend.complete_multipart_upload

    def complete_multipart_upload(self: Any, bucket_name: str, multipart_id: str, body: Any) -> Any:
        multipart: FakeMultipart | None = self.get_bucket(bucket_name).multiparts.get(multipart_id)
        stored = original(self, bucket_name, multipart_id, body)
        if stored is not None:
            stored.bucket_key_enabled = getattr(multipart, "bucket_key_enabled", None)
            object_headers.keep(stored, getattr(multipart, _ATTRIBUTE, {}))
            for name in _NOT_METADATA:
                stored._metadata.pop(name, None)
            stored.set_acl(stored.acl or get_canned_acl("private"))
        return stored

    S3Backend.complete_multipart_upload = complete_multipart_upload
