"""How a bucket is replicated, by the client of botocore."""

from collections.abc import Mapping
from typing import Any

from s3kms.aws.boundary import bad_answer, translate_errors
from s3kms.aws.connection import Connection
from s3kms.model.errors import AwsError
from s3kms.model.operations import GET_BUCKET_REPLICATION

_NONE = "ReplicationConfigurationNotFoundError"


def get_bucket_replication(connection: Connection, bucket: str, region: str) -> Mapping[str, Any]:
    """The configuration as S3 has it: its role and rules. Raises AwsError, where there is none, too."""
    subject = f"s3://{bucket}"
    with translate_errors(GET_BUCKET_REPLICATION, subject):
        answer: Any = connection.s3(region).get_bucket_replication(
            Bucket=bucket, ExpectedBucketOwner=connection.account
        )
        found = answer["ReplicationConfiguration"]
        if not isinstance(found["Rules"], list):
            raise bad_answer(GET_BUCKET_REPLICATION, subject, "was answered without rules")
    return dict(found)


def has_replication(connection: Connection, bucket: str, region: str) -> bool:
    """Whether a rule of it is enabled. Raises AwsError."""
    try:
        rules = get_bucket_replication(connection, bucket, region)["Rules"]
    except AwsError as error:
        if error.code == _NONE:
            return False
        raise
    return any(rule.get("Status") == "Enabled" for rule in rules)
