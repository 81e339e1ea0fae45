"""When a call is repeated, and after what wait."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3kms.aws.retry import DEFAULT_SDK_ATTEMPTS, MAX_UNCONNECTED_ATTEMPTS, RetryPolicy


@given(st.integers(1, 1000))
def test_a_wait_is_random_and_never_longer_than_the_longest(attempts: int) -> None:
    policy = RetryPolicy(first_wait_seconds=0.1, max_wait_seconds=20)

    assert 0 <= policy.wait_seconds(attempts) <= min(20, 0.1 * 2**attempts)


def test_without_a_limit_only_the_deadline_ends_the_attempts() -> None:
    assert RetryPolicy().allows_another(10_000)


@pytest.mark.parametrize(("attempts", "allowed"), [(1, True), (2, True), (3, False), (4, False)])
def test_as_many_attempts_are_made_as_the_user_allows(attempts: int, allowed: bool) -> None:
    assert RetryPolicy(max_attempts=3).allows_another(attempts) is allowed


def test_a_host_that_cannot_be_reached_is_not_waited_for() -> None:
    policy = RetryPolicy()

    assert policy.allows_another(MAX_UNCONNECTED_ATTEMPTS - 1, was_connected=False)
    assert not policy.allows_another(MAX_UNCONNECTED_ATTEMPTS, was_connected=False)


def test_the_sdk_gets_the_users_limit_or_ours() -> None:
    assert RetryPolicy(max_attempts=7).sdk_attempts == 7
    assert RetryPolicy().sdk_attempts == DEFAULT_SDK_ATTEMPTS
