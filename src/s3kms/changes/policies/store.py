"""Where policies are written and read back: those of keys through KMS, those of buckets through S3."""

from typing import Protocol

from s3kms.aws.boundary import bad_answer, translate_errors
from s3kms.aws.bucket_policy import get_bucket_policy, put_bucket_policy
from s3kms.aws.connection import Connection
from s3kms.changes.policies.kind import BucketPolicyChange, PolicyChange, PolicyT_contra
from s3kms.model import policy_operations as op
from s3kms.model.operations import GET_KEY_POLICY


class PolicyStore(Protocol[PolicyT_contra]):
    """Policies, to read and to write. Raises AwsError."""

    def read(self, change: PolicyT_contra) -> str:
        """The document that is there now."""
        ...

    def write(self, change: PolicyT_contra) -> None:
        """Put `after`; a return proves nothing."""
        ...


class KmsPolicyStore:
    """KMS itself, with the credentials of one account."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def read(self, change: PolicyChange) -> str:
        """The document that the key has now. Raises AwsError."""
        return read_key_policy(self._connection, change.key, change.region)

    def write(self, change: PolicyChange) -> None:
        """Put `after`, never past the check of KMS against locking everybody out. Raises AwsError."""
        client = self._connection.passing_client("kms", change.region)
        with translate_errors(op.PUT_KEY_POLICY, f"KMS key {change.key}"):
            client.put_key_policy(KeyId=change.key, PolicyName="default", Policy=change.after)


class S3PolicyStore:
    """S3 itself, with the credentials of one account."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def read(self, change: BucketPolicyChange) -> str:
        """The policy that the bucket has now. Raises AwsError."""
        return get_bucket_policy(self._connection, change.bucket, change.region)

    def write(self, change: BucketPolicyChange) -> None:
        """Put `after`. Raises AwsError."""
        put_bucket_policy(self._connection, change.bucket, change.region, change.after)


def read_key_policy(connection: Connection, key: str, region: str) -> str:
    """The policy of a key. Raises AwsError."""
    subject = f"KMS key {key}"
    with translate_errors(GET_KEY_POLICY, subject):
        answer = connection.passing_client("kms", region).get_key_policy(KeyId=key, PolicyName="default")
    found = answer.get("Policy")
    if not isinstance(found, str):
        raise bad_answer(GET_KEY_POLICY, subject, "was answered without Policy")
    return found
