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
from tests.unit.access.test_uses_today import EVERYONE, TO_PARTNER, deny, when

from s3kms.model.grants import KeyGrant

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


@pytest.mark.parametrize("is_public_first", [True, False])
def test_a_statement_with_a_condition_hides_no_statement_without_one(is_public_first: bool) -> None:
    public = {**S3_READ, **EVERYONE}
    orgwide = {
        **S3_READ,
        **EVERYONE,
        "Action": "s3:PutObject",
        **when("StringEquals", "aws:PrincipalOrgID", "o-1"),
    }
    both = [public, orgwide] if is_public_first else [orgwide, public]

    found = judge_with().judge("data", opened(*both), under(ROOT_STATEMENT))

    assert [(one.access, [str(use) for use in one.uses]) for one in found] == [
        (LOSES, ["read"]),
        (OPEN, ["write", "write in parts"]),
    ]


def test_who_cannot_be_told_is_told_to_do_only_what_a_statement_lets_them_do() -> None:
    of_bucket = {
        **S3_READ,
        **EVERYONE,
        "Resource": "arn:aws:s3:::data",
        **when("Null", "aws:SourceVpc", "false"),
    }
    assert judged([of_bucket]) == {}
    assert set(judged([{**of_bucket, "Resource": "arn:aws:s3:::data/*"}])) == {("*", READ)}


def test_what_an_answer_depends_on_is_named() -> None:
    keys = {**KMS_ALL, **when("StringEquals", "aws:SourceVpce", "vpce-1")}
    reader = role("reader", attached("Read", S3_READ), attached("Keys", keys))
    (group,) = judge_with(reader).judge("data", opened(), under(ROOT_STATEMENT))
    assert group.why == (
        "kms:Decrypt: whether statement 1 of Keys allows it depends on aws:SourceVpce, which is not known"
    )


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


# Sessions of a role that policies name

ONE, TWO = (f"arn:aws:sts::{OWN}:assumed-role/app/{name}" for name in ("one", "two"))


@pytest.mark.parametrize(
    ("of_key", "expected"),
    [
        ([ONE], {(ONE, READ): KEEPS}),
        ([TWO], {(ONE, READ): LOSES}),
        ([arn("app")], {(ONE, READ): KEEPS}),
        ([ONE, TWO], {(ONE, READ): KEEPS}),
    ],
)
def test_a_session_that_the_bucket_names_is_judged_as_that_session(
    of_key: list[str], expected: dict[Any, Any]
) -> None:
    app = role("app")
    key = {**KMS_ALL, "Principal": {"AWS": of_key}}
    found = answers(judge_with(app).judge("data", opened(lets(ONE)), under(key)))
    assert found == expected


def test_the_other_sessions_of_a_role_of_which_the_key_names_one_lose_access() -> None:
    app = role("app", attached("Read", S3_READ))
    key = {**KMS_ALL, "Principal": {"AWS": ONE}}
    found = answers(judge_with(app).judge("data", opened(), under(key)))
    assert found == {(ONE, READ): KEEPS, (arn("app"), READ): LOSES}


def test_a_session_that_the_bucket_denies_is_not_the_role() -> None:
    app = role("app", attached("Read", S3_READ))
    bucket = opened({**deny("s3:*"), "Principal": {"AWS": ONE}})
    found = answers(judge_with(app).judge("data", bucket, under(ROOT_STATEMENT)))
    assert found == {(arn("app"), READ): LOSES}


def test_sessions_of_a_role_of_another_account_are_told_apart_too() -> None:
    app = role("app", attached("Both", S3_READ, KMS_ALL), account=PARTNER)
    one = f"arn:aws:sts::{PARTNER}:assumed-role/app/one"
    found = judged([lets(APP)], {**KMS_ALL, "Principal": {"AWS": one}}, others={PARTNER: [app]})
    assert found == {(one, READ): KEEPS, (APP, READ): LOSES}


def test_a_grant_for_a_session_is_for_that_session_alone() -> None:
    app = role("app", attached("Read", S3_READ))
    grants = (KeyGrant(frozenset({"Decrypt"}), ONE),)
    found = answers(judge_with(app).judge("data", opened(), under(ROOT_STATEMENT, grants=grants)))
    assert found == {(ONE, READ): KEEPS, (arn("app"), READ): LOSES}


# Services


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (f"arn:aws:cloudtrail:eu-west-1:{OWN}:trail/a", KEEPS),
        (f"arn:aws:cloudtrail:*:{OWN}:trail/a", KEEPS),
        (f"arn:aws:cloudtrail:*:{PARTNER}:trail/a", LOSES),
        ("arn:aws:cloudtrail:*:*:trail/a", OPEN),
        (f"arn:aws:cloudtrail:eu-west-1:{OWN}:trail/*", KEEPS),
        (f"arn:aws:cloudtrail:eu-west-1:{PARTNER}:trail/a", LOSES),
        ("arn:aws:s3:::source", OPEN),
    ],
)
def test_the_source_of_a_service_tells_its_account(source: str, expected: Any) -> None:
    service = {"Principal": {"Service": "cloudtrail.amazonaws.com"}}
    bucket = opened({**S3_READ, **service, **when("ArnLike", "aws:SourceArn", source)})
    key = {**KMS_ALL, **service, **when("StringEquals", "aws:SourceAccount", OWN)}
    assert {one.access for one in judge_with().judge("data", bucket, under(key))} == {expected}


@pytest.mark.parametrize(
    ("of_key", "expected"),
    [
        ([f"arn:aws:logs:*:{OWN}:*"], KEEPS),
        (["arn:aws:logs:*:*:x", f"arn:aws:logs:*:{OWN}:*"], KEEPS),
        ([f"arn:aws:logs:eu-west-1:{OWN}:*"], OPEN),
        (["arn:aws:cloudtrail:*"], LOSES),
    ],
)
def test_a_service_comes_from_the_sources_that_the_bucket_lets_in(of_key: list[str], expected: Any) -> None:
    service = {"Principal": {"Service": "delivery.logs.amazonaws.com"}}
    bucket = opened({**S3_READ, **service, **when("ArnLike", "aws:SourceArn", f"arn:aws:logs:*:{OWN}:*")})
    key = {**KMS_ALL, **service, **when("ArnLike", "aws:SourceArn", *of_key)}
    assert {one.access for one in judge_with().judge("data", bucket, under(key))} == {expected}
