"""The objects of a bucket in total: the evidence for them, and how they compare with the wanted key."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from s3kms.model.advice import Sentence
from s3kms.model.exits import Exit
from s3kms.model.object_costs import ReencryptionCosts
from s3kms.model.objects import ObjectVersion
from s3kms.model.scan_context import ScanContext


class EvidenceKind(StrEnum):
    """The kind of evidence about objects."""

    INVENTORY = "inventory"
    """An S3 Inventory report."""
    METADATA_TABLE = "metadata-table"
    """An S3 Metadata live inventory table."""
    LISTING = "listing"
    """A live listing of which every version is read with HeadObject."""
    SAMPLE = "sample"
    """A live listing of which a random sample is read with HeadObject."""


class KeyStanding(StrEnum):
    """How the encryption of a version compares with the wanted key; the values are those of the queries."""

    WANTED = "wanted"
    OFFENDER = "offender"
    DELIBERATE = "deliberate"
    UNKNOWN = "unknown"

    @property
    def meaning(self) -> str:
        """A description for reports."""
        return _MEANINGS[self]


_MEANINGS = {
    KeyStanding.WANTED: "under the wanted key",
    KeyStanding.OFFENDER: "not encrypted with a KMS key (SSE-S3, or never encrypted)",
    KeyStanding.DELIBERATE: "under an explicitly chosen key: another KMS key, or a customer-provided "
    "key (SSE-C)",
    KeyStanding.UNKNOWN: "not stated by the evidence",
}


class Dimension(StrEnum):
    """The dimensions that versions are counted by; the values are columns of the queries."""

    ENCRYPTION = "encryption"
    KEY = "key_arn"
    BUCKET_KEY = "bucket_key"
    STORAGE_CLASS = "storage_class"
    AGE = "age"
    VERSION = "is_latest"


@dataclass(frozen=True, slots=True)
class Tally:
    """A number of versions, and their bytes; None if the evidence has no sizes."""

    objects: int = 0
    bytes: int | None = 0

    def plus(self, other: "Tally") -> "Tally":
        """Both together."""
        known = self.bytes is not None and other.bytes is not None
        return Tally(self.objects + other.objects, (self.bytes or 0) + (other.bytes or 0) if known else None)


@dataclass(frozen=True, slots=True)
class CountInterval:
    """The 95% confidence interval of a count, both ends included."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class SampleFrame:
    """The population of a sample: the versions in a bucket's listing, without delete markers."""

    listed: Tally
    delete_markers: int
    looked: int
    """How many of them were read with HeadObject."""
    seed: int
    """The same seed draws the same sample from the same listing."""
    is_whole: bool
    """Whether the listing reached its end; if not, the sample does not cover the rest of the bucket."""

    @property
    def is_partial(self) -> bool:
        """Whether some versions were not read: what the sample does not show may still exist."""
        return not self.is_whole or self.looked < self.listed.objects


@dataclass(frozen=True, slots=True)
class EvidenceCoverage:
    """What the evidence covers, and what it does not include."""

    name: str
    """A short name: `live listing`, `S3 Inventory report of 2026-11-20 01:00 UTC`."""
    all_versions: bool
    """Whether noncurrent versions and delete markers are included; else only the current version of each key."""
    tells_encryption: bool = True
    tells_key: bool = False
    """Whether the KMS key is included: S3 Inventory reports do not have it (fact D18)."""
    as_of: datetime | None = None
    """The time of the evidence; None is now."""
    prefix: str = ""
    """Only keys that begin with this prefix are covered; empty is the whole bucket."""
    missing: tuple[str, ...] = ()
    """What is not included, a sentence each: `the field StorageClass is not in the inventory`."""
    kind: EvidenceKind = EvidenceKind.LISTING
    source: str = ""
    """The location: a path, `s3://bucket/key`, the name of a table. Untrusted text."""
    bucket: str = ""
    """The bucket that the objects are in."""
    missing_columns: tuple[str, ...] = ()
    """The fields of `ObjectVersion` that are None in every row, besides the key and the version."""
    files: int = 0
    bytes: int = 0
    """Of all its files."""
    notes: tuple[Sentence, ...] = ()
    """Caveats: what was not verified, what is old."""
    sample: SampleFrame | None = None
    """The population, where the rows are a sample."""


@dataclass(frozen=True, slots=True)
class Group:
    """The versions with the same value in one dimension."""

    value: str | bool | None
    """None if unknown. The text of a storage class, key or prefix is untrusted."""
    all: Tally = Tally()
    offenders: Tally = Tally()
    """Those of them that are not encrypted with a KMS key."""
    in_all: CountInterval | None = None
    """For a sample: the estimated number in the bucket."""


@dataclass(frozen=True, slots=True)
class ObjectSummary:
    """The counts of the objects of one bucket, from one source of evidence."""

    coverage: EvidenceCoverage
    wanted_key: str | None
    """The ARN of the wanted key; None accepts any KMS key."""
    total: Tally
    """Versions without delete markers; for a sample, those that were read."""
    delete_markers: int
    standings: Mapping[KeyStanding, Tally]
    groups: Mapping[Dimension, tuple[Group, ...]]
    """The largest first."""
    prefixes: tuple[Group, ...] = ()
    """First folders of keys, ordered by the number of offenders."""
    offenders: tuple[ObjectVersion, ...] = ()
    """The first ones, by key."""
    costs: ReencryptionCosts | None = None
    """The cost of re-encrypting the offenders; None if there are none."""
    notes: tuple[Sentence, ...] = field(default=())
    in_all: Mapping[KeyStanding, CountInterval] = field(default_factory=dict)
    """For a sample: the estimated number of versions in the bucket, by standing."""
    context: ScanContext | None = None
    """As whom, when and by which s3kms they were counted; None where a saved count does not tell."""

    @property
    def is_partial(self) -> bool:
        """Whether some versions were not read."""
        return self.coverage.sample is not None and self.coverage.sample.is_partial

    @property
    def exit(self) -> Exit:
        """The exit code of `s3kms objects` with this summary."""
        if not self.total.objects:
            return Exit.NOTHING
        if self.standings[KeyStanding.OFFENDER].objects:
            return Exit.FINDINGS
        has_unknowns = self.is_partial or self.standings[KeyStanding.UNKNOWN].objects
        return Exit.UNKNOWNS if has_unknowns else Exit.OK
