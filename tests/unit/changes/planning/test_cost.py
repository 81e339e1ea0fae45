"""What a plan says that SSE-KMS costs."""

import pytest

from s3kms.changes.planning.cost import CostFold, estimate_cost
from s3kms.model.request_metrics import RequestMetrics


def test_a_hundred_million_requests_cost_300_dollars_and_with_a_bucket_key_three() -> None:
    found = estimate_cost(None, 100_000_000)  # the numbers of fact B23

    assert found.without_bucket_key == pytest.approx(300)
    assert found.with_bucket_key == pytest.approx(3)
    assert not found.is_measured


def test_what_cloudwatch_counted_goes_before_what_is_assumed() -> None:
    metrics = RequestMetrics(gets=700, puts=700, peak_per_second=1.0, days=14)

    assert estimate_cost(metrics, 5).requests == 3000
    assert estimate_cost(metrics, 5).is_measured


def test_the_sum_has_a_dollar_for_each_new_key() -> None:
    fold = CostFold(1_000_000)
    for _ in range(2):
        fold.add(estimate_cost(None, 1_000_000))

    assert fold.monthly(keys=3) == pytest.approx((0.06 + 3, 6 + 3))


def test_the_sum_says_what_is_assumed_of_how_many_and_the_date_of_its_prices() -> None:
    fold = CostFold(1_000)
    fold.add(estimate_cost(None, 1_000))
    fold.add(estimate_cost(RequestMetrics(1, 1, 0.1, 14), 1_000))
    text = "\n".join(fold.notes())

    assert "1,000 GET and PUT requests per month are assumed for 1 of 2 buckets" in text
    assert "August 2026" in text


def test_of_nothing_there_is_no_cost() -> None:
    assert CostFold(1_000).monthly(0) is None
    assert CostFold(1_000).notes() == ()
