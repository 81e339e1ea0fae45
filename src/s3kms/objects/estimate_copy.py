"""What a copy of each object onto itself costs (facts D14 to D16, D26, D37). Pure."""

from collections.abc import Iterable

from s3kms.model.object_costs import CostKind, CostLine, EngineEstimate
from s3kms.model.objects import ObjectEncryption
from s3kms.objects.calls import COPY_CALLS
from s3kms.objects.cost import EstimateConditions, ObjectGroup
from s3kms.objects.estimate_basis import add_lines, count_calls, kms_line, pace, read_back_line, split_movable
from s3kms.objects.movability import why_not_copied
from s3kms.objects.prices import ObjectPrices, StorageClassPrices

_GIB = 1024**3
_DAYS_OF_MONTH = 30


def estimate_copy(
    groups: Iterable[ObjectGroup], conditions: EstimateConditions, prices: ObjectPrices
) -> EngineEstimate:
    """A copy of each current version onto itself, with all that this is charged for (facts D14 to D16)."""
    found = split_movable(groups, why_not_copied)
    read_with_kms = sum(group.versions for group in found.moved if group.sample.encryption in _OF_KMS)
    kms = kms_line(found.versions, conditions.bucket_key, prices, decrypted=read_with_kms)
    lines = add_lines(
        [
            *(line for group in found.moved for line in _copy_lines(group, conditions, prices)),
            *(_restore(group, prices) for group in found.archived),
        ]
    )
    requests = sum(_copy_requests(group) for group in found.moved)
    more = sum(_copy_requests(one) - one.versions + COPY_CALLS.large_reads * one.large for one in found.moved)
    calls = count_calls(found.versions, COPY_CALLS, conditions) + more
    seconds, limit = pace(requests, kms.units, conditions, calls=calls)
    notes = ["the time covers the requests alone: AWS does not document how long copying the bytes takes"]
    if conditions.max_rps:
        notes.append("in a bucket with ACLs or Object Lock, each object takes up to three calls more")
    if conditions.is_versioned is None:
        notes.append(
            "whether the bucket is versioned is not known: if it is, old versions are kept; if not, "
            "they are deleted early"
        )
    return EngineEstimate(
        engine="copy",
        versions=found.versions,
        bytes=found.bytes,
        immovable=found.immovable,
        lines=(*lines, read_back_line(found.versions, prices), kms),
        kms_requests=kms.units,
        seconds=seconds,
        limit=limit,
        notes=tuple(notes),
    )


_OF_KMS = frozenset({ObjectEncryption.SSE_KMS, ObjectEncryption.DSSE_KMS})


def _copy_requests(group: ObjectGroup) -> int:
    """A request an object; of a large one the parts, and the two that begin and end them."""
    return group.versions + group.large_parts + group.large


def _copy_lines(
    group: ObjectGroup, conditions: EstimateConditions, prices: ObjectPrices
) -> Iterable[CostLine]:
    name = group.sample.storage_class or "STANDARD"
    known = prices.of_class(name)
    requests = _copy_requests(group)
    if known is None:
        yield CostLine(CostKind.REQUESTS, f"CopyObject to {name}", requests, None, is_confirmed=False)
        return
    sure = known.is_confirmed
    cost = requests / 1000 * known.writes_per_1000
    yield CostLine(CostKind.REQUESTS, f"CopyObject to {name}", requests, cost, is_confirmed=sure)
    gib = None if group.bytes is None else group.bytes / _GIB
    if known.retrieval_per_gib:
        cost_of_bytes = None if gib is None else gib * known.retrieval_per_gib
        yield CostLine(
            CostKind.RETRIEVAL, f"GiB read from {name}", gib or 0.0, cost_of_bytes, is_confirmed=sure
        )
    if conditions.is_versioned is not False:
        kept = None if gib is None else gib * known.gib_month
        yield CostLine(
            CostKind.NONCURRENT,
            f"GiB of old versions in {name} per month",
            gib or 0.0,
            kept,
            is_confirmed=sure,
        )
    if conditions.is_versioned is not True and known.minimum_days:
        yield _early_delete(group, known, name)


def _early_delete(group: ObjectGroup, known: StorageClassPrices, name: str) -> CostLine:
    """The minimum duration of what is overwritten early: at most, for each object is charged the rest of it alone."""
    young = group.bytes if group.young_bytes is None else group.young_bytes
    gib_months = None if young is None else young / _GIB * known.minimum_days / _DAYS_OF_MONTH
    return CostLine(
        CostKind.EARLY_DELETE,
        f"GiB-months of {name} overwritten before {known.minimum_days} days",
        gib_months or 0.0,
        None if gib_months is None else gib_months * known.gib_month,
        is_confirmed=known.is_confirmed,
        is_upper=True,
    )


def _restore(group: ObjectGroup, prices: ObjectPrices) -> CostLine:
    """What restoring archived objects would cost, with the standard speed; their temporary copies not included."""
    name = group.sample.storage_class or "STANDARD"
    known = prices.classes[name]
    dollars = None
    if group.bytes is not None:
        dollars = group.versions / 1000 * known.restores_per_1000 + group.bytes / _GIB * known.restore_per_gib
    return CostLine(CostKind.RESTORE, f"RestoreObject from {name} before a copy", group.versions, dollars)
