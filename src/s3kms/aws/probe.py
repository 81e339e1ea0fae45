"""The probe object: written, read and removed again, it shows how S3 encrypts new objects."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError

from s3kms.aws.boundary import translate_errors
from s3kms.aws.connection import Connection
from s3kms.model import operations as op
from s3kms.model.encryption import Encryption
from s3kms.model.errors import AwsError, BadAnswer, Unreachable

PROBE_KEY_PREFIX = "s3kms-probe-"
_NO_OBJECT_CODES = {"404", "NoSuchKey"}
"""How HeadObject, whose answer has no body, says that there is none; another server may say it in a code."""
_MAX_UNCONFIRMED_VERSIONS = 20
"""No SDK repeats a write as often."""
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
    except AwsError as error:
        if not _may_have_landed(error):
            raise
        raise _with_more(error, _remove_unconfirmed(connection, region, name, subject)) from error
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
        raise _with_more(error, left) from error
    if left is None and _was_repeated(written):
        left = _remove_unconfirmed(connection, region, name, subject)
    return ProbeResult(key, found, left)


def _may_have_landed(error: AwsError) -> bool:
    """Whether a write of which this came may have been carried out: its answer was lost, or makes no sense."""
    was_sent = not isinstance(error.__cause__, EndpointConnectionError | ConnectTimeoutError)
    return was_sent and isinstance(error, Unreachable | BadAnswer)


def _was_repeated(written: Mapping[str, Any]) -> bool:
    """Whether the SDK wrote more than once: an earlier write may have made a version, too."""
    return bool(written.get("ResponseMetadata", {}).get("RetryAttempts"))


def _with_more(error: AwsError, more: str | None) -> AwsError:
    """An error that says what became of the object, too."""
    said = f"{error}; {more}" if more else str(error)
    return type(error)(
        said, advice=error.advice, code=error.code, request_id=error.request_id, operation=error.operation
    )


def _remove_unconfirmed(
    connection: Connection, region: str | None, name: dict[str, Any], subject: str
) -> str | None:
    """Remove what a write left of which nothing is known, every version of it: the SDK may have written again.

    None where nothing is there now; else what is, or may be.
    """
    for _ in range(_MAX_UNCONFIRMED_VERSIONS):
        try:
            with translate_errors(op.HEAD_OBJECT, subject):
                head = connection.s3(region).head_object(**name)
        except AwsError as error:
            is_gone = error.code in _NO_OBJECT_CODES
            return None if is_gone else f"{subject} may be there, and could not be looked for: {error}"
        version = {"VersionId": head["VersionId"]} if head.get("VersionId") else {}
        if left := _remove(connection, region, {**name, **version}, subject):
            return left
    return f"{subject} may be there in more versions"


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
        return f"{subject} {_remains(error)}: {error}"
    if "VersionId" in named or not gone.get("DeleteMarker"):
        return None
    # Suspended versioning: the put named no version, and the delete left a marker that has one.
    try:
        with translate_errors(op.DELETE_OBJECT_VERSION, subject):
            client.delete_object(**named, VersionId=gone["VersionId"])
    except AwsError as error:
        return f"a delete marker of {subject} {_remains(error)}: {error}"
    return None


def _remains(error: AwsError) -> str:
    """What is certain of an object that could not be deleted: the answer may have been lost, and the delete not."""
    return "may still be there" if isinstance(error, Unreachable | BadAnswer) else "is still there"
