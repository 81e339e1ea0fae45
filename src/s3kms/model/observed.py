"""Who was seen to use buckets, and in which window: what logs tell. What they do not tell is not known."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

from s3kms.model.access import KeyUse
from s3kms.model.advice import Sentence


class ObservedKind(StrEnum):
    """What somebody is who used a bucket, as logs tell it."""

    ROLE = "role"
    USER = "user"
    ROOT = "root user"
    FEDERATED = "federated user"
    ACCOUNT = "account"
    """Of another account, whose log of the owner has no more than its id."""
    SERVICE = "service"
    CANONICAL = "canonical user"
    ANONYMOUS = "anonymous"
    OTHER = "other"
    """Told verbatim: no kind that is known."""


@dataclass(frozen=True, slots=True)
class ObservedIdentity:
    """Somebody, as logs and policies name them."""

    kind: ObservedKind
    account: str | None
    name: str
    """The ARN of a role (with its path where the log has it) or user, an account, a service, a canonical user id."""
    short: str
    """By which two names mean the same one: those of roles and users are unique in an account without their path,
    which the ARN of a session does not have, and whatever the case of their letters.
    """

    @property
    def key(self) -> "IdentityKey":
        """Equal for two names that mean the same one."""
        return self.kind, self.account, self.short

    @property
    def has_path(self) -> bool:
        """Whether its name is an ARN with a path."""
        return self.name.count("/") > 1


IdentityKey = tuple[ObservedKind, str | None, str]
_ARN = re.compile(r"arn:([a-z0-9-]{1,32}):(?:iam|sts)::(\d{12}):(\S{1,600})")
"""A path has 512 characters at most, a name 64."""
_MAX_ARN = 700
_SORTS = {
    "role": ObservedKind.ROLE,
    "user": ObservedKind.USER,
    "federated-user": ObservedKind.FEDERATED,
}


def identity_of_arn(arn: str) -> ObservedIdentity | None:
    """Whom the ARN of an identity or a session means; None where it is the ARN of something else."""
    return _identity_of_arn(arn) if len(arn) <= _MAX_ARN else None


@lru_cache(4096)
def _identity_of_arn(arn: str) -> ObservedIdentity | None:
    found = _ARN.fullmatch(arn)
    if found is None:
        return None
    partition, account, resource = found.groups()
    if resource == "root":
        return ObservedIdentity(ObservedKind.ROOT, account, arn, "root")
    sort, _, rest = resource.partition("/")
    if sort == "assumed-role":
        role = rest.partition("/")[0]
        name = f"arn:{partition}:iam::{account}:role/{role}"
        return ObservedIdentity(ObservedKind.ROLE, account, name, role.lower())
    if sort not in _SORTS or not rest:
        return None
    return ObservedIdentity(_SORTS[sort], account, arn, rest.rpartition("/")[2].lower())


@dataclass(frozen=True, slots=True)
class ObservedPrincipal:
    """What one principal did to one bucket."""

    identity: ObservedIdentity
    first: datetime
    last: datetime
    reads: int = 0
    writes: int = 0
    parts: int = 0
    """Of the writes those that are of uploads in parts."""
    denied: int = 0
    """Reads and writes that S3 refused; they are not counted among the others."""
    encryptions: Mapping[str, int] = field(default_factory=dict)
    """New objects by what `SSEApplied` says (fact F3): `Default_SSE_S3`, `SSE_S3`."""
    denials: tuple[str, ...] = ()
    """What AWS said when it refused, verbatim: the first few (fact A35)."""

    @property
    def name(self) -> str:
        """To be shown."""
        return self.identity.name

    @property
    def uses(self) -> tuple[KeyUse, ...]:
        """What it did, and was allowed to do."""
        found = {
            KeyUse.READ: self.reads,
            KeyUse.WRITE: self.writes - self.parts,
            KeyUse.MULTIPART: self.parts,
        }
        return tuple(use for use, times in found.items() if times)

    @property
    def has_used(self) -> bool:
        """Whether a read or a write of it was allowed."""
        return bool(self.reads or self.writes)


@dataclass(frozen=True, slots=True)
class ObservedWindow:
    """What one source tells of one bucket: outside of it nothing is known."""

    source: str
    """As it was named."""
    first: datetime
    last: datetime
    events: int
    has_reads: bool
    """Whether it has reading requests: a trail may log writes alone, and then that nobody read is not known."""
    has_writes: bool
    is_whole: bool = True
    """Whether all of the source could be read: else somebody may stand in what could not."""

    def covers(self, use: KeyUse) -> bool:
        """Whether somebody who did this in its time would stand in it."""
        return self.has_reads if use is KeyUse.READ else self.has_writes


@dataclass(frozen=True, slots=True)
class ObservedBucket:
    """What all sources tell of one bucket."""

    windows: tuple[ObservedWindow, ...]
    principals: tuple[ObservedPrincipal, ...]
    """Those who used it most first."""
    is_capped: bool = False
    """Whether more principals came than are kept: then that somebody did not come is not known."""

    @property
    def first(self) -> datetime:
        """Of all windows."""
        return min(one.first for one in self.windows)

    @property
    def last(self) -> datetime:
        """Of all windows."""
        return max(one.last for one in self.windows)

    def covers(self, use: KeyUse) -> bool:
        """Whether somebody who did this in the window would be seen."""
        is_whole = not self.is_capped and all(one.is_whole for one in self.windows)
        return is_whole and any(one.covers(use) for one in self.windows)


@dataclass(frozen=True, slots=True)
class Observations:
    """Everything that the sources tell."""

    buckets: Mapping[str, ObservedBucket] = field(default_factory=dict)
    """By name. One that is not here was not observed, which does not say that nobody uses it."""
    notes: tuple[Sentence, ...] = ()
    """What could not be read, and what had to be left out."""


NO_OBSERVATIONS = Observations()
DEFAULT_PREFIX = "Default_"
"""What `SSEApplied` begins with where the default encryption of the bucket was used (fact F3)."""


def names_encryption(applied: str) -> bool:
    """Whether a write brought its own encryption, so that the default of the bucket did not apply."""
    return not applied.startswith(DEFAULT_PREFIX)
