"""Who comes to a bucket by other ways than its policy: access points, the ACL, what could not be read."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from tests.unit.access.test_estate import (
    ABLE,
    KEEPS,
    KMS_ALL,
    LOSES,
    MULTIPART,
    OPEN,
    OWN,
    PARTNER,
    PARTNER_USES_KEY,
    READ,
    READER,
    ROOT_STATEMENT,
    S3_READ,
    UNREAD,
    WRITE,
    answers,
    arn,
    attached,
    judge_with,
    opened,
    policy,
    role,
    under,
)

from s3kms.access.bucket_use import Door, OpenedBucket
from s3kms.access.context import PrefixValue
from s3kms.model.grants import KeyGrant
from s3kms.model.usage import (
    ALL_USERS_GROUP,
    AUTHENTICATED_USERS_GROUP,
    LOG_DELIVERY_GROUP,
    AclGrant,
)

POINT = f"arn:aws:s3:eu-west-1:{OWN}:accesspoint/web"
DELEGATES = {
    "Effect": "Allow",
    "Principal": "*",
    "Action": "*",
    "Resource": ["arn:aws:s3:::data", "arn:aws:s3:::data/*"],
    "Condition": {"StringEquals": {"s3:DataAccessPointAccount": OWN}},
}
"""S3 User Guide, "Delegating access control to access points"."""


def with_point(
    *point_policy: Mapping[str, Any], bucket_policy: tuple[Mapping[str, Any], ...]
) -> OpenedBucket:
    bucket = opened(*bucket_policy)
    policies = (policy(*point_policy, source="its access point"),) if point_policy else ()
    point = Door("access point web", PrefixValue(f"{POINT}/object/"), policies, POINT)
    return replace(bucket, doors=(*bucket.doors, point))


def lets(who: str, **more: Any) -> dict[str, Any]:
    return {**S3_READ, "Principal": {"AWS": who}, "Resource": f"{POINT}/object/*", **more}


def test_a_bucket_that_delegates_to_its_access_points_lets_nobody_in_itself() -> None:
    bucket = with_point(bucket_policy=(DELEGATES,))
    assert judge_with(role("silent")).judge("data", bucket, under(ROOT_STATEMENT)) == ()


def test_whom_the_policy_of_an_access_point_names_uses_the_bucket_through_it() -> None:
    bucket = with_point(lets(arn("named")), bucket_policy=(DELEGATES,))
    (group,) = judge_with(role("named"), role("silent")).judge("data", bucket, under(ROOT_STATEMENT))
    assert (group.principals, group.through, group.access) == ((arn("named"),), "access point web", LOSES)


@pytest.mark.parametrize(("bucket_policy", "expected"), [((DELEGATES,), {(PARTNER, READ): OPEN}), ((), {})])
def test_of_another_account_whoever_an_access_point_lets_in_has_to_be_let_in_by_the_bucket_too(
    bucket_policy: tuple[Mapping[str, Any], ...], expected: object
) -> None:
    bucket = with_point(lets(f"arn:aws:iam::{PARTNER}:root"), bucket_policy=bucket_policy)
    found = answers(judge_with().judge("data", bucket, under(ROOT_STATEMENT, PARTNER_USES_KEY)))
    assert found == expected


def test_what_the_policy_of_a_bucket_denies_no_access_point_gives() -> None:
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::data/*"}
    bucket = with_point(lets(arn("named")), bucket_policy=(DELEGATES, deny))
    assert judge_with(role("named")).judge("data", bucket, under(ROOT_STATEMENT)) == ()


def test_a_bucket_that_wants_access_points_keeps_out_who_comes_to_itself() -> None:
    only = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": "arn:aws:s3:::data/*",
        "Condition": {"StringNotEquals": {"s3:DataAccessPointAccount": OWN}},
    }
    direct = role("direct", attached("Direct", {**S3_READ, "Resource": "arn:aws:s3:::data/*"}))
    point = role("point", attached("Point", {**S3_READ, "Resource": f"{POINT}/object/*"}))
    groups = judge_with(direct, point).judge(
        "data", with_point(bucket_policy=(DELEGATES, only)), under(ROOT_STATEMENT)
    )
    assert answers(groups) == {(arn("point"), READ): LOSES}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"StringEquals": {"s3:DataAccessPointAccount": PARTNER}}, PARTNER),
        ({"ArnLike": {"s3:DataAccessPointArn": f"arn:aws:s3:*:{PARTNER}:accesspoint/*"}}, PARTNER),
        ({"Null": {"s3:DataAccessPointArn": "false"}}, "*"),
    ],
)
def test_whom_access_points_of_another_account_let_in_cannot_be_told(
    condition: Mapping[str, Any], expected: str
) -> None:
    bucket = opened({**DELEGATES, "Condition": condition})
    found = answers(judge_with().judge("data", bucket, under(ROOT_STATEMENT)))
    assert found[expected, READ] is OPEN


@pytest.mark.parametrize(("is_restricted", "expected"), [(False, {("*", READ): LOSES}), (True, {})])
def test_nobody_without_credentials_comes_to_a_bucket_that_restricts_public_access(
    is_restricted: bool, expected: object
) -> None:
    public = {**S3_READ, "Principal": "*"}
    bucket = replace(opened(public), is_restricted=is_restricted)
    assert answers(judge_with().judge("data", bucket, under(ROOT_STATEMENT))) == expected


def granted(grantee: str, permission: str) -> OpenedBucket:
    return replace(opened(), acl=(AclGrant(grantee, permission, "its ACL"),))


@pytest.mark.parametrize(
    ("grantee", "permission", "expected"),
    [
        (ALL_USERS_GROUP, "WRITE", ("*", LOSES)),
        (ALL_USERS_GROUP, "FULL_CONTROL", ("*", LOSES)),
        (AUTHENTICATED_USERS_GROUP, "WRITE", (AUTHENTICATED_USERS_GROUP, OPEN)),
        ("c" * 64, "WRITE", ("c" * 64, OPEN)),
        (ALL_USERS_GROUP, "READ", None),
        (LOG_DELIVERY_GROUP, "WRITE", None),
    ],
)
def test_whom_the_acl_lets_write_uses_the_bucket(grantee: str, permission: str, expected: Any) -> None:
    groups = judge_with().judge("data", granted(grantee, permission), under(ROOT_STATEMENT))
    name, access = expected or ("", OPEN)
    assert answers(groups) == ({(name, use): access for use in (WRITE, MULTIPART)} if expected else {})
    assert {one.through for one in groups} <= {"its ACL"}


def test_another_account_that_the_acl_lets_write_cannot_use_the_aws_managed_key() -> None:
    judged = judge_with().judge("data", granted("c" * 64, "WRITE"), under(is_aws_managed=True))
    everybody = judge_with().judge(
        "data", granted(AUTHENTICATED_USERS_GROUP, "WRITE"), under(is_aws_managed=True)
    )

    assert set(answers(judged).values()) == {LOSES}
    assert set(answers(everybody).values()) == {OPEN}


@pytest.mark.parametrize("what", ["policy", "acl", "statement"])
def test_whom_something_lets_in_that_could_not_be_read_cannot_be_told(what: str) -> None:
    bucket = opened()
    if what == "policy":
        bucket = replace(bucket, doors=(replace(bucket.doors[0], policies=UNREAD),))
    elif what == "acl":
        bucket = replace(bucket, acl=UNREAD)
    else:
        bucket = opened({**S3_READ, "Principal": {"NoSuchKind": "x"}})
    found = answers(judge_with(READER, ABLE).judge("data", bucket, under(ROOT_STATEMENT)))
    assert {access for (name, _), access in found.items() if name == "*"} == {OPEN}
    assert found[arn("able"), READ] is KEEPS


ONE_OF_THEM = f"arn:aws:iam::{PARTNER}:role/one"


@pytest.mark.parametrize(
    ("statements", "grants"),
    [
        ((), (KeyGrant(frozenset({"Decrypt"}), ONE_OF_THEM),)),
        (({**KMS_ALL, "Principal": {"AWS": ONE_OF_THEM}},), ()),
        (
            (
                {
                    **KMS_ALL,
                    "Principal": {"AWS": "*"},
                    "Condition": {"ArnEquals": {"aws:PrincipalArn": ONE_OF_THEM}},
                },
            ),
            (),
        ),
    ],
)
def test_an_account_of_which_the_key_lets_in_some_is_open_where_it_is_not_read(
    statements: tuple[Mapping[str, Any], ...], grants: tuple[KeyGrant, ...]
) -> None:
    everyone = {**S3_READ, "Principal": {"AWS": PARTNER}}
    found = answers(
        judge_with().judge("data", opened(everyone), under(ROOT_STATEMENT, *statements, grants=grants))
    )
    assert found == {(PARTNER, READ): OPEN}
