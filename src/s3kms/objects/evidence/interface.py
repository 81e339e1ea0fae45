"""What evidence of a bucket's objects is: rows in an order that stays, and what they cover."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from s3kms.model.objects import ObjectVersion


@dataclass(frozen=True, slots=True)
class EvidenceCoverage:
    """What rows of evidence are about, and what they do not tell."""

    name: str
    """Where they come from, in a few words: `a live listing`, `the S3 Inventory daily of 2026-11-20`."""
    all_versions: bool
    """Whether noncurrent versions and delete markers are among the rows; else each key's current version alone."""
    tells_encryption: bool = True
    tells_key: bool = False
    """Whether the rows name the KMS key: S3 Inventory does not (fact D18)."""
    as_of: datetime | None = None
    """When it was true; None is now."""
    prefix: str = ""
    """The rows are about keys that begin so; empty is the whole bucket."""
    missing: tuple[str, ...] = ()
    """What is not told, a sentence each: `the column StorageClass is not in the inventory`."""


class VersionReader(AsyncIterator[ObjectVersion], Protocol):
    """The rows of one bucket, in an order that is the same each time they are read."""

    @property
    def bookmark(self) -> str:
        """Where to go on after the row that was yielded last; the evidence alone knows what it means."""
        ...


class ObjectEvidence(Protocol):
    """Rows about the objects of one bucket."""

    @property
    def coverage(self) -> EvidenceCoverage:
        """What the rows are about."""
        ...

    @property
    def identity(self) -> str:
        """What tells this evidence from any other: a run that is continued needs the same (a manifest's checksum).

        Evidence that is read anew each time, such as a listing, has one for good.
        """
        ...

    def read(self, after: str = "") -> VersionReader:
        """The rows, after a bookmark where there is one. Raises S3kmsError while they are read."""
        ...
