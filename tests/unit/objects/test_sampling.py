"""A sample in which everything is equally likely, and what it says of the whole."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3kms.model.object_summary import CountInterval
from s3kms.objects.sampling import Reservoir, wilson_interval


def drawn(size: int, seed: int, population: int) -> list[int]:
    reservoir: Reservoir[int] = Reservoir(size, seed)
    for number in range(population):
        reservoir.offer(number)
    assert reservoir.offered == population
    return reservoir.items


@given(size=st.integers(1, 30), seed=st.integers(0, 1000), population=st.integers(0, 200))
def test_a_sample_has_its_size_and_nothing_twice(size: int, seed: int, population: int) -> None:
    found = drawn(size, seed, population)

    assert len(found) == len(set(found)) == min(size, population)
    assert found == drawn(size, seed, population)


def test_another_seed_draws_another_sample() -> None:
    assert sorted(drawn(10, 1, 10_000)) != sorted(drawn(10, 2, 10_000))


@pytest.mark.parametrize(("size", "population"), [(1, 7), (5, 40), (20, 21)])
def test_every_item_is_in_as_many_samples_as_any_other(size: int, population: int) -> None:
    """Within four standard deviations of a fair draw; the seeds are fixed, so it is so each time."""
    draws = 4000
    counts = [0] * population
    for seed in range(draws):
        for item in drawn(size, seed, population):
            counts[item] += 1

    share = size / population
    spread = math.sqrt(draws * share * (1 - share))
    assert max(abs(count - draws * share) for count in counts) < 4.2 * spread


@pytest.mark.parametrize(
    ("hits", "looked", "low", "high"),
    [(81, 263, 2553, 3662), (15, 148, 624, 1605), (0, 20, 0, 1611), (1, 29, 61, 1718)],
)
def test_the_interval_is_wilsons_as_published(hits: int, looked: int, low: int, high: int) -> None:
    """Newcombe, Statistics in Medicine 17 (1998), table I, method 3; in shares of ten thousand."""
    found = wilson_interval(hits, looked, 10_000)

    assert abs(found.low - low) <= 1
    assert abs(found.high - high) <= 1


def test_a_population_that_was_looked_at_whole_leaves_no_doubt() -> None:
    assert wilson_interval(3, 10, 10) == CountInterval(3, 3)
    assert wilson_interval(3, 10, 10, unknown=2) == CountInterval(3, 5)


def test_nothing_looked_at_says_nothing() -> None:
    assert wilson_interval(0, 0, 50) == CountInterval(0, 50)


@given(st.data())
def test_an_interval_holds_what_was_seen_and_no_more_than_there_is(data: st.DataObject) -> None:
    population = data.draw(st.integers(1, 10**9))
    looked = data.draw(st.integers(1, min(population, 10**5)))
    hits = data.draw(st.integers(0, looked))
    unknown = data.draw(st.integers(0, looked - hits))

    found = wilson_interval(hits, looked, population, unknown=unknown)

    assert hits <= found.low <= found.high <= population - (looked - hits - unknown)


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    population, share, looked = 20_000, 0.03, 400
    truth = int(population * share)
    dice = random.Random(7)
    held = 0
    for _ in range(1000):
        hits = sum(dice.random() < share for _ in range(looked))
        found = wilson_interval(hits, looked, population)
        held += found.low <= truth <= found.high

    assert held >= 930
