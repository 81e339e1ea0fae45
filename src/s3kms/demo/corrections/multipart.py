"""What a multipart upload keeps until its object is complete; moto forgets half of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.s3 import models
from moto.s3.models import FakeMultipart, S3Backend, get_canned_acl

from s3kms.demo.corrections import object_headers
from s3kms.demo.corrections.http import S3Error
from s3kms.demo.corrections.objects import SSE_BUCKET_KEY

if TYPE_CHECKING:
    from s3kms.demo.corrections.http import ServerRequest

MIN_PART_BYTES = 5 * 1024**2
_ATTRIBUTE = "s3kms_restated"


def remember_upload(request: ServerRequest, bucket: Any, body: bytes) -> dict[str, str]:
    """Keep what CreateMultipartUpload said that moto drops; the headers to add to its answer."""
    upload_id = body.partition(b"<UploadId>")[2].partition(b"</UploadId>")[0].decode()
    multipart = bucket.multiparts.get(upload_id)
    if multipart is None:
        return {}
    setattr(multipart, _ATTRIBUTE, object_headers.restated(request, bucket))
    if not request.header(SSE_BUCKET_KEY):
        return {}
    multipart.bucket_key_enabled = "true"
    return {SSE_BUCKET_KEY: "true"}


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
            stored._metadata.pop(object_headers.REDIRECT, None)
            stored.set_acl(stored.acl or get_canned_acl("private"))
        return stored

    S3Backend.complete_multipart_upload = complete_multipart_upload
