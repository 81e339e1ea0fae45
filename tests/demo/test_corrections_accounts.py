"""Credentials, accounts and the Organization."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from tests.demo.helpers import got, refusal

from s3kms.demo.aws import ACCOUNTS, MANAGEMENT, PRODUCTION, SANDBOX, EmbeddedAws, found_organization

MEMBERS = {PRODUCTION: "production", SANDBOX: "sandbox"}


@pytest.mark.parametrize("account", [*ACCOUNTS, "987654321098", "000000000001"])
def test_credentials_belong_to_any_account(connect: Any, account: str) -> None:
    identity = connect("sts", account).get_caller_identity()

    assert (identity["Account"], identity["Arn"]) == (account, f"arn:aws:iam::{account}:user/demo")


def test_credentials_are_the_same_every_time(aws: EmbeddedAws) -> None:
    assert aws.credentials(PRODUCTION) == aws.credentials(PRODUCTION)


def test_credentials_survive_a_reset(aws: EmbeddedAws, s3: Any, bucket: str) -> None:
    aws.reset()

    assert s3.list_buckets()["Buckets"] == []


def test_an_account_id_has_twelve_digits(aws: EmbeddedAws) -> None:
    with pytest.raises(ValueError, match="12 digits"):
        aws.credentials("1234")


def test_a_bucket_name_is_taken_for_all_accounts(connect: Any, bucket: str) -> None:
    assert refusal(connect("s3", PRODUCTION).create_bucket, Bucket=bucket)[0] == "BucketAlreadyExists"


def test_an_organization_has_the_accounts_asked_for(aws: EmbeddedAws, connect: Any) -> None:
    found_organization(MANAGEMENT, MEMBERS)

    listed = connect("organizations").list_accounts()["Accounts"]

    assert {a["Id"]: a["Name"] for a in listed} == {MANAGEMENT: "master", **MEMBERS}
    assert {a["Status"] for a in listed} == {"ACTIVE"}


def test_a_member_knows_its_organization(aws: EmbeddedAws, connect: Any) -> None:
    found = found_organization(MANAGEMENT, MEMBERS)

    described = connect("organizations", PRODUCTION).describe_organization()["Organization"]

    assert (described["Id"], described["MasterAccountId"]) == (found, MANAGEMENT)


def test_an_organization_can_be_founded_after_a_reset(aws: EmbeddedAws) -> None:
    found_organization(MANAGEMENT, MEMBERS)
    aws.reset()

    assert found_organization(MANAGEMENT, MEMBERS)


def test_the_access_role_of_a_member_can_be_assumed(aws: EmbeddedAws, connect: Any) -> None:
    found_organization(MANAGEMENT, MEMBERS)
    connect("s3", PRODUCTION).create_bucket(Bucket="theirs")
    role = f"arn:aws:iam::{PRODUCTION}:role/OrganizationAccountAccessRole"

    keys = connect("sts").assume_role(RoleArn=role, RoleSessionName="audit")["Credentials"]
    session = boto3.session.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    s3 = session.client("s3", region_name="us-east-1", endpoint_url=aws.url)

    assert [b["Name"] for b in s3.list_buckets()["Buckets"]] == ["theirs"]
    assert got(s3, "theirs")
    assert aws.calls[-1].account == PRODUCTION
