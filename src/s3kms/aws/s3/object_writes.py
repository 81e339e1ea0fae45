"""The S3 calls that write, copy, delete or re-encrypt objects, over the fast client.

None of them is sent twice where it may have been carried out, but those that do the same when sent again.
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import replace
from xml.sax.saxutils import escape

from s3kms.aws.s3.client import S3Client
from s3kms.aws.s3.object_answers import read_copy, read_write
from s3kms.aws.s3.object_reads import about_object
from s3kms.model import object_operations as op
from s3kms.model.objects import CopyAnswer, ObjectPlace, WriteAnswer

COPY_SECONDS = 900.0
"""How long S3 may take for one copy, which holds up to 5 GB (fact D14)."""
_NO_CONTENT = 204


async def put_object(
    client: S3Client, place: ObjectPlace, body: bytes, headers: Mapping[str, str]
) -> WriteAnswer:
    """Write a small object of our own; the version of the place is not looked at. Raises AwsError.

    Where the error is Unreachable it may have been written, for it is not sent again.
    """
    request = about_object(
        _unversioned(place),
        op.PUT_OWN_OBJECT,
        "PUT",
        headers=(*headers.items(), content_md5(body)),
        body=body,
        may_repeat=False,
    )
    response, _ = await client.send(request)
    return read_write(response, request.operation, request.subject)


async def delete_version(client: S3Client, place: ObjectPlace) -> WriteAnswer:
    """Delete that very version for good; of a place without a version the object, which may leave a delete marker.

    Raises AwsError. Without a version it is not sent again where it may have been carried out.
    """
    request = about_object(
        place,
        op.DELETE_OWN_OBJECT,
        "DELETE",
        success=(_NO_CONTENT, 200),
        may_repeat=place.version_id is not None,
    )
    response, _ = await client.send(request)
    return read_write(response, request.operation, request.subject)


async def update_object_encryption(
    client: S3Client, place: ObjectPlace, key_arn: str, bucket_key: bool
) -> WriteAnswer:
    """Bring a version under a key in place (fact D1). Raises AwsError.

    It is sent again where no answer came: the same key twice is the same. S3's answer says nothing but that it was
    done: whatever else stands in it is that of a server which took it for a write.
    """
    body = update_body(key_arn, bucket_key)
    request = about_object(
        place,
        op.UPDATE_OBJECT_ENCRYPTION,
        "PUT",
        query={"encryption": ""},
        headers=(content_md5(body),),
        body=body,
    )
    response, _ = await client.send(request)
    return read_write(response, request.operation, request.subject)


def update_body(key_arn: str, bucket_key: bool) -> bytes:
    """The body of UpdateObjectEncryption, which says BucketKeyEnabled: it does not follow the bucket (fact D3)."""
    enabled = "true" if bucket_key else "false"
    return (
        '<ObjectEncryption xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><SSE-KMS>'
        f"<KMSKeyArn>{escape(key_arn)}</KMSKeyArn><BucketKeyEnabled>{enabled}</BucketKeyEnabled>"
        "</SSE-KMS></ObjectEncryption>"
    ).encode()


async def copy_object(client: S3Client, place: ObjectPlace, headers: Mapping[str, str]) -> CopyAnswer:
    """Copy onto a place; its version is not looked at, and the source stands in the headers. Raises AwsError.

    An error in a 200, a body that is cut, or one that says nothing of a copy is an error (fact D3). It is not sent
    again where it may have been made: whether it was is then for the caller to find out.
    """
    request = about_object(
        _unversioned(place),
        op.COPY_OBJECT,
        "PUT",
        headers=tuple(headers.items()),
        body=b"",
        may_repeat=False,
        answer_seconds=COPY_SECONDS,
        is_answered_late=True,
    )
    response, _ = await client.send(request)
    return read_copy(response, request.operation, request.subject)


def content_md5(body: bytes) -> tuple[str, str]:
    """The header by which S3 proves that a body has arrived whole; it wants it for some calls."""
    digest = hashlib.md5(body, usedforsecurity=False).digest()
    return "Content-MD5", base64.b64encode(digest).decode()


def _unversioned(place: ObjectPlace) -> ObjectPlace:
    return replace(place, version_id=None)
