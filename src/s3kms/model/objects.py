"""The objects of a bucket, as evidence tells them: one row a version."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
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


@dataclass(frozen=True, slots=True)
class ObjectPlace:
    """Which object or version a call is about, and what it needs to reach it."""

    bucket: str
    key: str
    version_id: str | None
    """None is the current version, whichever that is when the call arrives."""
    account: str
    """The owner that the bucket must have: its name can be re-created by a stranger (fact A26)."""
    region: str


@dataclass(frozen=True, slots=True)
class ObjectHead:
    """What S3 says of one version of an object, without its content."""

    size: int
    """Bytes."""
    etag: str
    """Without quotes."""
    last_modified: datetime
    version_id: str | None
    """`null` in a bucket whose versioning is suspended; None in one that never had versions."""
    storage_class: str
    """S3's word; `STANDARD`, where S3 leaves it out."""
    encryption: ObjectEncryption
    key_arn: str | None
    bucket_key: bool
    metadata: Mapping[str, str]
    """The user's, by name without `x-amz-meta-`, as it came: S3 encodes what is not ASCII (RFC 2047)."""
    content_headers: Mapping[str, str]
    """`Content-Type`, `Cache-Control`… as they came, by the names that a write takes."""
    redirect: str | None
    """Where a website sends whoever asks for it."""
    lock_mode: str | None
    """`GOVERNANCE` or `COMPLIANCE`, of Object Lock; None where it has no retention, or it may not be seen."""
    retain_until: datetime | None
    legal_hold: bool
    replication_status: str | None
    """`COMPLETED`, `PENDING`, `FAILED`, `REPLICA`."""
    restore: str | None
    """Of an archived object: `ongoing-request="false", expiry-date="…"`."""
    tag_count: int
    headers: Mapping[str, str]
    """All of them, by their names in lower case."""

    def seen(self, listed: ObjectVersion) -> ObjectVersion:
        """A version as it was listed, with what S3 says of it now."""
        is_kms = self.encryption in {ObjectEncryption.SSE_KMS, ObjectEncryption.DSSE_KMS}
        return replace(
            listed,
            size=self.size,
            etag=self.etag,
            last_modified=self.last_modified,
            storage_class=self.storage_class,
            encryption=self.encryption,
            key_arn=self.key_arn,
            bucket_key=self.bucket_key if is_kms else None,
        )


@dataclass(frozen=True, slots=True)
class CopyAnswer:
    """What S3 says of a copy that it has made."""

    etag: str
    """Without quotes."""
    version_id: str | None
    source_version_id: str | None
    encryption: ObjectEncryption
    key_arn: str | None
    bucket_key: bool
    request_id: str | None


@dataclass(frozen=True, slots=True)
class WriteAnswer:
    """What S3 says of an object that was written, deleted, or changed in place; None is what it does not say."""

    etag: str | None
    """Without quotes. UpdateObjectEncryption never has one: a server that tells it took the request for a write."""
    version_id: str | None
    is_delete_marker: bool
    encryption: ObjectEncryption
    key_arn: str | None
    request_id: str | None


@dataclass(frozen=True, slots=True)
class ObjectGrant:
    """One line of an object's ACL."""

    grantee: str
    """The URI of a group, or the canonical id of an account."""
    permission: str
    """`READ`, `WRITE`, `READ_ACP`, `WRITE_ACP`, `FULL_CONTROL`."""


@dataclass(frozen=True, slots=True)
class ObjectAcl:
    """Who may do what with an object besides its owner."""

    owner: str
    """The canonical id of an account."""
    grants: tuple[ObjectGrant, ...]


@dataclass(frozen=True, slots=True)
class ObjectLockState:
    """What Object Lock holds a version by."""

    mode: str | None = None
    """`GOVERNANCE` or `COMPLIANCE`; None where it has no retention."""
    retain_until: datetime | None = None
    legal_hold: bool = False


@dataclass(frozen=True, slots=True)
class MultipartUpload:
    """An upload in parts that is not completed."""

    key: str
    upload_id: str
    initiated: datetime | None
    initiator: str
    """The ARN of who began it, or the canonical id of an account; empty where S3 does not tell."""
