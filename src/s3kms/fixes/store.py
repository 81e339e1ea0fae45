"""Where a change is written and read back."""

from typing import Protocol

from s3kms.aws import s3
from s3kms.aws.answers import Listed
from s3kms.aws.connection import Connection
from s3kms.estate import operations as op
from s3kms.estate.changes import Change
from s3kms.estate.encryption import Encryption
from s3kms.estate.operations import Operation

OPERATIONS: frozenset[Operation] = frozenset(
    {
        op.GET_CALLER_IDENTITY,
        op.GET_BUCKET_ENCRYPTION,
        op.GET_DIRECTORY_BUCKET_ENCRYPTION,
        op.PUT_BUCKET_ENCRYPTION,
        op.PUT_DIRECTORY_BUCKET_ENCRYPTION,
    }
)


class Store(Protocol):
    """The default encryption of buckets, to read and to write. Raises AwsError."""

    def read(self, change: Change) -> Encryption:
        """What the bucket has now."""
        ...

    def write(self, change: Change) -> None:
        """Put `after`; a return proves nothing."""
        ...


class S3Store:
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


def _listed(change: Change) -> Listed:
    return Listed(change.bucket, change.region, change.kind)
