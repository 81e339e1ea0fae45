"""Who may use a bucket today: what the organization and the request decide before any key is asked."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.unit.access.test_estate import (
    ABLE,
    ADMIN,
    KEEPS,
    KEY,
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
    document,
    judge_with,
    opened,
    role,
    under,
)

from s3kms.access.estate import AccessJudge
from s3kms.model.identities import AccountIdentities, IamIdentity, OrganizationPolicies

EVERYONE = {"Principal": "*"}
FULL_RCP = {**ADMIN, **EVERYONE}
TO_PARTNER = {**S3_READ, "Principal": {"AWS": PARTNER}}


def deny(action: str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": action, "Resource": "*", **more}


def when(operator: str, key: str, *values: str) -> dict[str, Any]:
    return {"Condition": {operator: {key: list(values)}}}


def rcp(*statements: Mapping[str, Any], organization: str | None = "o-1") -> OrganizationPolicies:
    return OrganizationPolicies(rcps=((document(FULL_RCP, *statements),),), organization=organization)


def judge_of(
    organizations: Mapping[str, OrganizationPolicies],
    *partners: IamIdentity,
    own: tuple[IamIdentity, ...] = (),
) -> AccessJudge:
    identities = {OWN: own, PARTNER: partners}
    return AccessJudge(
        lambda account: AccountIdentities(account, identities[account]),
        lambda account: organizations.get(account, OrganizationPolicies(organization=None)),
    )


def test_whom_a_resource_control_policy_keeps_out_of_the_bucket_does_not_use_it() -> None:
    bound = rcp(deny("s3:*", **EVERYONE, **when("ArnNotLike", "aws:PrincipalArn", arn("able"))))

    found = answers(
        judge_with(READER, ABLE, organization=bound).judge("data", opened(), under(ROOT_STATEMENT))
    )

    assert found == {(arn("able"), READ): KEEPS}


@pytest.mark.parametrize(("of_partner", "expected"), [("o-1", {LOSES}), ("o-2", set()), (None, set())])
def test_a_perimeter_keeps_who_is_of_another_organization_out_of_the_bucket_already(
    of_partner: str | None, expected: set[Any]
) -> None:
    perimeter = deny(
        "*",
        **EVERYONE,
        Condition={
            "StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-1"},
            "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
        },
    )
    partner = role("p", attached("Read", S3_READ), account=PARTNER)
    organizations = {OWN: rcp(perimeter), PARTNER: OrganizationPolicies(organization=of_partner)}

    found = judge_of(organizations, partner).judge("data", opened(TO_PARTNER), under(ROOT_STATEMENT))

    assert {one.access for one in found} == expected


def test_a_resource_control_policy_does_not_bind_the_buckets_of_the_callers_account() -> None:
    organizations = {PARTNER: rcp(deny("s3:*", **EVERYONE))}
    partner = role("p", attached("Read", S3_READ), account=PARTNER)

    found = judge_of(organizations, partner).judge("data", opened(TO_PARTNER), under(ROOT_STATEMENT))

    assert answers(found) == {(arn("p", PARTNER), READ): LOSES}


def test_buckets_that_a_resource_control_policy_tells_apart_share_no_answer() -> None:
    bound = rcp({**deny("s3:*"), **EVERYONE, "Resource": "arn:aws:s3:::two/*"})
    judge = judge_with(READER, organization=bound)

    found = [
        answers(judge.judge(one, opened(bucket=one), under(ROOT_STATEMENT, bucket=one)))
        for one in ("one", "two")
    ]

    assert found == [{(arn("reader"), READ): LOSES}, {}]


@pytest.mark.parametrize(("region", "expected"), [("eu-west-1", {LOSES}), ("us-east-1", set())])
def test_who_is_kept_out_of_the_region_of_a_bucket_does_not_use_it(region: str, expected: set[Any]) -> None:
    elsewhere = deny("*", **when("StringNotEquals", "aws:RequestedRegion", region))
    bound = OrganizationPolicies(scps=((document(ADMIN, elsewhere),),))

    found = judge_with(READER, organization=bound).judge("data", opened(), under(ROOT_STATEMENT))

    assert {one.access for one in found} == expected


@pytest.mark.parametrize(
    ("pattern", "expected"), [("o-1/*", KEEPS), ("o-2/*", LOSES), ("o-1/r-1/ou-1/*", OPEN)]
)
def test_the_path_of_an_account_begins_with_its_organization(pattern: str, expected: Any) -> None:
    key = {
        **ROOT_STATEMENT,
        "Principal": "*",
        **when("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", pattern),
    }
    of_one = OrganizationPolicies(organization="o-1")

    found = judge_with(READER, organization=of_one).judge("data", opened(), under(key))

    assert answers(found) == {(arn("reader"), READ): expected}


@pytest.mark.parametrize(
    "condition",
    [
        when("StringNotEquals", "aws:PrincipalOrgID", "o-1"),
        when("StringNotEquals", "aws:PrincipalAccount", OWN),
        when("ArnNotLike", "aws:PrincipalArn", arn("*")),
        when("Null", "aws:PrincipalTag/team", "true"),
    ],
)
def test_who_comes_without_credentials_is_kept_out_by_who_they_are_not(condition: dict[str, Any]) -> None:
    open_to_all = {**S3_READ, **EVERYONE}
    bucket = opened(open_to_all, {**deny("s3:*"), **EVERYONE, **condition})

    assert answers(judge_with().judge("data", opened(open_to_all), under(ROOT_STATEMENT))) == {
        ("*", READ): LOSES
    }
    assert judge_with().judge("data", bucket, under(ROOT_STATEMENT)) == ()


def test_a_service_that_a_perimeter_keeps_out_of_the_bucket_does_not_use_it() -> None:
    to_service = {**S3_READ, "Principal": {"Service": "macie.amazonaws.com"}}
    perimeter = {**deny("s3:*"), **EVERYONE, **when("StringNotEquals", "aws:PrincipalOrgID", "o-1")}

    assert judge_with().judge("data", opened(to_service, perimeter), under(ROOT_STATEMENT)) == ()


# When a request comes

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


def judged_now(bucket: dict[str, Any] | None, keys: list[dict[str, Any]]) -> set[Any]:
    reader = role("reader", attached("Read", S3_READ), attached("Keys", KMS_ALL, *keys))
    judge = judge_with(reader)
    judge.since = NOW
    found = judge.judge("data", opened(*([bucket] if bucket else [])), under(ROOT_STATEMENT))
    return {one.access for one in found}


@pytest.mark.parametrize(
    ("operator", "key", "value", "expected"),
    [
        ("DateGreaterThan", "aws:CurrentTime", "2026-11-01T00:00:00Z", LOSES),
        ("DateGreaterThanEquals", "aws:CurrentTime", "2026-11-27T12:00:00Z", LOSES),
        ("DateGreaterThan", "aws:CurrentTime", "2026-12-24T00:00:00Z", OPEN),
        ("DateLessThan", "aws:CurrentTime", "2026-11-27T12:00:00Z", KEEPS),
        ("DateLessThan", "aws:CurrentTime", "2026-11-27T12:00:01Z", OPEN),
        ("DateEquals", "aws:CurrentTime", "2026-12-24T00:00:00Z", OPEN),
        ("NumericLessThan", "aws:EpochTime", "1577836800", KEEPS),
        ("DateLessThan", "aws:EpochTime", "1577836800", KEEPS),
        ("DateLessThan", "aws:TokenIssueTime", "2026-11-27T00:00:00Z", KEEPS),
        ("DateLessThan", "aws:TokenIssueTime", "2026-11-27T06:00:00Z", OPEN),
    ],
)
def test_a_deny_that_is_over_denies_nobody_and_one_that_began_does(
    operator: str, key: str, value: str, expected: Any
) -> None:
    assert judged_now(None, [deny("kms:*", **when(operator, key, value))]) == {expected}


def test_who_is_denied_the_bucket_since_some_day_does_not_use_it() -> None:
    since = {**deny("s3:*"), **EVERYONE, **when("DateGreaterThan", "aws:CurrentTime", "2026-01-01T00:00:00Z")}
    assert judged_now(since, []) == set()


def test_members_of_a_class_whom_the_organization_of_the_bucket_tells_apart_are_judged_one_by_one() -> None:
    bound = rcp(deny("s3:*", **EVERYONE, **when("ArnNotLike", "aws:PrincipalArn", arn("one", PARTNER))))
    read = attached("Read", S3_READ)
    partners = [role(name, read, account=PARTNER) for name in ("one", "two")]
    central = under({**KMS_ALL, **EVERYONE}, key=KEY.replace(OWN, "777788889999"))

    found = judge_of({OWN: bound}, *partners).judge("data", opened(TO_PARTNER), central)

    assert answers(found) == {(arn("one", PARTNER), READ): LOSES}
