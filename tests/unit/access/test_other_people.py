"""Whom a bucket lets in besides users and roles that are read: accounts, sessions, CloudFront, deleted principals."""

from typing import Any

import pytest
from tests.unit.access.test_estate import (
    KEEPS,
    KMS_ALL,
    LOSES,
    OPEN,
    OWN,
    PARTNER,
    READ,
    READER,
    ROOT_STATEMENT,
    S3_READ,
    answers,
    arn,
    attached,
    judge_with,
    opened,
    role,
    under,
)
from tests.unit.access.test_uses_today import deny, when

EVERYONE = {"Principal": "*"}
TO_PARTNER = {**S3_READ, "Principal": {"AWS": PARTNER}}
PARTNER_USES_KEY = {**KMS_ALL, "Principal": {"AWS": PARTNER}}
APP = arn("app", PARTNER)
BUT_APP = when("ArnNotEquals", "aws:PrincipalArn", APP)
OAI = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1EXAMPLE"


def lets(who: str, **more: Any) -> dict[str, Any]:
    return {**S3_READ, "Principal": {"AWS": who}, **more}


def judged(bucket: list[dict[str, Any]], *key: dict[str, Any], **more: Any) -> Any:
    return answers(judge_with(**more).judge("data", opened(*bucket), under(ROOT_STATEMENT, *key)))


# An account of which nobody reads the users and roles


def test_an_account_of_which_a_bucket_spares_one_role_still_uses_it() -> None:
    found = judged([TO_PARTNER, {**deny("s3:*"), **EVERYONE, **BUT_APP}])
    assert found == {(PARTNER, READ): LOSES}


def test_an_account_of_which_the_key_denies_all_but_one_role_may_keep_access() -> None:
    found = judged([TO_PARTNER], PARTNER_USES_KEY, {**deny("kms:*"), **EVERYONE, **BUT_APP})
    assert found == {(PARTNER, READ): OPEN}


def test_an_account_that_the_key_denies_but_for_one_not_principal_may_keep_access() -> None:
    spared = {"NotPrincipal": {"AWS": [APP, f"arn:aws:iam::{PARTNER}:root"]}}
    assert judged([TO_PARTNER], PARTNER_USES_KEY, {**deny("kms:*"), **spared}) == {(PARTNER, READ): OPEN}


def test_an_account_that_the_key_denies_loses_access_whoever_comes() -> None:
    denied = {**deny("kms:*"), **EVERYONE, **when("StringEquals", "aws:PrincipalAccount", PARTNER)}
    assert judged([TO_PARTNER], PARTNER_USES_KEY, denied) == {(PARTNER, READ): LOSES}


def test_an_account_of_which_a_condition_names_another_one_is_not_denied() -> None:
    denied = {
        **deny("kms:*"),
        **EVERYONE,
        **when("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{OWN}:role/*"),
    }
    found = judge_with().judge("data", opened(TO_PARTNER), under(ROOT_STATEMENT, PARTNER_USES_KEY, denied))
    assert [(one.access, one.why.startswith("the key policy allows them")) for one in found] == [(OPEN, True)]


def test_an_account_that_loses_access_is_let_in_by_a_statement_that_names_it() -> None:
    (group,) = judge_with().judge("data", opened(TO_PARTNER), under(ROOT_STATEMENT))
    assert [one["Principal"] for one in group.statements] == [{"AWS": PARTNER}]


# Whom a statement for everyone names by a condition


@pytest.mark.parametrize(
    "condition",
    [
        when("StringEquals", "aws:PrincipalAccount", PARTNER),
        when("ArnEquals", "aws:PrincipalArn", APP),
        when("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{PARTNER}:role/a*"),
        when("StringLike", "aws:PrincipalArn", APP),
    ],
)
def test_roles_of_another_account_whom_a_condition_names_are_judged(condition: dict[str, Any]) -> None:
    app = role("app", attached("Read", S3_READ), account=PARTNER)
    found = judged([{**S3_READ, **EVERYONE, **condition}], others={PARTNER: [app]})
    assert found == {(APP, READ): LOSES}


def test_who_is_meant_by_an_account_that_cannot_be_read_is_that_account() -> None:
    found = judged([{**S3_READ, **EVERYONE, **when("StringEquals", "aws:PrincipalAccount", PARTNER)}])
    assert found == {(PARTNER, READ): LOSES}


def test_everyone_of_the_own_account_is_nobody_else() -> None:
    own = {**S3_READ, **EVERYONE, **when("StringEquals", "aws:PrincipalAccount", OWN)}
    found = answers(judge_with(READER, role("silent")).judge("data", opened(own), under(ROOT_STATEMENT)))
    assert found == {(arn("reader"), READ): LOSES, (arn("silent"), READ): LOSES}


@pytest.mark.parametrize(
    "condition",
    [
        when("StringEqualsIfExists", "aws:PrincipalAccount", PARTNER),
        when("StringNotEquals", "aws:PrincipalAccount", PARTNER),
        when("StringLike", "aws:PrincipalAccount", "4444*"),
        when("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/app"),
        when("ForAnyValue:StringEquals", "aws:PrincipalAccount", PARTNER),
    ],
)
def test_a_condition_that_does_not_say_which_accounts_leaves_it_open(condition: dict[str, Any]) -> None:
    assert judged([{**S3_READ, **EVERYONE, **condition}])["*", READ] is OPEN


# Who is no user and no role


def test_who_was_deleted_uses_no_bucket() -> None:
    assert judged([lets("AROAEXAMPLEEXAMPLE12")]) == {}


def test_cloudfront_with_an_origin_access_identity_loses_access_whatever_the_key_says() -> None:
    found = judged([lets(OAI)], {**KMS_ALL, **EVERYONE})
    assert found == {(OAI, READ): LOSES}


@pytest.mark.parametrize("account", [OWN, PARTNER])
def test_a_federated_user_whom_the_bucket_names_cannot_be_told(account: str) -> None:
    session = f"arn:aws:sts::{account}:federated-user/bob"
    partner = role("p", attached("Read", S3_READ), account=PARTNER)
    found = judged([lets(session)], others={PARTNER: [partner]})
    assert {(name, access) for (name, _), access in found.items()} == {(session, OPEN)}


def test_a_role_of_another_account_that_cannot_be_read_comes_by_the_policy_of_the_bucket() -> None:
    (group,) = judge_with().judge("data", opened(lets(APP)), under(ROOT_STATEMENT, PARTNER_USES_KEY))
    assert (group.access, group.through) == (OPEN, "its policy")
    assert group.access is not KEEPS
