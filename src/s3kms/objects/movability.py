"""Why an engine of `reencrypt` cannot re-encrypt a version, from the evidence alone. Pure."""

from enum import StrEnum

from s3kms.model.objects import ObjectEncryption, ObjectVersion
from s3kms.objects.prices import OBJECT_PRICES


class Immovable(StrEnum):
    """Why an engine cannot re-encrypt a version."""

    DELETE_MARKER = "delete-marker"
    """Has no content."""
    SOURCE = "source-encryption"
    """UpdateObjectEncryption does not support this source encryption (fact D2)."""
    NONCURRENT = "noncurrent"
    """A copy of it would become the current version and restore old content (fact D14)."""
    ARCHIVED = "archived"
    """Must be restored before it can be copied (fact D16)."""
    CUSTOMER_KEY = "customer-key"
    """Encrypted with a key that the customer sends with each request (SSE-C); readable only with that key."""
    OBJECT_LOCK = "object-lock"
    """Under a retention or a legal hold of Object Lock (fact D5)."""
    NULL_VERSION = "null-version"
    """Where versioning is suspended a copy replaces the version `null`, and there is one that is not the current."""
    FOREIGN_OWNER = "foreign-owner"
    """Owned by another account than its bucket; a copy would be owned by the bucket owner."""
    STRANGE_GRANT = "strange-grant"
    """Has a grant in its ACL that a copy cannot have."""
    ANNOTATIONS = "annotations"
    """Is above 5 GB and has annotations, which a multipart copy loses (fact D14)."""
    HIDDEN_METADATA = "hidden-metadata"
    """Is above 5 GB and has metadata that S3 does not return, which a multipart copy would lose."""


UPDATABLE = frozenset({ObjectEncryption.SSE_S3, ObjectEncryption.SSE_KMS, None})
"""The source encryptions that UpdateObjectEncryption supports (fact D2); an unknown encryption is tried."""


def why_not_updated(version: ObjectVersion) -> Immovable | None:
    """Why UpdateObjectEncryption, alone or in a batch job, cannot re-encrypt a version; None if it can."""
    if version.is_delete_marker:
        return Immovable.DELETE_MARKER
    return None if version.encryption in UPDATABLE else Immovable.SOURCE


def why_not_copied(version: ObjectVersion) -> Immovable | None:
    """Why a copy onto itself cannot re-encrypt a version; None if it can."""
    if version.is_delete_marker:
        return Immovable.DELETE_MARKER
    if version.is_latest is False:
        return Immovable.NONCURRENT
    prices = OBJECT_PRICES.of_class(version.storage_class)
    if prices is not None and prices.is_archive:
        return Immovable.ARCHIVED
    return Immovable.CUSTOMER_KEY if version.encryption is ObjectEncryption.SSE_C else None
