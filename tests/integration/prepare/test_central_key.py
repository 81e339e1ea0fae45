"""Keys in one account, buckets in three: planned, prepared, fixed and proven."""

import json
import re
from pathlib import Path

import pytest
from tests.conftest import shell_of
from tests.integration.prepare.conftest import run_of
from tests.support.account_seed import (
    READS_AND_DECRYPTS,
    REGION,
    create_bucket,
    create_key,
    create_role,
    document,
)
from tests.support.cli import Shell
from tests.support.diffs import document_after
from tests.support.sdk import client_of

from s3kms.demo.aws import AUDIT, MANAGEMENT, PRODUCTION, SANDBOX, EmbeddedAws
from s3kms.demo.corrections.organizations import create_organization

FOURTH = "777788889999"
OWNERS = (PRODUCTION, SANDBOX, FOURTH)


@pytest.fixture
def aws(server: EmbeddedAws) -> EmbeddedAws:
    server.reset()
    create_organization(MANAGEMENT, {AUDIT: "keys", **{one: f"owner-{one}" for one in OWNERS}})
    for owner in OWNERS:
        create_bucket(server, owner, f"data-of-{owner}")
        create_role(server, owner, "reader", READS_AND_DECRYPTS)
    return server


@pytest.fixture
def key(aws: EmbeddedAws) -> str:
    """Which tells other accounts that it is there, and lets nobody of them use it."""
    kms = client_of(aws, AUDIT, "kms", REGION)
    arn = create_key(aws, AUDIT)
    present = json.loads(kms.get_key_policy(KeyId=arn, PolicyName="default")["Policy"])
    describe = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:DescribeKey", "Resource": "*"}
    kms.put_key_policy(KeyId=arn, PolicyName="default", Policy=document(*present["Statement"], describe))
    return arn


@pytest.fixture
def sh(aws: EmbeddedAws, tmp_path: Path) -> Shell:
    return shell_of(aws, tmp_path, "management")


def readers(sh: Shell, *options: str) -> dict[str, str]:
    """What becomes of each reader."""
    found = json.loads(sh("plan", *options, "--format", "json").out)["buckets"]
    return {
        name: group["access"]
        for bucket in found
        for group in bucket["access"]
        for name in group["principals"]
        if name.endswith("/reader")
    }


def test_a_central_key_is_planned_prepared_used_and_proven_for_three_accounts(
    aws: EmbeddedAws, sh: Shell, key: str
) -> None:
    plan = ("--org", "--key", key)
    everybody = {f"arn:aws:iam::{owner}:role/reader" for owner in OWNERS}
    assert readers(sh, *plan) == dict.fromkeys(everybody, "loses")

    prepared = sh("plan", *plan, "--prepare", "--apply", "--yes")

    assert prepared.exit == 0, prepared.err
    assert [call.operation for call in aws.calls].count("PutKeyPolicy") == 2  # the fixture's, and one for all
    assert readers(sh, *plan) == dict.fromkeys(everybody, "keeps")

    sh("plan", *plan, "--out", "plan.json")
    fixed = sh("fix", "--plan", "plan.json", "--apply", "--yes")

    assert fixed.exit == 0, fixed.err
    for owner in OWNERS:
        rule = client_of(aws, owner, "s3", REGION).get_bucket_encryption(Bucket=f"data-of-{owner}")
        (found,) = rule["ServerSideEncryptionConfiguration"]["Rules"]
        assert found["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] == key


def test_a_central_key_is_read_once_however_many_accounts_have_buckets_for_it(
    aws: EmbeddedAws, sh: Shell, key: str
) -> None:
    aws.calls.clear()

    readers(sh, "--org", "--key", key)

    calls = [call.operation for call in aws.calls if call.account == AUDIT]
    assert (calls.count("GetKeyPolicy"), calls.count("ListGrants")) == (2, 1)


def test_whom_a_condition_on_the_organization_lets_in_is_told_of_the_accounts_of_the_plan(
    aws: EmbeddedAws, sh: Shell, key: str
) -> None:
    organization = client_of(aws, MANAGEMENT, "organizations", "us-east-1")
    members = {"aws:PrincipalOrgID": organization.describe_organization()["Organization"]["Id"]}
    reads = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::*/*"}
    bucket = f"data-of-{PRODUCTION}"
    policy = document({**reads, "Condition": {"StringEquals": members}})
    client_of(aws, PRODUCTION, "s3", REGION).put_bucket_policy(Bucket=bucket, Policy=policy)
    everybody = {f"arn:aws:iam::{owner}:role/reader" for owner in OWNERS}

    assert readers(sh, f"s3://{bucket}", "--org", "--key", key) == dict.fromkeys(everybody, "loses")

    alone = readers(sh, f"s3://{bucket}", "--account", PRODUCTION, "--key", key)
    assert set(alone) == {f"arn:aws:iam::{PRODUCTION}:role/reader"}


RUN = r"run (\d{8}T\d{6}Z-[0-9a-f]{6})"


def test_the_policy_of_a_central_key_is_put_back_when_no_account_needs_it(
    aws: EmbeddedAws, sh: Shell, key: str
) -> None:
    kms = client_of(aws, AUDIT, "kms", REGION)
    present = kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    plan = ("--org", "--key", key)
    prepared = run_of(sh("plan", *plan, "--prepare", "--apply", "--yes").err)
    sh("plan", *plan, "--out", "plan.json")
    fixed = re.findall(RUN, sh("fix", "--plan", "plan.json", "--apply", "--yes").err)

    refused = sh("undo", prepared, "--apply", "--yes")
    assert (refused.exit, "uses the key for its default encryption" in refused.err) == (4, True)

    for run in dict.fromkeys(fixed):
        assert sh("undo", run, "--apply", "--yes").exit == 0
    narrowed = sh("undo", prepared, "--apply", "--yes")
    assert narrowed.exit == 0, narrowed.err
    assert json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]) == json.loads(present)

    again = sh("undo", run_of(narrowed.err), "--apply", "--yes")
    assert again.exit == 0, again.err


def test_what_iam_lacks_of_a_central_key_is_printed_and_is_enough_beside_the_policy_of_the_key(
    aws: EmbeddedAws, sh: Shell, key: str
) -> None:
    iam = client_of(aws, PRODUCTION, "iam", "us-east-1")
    read = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    iam.put_role_policy(RoleName="reader", PolicyName="policy", PolicyDocument=document(read))
    reader = f"arn:aws:iam::{PRODUCTION}:role/reader"
    plan = (f"s3://data-of-{PRODUCTION}", "--org", "--key", key)

    prepared = sh("plan", *plan, "--prepare", "--apply", "--yes")

    assert prepared.exit == 11
    assert f"still not ready: s3://data-of-{PRODUCTION}: locks out {reader}" in prepared.err
    assert f"inline policy 'policy' of {reader}: it is an IAM policy" in prepared.err
    assert f"--- inline policy 'policy' of {reader}\n" in prepared.out
    statement = document_after(prepared.out, f"inline policy 'policy' of {reader}")["Statement"][1]
    via = {"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}}
    lacking = {"Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": key, "Condition": via}
    assert {name: value for name, value in statement.items() if name != "Sid"} == lacking

    assert readers(sh, *plan) == {reader: "loses"}
    iam.put_role_policy(RoleName="reader", PolicyName="policy", PolicyDocument=document(read, statement))
    assert readers(sh, *plan) == {reader: "keeps"}
