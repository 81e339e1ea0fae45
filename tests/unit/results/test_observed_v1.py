"""What a plan's file has of logs keeps its lines below the limit with which they are read."""

import json
from datetime import UTC, datetime

from s3kms.model.observed import (
    ObservedBucket,
    ObservedIdentity,
    ObservedKind,
    ObservedPrincipal,
    ObservedWindow,
)
from s3kms.model.plan import PlanClass, PlannedBucket
from s3kms.results.plan_v1 import planned_bucket_v1
from s3kms.results.saved_plan import MAX_LINE_BYTES

AT = datetime(2026, 11, 1, tzinfo=UTC)


def principal(number: int) -> ObservedPrincipal:
    name = f"{number:05}".ljust(600, "\u2603")
    identity = ObservedIdentity(ObservedKind.ROLE, "1" * 12, name, name)
    words = tuple(f"{one}".ljust(1000, "\u2603") for one in range(3))
    return ObservedPrincipal(identity, AT, AT, 1, denied=3, denials=words)


def test_a_bucket_with_thousands_of_long_names_and_refusals_is_a_line_that_is_read() -> None:
    everybody = tuple(map(principal, range(5000)))
    seen = ObservedBucket((ObservedWindow("logs", AT, AT, 9, True, True),), everybody)
    planned = PlannedBucket("b", "1" * 12, "eu-west-1", PlanClass.READY, observed=seen, gone=everybody)

    record = planned_bucket_v1(planned)

    assert len(json.dumps(record)) < MAX_LINE_BYTES
    assert record["observed"]["count"] == 5000
    assert record["observed"]["principals"][0]["denials"] == list(everybody[0].denials)


def test_a_bucket_that_was_not_observed_says_so() -> None:
    assert planned_bucket_v1(PlannedBucket("b", None, None, PlanClass.READY))["observed"] is None
