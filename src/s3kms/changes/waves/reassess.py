"""A bucket of a plan's file against what is found now: it is changed, or was already, or is skipped. Pure."""

from dataclasses import dataclass

from s3kms.changes.planning.classify import accepted_class, class_of
from s3kms.changes.planning.digests import changed_facts
from s3kms.hazards import UNREAD
from s3kms.model.advice import NO_ADVICE, Advice, Command, Option
from s3kms.model.bucket import Bucket
from s3kms.model.change import Change
from s3kms.model.encryption import Encryption
from s3kms.model.plan import PlanClass, PlannedBucket

PLAN_AGAIN = Advice("plan again: {plan}", {"plan": Command("plan", (), (Option("out", "FILE"),))})

_PREDICATES = ("is ", "has ", "takes ", "may ")
"""How a sentence about a bucket begins that leaves its subject out."""


@dataclass(frozen=True, slots=True)
class SkippedEntry:
    """A bucket of the plan that is not changed."""

    bucket: str
    account: str
    why: str
    """In a sentence whose subject is the bucket, as `it`."""
    advice: Advice = NO_ADVICE
    is_done: bool = False
    """Whether it has what the plan gives it: nothing is left to do."""
    is_unread: bool = False
    """Whether it, or its account, could not be read: the same wave again may change it."""


def is_eligible(planned: PlannedBucket, accept: frozenset[str]) -> bool:
    """Whether the file lets a bucket be changed: it is ready, or nothing but accepted hazards stands in its way.

    A class that its hazards do not explain counts, too, so that neither can be made lighter alone.
    """
    is_known = None not in {planned.account, planned.region} and planned.after is not None
    is_explained = class_of(planned.hazards).gravity >= planned.plan_class.gravity
    return is_known and is_explained and accepted_class(planned.hazards, accept) is PlanClass.READY


def reassess(
    planned: PlannedBucket, bucket: Bucket | None, now: PlannedBucket | None, accept: frozenset[str]
) -> Change | SkippedEntry:
    """What becomes of an eligible bucket of the file.

    `bucket` is what was read of it, None where it is not there; `now` what a plan says of it today, None where it
    would not be changed. The file never makes a bucket more ready than it is found.
    """

    def skipped(
        why: str, advice: Advice = PLAN_AGAIN, *, is_done: bool = False, is_unread: bool = False
    ) -> SkippedEntry:
        return SkippedEntry(planned.bucket, planned.account or "", why, advice, is_done, is_unread)

    if bucket is None:
        return skipped("it is not there any more")
    has = bucket.encryption
    if isinstance(has, Encryption) and planned.after and has.means_the_same(planned.after):
        return skipped("it is so already", NO_ADVICE, is_done=True)
    if now is None:
        return skipped("it needs no change any more, or is exempt now")
    is_unread = any(one.id == UNREAD and UNREAD not in accept for one in now.hazards)
    facts = changed_facts(planned.digests, now.digests)
    changed = f"it was planned on other facts: {' and '.join(facts)} changed since" if facts else ""
    if accepted_class(now.hazards, accept) is not PlanClass.READY:
        worst = next(one for one in now.hazards if one.id not in accept)
        worse = f"{'it ' if worst.why.startswith(_PREDICATES) else ''}{worst.why}"
        why = "; ".join(filter(None, (changed, f"its class is {now.plan_class} now: {worse}")))
        return skipped(why, worst.advice if is_unread else PLAN_AGAIN, is_unread=is_unread)
    if changed:
        return skipped(changed)
    if now.plan_class.gravity > planned.plan_class.gravity:
        return skipped(f"its class is {now.plan_class} now, and was {planned.plan_class}")
    return _same_change(planned, bucket, now) or skipped(
        "the change would be another now than the plan says (another key, option or configuration)"
    )


def _same_change(planned: PlannedBucket, bucket: Bucket, now: PlannedBucket) -> Change | None:
    """The change of today, where it is the one of the plan."""
    if now.before is None or now.after is None or now.account is None or now.region is None:
        return None
    if planned.before is None or planned.after is None:
        return None
    is_same = (
        (now.account, now.region) == (planned.account, planned.region)
        and now.after.means_the_same(planned.after)
        and now.before.means_the_same(planned.before)
    )
    return (
        Change(now.bucket, now.account, now.region, now.before, now.after, bucket.kind) if is_same else None
    )
