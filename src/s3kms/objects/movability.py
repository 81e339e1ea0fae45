"""What an engine of `reencrypt` cannot move, as far as a listing tells: a word a reason. Pure."""

from enum import StrEnum

from s3kms.model.objects import ObjectEncryption, ObjectVersion
from s3kms.objects.prices import OBJECT_PRICES


class Immovable(StrEnum):
    """Why an engine leaves a version."""

    DELETE_MARKER = "delete-marker"
    """Has no content."""
    SOURCE = "source-encryption"
    """UpdateObjectEncryption does not start from this encryption (fact D2)."""
    NONCURRENT = "noncurrent"
    """A copy of it would become the current version: old content would be back (fact D14)."""
    ARCHIVED = "archived"
    """Must be restored before it can be copied (fact D16)."""
    CUSTOMER_KEY = "customer-key"
    """Encrypted with a key that the customer sends with each request: only who has the key can read it."""
    OBJECT_LOCK = "object-lock"
    """Under a retention or a legal hold of Object Lock (fact D5)."""
    NULL_VERSION = "null-version"
    """Where versioning is suspended a copy replaces the version `null`, and there is one that is not the current."""
    FOREIGN_OWNER = "foreign-owner"
    """Belongs to another account than its bucket; a copy would be the bucket owner's."""
    STRANGE_GRANT = "strange-grant"
    """Has a grant in its ACL that a copy cannot be given."""
    ANNOTATIONS = "annotations"
    """Is above 5 GB and has annotations, which a copy in parts loses (fact D14)."""
    HIDDEN_METADATA = "hidden-metadata"
    """Is above 5 GB and has metadata that S3 does not tell, and which a copy in parts cannot be given."""


UPDATABLE = frozenset({ObjectEncryption.SSE_S3, ObjectEncryption.SSE_KMS, None})
"""The sources of UpdateObjectEncryption (fact D2); what evidence does not tell is tried."""


def why_not_updated(version: ObjectVersion) -> Immovable | None:
    """The reason for which UpdateObjectEncryption, by itself or in a batch job, cannot move a version."""
    if version.is_delete_marker:
        return Immovable.DELETE_MARKER
    return None if version.encryption in UPDATABLE else Immovable.SOURCE


def why_not_copied(version: ObjectVersion) -> Immovable | None:
    """The reason for which a copy onto itself cannot move a version."""
    if version.is_delete_marker:
        return Immovable.DELETE_MARKER
    if version.is_latest is False:
        return Immovable.NONCURRENT
    prices = OBJECT_PRICES.of_class(version.storage_class)
    if prices is not None and prices.is_archive:
        return Immovable.ARCHIVED
    return Immovable.CUSTOMER_KEY if version.encryption is ObjectEncryption.SSE_C else None
