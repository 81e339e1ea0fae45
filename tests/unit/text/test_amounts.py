"""Money and time, as they are told."""

import pytest

from s3kms.text.amounts import dollars_text, duration_text


@pytest.mark.parametrize(
    ("amount", "told"),
    [(0, "$0.00"), (0.0004, "under $0.01"), (0.25, "$0.25"), (999.5, "$999.50"), (12_500, "$12,500")],
)
def test_money_is_never_nothing_for_something_and_has_cents_where_they_matter(
    amount: float, told: str
) -> None:
    assert dollars_text(amount) == told


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "1 s"),
        (42, "42 s"),
        (60, "1.0 min"),
        (285, "4.8 min"),
        (7_199, "120.0 min"),
        (12_000, "3.3 h"),
        (172_800, "2.0 days"),
    ],
)
def test_a_time_has_the_unit_of_which_there_are_a_few(seconds: float, told: str) -> None:
    assert duration_text(seconds) == told
