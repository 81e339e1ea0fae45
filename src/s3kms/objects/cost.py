"""The input of a cost estimate: objects counted in groups, and the other conditions."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from s3kms.model.object_costs import EngineEstimate
from s3kms.model.objects import ObjectVersion
from s3kms.objects.prices import ObjectPrices


@dataclass(frozen=True, slots=True)
class ObjectGroup:
    """Versions that are alike in all that decides what moving them costs, counted."""

    sample: ObjectVersion
    """What they have in common: encryption, storage class, whether current; its key and size say nothing."""
    versions: int
    bytes: int | None
    """None where the evidence has no sizes."""
    large: int = 0
    """Those above 5 GiB, which are copied in parts."""
    large_parts: int = 0
    """The parts of all of them together."""
    young_bytes: int | None = None
    """Bytes of those that are younger than the minimum duration of their class; None where ages are not known."""


@dataclass(frozen=True, slots=True)
class EstimateConditions:
    """What the cost hangs on beside the objects."""

    bucket_key: bool
    region: str | None = None
    is_versioned: bool | None = None
    """None where it is not known: then a copy may leave the old version, or delete it early."""
    max_rps: float | None = None
    """Calls a second to S3 that the user allows."""
    listed: int = 0
    """Versions that the run reads with HeadObject beside the engine's calls, to learn how they are encrypted."""
    batch_jobs: int | None = None
    """None: a job for each source of encryption."""


class EngineCost(Protocol):
    """What one engine costs for the groups that it can move."""

    def __call__(
        self, groups: Iterable[ObjectGroup], conditions: EstimateConditions, prices: ObjectPrices
    ) -> EngineEstimate:
        """The estimate."""
        ...
