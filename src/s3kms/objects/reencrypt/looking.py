"""Asking S3 itself about a version: how it is encrypted now, or why there is nothing to move."""

from dataclasses import replace

from s3kms.aws.s3.client import S3Client
from s3kms.aws.s3.object_reads import head_object
from s3kms.model.errors import AccessDenied, AwsError, CredentialsProblem, NotFound
from s3kms.model.objects import ObjectEncryption, ObjectHead, ObjectPlace, ObjectVersion
from s3kms.objects.interface import ObjectResult, Outcome, Wanted
from s3kms.objects.reencrypt.pacing import DENIED

GONE = "gone"
"""The reason of a version that was there when the evidence was made."""
_OF_CUSTOMER_KEY = "InvalidRequest"
"""What HeadObject says of an object under SSE-C that is asked for without its key."""
_OF_DELETE_MARKER = "MethodNotAllowed"


def place_of(version: ObjectVersion, wanted: Wanted) -> ObjectPlace:
    """The version, pinned where the evidence tells which one it is."""
    return ObjectPlace(version.bucket, version.key, version.version_id, wanted.account, wanted.region)


def with_head(version: ObjectVersion, head: ObjectHead) -> ObjectVersion:
    """What the evidence says of a version, with what S3 says of it now."""
    return replace(
        version,
        size=head.size,
        etag=head.etag,
        last_modified=head.last_modified,
        storage_class=head.storage_class,
        encryption=head.encryption,
        key_arn=head.key_arn,
        bucket_key=head.bucket_key,
    )


async def look_at(client: S3Client, wanted: Wanted, version: ObjectVersion) -> ObjectVersion | ObjectResult:
    """The version as S3 tells it now, or a result where it is gone or may not be asked for.

    Raises AwsError where S3 gives no usable answer.
    """
    try:
        head = await head_object(client, place_of(version, wanted))
    except CredentialsProblem:
        raise
    except NotFound as error:
        return ObjectResult(version, Outcome.OVERTAKEN, GONE, str(error), error.request_id)
    except AccessDenied as error:
        return ObjectResult(version, Outcome.IMMOVABLE, DENIED, str(error), error.request_id)
    except AwsError as error:
        if error.code == _OF_CUSTOMER_KEY:
            return replace(version, encryption=ObjectEncryption.SSE_C)
        if error.code == _OF_DELETE_MARKER:
            return replace(version, is_delete_marker=True)
        return ObjectResult(version, Outcome.FAILED, error.code or "no-answer", str(error), error.request_id)
    return with_head(version, head)
