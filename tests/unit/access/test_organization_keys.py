"""Policies that let an organization in, or whoever is of another out: settled where its id was read."""

import pytest
from tests.support.policies import (
    ACCOUNT,
    FOREIGN,
    KEY,
    OTHER,
    ROLE,
    ROOT_ARN,
    Node,
    allow,
    aws,
    deny,
    policy,
)

from s3kms.access.bucket_use import Door, OpenedBucket
from s3kms.access.callers import Requester
from s3kms.access.context import PrefixValue
from s3kms.access.judging import OrganizationLevels, judge_user
from s3kms.access.key_use import BucketUnderKey, BucketUser
from s3kms.model.access import KeyAccess, KeyUse
from s3kms.model.unknown import NOT_READ, Unknown

KEEPS, LOSES, OPEN = KeyAccess.KEEPS, KeyAccess.LOSES, KeyAccess.CANNOT_TELL
OF_ORGANIZATION = allow(
    "kms:*",
    **aws("*"),
    Condition={
        "StringEquals": {"aws:PrincipalOrgID": "o-1", "kms:ViaService": "s3.eu-central-1.amazonaws.com"}
    },
)
PERIMETER = deny(
    "*",
    Principal="*",
    Condition={
        "StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-1"},
        "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
    },
)
FULL = (policy(allow()),)
FULL_RCP = policy(allow(Principal="*"))


def read(
    caller: Requester,
    organization: str | Unknown | None,
    *of_key: Node,
    rcp: Node | None = None,
    of_key_owner: str | Unknown | None = NOT_READ,
) -> KeyAccess:
    bucket = "arn:aws:s3:::b"
    door = Door("its policy", PrefixValue(f"{bucket}/"), (policy(allow("s3:*", **aws(ACCOUNT, OTHER))),))
    under = BucketUnderKey(
        bucket_arn=bucket, key_arn=KEY, has_bucket_key=True, key_policies=(policy(*of_key),)
    )
    rcps = ((FULL_RCP, policy(rcp)),) if rcp else ()
    answers = judge_user(
        BucketUser(caller=caller, identity=FULL),
        OpenedBucket(ACCOUNT, (door,)),
        under,
        of_user=OrganizationLevels(organization=organization),
        of_key=OrganizationLevels(rcps=rcps, organization=of_key_owner),
        of_bucket=OrganizationLevels(),
    )
    return answers[KeyUse.READ].answer.access


@pytest.mark.parametrize("caller", [ROLE, FOREIGN])
@pytest.mark.parametrize(
    ("organization", "expected"), [("o-1", KEEPS), ("o-2", LOSES), (None, LOSES), (NOT_READ, OPEN)]
)
def test_a_key_policy_lets_an_organization_in(
    caller: Requester, organization: str | Unknown | None, expected: KeyAccess
) -> None:
    assert read(caller, organization, OF_ORGANIZATION) is expected


@pytest.mark.parametrize(
    ("organization", "expected"), [("o-1", KEEPS), ("o-2", LOSES), (None, LOSES), (NOT_READ, OPEN)]
)
def test_a_perimeter_keeps_other_organizations_out(
    organization: str | Unknown | None, expected: KeyAccess
) -> None:
    assert read(ROLE, organization, allow("kms:*", **aws(ROOT_ARN)), rcp=PERIMETER) is expected


@pytest.mark.parametrize(("organization", "expected"), [("o-1", OPEN), (None, LOSES), (NOT_READ, OPEN)])
def test_who_is_in_no_organization_is_in_none_of_its_units(
    organization: str | Unknown | None, expected: KeyAccess
) -> None:
    unit = {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-1/r-1/ou-1/*"}}

    assert read(ROLE, organization, allow("kms:*", **aws("*"), Condition=unit)) is expected


@pytest.mark.parametrize(("organization", "expected"), [("o-1", KEEPS), (None, LOSES), (NOT_READ, OPEN)])
def test_of_which_organization_the_key_is_counts_in_iam_policies(
    organization: str | Unknown | None, expected: KeyAccess
) -> None:
    own = allow(
        "kms:*",
        Principal=aws(ROLE.arn)["Principal"],
        Condition={"StringEquals": {"aws:ResourceOrgID": "o-1"}},
    )

    assert read(ROLE, NOT_READ, own, of_key_owner=organization) is expected
