"""What a plan finds in one account, or in code, besides the buckets that would change."""

from dataclasses import dataclass, field

from s3kms.hazards import UNREAD
from s3kms.model.advice import Sentence
from s3kms.model.plan import PlanClass, PlannedHazard
from s3kms.model.skipped import Skipped
from s3kms.model.stream import TargetNotFound
from s3kms.model.unknown import Unknown


@dataclass(slots=True)
class AccountPlan:
    """What was found in one account besides the buckets that would change."""

    compliant: int = 0
    exempt: int = 0
    unlisted: list[Sentence] = field(default_factory=list)
    missing: list[TargetNotFound] = field(default_factory=list)
    notes: list[Sentence] = field(default_factory=list)
    unread_metrics: set[str] = field(default_factory=set)
    """Why request metrics could not be read."""
    seen: set[str] = field(default_factory=set)
    """Those of the named buckets that are there."""


def unread_sentence(unknown: Unknown) -> Sentence:
    """What could not be read, and what to do about it."""
    return Sentence("{why} ({advice})", {"why": unknown.why, "advice": unknown.advice})


def not_changed(skipped: Skipped) -> PlannedHazard:
    """A bucket that a fix skips for a reason that is no hazard: somebody has to look."""
    return PlannedHazard(UNREAD, skipped.reason, skipped.remedy, PlanClass.LOOK, "what could not be told")
