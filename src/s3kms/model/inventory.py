"""Configurations of S3 Inventory, and where their reports stand; what reading them asks of AWS."""

from dataclasses import dataclass
from datetime import timedelta

from s3kms.model.operations import ALL_BUCKETS, BUCKETS, KEYS, Operation

ALL_OBJECTS = "arn:{partition}:s3:::*/*"
LIST_INVENTORY_CONFIGURATIONS = Operation(
    "s3",
    "ListBucketInventoryConfigurations",
    "s3:GetInventoryConfiguration",
    BUCKETS,
    why="where the inventories of a bucket are delivered",
)
LIST_REPORTS = Operation(
    "s3", "ListObjectsV2", "s3:ListBucket", ALL_BUCKETS, why="the reports of an inventory"
)
READ_REPORT = Operation("s3", "GetObject", "s3:GetObject", ALL_OBJECTS, why="a report of an inventory")
DECRYPT_REPORT = Operation(
    "kms", "Decrypt", "kms:Decrypt", KEYS, why="a report that is encrypted with SSE-KMS"
)
INVENTORY_OPERATIONS = frozenset({LIST_INVENTORY_CONFIGURATIONS, LIST_REPORTS, READ_REPORT, DECRYPT_REPORT})
"""Everything that finding and reading a report calls, and what S3 calls for it."""

ENCRYPTION_FIELD = "EncryptionStatus"
_PERIODS = {"Daily": timedelta(days=1), "Weekly": timedelta(days=7)}
_DELAY = timedelta(days=2)
"""The first report may take 48 hours (fact D18)."""


@dataclass(frozen=True, slots=True)
class InventoryConfiguration:
    """One inventory of a bucket, as it is configured. Its texts are foreign."""

    id: str
    source: str
    """The bucket whose objects are listed."""
    bucket: str
    """The bucket that reports are delivered to."""
    account: str | None
    """Whose it is, where that is configured."""
    prefix: str
    """Of the keys of its reports."""
    is_enabled: bool
    all_versions: bool
    frequency: str
    only: str = ""
    """The prefix of the keys that are listed; empty is the whole bucket."""
    fields: frozenset[str] = frozenset()
    """The optional ones."""

    @property
    def folder(self) -> str:
        """What the keys of its reports begin with (fact D22)."""
        prefix = f"{self.prefix.rstrip('/')}/" if self.prefix else ""
        return f"{prefix}{self.source}/{self.id}/"

    @property
    def worth(self) -> tuple[bool, bool, bool]:
        """How much it tells: the larger, the better."""
        return ENCRYPTION_FIELD in self.fields, not self.only, self.all_versions

    @property
    def expected_age(self) -> timedelta:
        """What an older newest report is late by."""
        return _PERIODS.get(self.frequency, _PERIODS["Weekly"]) + _DELAY
