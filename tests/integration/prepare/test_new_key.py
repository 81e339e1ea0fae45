"""`s3kms plan --key-policy` and `--create-key`: the key that the buckets need, made by real tools."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.account_seed import REGION, create_bucket
from tests.support.cli import Shell
from tests.support.sdk import client_of
from tests.support.terraform import Terraform, requires_terraform

from s3kms.access.documents import parse_policy
from s3kms.access.match import Match
from s3kms.demo.aws import PRODUCTION, EmbeddedAws
from s3kms.model.policy import PolicyDocument

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

    assert (done.exit, "not all requested buckets" in done.err) == (11, True)
    assert json.loads(done.out)["Statement"]


def test_a_bucket_somebody_has_to_look_at_is_said(aws: EmbeddedAws, sh: Shell) -> None:
    aws.faults.fail("GetBucketPolicy", 403, "AccessDenied")

    done = sh("plan", f"s3://{BUCKET}", "--key-policy")

    assert (done.exit, "could not be determined: see the plan" in done.err) == (11, True)


ADMIN = f"arn:aws:iam::{PRODUCTION}:role/key-admin"


def test_the_administrators_alone_may_change_the_policy_that_keeps_the_key(sh: Shell) -> None:
    done = sh("plan", f"s3://{BUCKET}", "--key-policy", "--key-admin", ADMIN)

    policy = parse_policy(PolicyDocument(done.out, "its policy"))
    (change,) = [
        one
        for one in policy.statements
        if not one.is_allow and one.covers_action("kms:PutKeyPolicy") is Match.YES
    ]
    callers = {
        ADMIN: Match.NO,
        f"arn:aws:iam::{PRODUCTION}:root": Match.NO,
        f"arn:aws:iam::{PRODUCTION}:role/other": Match.YES,
    }
    found = {arn: change.holds_for({"aws:PrincipalArn": arn}) for arn in callers}
    assert (done.exit, found) == (0, callers)
    assert "remove the deny statement" not in done.err


@pytest.mark.parametrize(
    "arn", ["admin", "arn:aws:iam::111122223333:root", 'arn:aws:iam::111122223333:role/a"b']
)
def test_an_administrator_is_a_role_or_user_by_its_arn(sh: Shell, arn: str) -> None:
    done = sh("plan", f"s3://{BUCKET}", "--key-policy", "--key-admin", arn)
    assert (done.exit, "not the ARN of a role or user" in done.err) == (2, True)


def test_a_policy_that_is_longer_than_kms_takes_is_refused(sh: Shell) -> None:
    admins = [word for n in range(100) for word in ("--key-admin", f"{ADMIN}-{n}-{'x' * 400}")]
    done = sh("plan", f"s3://{BUCKET}", "--create-key", "cli", *admins)
    assert (done.exit, done.out, "the limit of KMS is 32,768" in done.err) == (4, "", True)


CODE = """
provider "aws" { region = "%s" }
resource "aws_s3_bucket" "logs" { bucket = "my-logs" }
"""


def test_of_code_it_is_said_what_was_not_seen_and_which_account_is_left_open(shell: Shell) -> None:
    (shell.folder / "main.tf").write_text(CODE % REGION)

    done = shell("plan", ".", "--key-policy")

    assert (done.exit, "arn:aws:iam::ACCOUNT-ID:root" in done.out) == (11, True)
    assert "Users and roles with their policies, grants" in done.err


def test_where_it_is_not_documented_how_s3_is_named_the_missing_statement_is_said(shell: Shell) -> None:
    (shell.folder / "main.tf").write_text(CODE % "cn-north-1")

    done = shell("plan", ".", "--key-policy")

    assert "UseThroughS3" not in done.out
    assert "there is no statement for principals that use the key through S3" in done.err
    assert "arn:aws-cn:iam::ACCOUNT-ID:root" in done.out


def test_code_that_does_not_say_its_region_gets_no_key(shell: Shell) -> None:
    (shell.folder / "main.tf").write_text('resource "aws_s3_bucket" "logs" { bucket = "my-logs" }')
    done = shell("plan", ".", "--key-policy")
    assert (done.exit, "the region of 1 bucket is not known" in done.err) == (3, True)


COMBINATIONS = {
    "an existing key": (("--key-policy", "--key", "alias/mine"), "or add what that key lacks with --prepare"),
    "an alias alone": (("--alias", "alias/mine"), "add --create-key FORM"),
    "an alias of a policy": (("--key-policy", "--alias", "alias/mine"), "add --create-key FORM"),
    "an administrator alone": (("--key-admin", ADMIN), "add --create-key FORM"),
    "a preparation": (("--key-policy", "--prepare"), "--prepare and --key-policy cannot be combined"),
    "exemptions": (("--create-key", "cli", "--emit-exemptions"), "cannot be combined"),
    "policy and key": (("--key-policy", "--create-key", "cli"), "cannot be combined"),
    "a format": (("--create-key", "cli", "--format", "json"), "leave --format out"),
    "a format of prepare": (("--prepare", "--format", "html"), "leave --format out"),
    "an administrator elsewhere": (
        ("--key-policy", "--key-admin", "arn:aws:iam::444455556666:role/key-admin"),
        f"is not in account {PRODUCTION}",
    ),
}


@pytest.mark.parametrize(("options", "sentence"), COMBINATIONS.values(), ids=COMBINATIONS)
def test_options_that_contradict_each_other_are_bad_input(
    aws: EmbeddedAws, sh: Shell, options: tuple[str, ...], sentence: str
) -> None:
    done = sh("plan", f"s3://{BUCKET}", *options)

    assert (done.exit, done.out) == (2, "")
    assert sentence in done.err


def test_a_key_of_the_configuration_leaves_nothing_out_of_the_policy_of_a_new_one(
    aws: EmbeddedAws, sh: Shell
) -> None:
    policy = sh("plan", f"s3://{BUCKET}", "--key-policy").out
    kms = client_of(aws, PRODUCTION, "kms", REGION)
    arn = kms.create_key(Policy=policy)["KeyMetadata"]["Arn"]
    (sh.folder / "s3kms.toml").write_text(f'[keys."{PRODUCTION}"]\n"*" = "{arn}"\n')

    assert json.loads(sh("plan", f"s3://{BUCKET}", "--key-policy").out) == json.loads(policy)
    assert json.loads(sh.having(S3KMS_KEY=arn)("plan", f"s3://{BUCKET}", "--key-policy").out) == json.loads(
        policy
    )
