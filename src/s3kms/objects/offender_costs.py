"""What re-encrypting the offenders of an evidence would cost, by each engine: counted by one question."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

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
    groups = tuple(_scaled(group, share) for group in _groups(table, values, coverage.bucket))
    is_versioned = True if any(group.sample.is_latest is False for group in groups) else None
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
        f"scaled from the {sample.looked:,} objects that were read to {listed} {sample.listed.objects:,}: "
        "a rough number",
    )


def _moments(at: datetime) -> Mapping[str, datetime]:
    utc = at.astimezone(UTC).replace(tzinfo=None)
    return {f"young_{days}": utc - timedelta(days=days) for days in _AGES}


def _groups(table: ObjectTable, values: Mapping[str, Any], bucket: str) -> Iterator[ObjectGroup]:
    for encryption, storage_class, is_latest, objects, size, large, large_bytes, *rest in table.ask(
        COSTS, values
    ):
        *young, dated = rest
        name = None if storage_class is None else printable(storage_class)
        sample = ObjectVersion(
            bucket, "", encryption=ObjectEncryption(encryption), storage_class=name, is_latest=is_latest
        )
        prices = OBJECT_PRICES.of_class(name)
        by_age = dict(zip(_AGES, young, strict=True))
        youngest = by_age.get(prices.minimum_days) if prices else None
        yield ObjectGroup(
            sample=sample,
            versions=int(objects),
            bytes=None if size is None else int(size),
            large=int(large),
            large_parts=int(large_bytes or 0) // MAX_COPY_BYTES + int(large),
            young_bytes=int(youngest or 0) if dated == objects else None,
        )
