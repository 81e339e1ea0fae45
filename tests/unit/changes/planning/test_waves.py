"""The waves of a plan."""

import pytest

from s3kms.changes.planning.waves import WaveAssigner, check_wave_by
from s3kms.model.errors import BadInput


def test_the_canary_comes_first_and_the_groups_in_the_order_of_their_first_bucket() -> None:
    waves = WaveAssigner("account", canary=1)
    found = [waves.wave_of(account, "r", {}) for account in ("1", "2", "1", "2", "3")]

    assert found == [1, 2, 3, 2, 4]
    assert [(one.number, one.name, one.count) for one in waves.waves()] == [
        (1, "canary", 1),
        (2, "2", 2),
        (3, "1", 1),
        (4, "3", 1),
    ]


def test_without_canary_and_groups_all_is_one_wave() -> None:
    waves = WaveAssigner(None, canary=0)

    assert [waves.wave_of("1", "r", {}) for _ in range(3)] == [1, 1, 1]


def test_buckets_without_the_tag_are_a_wave_of_their_own() -> None:
    waves = WaveAssigner("tag:Owner", canary=0)

    assert [
        waves.wave_of("1", "r", tags) for tags in ({"Owner": "a"}, {}, {"owner": "a"}, {"Owner": "a"})
    ] == [
        1,
        2,
        2,
        1,
    ]


def test_a_tag_whose_value_is_canary_is_no_canary() -> None:
    waves = WaveAssigner("tag:Owner", canary=1)

    assert [waves.wave_of("1", "r", {"Owner": "canary"}) for _ in range(2)] == [1, 2]


@pytest.mark.parametrize("text", ["", "tag:", "Account", "regions", "tag"])
def test_what_says_no_group_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        check_wave_by(text)
