"""UpdateObjectEncryption: another key for an object, in place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET  # the only XML read is our own client's

from s3kms.demo.corrections import keys
from s3kms.demo.corrections.accounts import CallerIdentity
from s3kms.demo.corrections.encryption import malformed
from s3kms.demo.corrections.http import S3Error, ServerResponse, access_denied
from s3kms.demo.corrections.objects import stored_object

if TYPE_CHECKING:
    from s3kms.demo.corrections.http import ServerRequest


def update_object_encryption(request: ServerRequest, bucket: Any) -> ServerResponse:
    """Change what an object is encrypted with; bytes, ETag, class and dates stay (facts D1 to D8).

    moto does not know the sub-resource and overwrites the object with the request.
    aws/s3 is refused: AWS's text says customer managed key (fact D3 leaves it open).
    """
    if request.for_directory_bucket:
        raise S3Error(501, "NotImplemented", "UpdateObjectEncryption is not for directory buckets")
    stored = stored_object(bucket, request.key, request.query.get("versionId"))
    if stored is None:
        raise S3Error(404, "NoSuchKey", "The specified key does not exist.", Key=request.key)
    arn, bucket_key = _parse(request.body)
    key = keys.find_key(arn, account=bucket.account_id, region=bucket.region_name)
    keys.require_usable(key, CallerIdentity.of(request), "kms:Encrypt")
    if key.account_id != bucket.account_id:
        raise access_denied()  # fact D3
    if key.key_manager == "AWS":
        raise _invalid("the key must be a customer managed key")
    if getattr(stored, "customer_key_md5", None) or stored.encryption not in {"AES256", "aws:kms"}:
        raise _invalid("the source object must be encrypted with SSE-S3 or SSE-KMS")
    if stored.lock_legal_status == "ON" or stored.lock_mode:
        raise access_denied()  # fact D5
    stored.encryption, stored.kms_key_id = "aws:kms", str(key.arn)
    stored.bucket_key_enabled = "true" if bucket_key else None
    return ServerResponse()


def _parse(body: bytes) -> tuple[str, bool]:
    """The key's ARN and whether to use a bucket key (false unless given) of a request's XML (fact D3).

    Raises S3Error for a key id or an alias.
    """
    try:
        root = ET.fromstring(body)  # noqa: S314 - a demo server on loopback reading its own client
    except ET.ParseError:
        raise malformed() from None
    values = {element.tag.rpartition("}")[2]: element.text or "" for element in root.iter()}
    arn = values.get("KMSKeyArn", "")
    if not re.fullmatch(r"arn:[^:]+:kms:[^:]+:\d{12}:key/.+", arn):
        raise _invalid("the key must be given by its full ARN")
    return arn, values.get("BucketKeyEnabled", "false").lower() == "true"


def _invalid(message: str) -> S3Error:
    return S3Error(400, "InvalidRequest", message)
