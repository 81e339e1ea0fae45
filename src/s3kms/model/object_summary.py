"""The objects of a bucket in sum: which evidence tells of them, and how they stand to the wanted key."""

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
    """What tells of the objects."""

    INVENTORY = "inventory"
    """A report of S3 Inventory."""
    METADATA_TABLE = "metadata-table"
    """A live inventory table of S3 Metadata."""
    LISTING = "listing"
    """The bucket listed, and every object asked for."""
    SAMPLE = "sample"
    """The bucket listed, and a sample of the objects asked for."""


class KeyStanding(StrEnum):
    """How a version stands to the wanted key; the words are those of the queries."""

    WANTED = "wanted"
    OFFENDER = "offender"
    DELIBERATE = "deliberate"
    UNKNOWN = "unknown"

    @property
    def meaning(self) -> str:
        """For a reader of the sum."""
        return _MEANINGS[self]


_MEANINGS = {
    KeyStanding.WANTED: "under the wanted key",
    KeyStanding.OFFENDER: "not encrypted with a KMS key (SSE-S3, or never encrypted)",
    KeyStanding.DELIBERATE: "under an explicitly chosen key: another KMS key, or a customer-provided "
    "key (SSE-C)",
    KeyStanding.UNKNOWN: "not stated by the evidence",
}


class Dimension(StrEnum):
    """What versions are counted by; the values are columns of the queries."""

    ENCRYPTION = "encryption"
    KEY = "key_arn"
    BUCKET_KEY = "bucket_key"
    STORAGE_CLASS = "storage_class"
    AGE = "age"
    VERSION = "is_latest"


@dataclass(frozen=True, slots=True)
class Tally:
    """How many versions, and how many bytes; None where the evidence tells no sizes."""

    objects: int = 0
    bytes: int | None = 0

    def plus(self, other: "Tally") -> "Tally":
        """Both together."""
        known = self.bytes is not None and other.bytes is not None
        return Tally(self.objects + other.objects, (self.bytes or 0) + (other.bytes or 0) if known else None)


@dataclass(frozen=True, slots=True)
class CountInterval:
    """Between which counts a number lies with 95 % confidence, both included."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class SampleFrame:
    """What a sample was drawn from: the versions that a bucket's listing has, without delete markers."""

    listed: Tally
    delete_markers: int
    looked: int
    """How many of them were asked for how they are encrypted."""
    seed: int
    """With the same listing it draws the same sample."""
    is_whole: bool
    """Whether the listing reached its end; if not, those listed say nothing of the others."""

    @property
    def is_partial(self) -> bool:
        """Whether there are versions that nobody asked: what was not seen of those asked may still be there."""
        return not self.is_whole or self.looked < self.listed.objects


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
    kind: EvidenceKind = EvidenceKind.LISTING
    source: str = ""
    """Where it stands: a path, `s3://bucket/key`, the name of a table. Foreign text."""
    bucket: str = ""
    """Whose objects they are."""
    missing_columns: tuple[str, ...] = ()
    """The fields of `ObjectVersion` that are None in every row, the key and the version apart."""
    files: int = 0
    bytes: int = 0
    """Of all its files."""
    notes: tuple[Sentence, ...] = ()
    """What a reader has to know besides: what was not verified, what is old."""
    sample: SampleFrame | None = None
    """What the rows were drawn from, where they are a sample."""


@dataclass(frozen=True, slots=True)
class Group:
    """The versions that are alike in one respect."""

    value: str | bool | None
    """None where the evidence does not say. Text of a storage class, key or prefix is foreign."""
    all: Tally = Tally()
    offenders: Tally = Tally()
    """Those of them that are under no KMS key."""
    in_all: CountInterval | None = None
    """Where a sample was asked: how many there are in the bucket."""


@dataclass(frozen=True, slots=True)
class ObjectSummary:
    """The objects of one bucket, as one evidence tells them."""

    coverage: EvidenceCoverage
    wanted_key: str | None
    """The ARN that was named; None where any KMS key is as good."""
    total: Tally
    """Without delete markers; of a sample, those asked."""
    delete_markers: int
    standings: Mapping[KeyStanding, Tally]
    groups: Mapping[Dimension, tuple[Group, ...]]
    """The largest first."""
    prefixes: tuple[Group, ...] = ()
    """First folders of keys, those with most offenders first."""
    offenders: tuple[ObjectVersion, ...] = ()
    """The first ones, by key."""
    costs: ReencryptionCosts | None = None
    """What re-encrypting the offenders would cost; None where there are none."""
    notes: tuple[Sentence, ...] = field(default=())
    in_all: Mapping[KeyStanding, CountInterval] = field(default_factory=dict)
    """Where a sample was asked: how many versions of the bucket stand so to the wanted key."""
    context: ScanContext | None = None
    """As whom, when and by which s3kms they were counted; None where a saved count does not tell."""

    @property
    def is_partial(self) -> bool:
        """Whether there are versions that nobody asked."""
        return self.coverage.sample is not None and self.coverage.sample.is_partial

    @property
    def exit(self) -> Exit:
        """How a process ends that was asked for this."""
        if not self.total.objects:
            return Exit.NOTHING
        if self.standings[KeyStanding.OFFENDER].objects:
            return Exit.FINDINGS
        has_unknowns = self.is_partial or self.standings[KeyStanding.UNKNOWN].objects
        return Exit.UNKNOWNS if has_unknowns else Exit.OK
