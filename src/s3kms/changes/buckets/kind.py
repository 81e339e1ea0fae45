"""The default encryption of a bucket as the journal keeps it, with all three parts of both rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from s3kms.changes.interface import MediumKind
from s3kms.changes.record_decoder import record_decoder
from s3kms.model.bucket import BucketKind
from s3kms.model.change import Change
from s3kms.model.encryption import Encryption
from s3kms.model.unknown import known


@dataclass(frozen=True, slots=True)
class EncryptionRecord:
    """All three parts of a rule, as JSON data."""

    algorithm: str | None
    key: str | None
    bucket_key: bool | None
    blocked: tuple[str, ...] | None

    def encryption(self) -> Encryption:
        """The model's value."""
        return Encryption(self.algorithm, self.key, self.bucket_key, self.blocked)


@dataclass(frozen=True, slots=True)
class ChangeRecord:
    """A change of one bucket, as JSON data."""

    bucket: str
    account: str
    region: str
    kind: BucketKind
    before: EncryptionRecord
    after: EncryptionRecord


_decode = record_decoder(ChangeRecord)


def _from_record(record: Mapping[str, Any]) -> Change:
    found = _decode(record)
    before, after = found.before.encryption(), found.after.encryption()
    return Change(found.bucket, found.account, found.region, before, after, found.kind)


def _to_record(change: Change) -> dict[str, Any]:
    return {
        "bucket": change.bucket,
        "account": change.account,
        "region": change.region,
        "kind": change.kind.value,
        "before": _encryption_record(change.before),
        "after": _encryption_record(change.after),
    }


def _encryption_record(encryption: Encryption) -> dict[str, Any]:
    return {
        "algorithm": encryption.algorithm,
        "key": encryption.key,
        "bucket_key": known(encryption.bucket_key),
        "blocked": None if (blocked := known(encryption.blocked)) is None else list(blocked),
    }


def _bucket_name(change: Change) -> str:
    return change.bucket


BUCKETS: MediumKind[Change] = MediumKind("buckets", "bucket", _bucket_name, _to_record, _from_record)
