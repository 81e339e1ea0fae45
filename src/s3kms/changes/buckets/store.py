"""Where a change is written and read back."""

from typing import Protocol

from s3kms.aws import bucket_encryption as s3
from s3kms.aws.connection import Connection
from s3kms.aws.response_checks import ListedBucket
from s3kms.model.change import Change
from s3kms.model.encryption import Encryption


class EncryptionStore(Protocol):
    """The default encryption of buckets, to read and to write. Raises AwsError."""

    def read(self, change: Change) -> Encryption:
        """What the bucket has now."""
        ...

    def write(self, change: Change) -> None:
        """Put `after`; a return proves nothing."""
        ...


class S3EncryptionStore:
    """S3 itself."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def read(self, change: Change) -> Encryption:
        """What the bucket has now. Raises AwsError."""
        encryption, _ = s3.get_bucket_encryption(self._connection, _listed(change))
        return encryption

    def write(self, change: Change) -> None:
        """Put `after`. Raises AwsError."""
        s3.put_bucket_encryption(self._connection, _listed(change), change.after)


def _listed(change: Change) -> ListedBucket:
    return ListedBucket(change.bucket, change.region, change.kind)
