"""CopyObject and UploadPartCopy, in place of moto's: what a copy keeps, what it drops, and what it refuses."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from moto.s3 import notifications
from moto.s3.models import FakeKey, get_canned_acl, s3_backends
from moto.s3.utils import ARCHIVE_STORAGE_CLASSES, compute_checksum, metadata_from_headers

from s3kms.demo.corrections import object_annotations, object_headers, objects, preconditions
from s3kms.demo.corrections.http import S3Error, ServerResponse
from s3kms.demo.corrections.object_headers import REDIRECT
from s3kms.demo.corrections.ownership import bucket_named, copy_source, no_such_bucket

if TYPE_CHECKING:
    from s3kms.demo.corrections.http import ServerRequest
    from s3kms.demo.corrections.objects import AppliedEncryption

MAX_COPY_BYTES = 5 * 1024**3
"""Of one CopyObject, and of one part (fact D14)."""
MIN_RANGE_SOURCE_BYTES = 5 * 1024**2
_CHECKSUMS = {"CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"}
"""Those that moto computes."""


@dataclass(frozen=True, slots=True)
class _Source:
    bucket: Any
    stored: FakeKey


def copy_object(request: ServerRequest, bucket: Any) -> ServerResponse:
    """CopyObject (facts D14, D15). Raises S3Error.

    Metadata, tags, annotations and the checksum's algorithm come along; ACL, storage class, website redirect and
    Object Lock do not, unless the request restates them. Corrects moto, which keeps a redirect, takes the
    bucket's ACL, and knows of no condition but one.
    """
    source = _source(request)
    if source.stored.size > request.faults.max_copy_bytes:
        raise _too_large(request.faults.max_copy_bytes)
    preconditions.require_destination(request, objects.stored_object(bucket, request.key, None))
    objects.require_change(request, bucket)
    applied = objects.applied_to(request, bucket)
    if request.faults.unencrypted_copies:
        applied = None
    stored = _store(request, bucket, source.stored, applied)
    headers = {**_encryption_headers(request, stored, applied), **_version_headers(source, stored)}
    return _result("CopyObjectResult", stored, headers)


def upload_part_copy(request: ServerRequest, bucket: Any) -> ServerResponse:
    """UploadPartCopy: the bytes, or a range of them. Raises S3Error."""
    multipart = bucket.multiparts.get(request.query.get("uploadId"))
    if multipart is None or multipart.key_name != request.key:
        raise S3Error(404, "NoSuchUpload", "The specified upload does not exist.")
    objects.require_upload_key(request, bucket)
    source = _source(request)
    part = _ranged(request, source.stored)
    if len(part) > request.faults.max_copy_bytes:
        raise _too_large(request.faults.max_copy_bytes)
    stored = multipart.set_part(int(request.query["partNumber"]), part)
    headers = {name: value for name, value in stored.response_dict.items() if name.startswith(objects.SSE)}
    return _result("CopyPartResult", stored, {**headers, **_version_headers(source, None)})


def _source(request: ServerRequest) -> _Source:
    """What the request copies from. Raises S3Error where it is not there, not readable, archived or another one."""
    name, key_name, version = copy_source(request) or ("", "", None)
    bucket = bucket_named(name)
    if bucket is None:
        raise no_such_bucket(name)
    stored = objects.stored_object(bucket, key_name, version)
    if stored is None:
        raise _missing(bucket, key_name, version)
    objects.require_readable(request)
    preconditions.require_source(request, stored)
    restored = 'ongoing-request="false"' in stored.response_dict.get("x-amz-restore", "")
    archived = stored.storage_class in ARCHIVE_STORAGE_CLASSES or object_headers.is_archived(stored)
    if archived and not restored:
        message = "Operation is not valid for the source object's storage class"
        raise S3Error(403, "InvalidObjectState", message, StorageClass=str(stored.storage_class))
    return _Source(bucket, stored)


def _missing(bucket: Any, key_name: str, version: str | None) -> S3Error:
    if version is None:
        return S3Error(404, "NoSuchKey", "The specified key does not exist.", Key=key_name)
    if any(str(v.version_id) == version for v in bucket.keys.getlist(key_name, default=[])):
        message = "The source of a copy request may not specifically refer to a delete marker by version id."
        return S3Error(400, "InvalidRequest", message)
    return S3Error(
        404, "NoSuchVersion", "The specified version does not exist.", Key=key_name, VersionId=version
    )


def _store(
    request: ServerRequest, bucket: Any, source: FakeKey, applied: AppliedEncryption | None
) -> FakeKey:
    """The new object, with all that a copy gives it. In a bucket with versions it is a new one."""
    backend = s3_backends[bucket.account_id][source.partition]
    # All of the source is read first: a copy onto itself without versions is its end.
    metadata, checksum = _metadata(request, source), _checksum(request, source)
    notes, tags = object_annotations.annotations_of(source), _tags(request, source)
    kept = object_headers.restated(request, bucket)
    stored = backend.put_object(
        bucket.name,
        request.key,
        source.value,
        storage=request.header("x-amz-storage-class") or "STANDARD",
        # The ETag of an object under KMS or a customer's key is no MD5 of its bytes.
        etag=None if applied == objects.SSE_S3 or applied is None else uuid.uuid4().hex,
        encryption=applied.algorithm if applied else None,
        kms_key_id=applied.key_arn if applied else None,
        bucket_key_enabled="true" if applied and applied.bucket_key else None,
        disable_notification=True,
    )
    stored.customer_key_md5 = request.header(objects.SSE_C_MD5)
    stored.set_metadata(metadata)
    stored.checksum_algorithm, stored.checksum_value = checksum
    backend.put_object_tagging(stored, tags)
    stored.set_acl(object_headers.acl_of(request) or get_canned_acl("private"))
    object_headers.keep(stored, kept)
    excluded = (request.header("x-amz-object-annotation-directive") or "").upper() == "EXCLUDE"
    object_annotations.set_annotations(stored, {} if excluded else notes)
    event = notifications.S3NotificationEvent.OBJECT_CREATED_COPY_EVENT
    notifications.send_event(bucket.account_id, event, bucket, stored)
    return stored


def _metadata(request: ServerRequest, source: FakeKey) -> dict[str, str]:
    if (request.header("x-amz-metadata-directive") or "").upper() == "REPLACE":
        given = metadata_from_headers(request.headers())
    else:
        given = source.metadata
    return {name: value for name, value in dict(given).items() if name.lower() != REDIRECT}


def _tags(request: ServerRequest, source: FakeKey) -> dict[str, str]:
    if (request.header("x-amz-tagging-directive") or "").upper() == "REPLACE":
        return object_headers.tags_of(request)
    tagger = s3_backends[source.account_id][source.partition].tagger
    return dict(tagger.get_tag_dict_for_resource(source.arn))


def _checksum(request: ServerRequest, source: FakeKey) -> tuple[str | None, str | None]:
    """Algorithm and value: the source's algorithm unless another is asked for; a copy has one part."""
    algorithm = request.header("x-amz-checksum-algorithm") or source.checksum_algorithm
    if not algorithm or (algorithm == source.checksum_algorithm and source.multipart is None):
        return algorithm or None, source.checksum_value
    if algorithm not in _CHECKSUMS:
        return algorithm, None
    return algorithm, compute_checksum(source.value, algorithm).decode()


def _ranged(request: ServerRequest, source: FakeKey) -> bytes:
    """The bytes that one part takes. Raises S3Error for a range that is not all there."""
    header = request.header("x-amz-copy-source-range")
    if header is None:
        return bytes(source.value)
    first, _, last = header.removeprefix("bytes=").partition("-")
    if not (first.isdigit() and last.isdigit()) or int(first) > int(last):
        message = "The x-amz-copy-source-range value must be of the form bytes=first-last"
        raise S3Error(400, "InvalidArgument", message, ArgumentValue=header)
    if int(last) >= source.size:
        message = f"Range specified is not valid for source object of size: {source.size}"
        raise S3Error(400, "InvalidArgument", message, ArgumentValue=header)
    if source.size <= request.faults.min_range_source_bytes:
        raise S3Error(
            400, "InvalidRequest", "The specified copy source is not supported as a byte-range copy source"
        )
    return bytes(source.value[int(first) : int(last) + 1])


def _too_large(most: int) -> S3Error:
    message = f"The specified copy source is larger than the maximum allowable size for a copy source: {most}"
    return S3Error(400, "InvalidRequest", message)


def _encryption_headers(
    request: ServerRequest, stored: FakeKey, applied: AppliedEncryption | None
) -> dict[str, str]:
    """What S3 says that it encrypted with."""
    if request.faults.unencrypted_copies == "claimed":
        said = {name: request.header(name) for name in (objects.SSE, objects.SSE_KEY, objects.SSE_BUCKET_KEY)}
    elif stored.customer_key_md5:
        said = {objects.SSE_C: "AES256", objects.SSE_C_MD5: stored.customer_key_md5}
    else:
        said = applied.headers() if applied else {}
    return {name: value for name, value in said.items() if value is not None}


def _version_headers(source: _Source, stored: FakeKey | None) -> dict[str, str]:
    headers = {}
    if source.bucket.versioning_status:
        headers["x-amz-copy-source-version-id"] = str(source.stored.version_id)
    if stored is not None and "x-amz-version-id" in stored.response_dict:
        headers["x-amz-version-id"] = str(stored.version_id)
    return headers


def _result(root: str, stored: FakeKey, headers: dict[str, str]) -> ServerResponse:
    checksum = ""
    if stored.checksum_value:
        name = f"Checksum{stored.checksum_algorithm}"
        checksum = f"<{name}>{stored.checksum_value}</{name}>"
    etag = f"<ETag>&quot;{str(stored.etag).strip(chr(34))}&quot;</ETag>"
    content = f"<LastModified>{stored.last_modified_ISO8601}</LastModified>{etag}{checksum}"
    answer = ServerResponse.xml(root, content)
    return ServerResponse(200, answer.body, {**answer.headers, **headers})
