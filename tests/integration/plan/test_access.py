"""`s3kms plan`: who keeps access, from the identities and policies of an account on the wire."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import shell_of
from tests.support.account_seed import READS_OBJECTS, create_bucket, create_key, create_role, document
from tests.support.cli import Shell
from tests.support.sdk import client_of

from s3kms.demo.aws import PRODUCTION, EmbeddedAws

BUCKET = "who-reads-this"
DECRYPTS = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}


@pytest.fixture
def aws(server: EmbeddedAws) -> EmbeddedAws:
    server.reset()
    create_bucket(server, PRODUCTION, BUCKET)
    return server


@pytest.fixture
def key(aws: EmbeddedAws) -> str:
    return create_key(aws, PRODUCTION)


def planned(aws: EmbeddedAws, folder: Path, key: str, *options: str) -> dict[str, Any]:
    shell: Shell = shell_of(aws, folder)
    plan = json.loads(shell("plan", f"s3://{BUCKET}", "--key", key, "--format", "json", *options).out)
    (found,) = plan["buckets"]
    return {**found, "summary": plan["summary"]}


def answers(found: dict[str, Any]) -> dict[tuple[str, str], str]:
    return {
        (name.rsplit("/", 1)[-1], use): one["access"]
        for one in found["access"]
        for name in one["principals"]
        for use in one["uses"]
    }


def test_who_may_not_use_the_key_loses_access_and_the_bucket_is_prepared(
    aws: EmbeddedAws, key: str, tmp_path: Path
) -> None:
    create_role(aws, PRODUCTION, "reader", READS_OBJECTS)
    create_role(aws, PRODUCTION, "able", READS_OBJECTS, DECRYPTS)
    create_role(aws, PRODUCTION, "elsewhere", {**READS_OBJECTS, "Resource": "arn:aws:s3:::another/*"})

    found = planned(aws, tmp_path, key)

    assert answers(found) == {("reader", "read"): "loses", ("able", "read"): "keeps"}
    assert found["class"] == "prepare"


def test_under_the_aws_managed_key_the_same_roles_keep_access(aws: EmbeddedAws, tmp_path: Path) -> None:
    create_role(aws, PRODUCTION, "reader", READS_OBJECTS)

    found = planned(aws, tmp_path, "aws/s3")

    assert (answers(found), found["class"]) == ({("reader", "read"): "keeps"}, "ready")


def test_with_the_statement_of_the_plan_nobody_loses_access(
    aws: EmbeddedAws, key: str, tmp_path: Path
) -> None:
    create_role(aws, PRODUCTION, "reader", READS_OBJECTS)
    kms = client_of(aws, PRODUCTION, "kms", "eu-central-1")
    present = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    (hazard,) = planned(aws, tmp_path, key)["hazards"]
    present["Statement"] += hazard["statements"]

    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(present))

    found = planned(aws, tmp_path, key)
    assert (answers(found), found["class"]) == ({("reader", "read"): "keeps"}, "ready")


def test_who_is_named_in_may_lose_stands_in_nobodys_way(aws: EmbeddedAws, key: str, tmp_path: Path) -> None:
    create_role(aws, PRODUCTION, "audit-reader", READS_OBJECTS)
    (tmp_path / "s3kms.toml").write_text('[plan]\nmay_lose = ["arn:aws:iam::*:role/audit-*"]\n')

    found = planned(aws, tmp_path, key)

    assert found["class"] == "ready"
    assert [(one["access"], one["may_lose"]) for one in found["access"]] == [("loses", True)]


def test_a_boundary_that_the_account_details_leave_out_is_read(
    aws: EmbeddedAws, key: str, tmp_path: Path
) -> None:
    iam = client_of(aws, PRODUCTION, "iam", "us-east-1")
    limit = iam.create_policy(PolicyName="limit", PolicyDocument=document(READS_OBJECTS))["Policy"]["Arn"]
    for name in ("bound", "confined"):
        create_role(aws, PRODUCTION, name, READS_OBJECTS, DECRYPTS, PermissionsBoundary=limit)
    aws.calls.clear()

    found = planned(aws, tmp_path, key)

    assert answers(found) == {("bound", "read"): "loses", ("confined", "read"): "loses"}
    assert "boundary" in found["access"][0]["why"]
    counted = Counter(call.operation for call in aws.calls)
    assert (counted["GetPolicy"], counted["GetPolicyVersion"]) == (1, 1)


def test_a_user_is_bound_by_its_boundary(aws: EmbeddedAws, key: str, tmp_path: Path) -> None:
    iam = client_of(aws, PRODUCTION, "iam", "us-east-1")
    limit = iam.create_policy(PolicyName="limit", PolicyDocument=document(READS_OBJECTS))["Policy"]["Arn"]
    iam.create_user(UserName="anna", PermissionsBoundary=limit)
    iam.put_user_policy(UserName="anna", PolicyName="all", PolicyDocument=document(READS_OBJECTS, DECRYPTS))

    assert answers(planned(aws, tmp_path, key)) == {("anna", "read"): "loses"}


@pytest.mark.parametrize("denied", ["GetPolicy", "GetPolicyVersion"])
def test_without_the_right_to_read_a_boundary_it_cannot_be_told_of_who_has_it_alone(
    aws: EmbeddedAws, key: str, tmp_path: Path, denied: str
) -> None:
    iam = client_of(aws, PRODUCTION, "iam", "us-east-1")
    limit = iam.create_policy(PolicyName="limit", PolicyDocument=document(READS_OBJECTS))["Policy"]["Arn"]
    create_role(aws, PRODUCTION, "bound", READS_OBJECTS, DECRYPTS, PermissionsBoundary=limit)
    create_role(aws, PRODUCTION, "free", READS_OBJECTS, DECRYPTS)
    aws.faults.fail(denied, 403, "AccessDenied")

    found = planned(aws, tmp_path, key)

    assert answers(found) == {("bound", "read"): "cannot be told", ("free", "read"): "keeps"}
    assert found["class"] == "look"


def test_without_rights_in_iam_the_plan_names_the_action_and_tells_all_the_rest(
    aws: EmbeddedAws, key: str, tmp_path: Path
) -> None:
    create_role(aws, PRODUCTION, "reader", READS_OBJECTS)
    aws.faults.fail("GetAccountAuthorizationDetails", 403, "AccessDenied")

    found = planned(aws, tmp_path, key)
    accepted = planned(aws, tmp_path, key, "--accept", "access-unread")

    assert {one["access"] for one in found["access"]} == {"cannot be told"}
    (hazard,) = found["hazards"]
    assert "iam:GetAccountAuthorizationDetails" in json.dumps(hazard)
    assert (found["class"], accepted["class"]) == ("look", "ready")
    assert found["change"]["after"]["key"] == key


def test_the_policy_of_the_aws_managed_key_is_read_once_where_the_key_is_there(
    aws: EmbeddedAws, tmp_path: Path
) -> None:
    s3 = client_of(aws, PRODUCTION, "s3", "eu-central-1")
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"", ServerSideEncryption="aws:kms")  # KMS makes aws/s3
    for number in range(3):
        create_bucket(aws, PRODUCTION, f"{BUCKET}-{number}")
    create_role(aws, PRODUCTION, "reader", READS_OBJECTS)
    aws.calls.clear()

    shell_of(aws, tmp_path)("plan", "--key", "aws/s3", "--format", "json")

    counted = Counter(call.operation for call in aws.calls)
    assert (counted["ListAliases"], counted["GetKeyPolicy"]) == (1, 1)


def test_aws_s3_is_never_created_by_asking_for_its_policy(aws: EmbeddedAws, tmp_path: Path) -> None:
    create_role(aws, PRODUCTION, "reader", READS_OBJECTS)
    aws.calls.clear()

    planned(aws, tmp_path, "aws/s3")

    counted = Counter(call.operation for call in aws.calls)
    assert (counted["ListAliases"], counted["DescribeKey"], counted["GetKeyPolicy"]) == (1, 0, 0)


def test_an_account_is_read_once_however_many_buckets_it_has(
    aws: EmbeddedAws, key: str, tmp_path: Path
) -> None:
    for number in range(5):
        create_bucket(aws, PRODUCTION, f"{BUCKET}-{number}")
    for number in range(7):
        create_role(aws, PRODUCTION, f"reader{number}", READS_OBJECTS)
    aws.calls.clear()

    shell_of(aws, tmp_path)("plan", "--key", key, "--format", "json")

    counted = Counter(call.operation for call in aws.calls)
    assert (counted["GetAccountAuthorizationDetails"], counted["GetKeyPolicy"]) == (1, 2)
    assert counted["DescribeOrganization"] == 1


def test_a_managed_policy_groups_all_who_have_it(aws: EmbeddedAws, key: str, tmp_path: Path) -> None:
    iam = client_of(aws, PRODUCTION, "iam", "us-east-1")
    arn = iam.create_policy(PolicyName="ReadAll", PolicyDocument=document(READS_OBJECTS))["Policy"]["Arn"]
    for number in range(3):
        create_role(aws, PRODUCTION, f"reader{number}")
        iam.attach_role_policy(RoleName=f"reader{number}", PolicyArn=arn)

    found = planned(aws, tmp_path, key)

    assert [(one["through"], one["count"]) for one in found["access"]] == [("ReadAll", 3)]
    (line,) = found["summary"]["access"]
    assert (line["through"], line["principals"], line["buckets"]) == ("ReadAll", 3, 1)


def test_a_user_has_what_its_groups_have(aws: EmbeddedAws, key: str, tmp_path: Path) -> None:
    iam = client_of(aws, PRODUCTION, "iam", "us-east-1")
    iam.create_user(UserName="anna")
    iam.create_group(GroupName="staff")
    iam.put_group_policy(GroupName="staff", PolicyName="read", PolicyDocument=document(READS_OBJECTS))
    iam.add_user_to_group(GroupName="staff", UserName="anna")

    found = planned(aws, tmp_path, key)

    assert answers(found) == {("anna", "read"): "loses"}
    assert found["access"][0]["through"] == "inline policy 'read' of group staff"


@pytest.mark.parametrize(("alias", "expected"), [("alias/data", "keeps"), ("alias/other", "loses")])
def test_policies_that_look_at_the_aliases_of_the_key_are_evaluated(
    aws: EmbeddedAws, key: str, tmp_path: Path, alias: str, expected: str
) -> None:
    named = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": alias}}
    create_role(aws, PRODUCTION, "reader", READS_OBJECTS, {**DECRYPTS, "Condition": named})
    client_of(aws, PRODUCTION, "kms", "eu-central-1").create_alias(AliasName="alias/data", TargetKeyId=key)

    assert answers(planned(aws, tmp_path, key)) == {("reader", "read"): expected}


@pytest.mark.parametrize(("day", "expected"), [("2024-01-01", "keeps"), ("2999-01-01", "cannot be told")])
def test_a_role_whose_old_sessions_were_revoked_keeps_access(
    aws: EmbeddedAws, key: str, tmp_path: Path, day: str, expected: str
) -> None:
    old = {"DateLessThan": {"aws:TokenIssueTime": f"{day}T00:00:00Z"}}
    revoked = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": old}
    create_role(aws, PRODUCTION, "reader", READS_OBJECTS, DECRYPTS, revoked)

    assert answers(planned(aws, tmp_path, key)) == {("reader", "read"): expected}
