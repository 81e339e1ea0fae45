"""GetAccountAuthorizationDetails of the embedded AWS: what IAM tells there, and what it leaves out."""

from itertools import chain
from typing import Any

import pytest
from tests.support.aws_calls import create_role, policy, refusal, root_of, trust
from tests.support.sdk import client_of

from s3kms.demo.aws import PRODUCTION, EmbeddedAws

READ = policy({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"})
_LISTS = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")


@pytest.fixture
def iam(aws: EmbeddedAws) -> Any:
    return client_of(aws, PRODUCTION, "iam", "us-east-1")


def test_it_is_told_in_pages_of_the_size_that_is_asked_for(iam: Any) -> None:
    names = [f"r{number}" for number in range(5)]
    for name in names:
        create_role(iam, name, trust(root_of(PRODUCTION)))
    iam.create_user(UserName="anna")

    pages: list[dict[str, Any]] = [iam.get_account_authorization_details(MaxItems=2)]
    while pages[-1]["IsTruncated"]:
        more = iam.get_account_authorization_details(MaxItems=2, Marker=pages[-1]["Marker"])
        pages.append(more)

    assert [sum(len(one[name]) for name in _LISTS) for one in pages] == [2, 2, 2]
    told = chain.from_iterable(one["RoleDetailList"] for one in pages)
    assert [one["RoleName"] for one in told] == names


def test_a_policy_that_is_nothing_but_a_boundary_is_left_out(iam: Any) -> None:
    limit, both = (
        iam.create_policy(PolicyName=name, PolicyDocument=READ)["Policy"]["Arn"] for name in ("limit", "both")
    )
    create_role(iam, "r1", trust(root_of(PRODUCTION)), PermissionsBoundary=limit)
    create_role(iam, "r2", trust(root_of(PRODUCTION)), PermissionsBoundary=both)
    iam.attach_role_policy(RoleName="r1", PolicyArn=both)

    told = iam.get_account_authorization_details()

    assert [one["Arn"] for one in told["Policies"]] == [both]
    assert iam.get_policy(PolicyArn=limit)["Policy"]["DefaultVersionId"] == "v1"


def test_a_user_has_its_boundary(iam: Any) -> None:
    limit = iam.create_policy(PolicyName="limit", PolicyDocument=READ)["Policy"]["Arn"]
    iam.create_user(UserName="anna", PermissionsBoundary=limit)
    iam.create_user(UserName="bob")
    iam.create_user(UserName="carl")
    iam.put_user_permissions_boundary(UserName="carl", PermissionsBoundary=limit)

    told = iam.get_account_authorization_details()["UserDetailList"]

    found = {
        one["UserName"]: one.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn") for one in told
    }
    assert found == {"anna": limit, "bob": None, "carl": limit}


def test_a_policy_of_aws_can_be_attached_and_is_told_where_it_is(iam: Any) -> None:
    arn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    create_role(iam, "reader", trust(root_of(PRODUCTION)))
    iam.create_user(UserName="anna")

    iam.attach_role_policy(RoleName="reader", PolicyArn=arn)
    iam.attach_user_policy(UserName="anna", PolicyArn=arn)

    (told,) = iam.get_account_authorization_details()["Policies"]
    assert (told["Arn"], told["AttachmentCount"]) == (arn, 2)
    (version,) = [one for one in told["PolicyVersionList"] if one["IsDefaultVersion"]]
    assert "s3:Get*" in version["Document"]["Statement"][0]["Action"]


def test_a_policy_that_aws_does_not_have_cannot_be_attached(iam: Any) -> None:
    create_role(iam, "reader", trust(root_of(PRODUCTION)))

    code, _ = refusal(iam.attach_role_policy, RoleName="reader", PolicyArn="arn:aws:iam::aws:policy/Nothing")

    assert code == "NoSuchEntity"
