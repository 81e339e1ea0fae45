"""`s3kms plan --key-policy` and `--create-key`: the key that the buckets need, made by real tools."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import shell_of
from tests.support.account_seed import REGION, create_bucket
from tests.support.cli import Shell
from tests.support.sdk import client_of
from tests.support.terraform import Terraform, requires_terraform

from s3kms.demo.aws import PRODUCTION, EmbeddedAws

BUCKET = "needs-a-key"
PARTNER = "444455556666"
CFN_LINT = shutil.which("cfn-lint", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def aws(server: EmbeddedAws) -> EmbeddedAws:
    server.reset()
    create_bucket(server, PRODUCTION, BUCKET)
    allow = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{PARTNER}:root"},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{BUCKET}/*",
    }
    client_of(server, PRODUCTION, "s3", REGION).put_bucket_policy(
        Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    )
    return server


@pytest.fixture
def sh(aws: EmbeddedAws, tmp_path: Path) -> Shell:
    return shell_of(aws, tmp_path)


def test_the_policy_is_one_that_kms_takes_and_lets_in_whom_the_buckets_need(
    aws: EmbeddedAws, sh: Shell
) -> None:
    done = sh("plan", f"s3://{BUCKET}", "--key-policy")
    kms = client_of(aws, PRODUCTION, "kms", REGION)
    arn = kms.create_key(Policy=done.out)["KeyMetadata"]["Arn"]

    after = sh("plan", f"s3://{BUCKET}", "--key", arn, "--accept", "access-unread", "--format", "json")

    assert done.exit == 0
    assert [one["class"] for one in json.loads(after.out)["buckets"]] == ["ready"]
    assert PARTNER in done.out


def test_the_commands_make_the_key_with_its_alias(aws: EmbeddedAws, sh: Shell, tmp_path: Path) -> None:
    script = sh("plan", f"s3://{BUCKET}", "--create-key", "cli", "--alias", "alias/of-buckets").out
    assert "aws kms create-key --region eu-central-1" in script
    assert "alias/of-buckets" in script
    policy = json.loads(script.split("policy='", 1)[1].split("'\n", 1)[0])
    assert {one.get("Sid") for one in policy["Statement"]} >= {
        "AdministerByIam",
        "UseThroughS3",
        "KeepWhileInUse",
    }


@requires_terraform
@pytest.mark.terraform
def test_terraform_makes_the_key_and_has_nothing_left_to_do(
    aws: EmbeddedAws, sh: Shell, tmp_path: Path
) -> None:
    folder = tmp_path / "key"
    folder.mkdir()
    (folder / "key.tf").write_text(sh("plan", f"s3://{BUCKET}", "--create-key", "terraform").out)
    terraform = Terraform(folder, sh.env)

    assert terraform.run("fmt", "-check", "-diff").returncode == 0
    terraform("init")
    terraform("apply", "-auto-approve")
    assert terraform.run("plan", "-detailed-exitcode").returncode == 0


@pytest.mark.skipif(CFN_LINT is None, reason="needs cfn-lint")
def test_cfn_lint_finds_nothing_in_the_template(sh: Shell, tmp_path: Path) -> None:
    template = tmp_path / "key.yaml"
    template.write_text(sh("plan", f"s3://{BUCKET}", "--create-key", "cloudformation").out)

    linted = subprocess.run(
        [str(CFN_LINT), "--regions", REGION, "--", str(template)], capture_output=True, text=True, check=False
    )

    assert (linted.returncode, linted.stdout) == (0, "")


def test_buckets_of_two_regions_need_two_keys(aws: EmbeddedAws, sh: Shell) -> None:
    client_of(aws, PRODUCTION, "s3", "us-east-1").create_bucket(Bucket="elsewhere-too")

    done = sh("plan", "--key-policy")

    assert (done.exit, "--region" in done.err) == (2, True)


def test_an_alias_has_the_form_of_one(sh: Shell) -> None:
    assert sh("plan", "--create-key", "cli", "--alias", "data").exit == 2


def test_buckets_of_which_it_cannot_be_told_are_said_and_the_exit_is_no_success(
    aws: EmbeddedAws, sh: Shell
) -> None:
    done = sh("plan", f"s3://{BUCKET}", "s3://not-there-at-all", "--key-policy")

    assert (done.exit, "not all buckets" in done.err) == (11, True)
    assert json.loads(done.out)["Statement"]


def test_a_bucket_somebody_has_to_look_at_is_said(aws: EmbeddedAws, sh: Shell) -> None:
    aws.faults.fail("GetBucketPolicy", 403, "AccessDenied")

    done = sh("plan", f"s3://{BUCKET}", "--key-policy")

    assert (done.exit, "could not be told: see the plan" in done.err) == (11, True)
