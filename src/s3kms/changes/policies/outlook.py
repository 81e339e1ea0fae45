"""What becomes of the buckets of a plan with the prepared policies: judged again by the facts that were read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from s3kms.changes.policies.needs import NeedFold
from s3kms.model.plan import PlanClass, PlannedBucket

if TYPE_CHECKING:
    from s3kms.changes.planning.account import BucketJudge

MAX_BUCKETS_KEPT = 20_000
"""Whose facts are kept to judge them again: some 10 KB each."""


MAX_PASSED_OVER = 1000
"""Buckets that are kept although nothing is prepared for them."""


@dataclass(slots=True)
class PreparationFold:
    """The buckets of a plan that are to be prepared, and what they need."""

    needs: NeedFold = field(default_factory=NeedFold)
    judges: dict[tuple[str | None, str], "BucketJudge"] = field(default_factory=dict)
    """Of buckets to prepare, by account and name."""
    not_kept: int = 0
    """Buckets to prepare that are not judged again, because they are too many."""
    passed_over: list[PlannedBucket] = field(default_factory=list)
    """The first buckets that no policy makes ready: somebody has to look at them, or their key cannot be used."""
    passed_over_count: int = 0

    def watch(self, planned: PlannedBucket, judge: "BucketJudge") -> None:
        """Keep what a bucket to prepare is judged again by; for `plan_estate`."""
        if planned.plan_class is not PlanClass.PREPARE:
            return
        if len(self.judges) < MAX_BUCKETS_KEPT:
            self.judges[planned.account, planned.bucket] = judge
        else:
            self.not_kept += 1

    def add(self, planned: PlannedBucket) -> None:
        """Count what one bucket needs; one without a key is not judged again."""
        is_without_change = planned.plan_class is PlanClass.PREPARE and planned.after is None
        if planned.plan_class is PlanClass.LOOK or is_without_change:
            self.passed_over_count += 1
            if len(self.passed_over) < MAX_PASSED_OVER:
                self.passed_over.append(planned)
        elif not self.needs.add(planned):
            self.judges.pop((planned.account, planned.bucket), None)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the plan says of the buckets to prepare once documents are written."""

    ready: int
    remaining: tuple[PlannedBucket, ...]
    """Those that are not ready with them, with what keeps them."""


def judge_with(
    judges: Mapping[tuple[str | None, str], "BucketJudge"], policies: Mapping[str, str]
) -> Outlook:
    """With these documents, each by the ARN of its key or `s3://bucket`. Raises CredentialsProblem."""
    ready, remaining = 0, list[PlannedBucket]()
    for judge in judges.values():
        planned = judge.with_policies(policies)
        if planned.plan_class is PlanClass.READY:
            ready += 1
        else:
            remaining.append(planned)
    return Outlook(ready, tuple(remaining))
