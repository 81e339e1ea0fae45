"""Reads a version: how it is encrypted now, or why there is nothing to re-encrypt."""

from dataclasses import replace

from s3kms.aws.s3.client import S3Client
from s3kms.aws.s3.object_reads import head_object, is_customer_key, is_delete_marker
from s3kms.model.errors import AccessDenied, AwsError, CredentialsProblem, NotFound
from s3kms.model.objects import ObjectEncryption, ObjectPlace, ObjectVersion
from s3kms.objects.interface import ObjectResult, Outcome, Wanted
from s3kms.objects.reencrypt.pacing import DENIED

GONE = "gone"
"""The reason of a version that was there when the evidence was made."""


def place_of(version: ObjectVersion, wanted: Wanted) -> ObjectPlace:
    """The place of a version, pinned if the evidence has its version id."""
    return ObjectPlace(version.bucket, version.key, version.version_id, wanted.account, wanted.region)


async def look_at(client: S3Client, wanted: Wanted, version: ObjectVersion) -> ObjectVersion | ObjectResult:
    """The version as it is now, or a result if it was deleted or access is denied.

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
        if is_customer_key(error):
            return replace(version, encryption=ObjectEncryption.SSE_C)
        if is_delete_marker(error):
            return replace(version, is_delete_marker=True)
        return ObjectResult(version, Outcome.FAILED, error.code or "no-answer", str(error), error.request_id)
    return head.seen(version)
