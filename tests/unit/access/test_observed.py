"""Who may use a bucket, joined with who was seen to: told apart, and absence is no more than it is."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3kms.access.observed import THROUGH_UNKNOWN, observe
from s3kms.model.access import AccessGroup, KeyAccess, KeyUse
from s3kms.model.observed import (
    ObservedBucket,
    ObservedIdentity,
    ObservedKind,
    ObservedPrincipal,
    ObservedWindow,
    identity_of_arn,
)

OWN, FOREIGN = "111122223333", "444455556666"
FIRST, LAST = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 26, tzinfo=UTC)
READER = f"arn:aws:iam::{OWN}:role/team/reader"
WRITER = f"arn:aws:iam::{OWN}:role/writer"


def seen_as(name: str, kind: ObservedKind | None = None, **counts: Any) -> ObservedPrincipal:
    identity = identity_of_arn(name) if kind is None else None
    account = name if kind is ObservedKind.ACCOUNT else None
    found = identity or ObservedIdentity(kind or ObservedKind.OTHER, account, name, name)
    return ObservedPrincipal(found, FIRST, LAST, **(counts or {"reads": 1}))


def bucket(
    *principals: ObservedPrincipal, reads: bool = True, writes: bool = True, **more: Any
) -> ObservedBucket:
    return ObservedBucket((ObservedWindow("logs", FIRST, LAST, 9, reads, writes),), principals, **more)


def group(*principals: str, uses: tuple[KeyUse, ...] = (KeyUse.READ,)) -> AccessGroup:
    return AccessGroup(KeyAccess.LOSES, uses, "why", "its policy", principals)


def told(found: tuple[AccessGroup, ...]) -> dict[str, bool | None]:
    return {name: one.observed for one in found for name in one.principals}


def test_a_bucket_that_no_log_is_about_stays_as_it_is() -> None:
    groups = (group(READER),)

    assert observe(groups, None).groups == groups


def test_principals_of_one_group_are_told_apart_by_whether_they_came() -> None:
    found = observe((group(READER, WRITER),), bucket(seen_as(READER)))

    assert told(found.groups) == {READER: True, WRITER: False}


@pytest.mark.parametrize(
    "name",
    [
        f"arn:aws:iam::{OWN}:role/reader",
        f"arn:aws:iam::{OWN}:role/another/path/Reader",
        f"arn:aws:sts::{OWN}:assumed-role/reader/session",
    ],
)
def test_a_role_is_known_without_its_path(name: str) -> None:
    assert told(observe((group(READER),), bucket(seen_as(name))).groups) == {READER: True}


@pytest.mark.parametrize(
    "name",
    [
        f"arn:aws:iam::{FOREIGN}:role/reader",
        f"arn:aws:iam::{OWN}:user/reader",
        f"arn:aws:iam::{OWN}:role/reader2",
    ],
)
def test_another_one_of_that_name_is_another_one(name: str) -> None:
    assert told(observe((group(READER),), bucket(seen_as(name))).groups)[READER] is False


def test_whoever_read_was_not_seen_to_write() -> None:
    groups = (group(READER), group(READER, uses=(KeyUse.WRITE,)), group(READER, uses=(KeyUse.MULTIPART,)))

    found = observe(groups, bucket(seen_as(READER)))

    assert {one.uses: one.observed for one in found.groups} == {
        (KeyUse.READ,): True,
        (KeyUse.WRITE,): False,
        (KeyUse.MULTIPART,): False,
    }


@pytest.mark.parametrize(
    ("uses", "observed"),
    [((KeyUse.READ,), None), ((KeyUse.WRITE,), False), ((KeyUse.READ, KeyUse.WRITE), None)],
)
def test_absence_of_what_is_not_logged_is_not_known(uses: tuple[KeyUse, ...], observed: bool | None) -> None:
    seen = bucket(reads=False)

    assert told(observe((group(READER, uses=uses),), seen).groups) == {READER: observed}


def test_absence_is_not_known_where_not_everybody_is_kept() -> None:
    assert told(observe((group(READER),), bucket(is_capped=True)).groups) == {READER: None}


def test_an_account_came_where_one_of_it_came_and_one_of_it_is_not_known_by_the_account_alone() -> None:
    foreign = f"arn:aws:iam::{FOREIGN}:role/partner"

    by_name = observe((group(FOREIGN),), bucket(seen_as(foreign)), OWN)
    by_account = observe((group(foreign),), bucket(seen_as(FOREIGN, ObservedKind.ACCOUNT)), OWN)

    assert told(by_name.groups) == {FOREIGN: True}
    assert told(by_account.groups)[foreign] is None


def test_services_are_known_by_their_names() -> None:
    name = "cloudtrail.amazonaws.com"
    found = observe((group(name, "config.amazonaws.com"),), bucket(seen_as(name, ObservedKind.SERVICE)))

    assert told(found.groups) == {name: True, "config.amazonaws.com": False}


def test_whoever_was_refused_came() -> None:
    assert told(observe((group(READER),), bucket(seen_as(READER, denied=3))).groups) == {READER: True}


def test_whoever_came_and_is_in_no_group_cannot_be_told() -> None:
    found = observe((group(READER),), bucket(seen_as(WRITER, writes=3, parts=1)), OWN)

    (stranger,) = [one for one in found.groups if one.through == THROUGH_UNKNOWN]
    assert (stranger.access, stranger.principals, stranger.observed) == (
        KeyAccess.CANNOT_TELL,
        (WRITER,),
        True,
    )
    assert stranger.uses == (KeyUse.WRITE, KeyUse.MULTIPART)


def test_whoever_was_only_refused_and_is_in_no_group_is_not_one_who_loses() -> None:
    found = observe((), bucket(seen_as(WRITER, denied=3)), OWN)

    assert found.groups == ()


def test_a_role_that_does_not_exist_any_more_is_told_and_in_no_group() -> None:
    found = observe((), bucket(seen_as(WRITER)), OWN, lambda identity: identity.name == WRITER)

    assert (found.groups, [one.name for one in found.gone]) == ((), [WRITER])


def test_a_public_bucket_lets_in_strangers_of_other_accounts_and_not_of_its_own() -> None:
    foreign = f"arn:aws:iam::{FOREIGN}:role/partner"
    seen = bucket(seen_as(foreign), seen_as(WRITER), seen_as("anonymous", ObservedKind.ANONYMOUS))

    found = observe((group("*"),), seen, OWN)

    assert told(found.groups) == {"*": True, WRITER: True}


NAMES = st.sampled_from(
    [READER, WRITER, FOREIGN, "*", "s3.amazonaws.com", f"arn:aws:iam::{FOREIGN}:role/reader", "x"]
)


@given(
    st.lists(st.lists(NAMES, min_size=1, max_size=4, unique=True), max_size=3),
    st.lists(NAMES, max_size=4, unique=True),
    st.booleans(),
    st.booleans(),
)
def test_nobody_is_lost_and_no_answer_becomes_better(
    groups: list[list[str]], came: list[str], reads: bool, capped: bool
) -> None:
    seen = bucket(*map(seen_as, came), reads=reads, is_capped=capped)
    before = tuple(group(*one) for one in groups)

    after = observe(before, seen, OWN).groups

    ours = [one for one in after if one.through != THROUGH_UNKNOWN]
    assert sorted(name for one in ours for name in one.principals) == sorted(
        name for one in groups for name in one
    )
    assert all(one.access is KeyAccess.LOSES and one.why == "why" for one in ours)
    assert all(one.access is KeyAccess.CANNOT_TELL for one in after if one.through == THROUGH_UNKNOWN)
    if capped or not reads:
        assert all(one.observed is not False for one in ours)
