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
            f"keeps versions: each of {objects} gets a new one, and the old ones stay, are billed, and are encrypted "
            "as they are"
        )
        advice = "let a lifecycle rule expire noncurrent versions, or use the engine update, which makes none"
        yield PlannedHazard(NEW_VERSIONS, why, Advice(advice), title="each copy is a new version")


def _of_settings(effects: WriteEffects) -> Iterator[PlannedHazard]:
    if effects.ages or "ages" in effects.unread:
        rules = _named(effects.ages or ())
        why = _unread(effects.unread, "ages") or f"has lifecycle rules that count from the copy on: {rules}"
        advice = (
            "check that no deadline hangs on the age of the objects, or use the engine update, which keeps it"
        )
        yield PlannedHazard(LIFECYCLE_AGE, why, Advice(advice), title="the age of each object begins anew")
    if effects.replication or "replication" in effects.unread:
        rules = _named(effects.replication or ())
        why = _unread(effects.unread, "replication") or f"replicates every copy once more: {rules}"
        advice = (
            "make sure that the role of the replication may use the key, and that the transfer may be charged"
        )
        yield PlannedHazard(REPLICATED_AGAIN, why, Advice(advice), title="each copy is replicated")
    if effects.events or "events" in effects.unread:
        told = _named(effects.events or ())
        why = _unread(effects.unread, "events") or f"tells of every copy as of a new object: {told}"
        advice = "make sure that whoever hears of it may hear of every object once more"
        yield PlannedHazard(EVENTS, why, Advice(advice), title="each copy is an event")
    if effects.default_retention:
        why = f"locks every new object, {effects.default_retention}: copies of objects that have no lock, too"
        advice = "take the default retention away for the time of the run, or use the engine update"
        yield PlannedHazard(DEFAULT_RETENTION, why, Advice(advice), title="each copy is locked")


def _of_classes(effects: WriteEffects, counts: SelectedCounts) -> Iterator[PlannedHazard]:
    """What the storage classes of the objects charge for being read, and for being overwritten early."""
    charged, early = [], []
    for name in sorted(counts.by_storage_class):
        known = OBJECT_PRICES.of_class(name)
        if known is None or known.is_archive or not counts.by_storage_class[name]:
            continue
        if known.retrieval_per_gib:
            charged.append(f"{name} (${known.retrieval_per_gib:g} a GiB)")
        if known.minimum_days:
            early.append(f"{name} ({known.minimum_days} days)")
    if charged:
        why = f"has objects in classes that charge for being read: {_named(charged)}"
        advice = "compare the cost with that of the engine update, which reads nothing"
        yield PlannedHazard(RETRIEVAL, why, Advice(advice), title="reading is charged")
    if early and effects.versioning != "Enabled":
        why = f"has objects in classes that charge for a minimum time, and copies overwrite them: {_named(early)}"
        advice = "compare the cost with that of the engine update, which overwrites nothing"
        yield PlannedHazard(EARLY_DELETE, why, Advice(advice), title="overwriting early is charged")


def _unread(unread: Mapping[str, Unknown], name: str) -> str:
    """The sentence of a setting that could not be read; empty where it could."""
    return f"may do so, it could not be read: {printable(unread[name].why)}" if name in unread else ""


def _named(names: tuple[str, ...] | list[str]) -> str:
    """The first few, printable: they are the names that somebody gave."""
    shown = [printable(name) for name in names[:_MAX_NAMED]]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


_ANOTHER_SERVER = PlannedHazard(
    NOT_AWS,
    "is not on AWS: servers are known that copy and do not encrypt, or that ignore If-Match, so that a concurrent "
    "writer would lose",
    Advice(
        "nothing is to be done: a throw-away object is tried first, and the run is refused if it does not hold"
    ),
    PlanClass.READY,
    title="the server is not AWS",
)
