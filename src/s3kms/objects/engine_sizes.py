"""The table which engine is for which size. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from s3kms.model.object_costs import EngineEstimate
from s3kms.model.objects import ObjectEncryption, ObjectVersion
from s3kms.objects.cost import EstimateConditions, ObjectGroup
from s3kms.objects.estimate import advise_engine, estimate_engines
from s3kms.objects.prices import OBJECT_PRICES, ObjectPrices

SIZES = (10_000, 1_000_000, 100_000_000, 1_000_000_000, 10_000_000_000)
"""Objects, of the table of engines."""


@dataclass(frozen=True, slots=True)
class SizeRow:
    """One row of the table which engine is for which size."""

    objects: int
    estimates: tuple[EngineEstimate, ...]
    advised: str
    """The engine to begin with."""


def engines_by_size(
    conditions: EstimateConditions,
    prices: ObjectPrices = OBJECT_PRICES,
    sizes: Iterable[int] = SIZES,
    average_bytes: int = 1024**2,
) -> tuple[SizeRow, ...]:
    """What each engine costs for that many current objects under SSE-S3 in S3 Standard."""
    sample = ObjectVersion(
        "", "", encryption=ObjectEncryption.SSE_S3, storage_class="STANDARD", is_latest=True
    )
    rows = []
    for objects in sizes:
        group = ObjectGroup(sample, objects, objects * average_bytes)
        estimates = estimate_engines((group,), conditions, prices)
        rows.append(SizeRow(objects, estimates, advise_engine(estimates)))
    return tuple(rows)
