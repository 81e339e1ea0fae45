"""What happened around a bucket since its default encryption was changed: facts, read afterwards."""

from dataclasses import dataclass
from datetime import datetime

from s3kms.model.unknown import Unknown


@dataclass(frozen=True, slots=True)
class WatchedBucket:
    """A bucket that a run changed."""

    name: str
    region: str
    key: str | None
    """The key of its default encryption now, as it is written there; None is aws/s3."""


@dataclass(frozen=True, slots=True)
class KmsRefusal:
    """A call that KMS refused, as CloudTrail recorded it."""

    event: str
    """The id of the event."""
    at: datetime
    call: str
    """`GenerateDataKey`."""
    caller: str
    """An ARN, or the service; `somebody` where the event does not tell."""
    code: str
    key: str | None
    """The ARN of the key; None where the event does not tell."""
    bucket: str | None
    """The bucket that the encryption context names; None where the event does not tell."""


@dataclass(frozen=True, slots=True)
class MetricSums:
    """A count of CloudWatch, in the hours before a change and after it."""

    before: float
    after: float
    hours_before: float
    hours_after: float


@dataclass(frozen=True, slots=True)
class Delivery:
    """When objects were written below a prefix, newest last. Dates are no part of the prefix."""

    prefix: str
    times: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class Deliveries:
    """What was written into a bucket around a change."""

    found: tuple[Delivery, ...]
    listed_at: datetime
    newest: tuple[str, ...] = ()
    """The keys of the newest objects since the change."""
    unread: Unknown | None = None
    """Why there may be more; None where all was listed."""


@dataclass(frozen=True, slots=True)
class ReplicationOutcome:
    """What became of the replication of a bucket that has rules for it."""

    failed_objects: tuple[str, ...] | Unknown = ()
    """Of the newest objects, those whose replication failed."""
    failures: MetricSums | Unknown | None = None
    """Failed operations; None where CloudWatch does not count them."""


@dataclass(frozen=True, slots=True)
class Aftermath:
    """All that was read of one bucket."""

    bucket: WatchedBucket
    refusals: tuple[KmsRefusal, ...] | Unknown
    """Those that may be about it: they name it, or only its key."""
    unread_refusals: Unknown | None
    """Why there may be more; None where all events were looked at."""
    errors: MetricSums | Unknown | None
    """Answers 4xx; None where CloudWatch does not count them."""
    replication: ReplicationOutcome | Unknown | None
    """None where it is not replicated."""
    deliveries: Deliveries | Unknown
