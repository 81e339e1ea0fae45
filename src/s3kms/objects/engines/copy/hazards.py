"""What copies do to a bucket besides, said before they are made, where this bucket has it. Pure."""

from collections.abc import Iterator, Mapping

from s3kms.model.advice import Advice
from s3kms.model.plan import PlanClass, PlannedHazard
from s3kms.model.unknown import Unknown
from s3kms.model.write_effects import WriteEffects
from s3kms.objects.interface import SelectedCounts
from s3kms.objects.prices import OBJECT_PRICES
from s3kms.text.count import count
from s3kms.text.sanitize import printable

NEW_VERSIONS = "new_versions"
LIFECYCLE_AGE = "lifecycle_age"
REPLICATED_AGAIN = "replicated_again"
EVENTS = "object_events"
RETRIEVAL = "retrieval_fee"
EARLY_DELETE = "early_delete_fee"
DEFAULT_RETENTION = "default_retention"
NOT_AWS = "copy_not_aws"
_MAX_NAMED = 3


def hazards_of(effects: WriteEffects, counts: SelectedCounts, *, is_aws: bool) -> tuple[PlannedHazard, ...]:
    """The consequences that this bucket has (facts D14, D15); none where there is nothing to do.

    What could not be read is taken to be there.
    """
    if not counts.versions:
        return ()
    found = [*_of_versions(effects, counts), *_of_settings(effects), *_of_classes(effects, counts)]
    if not is_aws:
        found.append(_ANOTHER_SERVER)
    return tuple(found)


def _of_versions(effects: WriteEffects, counts: SelectedCounts) -> Iterator[PlannedHazard]:
    objects = count(counts.versions, "object")
    if effects.versioning == "Enabled" or (effects.versioning is None and "versioning" in effects.unread):
        why = _unread(effects.unread, "versioning") or (
            f"copying {objects} adds as many new versions to this versioned bucket; the old versions are "
            "kept, are billed, and keep their encryption"
        )
        advice = (
            "let a lifecycle rule expire noncurrent versions, or use the engine update, which creates none"
        )
        yield PlannedHazard(NEW_VERSIONS, why, Advice(advice), title="each copy is a new version")


def _of_settings(effects: WriteEffects) -> Iterator[PlannedHazard]:
    if effects.ages or "ages" in effects.unread:
        rules = _named(effects.ages or ())
        why = _unread(effects.unread, "ages") or (
            f"lifecycle rules count the age of an object from the copy on: {rules}"
        )
        advice = (
            "check that nothing depends on the age of the objects, or use the engine update, which keeps it"
        )
        yield PlannedHazard(LIFECYCLE_AGE, why, Advice(advice), title="the age of each object restarts")
    if effects.replication or "replication" in effects.unread:
        rules = _named(effects.replication or ())
        why = _unread(effects.unread, "replication") or f"every copy is replicated again: {rules}"
        advice = (
            "make sure that the replication role may use the key, and that the cost of the transfer is "
            "acceptable"
        )
        yield PlannedHazard(REPLICATED_AGAIN, why, Advice(advice), title="each copy is replicated")
    if effects.events or "events" in effects.unread:
        told = _named(effects.events or ())
        why = _unread(effects.unread, "events") or (
            f"every copy sends an event, as a new object does: {told}"
        )
        advice = "make sure that its consumers can receive another event for every object"
        yield PlannedHazard(EVENTS, why, Advice(advice), title="each copy sends an event")
    if effects.default_retention:
        why = (
            f"the default retention locks every new object ({effects.default_retention}), including "
            "copies of objects that have no lock"
        )
        advice = "remove the default retention during the run, or use the engine update"
        yield PlannedHazard(DEFAULT_RETENTION, why, Advice(advice), title="each copy is locked")


def _of_classes(effects: WriteEffects, counts: SelectedCounts) -> Iterator[PlannedHazard]:
    """What the storage classes of the objects charge for being read, and for being overwritten early."""
    charged, early = [], []
    for name in sorted(counts.by_storage_class):
        known = OBJECT_PRICES.of_class(name)
        if known is None or known.is_archive or not counts.by_storage_class[name]:
            continue
        if known.retrieval_per_gib:
            charged.append(f"{name} (${known.retrieval_per_gib:g} per GiB)")
        if known.minimum_days:
            early.append(f"{name} ({known.minimum_days} days)")
    if charged:
        why = f"objects are in storage classes with a retrieval fee: {_named(charged)}"
        advice = "compare the cost with the engine update, which reads nothing"
        yield PlannedHazard(RETRIEVAL, why, Advice(advice), title="retrieval is charged")
    if early and effects.versioning != "Enabled":
        why = (
            "objects are in storage classes with a minimum storage duration, and copies overwrite "
            f"them: {_named(early)}"
        )
        advice = "compare the cost with the engine update, which overwrites nothing"
        yield PlannedHazard(EARLY_DELETE, why, Advice(advice), title="early deletion is charged")


def _unread(unread: Mapping[str, Unknown], name: str) -> str:
    """The sentence of a setting that could not be read; empty where it could."""
    return (
        f"cannot be ruled out, because the setting could not be read: {printable(unread[name].why)}"
        if name in unread
        else ""
    )


def _named(names: tuple[str, ...] | list[str]) -> str:
    """The first few names, printable."""
    shown = [printable(name) for name in names[:_MAX_NAMED]]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


_ANOTHER_SERVER = PlannedHazard(
    NOT_AWS,
    "the server is not AWS: some servers are known to copy without encrypting, or to ignore If-Match, "
    "so that a concurrent write would be lost",
    Advice("no action is needed: a temporary object is tried first, and the run is refused if that fails"),
    PlanClass.READY,
    title="the server is not AWS",
)
