"""Reading and writing one bucket's default encryption through boto3: what a fix needs, a call each."""

from typing import Any

from s3kms.aws.boundary import translate_errors
from s3kms.aws.connection import Connection
from s3kms.aws.encryption_decoder import decode_sdk_answer
from s3kms.aws.response_checks import (
    NO_ENCRYPTION_CONFIGURATION_CODE,
    ListedBucket,
    evidence_of,
)
from s3kms.model import operations as op
from s3kms.model.api_shape import to_api_shape
from s3kms.model.bucket import BucketKind, Evidence
from s3kms.model.encryption import NO_CONFIGURATION, Encryption
from s3kms.model.errors import AwsError


def get_bucket_encryption(connection: Connection, listed: ListedBucket) -> tuple[Encryption, Evidence]:
    """The default encryption of one bucket, and the evidence. Raises AwsError."""
    directory = listed.kind is BucketKind.DIRECTORY
    operation = op.GET_DIRECTORY_BUCKET_ENCRYPTION if directory else op.GET_BUCKET_ENCRYPTION
    subject = f"s3://{listed.name}"
    try:
        with translate_errors(operation, subject):
            answer = connection.s3(listed.region).get_bucket_encryption(
                Bucket=listed.name, **_expected_owner(connection, listed)
            )
    except AwsError as error:
        if (
            error.code == NO_ENCRYPTION_CONFIGURATION_CODE
        ):  # matched by code: its status differs between servers (fact A7)
            return NO_CONFIGURATION, evidence_of(operation, error.request_id)
        raise
    encryption = decode_sdk_answer(answer, operation, subject)
    return encryption, evidence_of(operation, answer["ResponseMetadata"].get("RequestId"))


def put_bucket_encryption(connection: Connection, listed: ListedBucket, encryption: Encryption) -> str | None:
    """Replace the whole rule of one bucket (fact A19); the id of the request. Raises AwsError.

    A 200 proves nothing: S3 does not look at the key (fact A4), and other servers keep what they know.
    """
    directory = listed.kind is BucketKind.DIRECTORY
    operation = op.PUT_DIRECTORY_BUCKET_ENCRYPTION if directory else op.PUT_BUCKET_ENCRYPTION
    configuration: Any = to_api_shape(encryption)
    with translate_errors(operation, f"s3://{listed.name}"):
        answer = connection.s3(listed.region).put_bucket_encryption(
            Bucket=listed.name,
            ServerSideEncryptionConfiguration=configuration,
            **_expected_owner(connection, listed),
        )
    return answer["ResponseMetadata"].get("RequestId")


def _expected_owner(connection: Connection, listed: ListedBucket) -> dict[str, Any]:
    """A name can be re-created by a stranger (fact A26); a directory bucket answers 501 (fact A20)."""
    return {} if listed.kind is BucketKind.DIRECTORY else {"ExpectedBucketOwner": connection.account}
