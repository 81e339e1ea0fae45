"""One service in each of its stages: a bucket that comes out in several ways has one outcome for each."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from s3kms.model.bucket import Bucket, BucketOutcome

MAX_STAGES = 20
"""Stages in which one service is evaluated."""


def combine_stages(found: Mapping[str, Sequence[Bucket]]) -> list[Bucket]:
    """The buckets of a service, given those of each stage; in the order of the first stage that has them."""
    by_address: dict[str | None, dict[str, Bucket]] = {}
    for stage, buckets in found.items():
        for bucket in buckets:
            by_address.setdefault(bucket.resource, {})[stage] = bucket
    return [_combined(stages) for stages in by_address.values()]


def _combined(stages: Mapping[str, Bucket]) -> Bucket:
    first = next(iter(stages.values()))
    ways = {stage: _ways(bucket) for stage, bucket in stages.items()}
    name = first.name if all(bucket.name == first.name for bucket in stages.values()) else None
    if len({_essence(way) for way in ways.values()}) == 1:
        return replace(first, name=name)
    grouped: dict[tuple[object, ...], list[tuple[str, BucketOutcome]]] = {}
    for stage, outcomes in ways.items():
        for outcome in outcomes:
            grouped.setdefault((outcome.encryption, outcome.key, outcome.places), []).append((stage, outcome))
    outcomes = tuple(replace(same[0][1], when=_when(same)) for same in grouped.values())
    return replace(first, name=name, outcomes=outcomes)


def _ways(bucket: Bucket) -> tuple[BucketOutcome, ...]:
    return bucket.outcomes or (BucketOutcome("", bucket.encryption, bucket.key, bucket.places),)


def _essence(outcomes: Sequence[BucketOutcome]) -> tuple[object, ...]:
    return tuple((one.when, one.encryption, one.key) for one in outcomes)


def _when(same: Sequence[tuple[str, BucketOutcome]]) -> str:
    named = [(f"the stage is {stage}" if stage else "no stage is named", one.when) for stage, one in same]
    texts = [" and ".join(filter(None, pair)) for pair in named]
    return " or ".join(texts)
