"""What an object is encrypted with: request headers first, then the bucket's default, with a key that works."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from moto.s3.models import FakeKey

from s3kms.demo.corrections import keys
from s3kms.demo.corrections.accounts import CallerIdentity
from s3kms.demo.corrections.directory import is_directory
from s3kms.demo.corrections.encryption import is_configured, rule_of
from s3kms.demo.corrections.http import S3Error, access_denied
from s3kms.demo.corrections.ownership import bucket_named, copy_source

if TYPE_CHECKING:
    from s3kms.demo.corrections.http import ServerRequest

SSE = "x-amz-server-side-encryption"
SSE_KEY = f"{SSE}-aws-kms-key-id"
SSE_BUCKET_KEY = f"{SSE}-bucket-key-enabled"
SSE_C = f"{SSE}-customer-algorithm"
SSE_C_MD5 = f"{SSE}-customer-key-md5"

WRITES = {"PutObject", "CreateMultipartUpload"}
_READS = {"GetObject", "HeadObject", "GetObjectAttributes"}


@dataclass(frozen=True, slots=True)
class AppliedEncryption:
    """The encryption one object gets."""

    algorithm: str
    key_arn: str | None = None
    bucket_key: bool = False

    def headers(self) -> dict[str, str | None]:
        """The encryption headers of S3's answer by name; None is a header that is absent."""
        return {
            SSE: self.algorithm,
            SSE_KEY: self.key_arn,
            SSE_BUCKET_KEY: "true" if self.bucket_key else None,
        }


SSE_S3 = AppliedEncryption("AES256")


def prepare(request: ServerRequest, bucket: Any) -> None:
    """Check and complete the headers of a request on objects, before moto stores or reads."""
    if request.operation in _READS:
        require_readable(request)
    if request.operation in WRITES:
        applied = applied_to(request, bucket)
        if applied:  # so that moto stores and answers just that
            for name, value in applied.headers().items():
                request.set_header(name, value)
    elif request.operation in {"UploadPart", "CompleteMultipartUpload"}:
        require_upload_key(request, bucket)


def require_upload_key(request: ServerRequest, bucket: Any) -> None:
    """Raise S3Error where the KMS key of a multipart upload does not work any more."""
    multipart = bucket.multiparts.get(request.query.get("uploadId"))
    if multipart is not None and multipart.kms_key_id:
        _require_key(multipart.kms_key_id, bucket, CallerIdentity.of(request), "kms:Decrypt")


def applied_to(request: ServerRequest, bucket: Any) -> AppliedEncryption | None:
    """What S3 encrypts the object of this request with; None is the customer's own key. Raises S3Error."""
    if not request.header(SSE_C):
        return sealing(request, bucket)
    if "SSE-C" in (rule_of(bucket).blocked or ()):
        raise access_denied()  # fact A16
    return None


def sealing(request: ServerRequest, bucket: Any) -> AppliedEncryption:
    """What S3 encrypts the object of this request with. Raises S3Error where the key cannot be used.

    Headers beat the default (fact A14). `aws:kms` without a key id is aws/s3, not the bucket's key (fact A13),
    except in a directory bucket. Without the bucket-key header the bucket's setting holds (fact B14). A key is
    resolved to its ARN and must work (facts A9, A10). moto stores names as they came and asks no key anything.
    """
    rule, algorithm, key = rule_of(bucket), request.header(SSE), request.header(SSE_KEY)
    if key and algorithm not in {"aws:kms", "aws:kms:dsse"}:
        message = "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption"
        raise S3Error(
            400, "InvalidArgument", f"{message} : aws:kms", ArgumentName=SSE, ArgumentValue=algorithm or ""
        )
    if algorithm is None or (is_directory(bucket.name) and not key):
        algorithm, key = algorithm or rule.effective_algorithm, rule.key
    if algorithm == "AES256":
        return AppliedEncryption(algorithm)
    if algorithm not in {"aws:kms", "aws:kms:dsse"}:
        message = "The encryption method specified is not supported"
        raise S3Error(400, "InvalidArgument", message, ArgumentName=SSE, ArgumentValue=algorithm)
    bucket_key = (request.header(SSE_BUCKET_KEY) or str(rule.bucket_key)).lower() == "true"
    arn = _key_for_writing(key, bucket, CallerIdentity.of(request))
    return AppliedEncryption(
        algorithm, arn, bucket_key and algorithm == "aws:kms"
    )  # no bucket key with DSSE: fact A15


def _key_for_writing(reference: str | None, bucket: Any, caller: CallerIdentity) -> str:
    """The ARN of the key named, or of aws/s3 of the bucket's account (fact A12)."""
    if caller.account is None:
        raise access_denied()  # a KMS request must be signed: fact B16
    owner = bucket.account_id if reference is None else caller.account
    key = keys.find_key(reference or keys.AWS_S3, account=owner, region=bucket.region_name)
    keys.require_usable(key, caller, "kms:GenerateDataKey")
    return str(key.arn)


def _require_key(arn: str, bucket: Any, caller: CallerIdentity, action: str) -> None:
    key = keys.find_key(arn, account=bucket.account_id, region=bucket.region_name)
    keys.require_usable(key, caller, action)


def require_readable(request: ServerRequest) -> None:
    """Raise S3Error where S3 could not decrypt: the KMS key must work (fact A9), SSE-C needs the key of the write.

    HEAD needs no KMS (fact D27). moto returns any object to anybody.
    """
    source = copy_source(request)
    name, key_name, version = source or (request.bucket, request.key, request.query.get("versionId"))
    bucket = bucket_named(name)
    stored = None if bucket is None else stored_object(bucket, key_name, version)
    if bucket is None or stored is None:
        return
    prefix = "x-amz-copy-source-server-side-encryption" if source else SSE
    if getattr(stored, "customer_key_md5", None) != request.header(f"{prefix}-customer-key-md5"):
        message = (
            "The object was stored using a form of Server Side Encryption. "
            "The correct parameters must be provided to retrieve the object."
        )
        raise S3Error(400, "InvalidRequest", message)
    if stored.kms_key_id and request.operation not in {"HeadObject", "GetObjectAttributes"}:
        caller = CallerIdentity.of(request)
        if caller.account is None:
            raise access_denied()
        _require_key(stored.kms_key_id, bucket, caller, "kms:Decrypt")


def stored_object(bucket: Any, key_name: str, version: str | None) -> FakeKey | None:
    """One version of an object in moto; None where there is none, or a delete marker."""
    versions = bucket.keys.getlist(key_name, default=[])
    wanted = [v for v in versions if version is None or str(v.version_id) == version]
    return wanted[-1] if wanted and isinstance(wanted[-1], FakeKey) else None


def required_object(request: ServerRequest, bucket: Any) -> FakeKey:
    """The object that a request names. Raises S3Error 404."""
    stored = stored_object(bucket, request.key, request.query.get("versionId"))
    if stored is None:
        raise S3Error(404, "NoSuchKey", "The specified key does not exist.", Key=request.key)
    return stored


def require_change(request: ServerRequest, bucket: Any) -> None:
    """Raise S3Error where a copy of an object onto itself changes nothing; a configured default counts as a change.

    moto decides by its own idea of the bucket's encryption, which these corrections keep empty.
    """
    source = copy_source(request)
    changes = (SSE, "x-amz-storage-class", "x-amz-website-redirect-location")
    changed = any(request.header(name) for name in changes) or is_configured(bucket)
    replaced = (request.header("x-amz-metadata-directive") or "").upper() == "REPLACE"
    if source == (request.bucket, request.key, None) and not changed and not replaced:
        message = (
            "This copy request is illegal because it is trying to copy an object to itself without changing the "
            "object's metadata, storage class, website redirect location or encryption attributes."
        )
        raise S3Error(400, "InvalidRequest", message)


def finish(request: ServerRequest, bucket: Any, status: int) -> dict[str, str]:
    """Remember on moto's object what moto has no place for; return the headers to add to the answer, by name."""
    if status != 200:  # noqa: PLR2004
        return {}
    if request.operation == "PutObject":
        stored = stored_object(bucket, request.key, None)
        if stored is not None:
            stored._metadata.pop("x-amz-content-sha256", None)
        if stored is not None and request.header(SSE_C):
            stored.customer_key_md5 = request.header(SSE_C_MD5)
            return {SSE_C: "AES256", SSE_C_MD5: request.header(SSE_C_MD5) or ""}
    if request.operation == "HeadObject" and request.header("x-amz-checksum-mode"):
        stored = stored_object(bucket, request.key, request.query.get("versionId"))
        if stored is not None and stored.checksum_algorithm:
            return {"x-amz-checksum-type": stored.checksum_type or "FULL_OBJECT"}
    if request.operation == "CompleteMultipartUpload":
        stored = stored_object(bucket, request.key, None)
        if stored is not None and request.faults.unencrypted_copies:
            stored.encryption = stored.kms_key_id = stored.bucket_key_enabled = None
        if stored is not None and stored.bucket_key_enabled:
            return {SSE_BUCKET_KEY: "true"}
    return {}


def correct_object_headers() -> None:
    """Answer the key of DSSE-KMS objects, the headers of SSE-C objects, and the version `null`; moto does not."""
    original = FakeKey.response_dict.fget

    def response_dict(self: Any) -> dict[str, Any]:
        headers: dict[str, Any] = original(self)
        if self.kms_key_id:
            headers[SSE_KEY] = self.kms_key_id
        if md5 := getattr(self, "customer_key_md5", None):
            headers |= {SSE_C: "AES256", SSE_C_MD5: md5}
        bucket = bucket_named(self.bucket_name)
        if bucket is not None and bucket.versioning_status:
            headers["x-amz-version-id"] = self.version_id
        return headers

    FakeKey.response_dict = property(response_dict)
