"""Who keeps and who loses access to a bucket once a KMS key encrypts it, as a plan says it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any


class KeyUse(StrEnum):
    """What somebody does to the objects of a bucket (fact A27)."""

    READ = "read"
    WRITE = "write"
    MULTIPART = "write in parts"

    @property
    def actions(self) -> tuple[str, ...]:
        """What KMS has to allow for it."""
        return _ACTIONS[self]


_ACTIONS = {
    KeyUse.READ: ("kms:Decrypt",),
    KeyUse.WRITE: ("kms:GenerateDataKey",),
    KeyUse.MULTIPART: ("kms:GenerateDataKey", "kms:Decrypt"),
}


class KeyAccess(Enum):
    """What becomes of somebody's access to a bucket, the gravest last."""

    KEEPS = "keeps"
    KEEPS_UNLESS_DENIED = "keeps unless an organization policy denies it"
    """What can be read lets it in, and the organization policies could not be read (fact B33)."""
    CANNOT_TELL = "cannot be told"
    LOSES = "loses"

    @property
    def meaning(self) -> str:
        """In words. The manual's table is generated from here."""
        return _MEANINGS[self]

    @property
    def gravity(self) -> int:
        """Of several answers about one principal the gravest counts: this is its place, the least grave 0."""
        return tuple(KeyAccess).index(self)


LOSES_ACCESS = "loses_access"
ACCESS_UNREAD = "access_unread"
ORG_POLICIES_UNREAD = "org_policies_unread"
ACCESS_IDS = (LOSES_ACCESS, ACCESS_UNREAD, ORG_POLICIES_UNREAD)
"""What stands where the id of a hazard stands, where who uses the bucket is the obstacle."""
ACCESS_TITLES = {
    LOSES_ACCESS: "principals that lose access",
    ACCESS_UNREAD: "principals whose access cannot be told",
    ORG_POLICIES_UNREAD: "organization policies that could not be read",
}
"""What they are about, in a few words."""
CAVEATS = (ACCESS_UNREAD, ORG_POLICIES_UNREAD)
"""What a plan may be told to accept: what could not be read, of all its buckets alike."""
_MEANINGS = {
    KeyAccess.KEEPS: "every policy was read, and they let it use the key as it uses the bucket",
    KeyAccess.KEEPS_UNLESS_DENIED: (
        "what could be read lets it in; policies of the organization, which could not be read, may deny it"
    ),
    KeyAccess.CANNOT_TELL: "what decides was not read, or is not modeled: see the limits",
    KeyAccess.LOSES: "nothing lets it use the key, or a statement denies it",
}
MAX_NAMED = 1000
"""Principals of a group that a report names: the others are counted."""


@dataclass(frozen=True, slots=True)
class AccessGroup:
    """Principals who use a bucket through the same policy, and of whom the same becomes for the same reason."""

    access: KeyAccess
    uses: tuple[KeyUse, ...]
    """What they may do to the bucket today that has this answer."""
    why: str
    """What decides: a statement of a policy, or what could not be read."""
    through: str
    """What lets them use the bucket today: `AmazonS3ReadOnlyAccess`, `its policy`."""
    principals: tuple[str, ...]
    """Their ARNs, accounts, names of services: all of them."""
    is_administrator: bool = False
    """Whether they may do everything in their account, so that they say little of who uses the bucket."""
    may_lose: bool = False
    """Whether the configuration names all of them as ones that may lose access."""
    observed: bool | None = None
    """Whether they were seen to use the bucket; None where nobody looked, and where none was seen in a window, which
    proves nothing outside of it, False.
    """
    statements: tuple[Mapping[str, Any], ...] = ()
    """What the key policy has to say first, as statements of IAM, where that mends it."""
    unnamed: int = 0
    """How many more they are: a saved plan names the first of many."""

    @property
    def count(self) -> int:
        """How many they are."""
        return len(self.principals) + self.unnamed
