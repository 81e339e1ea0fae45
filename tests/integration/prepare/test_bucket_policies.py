"""`s3kms plan --prepare`: a bucket policy that keeps the new encryption out, widened first and restored last."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import shell_of
from tests.integration.prepare.conftest import run_of
from tests.support.account_seed import REGION, create_bucket
from tests.support.cli import Shell
from tests.support.sdk import client_of

from s3kms.demo.aws import MANAGEMENT, PRODUCTION, EmbeddedAws
from s3kms.demo.corrections.organizations import create_organization

BUCKET = "only-aes256"
ENCRYPTION = "s3:x-amz-server-side-encryption"
KEY_ID = "s3:x-amz-server-side-encryption-aws-kms-key-id"
TLS = {
    "Sid": "Tls",
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": f"arn:aws:s3:::{BUCKET}/*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
ONLY_AES256 = {
    "Sid": "OnlyAes256",
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:PutObject",
    "Resource": f"arn:aws:s3:::{BUCKET}/*",
    "Condition": {"StringNotEquals": {ENCRYPTION: "AES256"}},
}
PRESENT = {"Version": "2012-10-17", "Statement": [TLS, ONLY_AES256]}


@pytest.fixture
def aws(server: EmbeddedAws) -> EmbeddedAws:
    server.reset()
    create_bucket(server, PRODUCTION, BUCKET)
    s3 = client_of(server, PRODUCTION, "s3", REGION)
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(PRESENT))
    return server


def policy_of(aws: EmbeddedAws) -> dict[str, Any]:
    s3 = client_of(aws, PRODUCTION, "s3", REGION)
    found: dict[str, Any] = json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"])
    return found


def class_of(sh: Shell, *options: str) -> str:
    (found,) = json.loads(sh("plan", f"s3://{BUCKET}", *options, "--format", "json").out)["buckets"]
    return str(found["class"])


def test_a_bucket_policy_is_widened_used_and_put_back_in_the_right_order_alone(
    aws: EmbeddedAws, sh: Shell, key: str
) -> None:
    assert class_of(sh, "--key", key) == "prepare"

    prepared = sh("plan", f"s3://{BUCKET}", "--key", key, "--prepare", "--apply", "--yes")
    assert prepared.exit == 0, prepared.err
    widened = {**ONLY_AES256, "Condition": {"StringNotEquals": {ENCRYPTION: "AES256", KEY_ID: key}}}
    assert policy_of(aws)["Statement"] == [TLS, widened]
    assert class_of(sh, "--key", key) == "ready"

    fixed = sh("fix", f"s3://{BUCKET}", "--key", key, "--apply", "--yes")
    assert fixed.exit == 0, fixed.err
    refused = sh("undo", run_of(prepared.err), "--apply", "--yes")
    assert (refused.exit, "uses the key for its default encryption, and its writers" in refused.err) == (
        4,
        True,
    )

    sh("undo", run_of(fixed.err), "--apply", "--yes")
    assert sh("undo", run_of(prepared.err), "--apply", "--yes").exit == 0
    assert policy_of(aws) == PRESENT


def test_without_apply_the_policy_of_the_bucket_is_shown_and_nothing_is_written(
    aws: EmbeddedAws, sh: Shell, key: str
) -> None:
    aws.calls.clear()
    done = sh("plan", f"s3://{BUCKET}", "--key", key, "--prepare")

    assert done.exit == 11
    assert f"--- the policy of s3://{BUCKET}\n" in done.out
    assert [line for line in done.out.splitlines() if line.startswith("+ ")] == [
        f'+          "{ENCRYPTION}": "AES256",',
        f'+          "{KEY_ID}": "{key}"',
    ]
    assert not [call for call in aws.calls if call.operation.startswith("Put")]


def test_with_the_aws_managed_key_the_bucket_policy_lets_sse_kms_pass(aws: EmbeddedAws, sh: Shell) -> None:
    prepared = sh("plan", f"s3://{BUCKET}", "--prepare", "--apply", "--yes")
    fixed = sh("fix", f"s3://{BUCKET}", "--apply", "--yes")
    refused = sh("undo", run_of(prepared.err), "--apply", "--yes")

    assert (prepared.exit, fixed.exit, refused.exit) == (0, 0, 4)
    assert policy_of(aws)["Statement"][1]["Condition"] == {
        "StringNotEquals": {ENCRYPTION: ["AES256", "aws:kms"]}
    }
    assert "uses aws/s3 for its default encryption" in refused.err


def make_stack(aws: EmbeddedAws, **others: dict[str, Any]) -> None:
    """A stack with the bucket, in the place of the one that is there."""
    s3 = client_of(aws, PRODUCTION, "s3", REGION)
    s3.delete_bucket(Bucket=BUCKET)
    data = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": BUCKET}}
    cloudformation = client_of(aws, PRODUCTION, "cloudformation", REGION)
    template = json.dumps({"Resources": {"Data": data, **others}})
    cloudformation.create_stack(StackName="data", TemplateBody=template)
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(PRESENT))


@pytest.mark.filterwarnings("ignore:Tried to parse AWS..S3..BucketPolicy")
def test_a_policy_of_a_stack_is_shown_and_not_written(aws: EmbeddedAws, sh: Shell, key: str) -> None:
    properties = {"Bucket": {"Ref": "Data"}, "PolicyDocument": PRESENT}
    make_stack(aws, Policy={"Type": "AWS::S3::BucketPolicy", "Properties": properties})

    done = sh("plan", f"s3://{BUCKET}", "--key", key, "--prepare", "--apply", "--yes")

    assert (done.exit, policy_of(aws)) == (11, PRESENT)
    assert "belongs to the CloudFormation stack data" in done.err
    assert f'+          "{KEY_ID}": "{key}"' in done.out


def test_a_policy_that_is_not_in_the_stack_of_its_bucket_is_written(
    aws: EmbeddedAws, sh: Shell, key: str
) -> None:
    make_stack(aws)

    done = sh("plan", f"s3://{BUCKET}", "--key", key, "--prepare", "--apply", "--yes")

    assert done.exit == 0, done.err
    assert policy_of(aws) != PRESENT


def test_whether_a_stack_owns_it_is_never_guessed(aws: EmbeddedAws, sh: Shell, key: str) -> None:
    aws.faults.fail("DescribeStackResources", 403, "AccessDenied", "no")

    done = sh("plan", f"s3://{BUCKET}", "--key", key, "--prepare", "--apply", "--yes")

    assert (done.exit, policy_of(aws)) == (11, PRESENT)
    assert f"not written: the policy of s3://{BUCKET}: " in done.err
    assert "cloudformation:DescribeStackResources" in done.err


def test_a_policy_that_would_be_longer_than_s3_takes_is_not_written(
    aws: EmbeddedAws, sh: Shell, key: str
) -> None:
    long = {**TLS, "Resource": [f"arn:aws:s3:::{BUCKET}/{'x' * 50}/{number}" for number in range(246)]}
    present = {**PRESENT, "Statement": [long, ONLY_AES256]}
    text = json.dumps(present, separators=(",", ":"))
    assert 20_000 < len(text) < 20 * 1024
    client_of(aws, PRODUCTION, "s3", REGION).put_bucket_policy(Bucket=BUCKET, Policy=text)

    done = sh("plan", f"s3://{BUCKET}", "--key", key, "--prepare", "--apply", "--yes")

    assert (done.exit, policy_of(aws)) == (11, present)
    assert "the limit of S3 is 20,480" in done.err


def test_the_policy_of_a_bucket_in_another_account_is_written_and_put_back_with_the_role_there(
    aws: EmbeddedAws, tmp_path: Path, key: str
) -> None:
    create_organization(MANAGEMENT, {PRODUCTION: "production"})
    sh = shell_of(aws, tmp_path, "management")
    options = (f"s3://{BUCKET}", "--key", key, "--account", PRODUCTION)

    prepared = sh("plan", *options, "--prepare", "--apply", "--yes")
    assert prepared.exit == 0, prepared.err
    assert policy_of(aws) != PRESENT

    assert sh("undo", run_of(prepared.err), "--apply", "--yes").exit == 0
    assert policy_of(aws) == PRESENT
