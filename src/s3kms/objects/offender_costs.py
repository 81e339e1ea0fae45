"""What re-encrypting the offenders of an evidence would cost, by each engine: counted by one question."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from s3kms.model.object_costs import ReencryptionCosts
from s3kms.model.object_summary import EvidenceCoverage, SampleFrame
from s3kms.model.objects import ObjectEncryption, ObjectVersion
from s3kms.objects.cost import EstimateConditions, ObjectGroup
from s3kms.objects.estimate import advise_engine, estimate_engines, estimate_notes
from s3kms.objects.prices import OBJECT_PRICES
from s3kms.objects.queries.question import COSTS, ObjectTable
from s3kms.text.sanitize import printable

MAX_COPY_BYTES = 5 * 1024**3
"""What one CopyObject takes; larger objects are copied in parts of up to this size (fact D14)."""
_AGES = (30, 90, 180)
"""Days: the minimum storage durations of the classes (fact D37)."""


def estimate_offenders(
    table: ObjectTable, coverage: EvidenceCoverage, wanted_key: str | None, at: datetime
) -> ReencryptionCosts:
    """The costs by the ages at a moment, with a bucket key and without; of a sample, for all that were listed.

    Raises S3kmsError.
    """
    values = {"wanted_key": wanted_key, "copy_limit": MAX_COPY_BYTES, **_moments(at)}
    sample = coverage.sample
    share = 1.0 if sample is None else sample.looked / max(sample.listed.objects, 1)
    rows = [_Row(*row) for row in table.ask(COSTS, values)]
    groups = tuple(_scaled(row.group(coverage.bucket), share) for row in rows)
    is_versioned = True if any(row.named for row in rows) else None
    with_key, without = (
        EstimateConditions(bucket_key=bucket_key, is_versioned=is_versioned) for bucket_key in (True, False)
    )
    estimates = estimate_engines(groups, with_key)
    return ReencryptionCosts(
        with_bucket_key=estimates,
        without_bucket_key=estimate_engines(groups, without),
        advised=advise_engine(estimates),
        prices_as_of=OBJECT_PRICES.as_of,
        prices_region=OBJECT_PRICES.region,
        notes=(*estimate_notes(with_key), *_sample_notes(sample)),
    )


def _scaled(group: ObjectGroup, share: float) -> ObjectGroup:
    """What a group of a sample stands for, which is that share of all."""

    def scaled(size: int | None) -> int | None:
        return None if size is None else round(size / share)

    if share >= 1:
        return group
    return ObjectGroup(
        sample=group.sample,
        versions=round(group.versions / share),
        bytes=scaled(group.bytes),
        large=round(group.large / share),
        large_parts=round(group.large_parts / share),
        young_bytes=scaled(group.young_bytes),
    )


def _sample_notes(sample: SampleFrame | None) -> tuple[str, ...]:
    if sample is None or not sample.is_partial:
        return ()
    listed = "all" if sample.is_whole else "those listed"
    return (
        f"scaled from the {sample.looked:,} objects that were read to {listed} "
        f"{sample.listed.objects:,}: a rough estimate",
    )


def _moments(at: datetime) -> Mapping[str, datetime]:
    utc = at.astimezone(UTC).replace(tzinfo=None)
    return {f"young_{days}": utc - timedelta(days=days) for days in _AGES}


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of `costs.sql`."""

    encryption: str
    storage_class: str | None
    is_latest: bool | None
    objects: int
    bytes: int | None
    large: int
    large_bytes: int | None
    young_30: int | None
    young_90: int | None
    young_180: int | None
    dated: int
    named: int
    """Versions that have a name, as they have where a bucket keeps versions."""

    def group(self, bucket: str) -> ObjectGroup:
        """What an estimate takes; text of a storage class is foreign."""
        name = None if self.storage_class is None else printable(self.storage_class)
        prices = OBJECT_PRICES.of_class(name)
        young = dict(zip(_AGES, (self.young_30, self.young_90, self.young_180), strict=True))
        youngest = young.get(prices.minimum_days) if prices else None
        return ObjectGroup(
            sample=ObjectVersion(
                bucket,
                "",
                encryption=ObjectEncryption(self.encryption),
                storage_class=name,
                is_latest=self.is_latest,
            ),
            versions=self.objects,
            bytes=self.bytes,
            large=self.large,
            large_parts=(self.large_bytes or 0) // MAX_COPY_BYTES + self.large,
            young_bytes=(youngest or 0) if self.dated == self.objects else None,
        )
