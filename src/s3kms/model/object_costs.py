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
    """The old versions that a copy leaves, per month."""
    RESTORE = "restore"
    """Restoring archived objects before they can be copied; not part of the total."""


@dataclass(frozen=True, slots=True)
class CostLine:
    """One line of an estimate."""

    kind: CostKind
    what: str
    """A label for reports: `UpdateObjectEncryption`, `CopyObject to STANDARD_IA`."""
    units: float
    dollars: float | None
    """None where the price is not known."""
    is_confirmed: bool = True
    """False if the price has only one source, or the count is a documented lower bound."""
    is_upper: bool = False
    """Whether the amount is an upper bound."""


@dataclass(frozen=True, slots=True)
class ImmovableCount:
    """The number of versions that an engine cannot re-encrypt, for one reason."""

    reason: str
    """An id: `archived`."""
    versions: int
    meaning: str
    """A short description: `archived (must be restored first)`."""


@dataclass(frozen=True, slots=True)
class EngineEstimate:
    """What one engine can re-encrypt, the cost, and the minimum time."""

    engine: str
    versions: int
    """Number of versions that it can re-encrypt."""
    bytes: int | None
    immovable: tuple[ImmovableCount, ...]
    """The versions that it cannot re-encrypt, the most frequent reason first."""
    lines: tuple[CostLine, ...]
    kms_requests: float
    """A lower bound."""
    seconds: float | None
    """The minimum time; None where AWS documents no rate."""
    limit: str
    """What limits the time."""
    notes: tuple[str, ...] = ()

    @property
    def dollars(self) -> float:
        """The total of one-time charges."""
        return sum(line.dollars or 0.0 for line in self.lines if line.kind not in _NOT_IN_SUM)

    @property
    def dollars_per_month(self) -> float:
        """The monthly charge afterwards, as long as old versions are kept."""
        return sum(line.dollars or 0.0 for line in self.lines if line.kind is CostKind.NONCURRENT)

    @property
    def is_complete(self) -> bool:
        """Whether every line of the total has a price."""
        return all(line.dollars is not None for line in self.lines if line.kind not in _NOT_IN_SUM)


_NOT_IN_SUM = frozenset({CostKind.NONCURRENT, CostKind.RESTORE})


@dataclass(frozen=True, slots=True)
class ReencryptionCosts:
    """The cost of re-encrypting the offenders of a bucket, by engine."""

    with_bucket_key: tuple[EngineEstimate, ...]
    without_bucket_key: tuple[EngineEstimate, ...]
    """Estimates without a bucket key, for the engines in the order of `with_bucket_key`."""
    advised: str
    """The recommended engine."""
    prices_as_of: str
    """`August 2026`."""
    prices_region: str
    notes: tuple[str, ...]
    """The assumptions behind all estimates, a sentence each."""
