"""UpdateObjectEncryption: another key for an object, in place."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET  # the only XML read is our own client's

from moto.s3.models import s3_backends

from s3kms.demo.corrections import keys
from s3kms.demo.corrections.accounts import CallerIdentity
from s3kms.demo.corrections.encryption import malformed
from s3kms.demo.corrections.http import S3Error, ServerResponse
from s3kms.demo.corrections.objects import stored_object

if TYPE_CHECKING:
    from s3kms.demo.corrections.http import ServerRequest

_CHECKSUM = re.compile(r"HTTP_(CONTENT_MD5|X_AMZ_CHECKSUM_\w+)")
_ONLY_ENCRYPTED = "Only source objects encrypted with SSE-S3 or SSE-KMS are supported."
_UNENCRYPTED = (
    f"The UpdateObjectEncryption operation doesn't supported unencrypted source objects. {_ONLY_ENCRYPTED}"
)
_WRONG_SOURCE = (
    "The UpdateObjectEncryption operation doesn't support source objects with the encryption type DSSE-KMS "
    f"or SSE-C. {_ONLY_ENCRYPTED}"
)
_NO_TYPE = (
    "Requests that modify an object encryption configuration require a valid new encryption type. Valid values "
    "are SSEKMS. Modify the request to specify SSE-KMS for the updated encryption type, and then try again."
)
_NO_ARN = (
    "Requests that modify an object's encryption type to SSE-KMS require a valid Amazon Web Services KMS key "
    "Amazon Resource Name (ARN). Confirm that you have a correctly formatted KMS key ARN in your request, and "
    "then try again."
)
_NO_BOOLEAN = (
    "The BucketKeyEnabled value isn't valid. Valid values are true or false. Modify the request to specify a "
    "valid value, and then try again."
)
_FOREIGN_KEY = (
    "The Amazon Web Services KMS key in the request must be owned by the same account as the bucket. Modify the "
    "request to specify a KMS key from the same account, and then try again."
)
_LOCKED = (
    "The encryption type for the specified object can't be updated because that object is protected by S3 Object "
    "Lock. If the object has a governance-mode retention period or a legal hold, you must first remove the Object "
    "Lock status on the object before you issue your UpdateObjectEncryption request. You can't use the "
    "UpdateObjectEncryption operation with objects that have an Object Lock compliance mode retention period "
    "applied to them."
)


def update_object_encryption(request: ServerRequest, bucket: Any) -> ServerResponse | None:
    """Change what an object is encrypted with; bytes, ETag, class and dates stay (facts D1 to D8).

    moto does not know the sub-resource and overwrites the object with the request. The sentences are those of
    AWS's model.
    """
    lies_about = request.faults.lies_about
    if lies_about("update overwrites", request.key):
        request.operation = "PutObject"
        return None
    if lies_about("update overwrites in silence", request.key):
        _write_over(request, bucket, request.body)
        return ServerResponse()
    if lies_about("update does nothing", request.key):
        return ServerResponse()
    answer = _update(request, bucket)
    if lies_about("update is overtaken", request.key):
        _write_over(request, bucket, request.faults.overtaking_body)
    return answer


def _write_over(request: ServerRequest, bucket: Any, body: bytes) -> None:
    """Write an object as somebody else, or a server that is mistaken, does between the call and its answer."""
    backend = s3_backends[bucket.account_id]["aws"]
    backend.put_object(bucket.name, request.key, body, etag=uuid.uuid4().hex, encryption="AES256")


def _update(request: ServerRequest, bucket: Any) -> ServerResponse:
    if request.for_directory_bucket:
        raise S3Error(501, "NotImplemented", "UpdateObjectEncryption is not for directory buckets")
    if not any(map(_CHECKSUM.fullmatch, request.environ)):
        raise _invalid("Missing required header for this request: Content-MD5 OR x-amz-checksum-*")
    arn, bucket_key = _parse(request.body)
    stored = stored_object(bucket, request.key, request.query.get("versionId"))
    if stored is None:
        raise S3Error(404, "NoSuchKey", "The specified key does not exist.", Key=request.key)
    _require_source(stored, CallerIdentity.of(request), bucket)
    key = keys.find_key(arn, account=bucket.account_id, region=bucket.region_name)
    _require_target(key, request, bucket)
    stored.encryption, stored.kms_key_id = "aws:kms", str(key.arn)
    stored.bucket_key_enabled = "true" if bucket_key else None
    return ServerResponse()


def _require_source(stored: Any, caller: CallerIdentity, bucket: Any) -> None:
    """Raise S3Error for an object that cannot be updated: its encryption (fact D2), a lock (D5), its key (D4)."""
    if getattr(stored, "customer_key_md5", None):
        raise _invalid(_WRONG_SOURCE)
    if stored.encryption not in {"AES256", "aws:kms"}:
        raise _invalid(_WRONG_SOURCE if stored.encryption else _UNENCRYPTED)
    if stored.lock_legal_status == "ON" or stored.lock_mode:
        raise S3Error(403, "AccessDenied", _LOCKED)
    if stored.kms_key_id:
        old = keys.find_key(stored.kms_key_id, account=bucket.account_id, region=bucket.region_name)
        keys.require_usable(old, caller, "kms:Decrypt")


def _require_target(key: Any, request: ServerRequest, bucket: Any) -> None:
    """Raise S3Error for a key that the object cannot be put under (facts D3, D4).

    aws/s3 is refused unless the server is told to take it: AWS's text says customer managed key, and nobody
    has confirmed what happens.
    """
    if key.account_id != bucket.account_id:
        raise S3Error(403, "AccessDenied", _FOREIGN_KEY)
    if key.key_manager == "AWS" and not request.faults.updates_to_managed_key:
        raise _invalid(_NO_ARN)
    for action in ("kms:GenerateDataKey", "kms:Encrypt"):
        keys.require_usable(key, CallerIdentity.of(request), action)


def _parse(body: bytes) -> tuple[str, bool]:
    """The key's ARN and whether to use a bucket key (false unless given) of a request's XML (fact D3).

    Raises S3Error for another target than SSE-KMS, a key id and an alias.
    """
    try:
        root = ET.fromstring(body)  # noqa: S314 - a demo server on loopback reading its own client
    except ET.ParseError:
        raise malformed() from None
    values = {element.tag.rpartition("}")[2]: element.text or "" for element in root.iter()}
    if "ObjectEncryption" not in values:
        raise malformed()
    if "SSE-KMS" not in values:
        raise _invalid(_NO_TYPE)
    if not re.fullmatch(r"arn:aws[-a-z0-9]*:kms:[-a-z0-9]*:[0-9]{12}:key/.+", values.get("KMSKeyArn", "")):
        raise _invalid(_NO_ARN)
    bucket_key = values.get("BucketKeyEnabled", "false")
    if bucket_key not in {"true", "false"}:
        raise _invalid(_NO_BOOLEAN)
    return values["KMSKeyArn"], bucket_key == "true"


def _invalid(message: str) -> S3Error:
    return S3Error(400, "InvalidRequest", message)
