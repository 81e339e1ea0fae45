"""The objects of one bucket as the journal keeps them: which bucket, which key, by which engines.

What became of each object stands in a log beside the journal (`objects/log/`), which is made for many.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from s3kms.changes.interface import MediumKind
from s3kms.changes.record_decoder import record_decoder
from s3kms.model.change import Change
from s3kms.model.encryption import SSE_KMS, SSE_S3, Encryption


@dataclass(frozen=True, slots=True)
class ObjectsEntry:
    """The objects of one bucket that a run brings under a key."""

    bucket: str
    account: str
    region: str
    key: str
    """Its ARN."""
    bucket_key: bool
    engines: tuple[str, ...]
    versions: int
    """How many were planned."""

    def as_change(self) -> Change:
        """What the objects went through: from SSE-S3 to the key, as if the default had."""
        after = Encryption(SSE_KMS, self.key, self.bucket_key)
        return Change(self.bucket, self.account, self.region, Encryption(SSE_S3), after)


_decode = record_decoder(ObjectsEntry)


def _from_record(record: Mapping[str, Any]) -> ObjectsEntry:
    return _decode(record)


def _to_record(entry: ObjectsEntry) -> dict[str, Any]:
    return {**asdict(entry), "engines": list(entry.engines)}


def _bucket_name(entry: ObjectsEntry) -> str:
    return entry.bucket


OBJECTS: MediumKind[ObjectsEntry] = MediumKind(
    "objects", "bucket of objects", _bucket_name, _to_record, _from_record
)
