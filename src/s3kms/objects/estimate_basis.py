"""What the estimates of all engines share: what can be moved, requests of KMS, the pace. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from s3kms.changes.planning.cost import BUCKET_KEY_SAVES
from s3kms.hazards.kms_request_quota import DEFAULT_QUOTA, QUOTAS
from s3kms.model.object_costs import CostKind, CostLine, ImmovableCount
from s3kms.model.objects import ObjectVersion
from s3kms.objects.calls import LISTING_CALLS, UPDATE_CALLS, VERIFICATION_CALLS, CallsPerVersion
from s3kms.objects.cost import EstimateConditions, ObjectGroup
from s3kms.objects.movability import Immovable
from s3kms.objects.prices import ObjectPrices
from s3kms.objects.verified_count import count_verified

WRITES_PER_SECOND = 3_500
"""PUT, COPY, POST and DELETE that S3 takes at least of one partitioned prefix (fact D25)."""


_MEANINGS = {
    Immovable.DELETE_MARKER: "delete markers (no content)",
    Immovable.SOURCE: "neither SSE-S3 nor SSE-KMS, the only encryptions that can be updated in place",
    Immovable.NONCURRENT: "noncurrent versions (copying them would restore old content)",
    Immovable.ARCHIVED: "archived (must be restored first)",
    Immovable.CUSTOMER_KEY: "SSE-C (readable only with the customer's key)",
}
"""Of the reasons that evidence can tell, for a reader of the count: `600 left: ` before it."""


@dataclass(slots=True)
class MovableGroups:
    """The groups that an engine can move, and the count of the others."""

    moved: list[ObjectGroup] = field(default_factory=list)
    left: Counter[Immovable] = field(default_factory=Counter)
    archived: list[ObjectGroup] = field(default_factory=list)

    @property
    def versions(self) -> int:
        """How many versions can be moved."""
        return sum(group.versions for group in self.moved)

    @property
    def bytes(self) -> int | None:
        """Their size together; None where one of them is not known."""
        sizes = [group.bytes for group in self.moved]
        return None if None in sizes else sum(size for size in sizes if size is not None)

    @property
    def immovable(self) -> tuple[ImmovableCount, ...]:
        """The others by reason, most first."""
        return tuple(
            ImmovableCount(reason.value, versions, _MEANINGS.get(reason, reason.value))
            for reason, versions in self.left.most_common()
        )


def split_movable(
    groups: Iterable[ObjectGroup], why: Callable[[ObjectVersion], Immovable | None]
) -> MovableGroups:
    """The objects that can be re-encrypted; `why` returns the reason for those that cannot."""
    found = MovableGroups()
    for group in groups:
        reason = why(group.sample)
        if reason is None:
            found.moved.append(group)
        else:
            found.left[reason] += group.versions
        if reason is Immovable.ARCHIVED:
            found.archived.append(group)
    return found


def kms_line(encrypted: int, bucket_key: bool, prices: ObjectPrices, decrypted: int = 0) -> CostLine:
    """The least requests of KMS: one for each version encrypted, of which a bucket key saves most, and decrypted."""
    requests = decrypted + (encrypted * (1 - BUCKET_KEY_SAVES) if bucket_key else float(encrypted))
    dollars = requests / 10_000 * prices.kms_per_10000
    return CostLine(CostKind.KMS, "KMS requests", requests, dollars, is_confirmed=False)


def read_back_line(versions: int, prices: ObjectPrices) -> CostLine:
    """HeadObject for each version before and after its change, and for those that are verified at the end."""
    reads = UPDATE_CALLS.reads * versions + VERIFICATION_CALLS * count_verified(versions)
    dollars = reads / 1000 * prices.reads_per_1000
    return CostLine(CostKind.REQUESTS, "HeadObject before, after, and to verify", reads, dollars)


def kms_quota(region: str | None) -> int:
    """Requests a second that KMS takes of an account in a region by default (fact B19)."""
    return QUOTAS.get(region or "", DEFAULT_QUOTA)


def count_calls(versions: int, engine: CallsPerVersion, conditions: EstimateConditions) -> int:
    """All calls to S3 of a run over that many versions, each changed by one call."""
    verified = VERIFICATION_CALLS * count_verified(versions)
    return engine.total * versions + verified + LISTING_CALLS * conditions.listed


def pace(
    requests: int, kms_requests: float, conditions: EstimateConditions, *, calls: int
) -> tuple[float, str]:
    """The least seconds for that many writes with that many requests of KMS, and what limits them; `calls` are the
    writes and all reads, for each of which a configured limit counts.
    """
    quota = kms_quota(conditions.region)
    times = {
        f"{WRITES_PER_SECOND:,} writes per second, the minimum that S3 supports per prefix": requests
        / WRITES_PER_SECOND,
        f"{quota:,} requests per second, the account's KMS quota in this region": kms_requests / quota,
    }
    if conditions.max_rps:
        times[f"{conditions.max_rps:g} calls per second, the configured limit, for {calls:,} calls"] = (
            calls / conditions.max_rps
        )
    limit = max(times, key=times.__getitem__)
    return times[limit], limit


def add_lines(lines: Iterable[CostLine]) -> tuple[CostLine, ...]:
    """Lines of one kind and name added up, in the order of the first; a sum with an unknown price is not known."""
    found: dict[tuple[CostKind, str], CostLine] = {}
    for line in lines:
        known = found.get((line.kind, line.what))
        found[line.kind, line.what] = line if known is None else _added(known, line)
    return tuple(found.values())


def _added(one: CostLine, other: CostLine) -> CostLine:
    return CostLine(
        one.kind,
        one.what,
        one.units + other.units,
        None if one.dollars is None or other.dollars is None else one.dollars + other.dollars,
        is_confirmed=one.is_confirmed and other.is_confirmed,
        is_upper=one.is_upper or other.is_upper,
    )
