"""What re-encrypting objects would cost and how long it would take, by one engine."""

from dataclasses import dataclass
from enum import StrEnum


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
    """Whether it is the most that it can be."""


@dataclass(frozen=True, slots=True)
class ImmovableCount:
    """The versions that an engine cannot move, for one reason."""

    reason: str
    """A word: `archived`."""
    versions: int
    meaning: str
    """In a few words: `archived, to be restored first`."""


@dataclass(frozen=True, slots=True)
class EngineEstimate:
    """What one engine would do with the objects, and what that costs."""

    engine: str
    versions: int
    """That it can move."""
    bytes: int | None
    immovable: tuple[ImmovableCount, ...]
    """The others, most first."""
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


@dataclass(frozen=True, slots=True)
class ReencryptionCosts:
    """What bringing the offenders of a bucket under a key costs, by each engine."""

    with_bucket_key: tuple[EngineEstimate, ...]
    without_bucket_key: tuple[EngineEstimate, ...]
    """The same engines in the same order."""
    advised: str
    """The engine to begin with."""
    prices_as_of: str
    """`August 2026`."""
    prices_region: str
    notes: tuple[str, ...]
    """What all of them rest on, in sentences."""
