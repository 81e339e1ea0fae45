"""The objects of a bucket, as evidence tells them: one row a version."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ObjectEncryption(StrEnum):
    """How an object is encrypted, in the words of S3 Inventory (fact D18)."""

    SSE_S3 = "SSE-S3"
    SSE_KMS = "SSE-KMS"
    DSSE_KMS = "DSSE-KMS"
    SSE_C = "SSE-C"
    NOT_SSE = "NOT-SSE"
    """Written before 2023 and never encrypted by S3."""


@dataclass(frozen=True, slots=True)
class ObjectVersion:
    """One version of an object, or a delete marker. What the evidence does not say is None."""

    bucket: str
    key: str
    version_id: str | None = None
    """`null` for the version of a bucket without versioning, where the evidence lists versions."""
    is_latest: bool | None = None
    is_delete_marker: bool = False
    size: int | None = None
    """Bytes."""
    etag: str | None = None
    """Without quotes."""
    last_modified: datetime | None = None
    storage_class: str | None = None
    """S3's word: `STANDARD`, `GLACIER`."""
    encryption: ObjectEncryption | None = None
    key_arn: str | None = None
    """The KMS key; S3 Inventory never says it (fact D18)."""
    bucket_key: bool | None = None
