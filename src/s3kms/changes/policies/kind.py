"""The policy of a key as the journal keeps it: the whole document before and after, and whom it is for."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

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

    @property
    def account(self) -> str:
        """Whose the key is."""
        return self.key.split(":")[4]


_decode = record_decoder(PolicyChange)


def _from_record(record: Mapping[str, Any]) -> PolicyChange:
    return _decode(record)


def _to_record(change: PolicyChange) -> dict[str, Any]:
    at = change.at.isoformat(timespec="seconds")
    return {**asdict(change), "users": [asdict(one) for one in change.users], "at": at}


def _key(change: PolicyChange) -> str:
    return change.key


KEY_POLICIES: MediumKind[PolicyChange] = MediumKind(
    "key policies", "policy document", _key, _to_record, _from_record
)
