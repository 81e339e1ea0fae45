"""What re-encrypting costs and how long it takes, by each engine. Pure: counts in, US dollars and seconds out.

What AWS does not document stays None or is named in a note. A sum leaves out what has no known price, and says so
(`EngineEstimate.is_complete`).
"""

from collections.abc import Iterable

from s3kms.model.object_costs import CostKind, CostLine, EngineEstimate
from s3kms.objects.calls import UPDATE_CALLS
from s3kms.objects.cost import EngineCost, EstimateConditions, ObjectGroup
from s3kms.objects.estimate_basis import count_calls, kms_line, kms_quota, pace, read_back_line, split_movable
from s3kms.objects.estimate_copy import estimate_copy
from s3kms.objects.movability import why_not_updated
from s3kms.objects.prices import OBJECT_PRICES, ObjectPrices

_SECONDS_OF_DAY = 86_400


def estimate_engines(
    groups: Iterable[ObjectGroup], conditions: EstimateConditions, prices: ObjectPrices = OBJECT_PRICES
) -> tuple[EngineEstimate, ...]:
    """What each engine costs for these objects, in the order of `ENGINE_COSTS`."""
    found = tuple(groups)
    return tuple(cost(found, conditions, prices) for cost in ENGINE_COSTS.values())


def estimate_notes(conditions: EstimateConditions, prices: ObjectPrices = OBJECT_PRICES) -> tuple[str, ...]:
    """What all the estimates rest on, in sentences."""
    least = "KMS requests are a lower bound: AWS documents no exact number, but at least one per object"
    saved = "; a bucket key is assumed to save 99% of them (AWS: up to 99%)" if conditions.bucket_key else ""
    region = conditions.region
    away = f"; prices in {region} are not known" if region not in {None, prices.region} else ""
    return (
        f"prices of {prices.region}, {prices.as_of}, without free tiers and discounts{away}",
        least + saved,
    )


def advise_engine(estimates: Iterable[EngineEstimate]) -> str:
    """The engine to begin with: `update` while it takes a day at most, else `batch`.

    `copy` where neither can move anything.
    """
    update = next(one for one in estimates if one.engine == "update")
    if not update.versions:
        return "copy"
    return "update" if (update.seconds or 0) <= _SECONDS_OF_DAY else "batch"


def estimate_update(
    groups: Iterable[ObjectGroup], conditions: EstimateConditions, prices: ObjectPrices
) -> EngineEstimate:
    """UpdateObjectEncryption from this process: a write at the price of S3 Standard, whatever the class (fact D7)."""
    found = split_movable(groups, why_not_updated)
    kms = kms_line(found.versions, conditions.bucket_key, prices)
    calls = count_calls(found.versions, UPDATE_CALLS, conditions)
    seconds, limit = pace(found.versions, kms.units, conditions, calls=calls)
    return EngineEstimate(
        engine="update",
        versions=found.versions,
        bytes=found.bytes,
        immovable=found.immovable,
        lines=(_update_line(found.versions, prices), read_back_line(found.versions, prices), kms),
        kms_requests=kms.units,
        seconds=seconds,
        limit=limit,
    )


def estimate_batch(
    groups: Iterable[ObjectGroup], conditions: EstimateConditions, prices: ObjectPrices
) -> EngineEstimate:
    """UpdateObjectEncryption in S3 Batch Operations, which charges jobs and objects (facts D9, D26).

    A job takes the objects of one encryption, or of one key.
    """
    found = split_movable(groups, why_not_updated)
    kms = kms_line(found.versions, conditions.bucket_key, prices)
    sources = {(group.sample.encryption, group.sample.key_arn) for group in found.moved}
    jobs = len(sources) if conditions.batch_jobs is None else conditions.batch_jobs
    objects = found.versions / 1_000_000 * prices.batch_per_million
    return EngineEstimate(
        engine="batch",
        versions=found.versions,
        bytes=found.bytes,
        immovable=found.immovable,
        lines=(
            CostLine(CostKind.JOBS, "S3 Batch Operations jobs", jobs, jobs * prices.batch_job),
            CostLine(CostKind.JOBS, "objects processed by jobs", found.versions, objects),
            _update_line(found.versions, prices),
            kms,
        ),
        kms_requests=kms.units,
        seconds=None,
        limit=(
            "AWS documents no job rate and jobs cannot be throttled; the account's KMS quota in this "
            f"region is {kms_quota(conditions.region):,} requests per second"
        ),
        notes=("S3 also charges for the generated manifest (price not known)",),
    )


def _update_line(versions: int, prices: ObjectPrices) -> CostLine:
    dollars = versions / 1000 * prices.writes_per_1000
    return CostLine(CostKind.REQUESTS, "UpdateObjectEncryption", versions, dollars)


ENGINE_COSTS: dict[str, EngineCost] = {
    "update": estimate_update,
    "batch": estimate_batch,
    "copy": estimate_copy,
}
"""The engines in the order in which they are offered."""
