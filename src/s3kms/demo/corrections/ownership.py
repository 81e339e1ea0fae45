"""Where a bucket is and who may do what to it: region, expected owner, bucket policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket, s3_backends

from s3kms.demo.corrections.accounts import CallerIdentity
from s3kms.demo.corrections.http import S3Error, access_denied
from s3kms.demo.corrections.policies import evaluate_policy

if TYPE_CHECKING:
    from s3kms.demo.corrections.http import ServerRequest

# An owner can always look at and change the policy, so that no demonstration locks itself out.
_NEVER_DENIED_TO_OWNER = {"GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy"}
# IAM actions that are not called like their operation (fact A27, testbed finding 3).
_ACTIONS = {
    "CompleteMultipartUpload": "PutObject",
    "CopyObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "DeleteBucketCors": "PutBucketCORS",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
    "DeleteBucketReplication": "PutReplicationConfiguration",
    "DeleteBucketTagging": "PutBucketTagging",
    "DeleteObjects": "DeleteObject",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "GetBucketCors": "GetBucketCORS",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetBucketReplication": "GetReplicationConfiguration",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "ListParts": "ListMultipartUploadParts",
    "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
    "PutBucketCors": "PutBucketCORS",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "PutBucketReplication": "PutReplicationConfiguration",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject",
}
_CONFIGURATIONS = ("Analytics", "IntelligentTiering", "Inventory", "Metrics")


def bucket_named(name: str) -> Any | None:
    """Moto's bucket of this name, whoever owns it; None where there is none.

    All accounts share one space of names.
    """
    partition_and_account = s3_backends.bucket_accounts.get(name)
    if partition_and_account is None:
        return None
    partition, account = partition_and_account
    return s3_backends[account][partition].buckets.get(name)


def no_such_bucket(name: str) -> S3Error:
    """S3's answer for a name nobody has."""
    return S3Error(404, "NoSuchBucket", "The specified bucket does not exist", BucketName=name)


def iam_action(operation: str, *, version: bool = False, directory: bool = False) -> str:
    """The IAM action that allows an operation."""
    name = _ACTIONS.get(operation, operation)
    for kind in _CONFIGURATIONS:
        if f"Bucket{kind}Configuration" in operation:
            name = f"{'Get' if operation.startswith(('Get', 'List')) else 'Put'}{kind}Configuration"
    if version and name in {
        "GetObject",
        "DeleteObject",
        "GetObjectAcl",
        "GetObjectTagging",
        "PutObjectTagging",
    }:
        name = name.replace("Object", "ObjectVersion", 1)
    return f"{'s3express' if directory else 's3'}:{name}"


def require_expected_owner(request: ServerRequest, bucket: Any) -> None:
    """Raise S3Error 403 unless ExpectedBucketOwner is the owner (fact A26); 501 for a directory bucket (fact A20).

    moto ignores the header.
    """
    expected = request.header("x-amz-expected-bucket-owner")
    if expected and request.for_directory_bucket:
        message = "A header you provided implies functionality that is not implemented"
        raise S3Error(501, "NotImplemented", message, Header="x-amz-expected-bucket-owner")
    if expected and expected != bucket.account_id:
        raise access_denied()
    expected = request.header("x-amz-source-expected-bucket-owner")
    source = copy_source(request)
    owner = bucket_named(source[0]) if source else None
    if expected and owner is not None and owner.account_id != expected:
        raise access_denied()


def require_permission(request: ServerRequest, bucket: Any) -> None:
    """Raise S3Error 403 where the bucket policy does not allow the request, or the reading of a copy's source.

    moto lets every account read and write every bucket, and knows GetBucketEncryption as s3:ListBucket.
    """
    version, directory = "versionId" in request.query, request.for_directory_bucket
    action = iam_action(request.operation, version=version, directory=directory)
    key = "*" if request.operation == "DeleteObjects" else request.key
    _require(request, bucket, action, key)
    source = copy_source(request)
    source_bucket = bucket_named(source[0]) if source else None
    if source and source_bucket is not None:
        _require(request, source_bucket, "s3:GetObject", source[1])


def may(request: ServerRequest, bucket: Any, action: str) -> bool:
    """Whether the bucket policy lets the caller do something else with the object that a request is about."""
    try:
        _require(request, bucket, action, request.key)
    except S3Error:
        return False
    return True


def _require(request: ServerRequest, bucket: Any, action: str, key: str) -> None:
    caller = CallerIdentity.of(request)
    if caller.account is None:
        return  # anonymous: moto asks the policy (see correct_policy_evaluation), then the object's ACL
    owner = caller.account == bucket.account_id
    if owner and request.operation in _NEVER_DENIED_TO_OWNER:
        return
    arn = f"arn:aws:s3:::{bucket.name}" + (f"/{key}" if key else "")
    judgement = evaluate_policy(bucket.policy, caller, action, arn)
    if judgement == "deny" or (not owner and judgement != "allow"):
        raise access_denied()


def copy_source(request: ServerRequest) -> tuple[str, str, str | None] | None:
    """Bucket, key and version that a copy reads; None for a request that is no copy."""
    header = request.header("x-amz-copy-source")
    if not header:
        return None
    path, _, version = header.partition("?versionId=")
    bucket, _, key = unquote(path).lstrip("/").partition("/")
    return bucket, key, version or None


def correct_policy_evaluation() -> None:
    """Let moto evaluate bucket policies for anonymous callers by the rules of `policies`.

    moto denies whatever a statement with a Condition mentions. Signed requests are evaluated before moto sees them.
    """
    results = {"allow": PermissionResult.PERMITTED, "deny": PermissionResult.DENIED}

    def get_permission(self: Any, action: str, resource: str) -> Any:
        return results.get(
            evaluate_policy(self.policy, CallerIdentity(None), action, resource), PermissionResult.NEUTRAL
        )

    FakeBucket.get_permission = get_permission
