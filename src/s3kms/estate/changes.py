"""A change, as data before it is an action."""

from dataclasses import dataclass, replace

from s3kms.estate.bucket import BucketKind
from s3kms.estate.encryption import Encryption


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
        """The change that puts back what was there."""
        return replace(self, before=self.after, after=self.before)
