"""The sum of a plan: what keeps buckets back, each cause with the buckets that it keeps."""

from s3kms.changes.planning.summary import PlanFold
from s3kms.model.advice import Advice
from s3kms.model.plan import PlanClass, PlannedBucket, PlannedHazard

WEBSITE = PlannedHazard("website", "is a website", Advice("keep it"), PlanClass.STAY, "Websites")
UNREAD = PlannedHazard("unread", "may break", Advice("read it"), PlanClass.LOOK, "unread")
KEY = PlannedHazard("other_accounts", "is used", Advice("add it"), PlanClass.PREPARE, "Others")


def causes_of(*hazards: PlannedHazard) -> list[tuple[str, int]]:
    fold = PlanFold()
    fold.add(PlannedBucket("b", "111122223333", "eu-west-1", hazards[0].plan_class, hazards=hazards))
    return [(one.hazard, one.count) for one in fold.causes()]


def test_a_bucket_that_stays_is_a_cause_of_nothing_else() -> None:
    assert causes_of(WEBSITE, UNREAD, KEY) == [("website", 1)]


def test_a_bucket_to_look_at_still_says_what_it_needs() -> None:
    assert causes_of(UNREAD, KEY) == [("unread", 1), ("other_accounts", 1)]
