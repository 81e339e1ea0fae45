"""Whether a bucket is replicated, by the client of botocore."""

from typing import Any

from s3kms.aws.boundary import translate_errors
from s3kms.aws.connection import Connection
from s3kms.model.errors import AwsError
from s3kms.model.operations import GET_BUCKET_REPLICATION

_NONE = "ReplicationConfigurationNotFoundError"


def has_replication(connection: Connection, bucket: str, region: str) -> bool:
    """Whether a rule of it is enabled. Raises AwsError."""
    try:
        with translate_errors(GET_BUCKET_REPLICATION, f"s3://{bucket}"):
            answer: Any = connection.s3(region).get_bucket_replication(
                Bucket=bucket, ExpectedBucketOwner=connection.account
            )
            rules = answer["ReplicationConfiguration"]["Rules"]
            return any(rule.get("Status") == "Enabled" for rule in rules)
    except AwsError as error:
        if error.code == _NONE:
            return False
        raise
