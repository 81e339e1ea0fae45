"""Results of checks, kept in a bucket."""

from pathlib import Path

from s3kms.aws.boundary import translate_errors
from s3kms.aws.connection import Connection
from s3kms.model.result_operations import PUT_RESULT


def upload_result(connection: Connection, file: Path, bucket: str, key: str, owner: str) -> str:
    """The address of the new object. Raises AwsError, also where the bucket is not `owner`'s."""
    address = f"s3://{bucket}/{key}"
    client = connection.passing_client("s3", connection.region)
    with translate_errors(PUT_RESULT, address), file.open("rb") as body:
        client.put_object(
            Bucket=bucket,
            Key=key,
            Body=body,
            ContentType="application/json",
            ExpectedBucketOwner=owner,
        )
    return address
