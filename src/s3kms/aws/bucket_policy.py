"""Reading and writing one bucket's policy through boto3, which preparing needs."""

from s3kms.aws.boundary import bad_answer, translate_errors
from s3kms.aws.connection import Connection
from s3kms.model.operations import GET_BUCKET_POLICY
from s3kms.model.policy_operations import PUT_BUCKET_POLICY


def get_bucket_policy(connection: Connection, bucket: str, region: str) -> str:
    """The text of the policy. Raises AwsError, where there is none, too."""
    subject = f"s3://{bucket}"
    with translate_errors(GET_BUCKET_POLICY, subject):
        answer = connection.s3(region).get_bucket_policy(
            Bucket=bucket, ExpectedBucketOwner=connection.account
        )
    found = answer.get("Policy")
    if not isinstance(found, str):
        raise bad_answer(GET_BUCKET_POLICY, subject, "was answered without Policy")
    return found


def put_bucket_policy(connection: Connection, bucket: str, region: str, document: str) -> None:
    """Put a whole policy; never with the leave to lock its own account out. Raises AwsError."""
    with translate_errors(PUT_BUCKET_POLICY, f"s3://{bucket}"):
        connection.s3(region).put_bucket_policy(
            Bucket=bucket, Policy=document, ExpectedBucketOwner=connection.account
        )
