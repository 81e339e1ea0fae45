"""A change, as data before it is an action."""

from dataclasses import dataclass, replace

from s3kms.model.bucket import BucketKind
from s3kms.model.encryption import SSE_S3, Encryption
from s3kms.model.unknown import known


@dataclass(frozen=True, slots=True)
class Change:
    """One write of one bucket's default encryption.

    The dry run prints it, the journal keeps it, every rendering (API, console, CLI, templates)
    is made from it, and its mirror image is the undo.
    """

    bucket: str
    account: str
    region: str
    before: Encryption
    after: Encryption
    kind: BucketKind = BucketKind.GENERAL_PURPOSE

    @property
    def is_needed(self) -> bool:
        """Whether writing it would change anything."""
        return not self.before.means_the_same(self.after)

    def mirrored(self) -> "Change":
        """The change that restores what was there, in words that a put understands.

        No algorithm is SSE-S3. A bucket key that was not mentioned is put as off where this change puts it on,
        for it is not known that leaving a part out clears it (fact A19).
        """
        bucket_key = known(self.before.bucket_key)
        if bucket_key is None and known(self.after.bucket_key) and self.kind is BucketKind.GENERAL_PURPOSE:
            bucket_key = False
        was = replace(self.before, algorithm=self.before.algorithm or SSE_S3, bucket_key=bucket_key)
        return replace(self, before=self.after, after=was)
