"""The policy of a key as the journal keeps it: the whole document before and after, and whom it is for."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from s3kms.changes.interface import MediumKind
from s3kms.changes.record_decoder import record_decoder


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """The policy of one key, as it is and as it is to be."""

    key: str
    """Its ARN."""
    region: str
    before: str
    after: str
    buckets: tuple[str, ...]
    """The buckets of the run's account that need what is added; as long as they use the key it is not taken away."""
    at: datetime
    """When it was planned: objects that are older were not written under the key because of it."""


_decode = record_decoder(PolicyChange)


def _from_record(record: Mapping[str, Any]) -> PolicyChange:
    return _decode(record)


def _to_record(change: PolicyChange) -> dict[str, Any]:
    at = change.at.isoformat(timespec="seconds")
    return {**asdict(change), "buckets": list(change.buckets), "at": at}


def _key(change: PolicyChange) -> str:
    return change.key


KEY_POLICIES: MediumKind[PolicyChange] = MediumKind(
    "key policies", "policy document", _key, _to_record, _from_record
)
