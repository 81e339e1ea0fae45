"""What holds of the answers about any estate: a deny lets nobody in, what is not known lets nobody keep access."""

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from tests.unit.access.test_estate import OWN, PARTNER, ROOT_STATEMENT, UNREAD, opened, under
from tests.unit.access.test_shared_answers import (
    ESTATES,
    PRINCIPALS,
    identities,
    organization,
    statement,
)

from s3kms.access.estate import AccessJudge
from s3kms.model.access import KeyAccess, KeyUse

DENIES = statement(["kms:*", "kms:Decrypt"], ["*"], PRINCIPALS).map(lambda one: {**one, "Effect": "Deny"})


def judged(
    estate: dict[str, Any], *more: dict[str, Any], **unread: Any
) -> dict[tuple[str, KeyUse], KeyAccess]:
    judge = AccessJudge(
        lambda account: identities(estate, account), lambda account: organization(estate, account)
    )
    key_arn = f"arn:aws:kms:eu-west-1:{PARTNER if estate['is_central'] else OWN}:key/1"
    key = under(
        ROOT_STATEMENT,
        *estate["key"],
        *more,
        bucket="data-a",
        key=key_arn,
        has_bucket_key=estate["have_bucket_keys"][0],
    )
    key = replace(key, **unread)
    groups = judge.judge("data-a", opened(*estate["buckets"][0], bucket="data-a"), key)
    found: dict[tuple[str, KeyUse], KeyAccess] = {}
    for one in groups:
        for place in ((name, use) for name in one.principals for use in one.uses):
            gravest = max(one.access, found.get(place, one.access), key=lambda access: access.gravity)
            found[place] = gravest
    return found


@settings(max_examples=60, deadline=None)
@given(ESTATES, DENIES)
def test_one_more_deny_lets_nobody_keep_access_who_did_not(
    estate: dict[str, Any], deny: dict[str, Any]
) -> None:
    before, after = judged(estate), judged(estate, deny)
    assert before.keys() == after.keys()
    for place, access in before.items():
        assert after[place].gravity >= access.gravity or after[place] is not KeyAccess.KEEPS, place
        assert access is not KeyAccess.LOSES or after[place] is KeyAccess.LOSES, place


@settings(max_examples=40, deadline=None)
@given(ESTATES)
def test_under_a_key_whose_policy_could_not_be_read_nobody_keeps_access(estate: dict[str, Any]) -> None:
    found = judged(estate, key_policies=UNREAD)
    assert KeyAccess.KEEPS not in found.values()


@settings(max_examples=40, deadline=None)
@given(ESTATES)
def test_grants_that_could_not_be_read_take_nothing_and_give_nothing(
    estate: dict[str, Any],
) -> None:
    with_all, without = judged(estate), judged(estate, grants=UNREAD)
    assert {place for place, access in without.items() if access is KeyAccess.KEEPS} == {
        place for place, access in with_all.items() if access is KeyAccess.KEEPS
    }


def test_the_estates_have_people_who_keep_and_who_lose_access() -> None:
    """What the properties speak of comes up."""
    role = ("a", dict[str, str](), False)
    keys = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
    read = [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]
    estate = {
        "policies": {"a": keys, "b": read},
        "boundary": [],
        OWN: [role, ("b", {}, False), role],
        PARTNER: [role, role, role],
        "buckets": [[], [], []],
        "key": [],
        "scps": {OWN: [], PARTNER: []},
        "rcps": [],
        "have_bucket_keys": [True, True, True],
        "is_central": False,
    }
    assert set(judged(estate).values()) == {KeyAccess.KEEPS, KeyAccess.LOSES}
