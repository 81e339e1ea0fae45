"""Sub-resources moto does not know, on which it would run the base operation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from s3kms.demo.corrections.http import S3Error, ServerResponse

if TYPE_CHECKING:
    from collections.abc import Callable

    from s3kms.demo.corrections.http import ServerRequest

# What moto 5.2.5 dispatches. Anything else would list, overwrite or delete the bucket or object itself.
KNOWN_TO_MOTO = {
    "AbortMultipartUpload", "CompleteMultipartUpload", "CopyObject", "CreateBucket", "CreateMultipartUpload",
    "DeleteBucket", "DeleteBucketCors", "DeleteBucketLifecycle", "DeleteBucketOwnershipControls",
    "DeleteBucketPolicy", "DeleteBucketReplication", "DeleteBucketTagging", "DeleteBucketWebsite", "DeleteObject",
    "DeleteObjectTagging", "DeleteObjects", "DeletePublicAccessBlock", "GetBucketAccelerateConfiguration",
    "GetBucketAcl", "GetBucketCors", "GetBucketInventoryConfiguration", "GetBucketLifecycleConfiguration",
    "GetBucketLocation", "GetBucketLogging", "GetBucketNotificationConfiguration", "GetBucketOwnershipControls",
    "GetBucketPolicy", "GetBucketPolicyStatus", "GetBucketReplication", "GetBucketTagging", "GetBucketVersioning",
    "GetBucketWebsite", "GetObject", "GetObjectAcl", "GetObjectAttributes", "GetObjectLegalHold",
    "GetObjectLockConfiguration", "GetObjectTagging", "GetPublicAccessBlock", "HeadBucket", "HeadObject",
    "ListBucketInventoryConfigurations", "ListMultipartUploads", "ListObjectVersions", "ListObjects",
    "ListObjectsV2", "ListParts", "PutBucketAccelerateConfiguration", "PutBucketAcl", "PutBucketCors",
    "PutBucketInventoryConfiguration", "PutBucketLifecycleConfiguration", "PutBucketLogging",
    "PutBucketNotificationConfiguration", "PutBucketOwnershipControls", "PutBucketPolicy", "PutBucketReplication",
    "PutBucketTagging", "PutBucketVersioning", "PutBucketWebsite", "PutObject", "PutObjectAcl",
    "PutObjectLegalHold", "PutObjectLockConfiguration", "PutObjectRetention", "PutObjectTagging",
    "PutPublicAccessBlock", "RestoreObject", "SelectObjectContent", "UploadPart", "UploadPartCopy",
}  # fmt: skip


def require_known(request: ServerRequest) -> None:
    """Raise S3Error 501 for a sub-resource that moto does not know, and would answer with the base operation."""
    if request.operation not in KNOWN_TO_MOTO:
        message = f"A header or query you provided implies functionality that is not implemented: {request.operation}"
        raise S3Error(501, "NotImplemented", message)


def _empty_list(root: str) -> Callable[[ServerRequest, Any], ServerResponse]:
    return lambda _request, _bucket: ServerResponse.xml(root, "<IsTruncated>false</IsTruncated>")


def _missing(status: int, code: str, message: str) -> Callable[[ServerRequest, Any], ServerResponse]:
    return lambda _request, _bucket: S3Error(status, code, message).response()


def _request_payment(_: ServerRequest, bucket: Any) -> ServerResponse:
    return ServerResponse.xml("RequestPaymentConfiguration", f"<Payer>{bucket.payer}</Payer>")


def _abac(_: ServerRequest, __: Any) -> ServerResponse:
    return ServerResponse.xml("AbacStatus", "<Status>Disabled</Status>")


def _object_lock(_: ServerRequest, bucket: Any) -> ServerResponse | None:
    """GetObjectLockConfiguration of a bucket without Object Lock: an error 404.

    moto says Disabled, which AWS does not have.
    """
    if bucket.object_lock_enabled:
        return None
    message = "Object Lock configuration does not exist for this bucket"
    return S3Error(404, "ObjectLockConfigurationNotFoundError", message, BucketName=bucket.name).response()


def _object_retention(request: ServerRequest, bucket: Any) -> ServerResponse:
    """GetObjectRetention; moto sends the object itself."""
    from s3kms.demo.corrections.objects import stored_object

    stored = stored_object(bucket, request.key, request.query.get("versionId"))
    if stored is None:
        raise S3Error(404, "NoSuchKey", "The specified key does not exist.", Key=request.key)
    if not stored.lock_mode:
        message = "The specified object does not have a ObjectLock configuration"
        raise S3Error(404, "NoSuchObjectLockConfiguration", message)
    until = f"<RetainUntilDate>{stored.lock_until}</RetainUntilDate>"
    return ServerResponse.xml("Retention", f"<Mode>{stored.lock_mode}</Mode>{until}")


_NO_CONFIGURATION = _missing(404, "NoSuchConfiguration", "The specified configuration does not exist.")
_NO_METADATA = _missing(404, "MetadataConfigurationNotFound", "The metadata configuration does not exist.")

# The answers of a bucket on which nobody configured the sub-resource, so that readers find what AWS says.
ANSWERS: dict[str, Callable[[ServerRequest, Any], ServerResponse | None]] = {
    "GetBucketAbac": _abac,
    "GetBucketAnalyticsConfiguration": _NO_CONFIGURATION,
    "GetBucketIntelligentTieringConfiguration": _NO_CONFIGURATION,
    "GetBucketMetadataTableConfiguration": _NO_METADATA,
    "GetBucketMetricsConfiguration": _NO_CONFIGURATION,
    "GetBucketRequestPayment": _request_payment,
    "GetObjectLockConfiguration": _object_lock,
    "GetObjectRetention": _object_retention,
    "ListBucketAnalyticsConfigurations": _empty_list("ListBucketAnalyticsConfigurationResult"),
    "ListBucketIntelligentTieringConfigurations": _empty_list(
        "ListBucketIntelligentTieringConfigurationsOutput"
    ),
    "ListBucketMetricsConfigurations": _empty_list("ListMetricsConfigurationsResult"),
}
