"""Selects the versions to re-encrypt, and why others are skipped. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from s3kms.model.objects import ObjectEncryption, ObjectVersion

ALWAYS_TAKEN = frozenset({ObjectEncryption.SSE_S3, ObjectEncryption.NOT_SSE})
"""No key was chosen for these: readers of the object need no permission for a key."""
INCLUDABLE: Mapping[str, ObjectEncryption] = {
    "ssec": ObjectEncryption.SSE_C,
    "dsse": ObjectEncryption.DSSE_KMS,
}
"""Encryptions that are re-encrypted only if included by name."""


class VersionScope(StrEnum):
    """Which versions of a key are selected."""

    CURRENT = "current"
    ALL = "all"


class Choice(StrEnum):
    """The planned action for one version."""

    TAKEN = "taken"
    ALREADY = "already"
    """It is already under the wanted key."""
    OTHER_KEY = "other-key"
    """It is under another KMS key, which was chosen explicitly, or under one that the evidence does not name."""
    NOT_INCLUDED = "not-included"
    """Its encryption is re-encrypted only if included by name."""
    NONCURRENT = "noncurrent"
    """It is a noncurrent version, and only current versions are selected."""
    DELETE_MARKER = "delete-marker"
    """It has no content, and therefore no encryption."""
    UNREAD = "unread"
    """The evidence is not sufficient: the object itself must be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectSelection:
    """Which versions of a bucket are re-encrypted."""

    key_arn: str
    """The wanted key."""
    bucket_key: bool
    from_keys: frozenset[str] = frozenset()
    """ARNs of other keys whose objects are taken, too. The wanted key itself: its objects whose bucket key setting
    is not the wanted one.
    """
    include: frozenset[ObjectEncryption] = frozenset()
    scope: VersionScope = VersionScope.ALL

    def choose(self, version: ObjectVersion) -> Choice:
        """The planned action for a version, from what is known about it."""
        if version.is_delete_marker:
            return Choice.DELETE_MARKER
        if self.scope is VersionScope.CURRENT and version.is_latest is False:
            return Choice.NONCURRENT
        match version.encryption:
            case None:
                return Choice.UNREAD
            case ObjectEncryption.SSE_KMS:
                return self._choose_of_kms(version)
            case found if found in ALWAYS_TAKEN or found in self.include:
                return Choice.TAKEN
            case _:
                return Choice.NOT_INCLUDED

    def _choose_of_kms(self, version: ObjectVersion) -> Choice:
        if version.key_arn is None:
            return Choice.UNREAD if self.from_keys else Choice.OTHER_KEY
        if version.key_arn != self.key_arn:
            return Choice.TAKEN if version.key_arn in self.from_keys else Choice.OTHER_KEY
        if self.key_arn not in self.from_keys or version.bucket_key is self.bucket_key:
            return Choice.ALREADY
        return Choice.UNREAD if version.bucket_key is None else Choice.TAKEN

    def is_done(self, version: ObjectVersion) -> bool:
        """Whether a version is under the wanted key, with the wanted bucket key setting."""
        return (
            version.encryption is ObjectEncryption.SSE_KMS
            and version.key_arn == self.key_arn
            and bool(version.bucket_key) is self.bucket_key
        )
