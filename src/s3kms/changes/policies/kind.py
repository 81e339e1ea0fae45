"""Policies as the journal keeps them, of keys and of buckets: the whole document before and after, and for whom."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, TypeVar

from s3kms.changes.interface import MediumKind
from s3kms.changes.record_decoder import record_decoder


@dataclass(frozen=True, slots=True)
class KeyUser:
    """A bucket that uses a key, or is about to."""

    account: str
    bucket: str


BucketsGiven = Callable[[str], tuple[KeyUser, ...] | str]
"""By the ARN of a key, the buckets that had it once; why that is not known, as a sentence."""


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """The policy of one key, as it is and as it is to be."""

    key: str
    """Its ARN."""
    region: str
    before: str
    after: str
    users: tuple[KeyUser, ...]
    """The buckets that need what is added; as long as they use the key it is not taken away."""
    at: datetime
    """When it was planned: objects that are older were not written under the key because of it."""
    earlier: tuple[KeyUser, ...] = ()
    """Buckets whose default was the key before it was written, and those that could not be read then: they did
    without what is added.
    """

    @property
    def account(self) -> str:
        """Whose the key is."""
        return self.key.split(":")[4]

    @property
    def subject(self) -> str:
        """Whose policy it is: the ARN of the key."""
        return self.key

    @property
    def title(self) -> str:
        """In a sentence."""
        return f"the policy of {self.subject}"


@dataclass(frozen=True, slots=True)
class BucketPolicyChange:
    """The policy of one bucket, as it is and as it is to be."""

    bucket: str
    account: str
    region: str
    before: str
    after: str
    key: str | None
    """The ARN of the key whose objects it lets pass; None for aws/s3."""

    @property
    def subject(self) -> str:
        """Whose policy it is: `s3://logs`."""
        return f"s3://{self.bucket}"

    @property
    def title(self) -> str:
        """In a sentence."""
        return f"the policy of {self.subject}"


WrittenPolicy = PolicyChange | BucketPolicyChange
WrittenPolicyT = TypeVar("WrittenPolicyT", bound=WrittenPolicy)
PolicyT_contra = TypeVar("PolicyT_contra", bound=WrittenPolicy, contravariant=True)

_decode_key_policy = record_decoder(PolicyChange)
_decode_bucket_policy = record_decoder(BucketPolicyChange)


def _key_policy_of(record: Mapping[str, Any]) -> PolicyChange:
    return _decode_key_policy(record)


def _key_policy_record(change: PolicyChange) -> dict[str, Any]:
    at = change.at.isoformat(timespec="seconds")
    buckets = {"users": change.users, "earlier": change.earlier}
    return {**asdict(change), **{name: [asdict(one) for one in of] for name, of in buckets.items()}, "at": at}


def _key(change: PolicyChange) -> str:
    return change.key


def _bucket_policy_of(record: Mapping[str, Any]) -> BucketPolicyChange:
    return _decode_bucket_policy(record)


def _bucket(change: BucketPolicyChange) -> str:
    return change.bucket


KEY_POLICIES: MediumKind[PolicyChange] = MediumKind(
    "key policies", "policy document", _key, _key_policy_record, _key_policy_of
)
BUCKET_POLICIES: MediumKind[BucketPolicyChange] = MediumKind(
    "bucket policies", "policy document", _bucket, asdict, _bucket_policy_of
)
POLICY_KINDS = frozenset({KEY_POLICIES.name, BUCKET_POLICIES.name})
"""The media whose changes are documents that widen."""
