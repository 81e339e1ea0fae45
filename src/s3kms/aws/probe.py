"""The probe object: written, read and removed again, it shows how S3 encrypts new objects."""

import secrets
from dataclasses import dataclass
from typing import Any

from s3kms.aws.boundary import translate_errors
from s3kms.aws.connection import Connection
from s3kms.model import operations as op
from s3kms.model.encryption import Encryption
from s3kms.model.errors import AwsError

PROBE_KEY_PREFIX = "s3kms-probe-"
_BODY = b"s3kms was here to see how new objects are encrypted.\n"


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What came of a probe object."""

    key: str
    found: Encryption
    """What HeadObject says the object is encrypted with; its key is the ARN S3 used."""
    left_behind: str | None = None
    """Why the object could not be removed; None where it is gone."""


def new_probe_key() -> str:
    """The key of a probe object that no other run has."""
    return f"{PROBE_KEY_PREFIX}{secrets.token_hex(8)}"


def probe_bucket(connection: Connection, bucket: str, region: str | None, key: str) -> ProbeResult:
    """Write an object without any encryption header, read its headers and one byte, and remove that very version.

    A header would mask the default (fact A14). HEAD shows the setting, and only a GET shows that a
    reader can decrypt (fact D27). Raises AwsError where the object cannot be written or read; where it
    cannot be removed then either, the error says so. An interruption removes it, too.
    """
    client = connection.s3(region)
    name: dict[str, Any] = {
        "Bucket": bucket,
        "Key": key,
        "ExpectedBucketOwner": connection.account,
    }
    subject = f"the probe object s3://{bucket}/{name['Key']}"
    try:
        with translate_errors(op.PUT_OBJECT, subject):
            written = client.put_object(**name, Body=_BODY, ContentType="text/plain")
    except (KeyboardInterrupt, SystemExit):  # it may have landed
        _remove_unconfirmed(connection, region, name, subject)
        raise
    version: dict[str, Any] = {"VersionId": written["VersionId"]} if written.get("VersionId") else {}
    left: str | None = None
    try:
        try:
            found = _look(connection, region, {**name, **version}, subject)
        finally:
            left = _remove(connection, region, {**name, **version}, subject)
    except AwsError as error:
        if left is None:
            raise
        said = f"{error}; {left}"
        raise type(error)(
            said,
            advice=error.advice,
            code=error.code,
            request_id=error.request_id,
            operation=error.operation,
        ) from error
    return ProbeResult(key, found, left)


def _remove_unconfirmed(
    connection: Connection, region: str | None, name: dict[str, Any], subject: str
) -> None:
    """Remove an object whose write was interrupted, if it is there: that version, else a marker hides it."""
    try:
        with translate_errors(op.HEAD_OBJECT, subject):
            head = connection.s3(region).head_object(**name)
    except AwsError:
        return
    version = {"VersionId": head["VersionId"]} if head.get("VersionId") else {}
    _remove(connection, region, {**name, **version}, subject)


def _look(connection: Connection, region: str | None, named: dict[str, Any], subject: str) -> Encryption:
    client = connection.s3(region)
    with translate_errors(op.HEAD_OBJECT, subject):
        head = client.head_object(**named)
    with translate_errors(op.GET_OBJECT, subject):
        client.get_object(**named, Range="bytes=0-0")["Body"].read()
    return Encryption(
        algorithm=head.get("ServerSideEncryption"),
        key=head.get("SSEKMSKeyId"),
        bucket_key=head.get("BucketKeyEnabled", False),
    )


def _remove(connection: Connection, region: str | None, named: dict[str, Any], subject: str) -> str | None:
    """Why the object is still there; None where it is gone. An interruption waits until that is known."""
    try:
        return _remove_once(connection, region, named, subject)
    except (KeyboardInterrupt, SystemExit):  # the call may have been cut off
        _remove_once(connection, region, named, subject)
        raise


def _remove_once(
    connection: Connection, region: str | None, named: dict[str, Any], subject: str
) -> str | None:
    client = connection.s3(region)
    operation = op.DELETE_OBJECT_VERSION if "VersionId" in named else op.DELETE_OBJECT
    try:
        with translate_errors(operation, subject):
            gone = client.delete_object(**named)
    except AwsError as error:
        return f"{subject} is still there: {error}"
    if "VersionId" in named or not gone.get("DeleteMarker"):
        return None
    # Suspended versioning: the put named no version, and the delete left a marker that has one.
    try:
        with translate_errors(op.DELETE_OBJECT_VERSION, subject):
            client.delete_object(**named, VersionId=gone["VersionId"])
    except AwsError as error:
        return f"a delete marker of {subject} is still there: {error}"
    return None
