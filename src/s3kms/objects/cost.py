"""What an estimate of re-encrypting is made of: objects counted in groups, lines of cost, one sum an engine."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from s3kms.model.objects import ObjectVersion
from s3kms.objects.prices import ObjectPrices


class CostKind(StrEnum):
    """What a line of an estimate is for."""

    REQUESTS = "requests"
    KMS = "kms"
    JOBS = "jobs"
    RETRIEVAL = "retrieval"
    EARLY_DELETE = "early-delete"
    NONCURRENT = "noncurrent-storage"
    """The versions that a copy leaves behind, a month."""
    RESTORE = "restore"
    """Of archived objects, before they can be copied: not part of the sum."""


@dataclass(frozen=True, slots=True)
class CostLine:
    """One line of an estimate."""

    kind: CostKind
    what: str
    """In the words of a report: `UpdateObjectEncryption`, `CopyObject to STANDARD_IA`."""
    units: float
    dollars: float | None
    """None where the price is not known."""
    is_confirmed: bool = True
    """False where one source alone has the price, or the count is the least that is documented."""
    is_upper: bool = False
    """Whether it is the most it can be: ages are not known."""


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
    early_byte_days: float | None = None
    """Bytes times the days that are left of the minimum storage duration; None where ages are not known."""


@dataclass(frozen=True, slots=True)
class EstimateConditions:
    """What the cost hangs on beside the objects."""

    bucket_key: bool
    region: str | None = None
    is_versioned: bool | None = None
    """None where it is not known: then a copy is taken to leave the old version."""
    max_rps: float | None = None
    """Requests a second that the user allows."""
    batch_jobs: int | None = None
    """None: a job for each source of encryption."""


@dataclass(frozen=True, slots=True)
class EngineEstimate:
    """What one engine would do with the objects, and what that costs."""

    engine: str
    versions: int
    """That it can move."""
    bytes: int | None
    immovable: tuple[tuple[str, int], ...]
    """The others by the reason's word, most first."""
    lines: tuple[CostLine, ...]
    kms_requests: float
    """At least."""
    seconds: float | None
    """At least; None where AWS documents no rate."""
    limit: str
    """What the time hangs on."""
    notes: tuple[str, ...] = ()

    @property
    def dollars(self) -> float:
        """The sum of what is charged once."""
        return sum(line.dollars or 0.0 for line in self.lines if line.kind not in _NOT_IN_SUM)

    @property
    def dollars_per_month(self) -> float:
        """What is charged every month after, as long as old versions are kept."""
        return sum(line.dollars or 0.0 for line in self.lines if line.kind is CostKind.NONCURRENT)

    @property
    def is_complete(self) -> bool:
        """Whether each line of the sum has a price."""
        return all(line.dollars is not None for line in self.lines if line.kind not in _NOT_IN_SUM)


_NOT_IN_SUM = frozenset({CostKind.NONCURRENT, CostKind.RESTORE})


class EngineCost(Protocol):
    """What one engine costs for the groups that it can move."""

    def __call__(
        self, groups: Iterable[ObjectGroup], conditions: EstimateConditions, prices: ObjectPrices
    ) -> EngineEstimate:
        """The estimate."""
        ...
