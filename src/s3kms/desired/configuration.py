"""What the organization wants of its buckets, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase

from s3kms.model.bucket import Bucket
from s3kms.model.encryption import KeyKind
from s3kms.model.suppressions import Suppression
from s3kms.model.unknown import Unknown, UnknownCause

ANY_REGION = "*"


@dataclass(frozen=True, slots=True)
class DesiredState:
    """What is wanted of one bucket. None is "not stated"."""

    algorithm: str | None = None
    key_kind: KeyKind | None = None
    key: str | None = None
    """A key reference; for most buckets it comes from the key map."""
    bucket_key: bool | None = None

    def then(self, other: "DesiredState") -> "DesiredState":
        """This state, with what `other` states in its place."""
        aws_managed = other.key_kind is KeyKind.AWS_MANAGED  # then the key map's key is not wanted
        return DesiredState(
            other.algorithm or self.algorithm,
            other.key_kind or self.key_kind,
            other.key or (None if aws_managed else self.key),
            self.bucket_key if other.bucket_key is None else other.bucket_key,
        )


@dataclass(frozen=True, slots=True)
class Override:
    """Another wanted state for some buckets: those of a name pattern, those with certain tags, or both."""

    state: DesiredState
    buckets: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    def may_mean(self, bucket: Bucket) -> bool:
        """Whether the name fits; the tags decide the rest."""
        return self.buckets is None or (bucket.name is not None and fnmatchcase(bucket.name, self.buckets))


@dataclass(frozen=True, slots=True)
class Exemption:
    """One accepted risk: it says why, who answers for it, and may end."""

    buckets: str
    reason: str
    account: str | None = None
    rule: str | None = None
    owner: str | None = None
    until: date | None = None
    """The last day it counts."""

    def covers(self, bucket: Bucket, rule: str) -> bool:
        """Whether it is about this bucket and rule, expired or not."""
        return (
            bucket.name is not None
            and fnmatchcase(bucket.name, self.buckets)
            and self.account in {None, bucket.account}
            and self.rule in {None, rule}
        )

    def has_expired(self, today: date) -> bool:
        """Whether its last day is over."""
        return self.until is not None and today > self.until

    def describe(self) -> str:
        """In a sentence of a report."""
        owner = f", owner {self.owner}" if self.owner else ""
        until = f", until {self.until.isoformat()}" if self.until else ""
        return f"{self.reason}{owner}{until}"


@dataclass(frozen=True, slots=True)
class Configuration:
    """The whole configuration."""

    state: DesiredState = DesiredState()
    keys: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """The key map: account id, then region or `*`, to a key reference."""
    allowed_keys: tuple[str, ...] = ()
    """Patterns of key ARNs, account ids, or aliases."""
    rules: tuple[str, ...] = ()
    """Companion rules that are on."""
    overrides: tuple[Override, ...] = ()
    """Later ones win."""
    exemptions: tuple[Exemption, ...] = ()
    directory_buckets: bool = True
    may_lose: tuple[str, ...] = ()
    """Patterns of the ARNs of principals who may lose access to buckets: `arn:aws:iam::*:role/audit-*`."""
    honor_skips: bool = False
    """Whether what other tools are told to skip beside the code is exempt here, too."""

    @property
    def needs_tags(self) -> bool:
        """Whether some override is decided by tags."""
        return any(override.tags for override in self.overrides)

    @property
    def states(self) -> tuple[DesiredState, ...]:
        """Every state that is stated somewhere."""
        return (self.state, *(override.state for override in self.overrides))

    def state_for(self, bucket: Bucket) -> DesiredState | Unknown:
        """What is wanted of this bucket; Unknown where tags decide and could not be read."""
        state = self.state
        key = self._mapped_key(bucket)
        if key is not None:
            state = state.then(DesiredState(key=key))
        for override in self.overrides:
            if not override.may_mean(bucket):
                continue
            if override.tags and isinstance(bucket.tags, Unknown):
                why = f"an override depends on the bucket's tags, which are not known: {bucket.tags.why}"
                return Unknown(UnknownCause.NOT_READ, why, bucket.tags.advice)
            if all(_tag(bucket, name) == value for name, value in override.tags.items()):
                state = state.then(override.state)
        return state

    def exemption_for(self, bucket: Bucket, rule: str, today: date) -> Exemption | Suppression | None:
        """The first exemption in force for this bucket and rule: of the configuration, then beside the code."""
        for exemption in self._exemptions(bucket):
            if exemption.covers(bucket, rule) and not exemption.has_expired(today):
                return exemption
        return None

    def expired_exemption_for(self, bucket: Bucket, rule: str, today: date) -> Exemption | Suppression | None:
        """An exemption that would have covered it, had it not ended."""
        for exemption in self._exemptions(bucket):
            if exemption.covers(bucket, rule) and exemption.has_expired(today):
                return exemption
        return None

    def passed_over(self, bucket: Bucket, rule: str, today: date) -> frozenset[str]:
        """The other tools that are told to skip this, and are not honored."""
        if self.honor_skips:
            return frozenset()
        return frozenset(
            skip.by
            for skip in bucket.suppressions
            if not skip.is_own and skip.covers(bucket, rule) and not skip.has_expired(today)
        )

    def _exemptions(self, bucket: Bucket) -> tuple[Exemption | Suppression, ...]:
        suppressions = tuple(skip for skip in bucket.suppressions if skip.is_own or self.honor_skips)
        return (*self.exemptions, *suppressions)

    def _mapped_key(self, bucket: Bucket) -> str | None:
        regions = self.keys.get(bucket.account or "", {})
        return regions.get(bucket.region or "") or regions.get(ANY_REGION)


def _tag(bucket: Bucket, name: str) -> str | None:
    return None if isinstance(bucket.tags, Unknown) else bucket.tags.get(name)
