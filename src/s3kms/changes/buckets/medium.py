"""The medium of buckets: the default encryption of each, read and written through S3's API."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from s3kms.changes.buckets.kind import BUCKETS
from s3kms.changes.interface import Standing
from s3kms.model.advice import Advice
from s3kms.model.change import Change
from s3kms.model.encryption import Encryption

if TYPE_CHECKING:
    from s3kms.aws.connection import Connection
    from s3kms.changes.buckets.store import EncryptionStore

READ_BACK_WAITS_SECONDS = (0.2, 0.5, 1.0)
"""Between read-backs while S3 still shows what was there: a put is not seen at once by every reader."""
_PARTS = ("algorithm", "key", "bucket key", "blocked encryption types")


class BucketMedium:
    """The buckets of one account. What is planned and what the journal keeps are both a `Change`."""

    kind = BUCKETS
    roots: tuple[str, ...] = ()
    is_one_unit = False
    ignored_write_advice = Advice("this endpoint does not do what S3 does")

    def __init__(
        self,
        store: "EncryptionStore",
        account: str,
        endpoint: str = "",
        read_back_waits_seconds: Sequence[float] = READ_BACK_WAITS_SECONDS,
    ) -> None:
        self._store = store
        self.account = account
        self.endpoint = endpoint
        self.read_back_waits_seconds = read_back_waits_seconds

    @classmethod
    def of(cls, connection: "Connection") -> "BucketMedium":
        """S3 itself, with the credentials of a connection. Asks STS whose they are; raises AwsError."""
        from s3kms.changes.buckets.store import S3EncryptionStore

        return cls(S3EncryptionStore(connection), connection.account, connection.endpoint)

    def entry_of(self, change: Change) -> Change:
        """The change itself: it holds what was there and what is written, and nothing else."""
        return change

    def describe(self, entry: Change) -> str:
        """`s3://logs`."""
        return f"s3://{entry.bucket}"

    def describe_difference(self, entry: Change, state: Encryption) -> str:
        """`the bucket has another algorithm and key than was written`."""
        wrong = [
            part
            for part, is_, meant in zip(_PARTS, state.meaning, entry.after.meaning, strict=True)
            if is_ != meant
        ]
        return f"the bucket has another {' and '.join(wrong)} than was written"

    def compare(self, entry: Change, state: Encryption) -> Standing:
        """By what S3 does with each, not by how it is written: no algorithm means SSE-S3."""
        if state.means_the_same(entry.after):
            return Standing.AFTER
        is_before = state.means_the_same(entry.before) and state.other_parts == entry.before.other_parts
        return Standing.BEFORE if is_before else Standing.OTHER

    def read(self, entry: Change) -> Encryption:
        """The default encryption that the bucket has now. Raises AwsError."""
        return self._store.read(entry)

    def found_instead(self, entry: Change, state: Encryption) -> Change:
        """From what was there to what the server made of the write."""
        return replace(entry, after=state)

    def rebase(self, change: Change, state: Encryption) -> Change:
        """With the rule as it is written now, so that an undo restores that and not what means the same."""
        return replace(change, before=state)

    def write(self, change: Change, run: str) -> None:  # noqa: ARG002 - S3 keeps no name of a run
        """Put the new rule, with all its parts. Raises AwsError."""
        self._store.write(change)

    def reverse(self, entry: Change, state: Encryption) -> Change:
        """Always a put of what was there, never a delete (fact A5)."""
        return replace(entry.mirrored(), before=state)

    def remove_leftovers(self, entry: Change, run: str) -> None:
        """A put leaves nothing behind."""
