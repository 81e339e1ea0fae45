"""`fix --new --as …`: the template and the code for a bucket that is yet to be made, deployed for real."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.support.remedies import FRANKFURT, VIRGINIA, Stage, make_stage
from tests.support.terraform import ENV, Terraform, requires_terraform

from s3kms.demo.aws import PRODUCTION, SANDBOX, EmbeddedAws

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Case:
    """A bucket to be made."""

    name: str
    options: tuple[str, ...]
    algorithm: str = "aws:kms"
    has_key: bool = False
    bucket_key: bool = True
    region: str = FRANKFURT


CASES = (
    Case("new-aws-s3", ("--key", "aws/s3")),
    Case("new.with.dots", ("--key", "KEY"), has_key=True, region=VIRGINIA),
    Case("new-dsse", ("--key", "KEY", "--dsse"), "aws:kms:dsse", has_key=True, bucket_key=False),
    Case("new-without-bucket-key", ("--key", "aws/s3", "--no-bucket-key"), bucket_key=False),
)


@pytest.fixture(scope="module")
def stage(server: EmbeddedAws, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    server.reset()
    return make_stage(server, tmp_path_factory.mktemp("new"))


def rendered(stage: Stage, case: Case, form: str, name: str) -> tuple[Path, dict[str, object]]:
    """The folder with the files, and the default encryption they are to make."""
    key = stage.client("kms", case.region).create_key()["KeyMetadata"]["Arn"]
    options = [key if option == "KEY" else option for option in case.options]
    folder = stage.fix(f"s3://{name}", "--new", "--region", case.region, "--as", form, *options)
    default = {"SSEAlgorithm": case.algorithm} | ({"KMSMasterKeyID": key} if case.has_key else {})
    return folder, {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": case.bucket_key}


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_the_template_makes_the_bucket_with_its_default(stage: Stage, case: Case) -> None:
    folder, wanted = rendered(stage, case, "cloudformation", case.name)

    done = stage.run("sh", "deploy.sh", folder=folder)

    assert done.returncode == 0, done.stdout + done.stderr
    assert stage.rule(case.name, case.region) == wanted
    stacks = stage.client("cloudformation", case.region).describe_stacks()["Stacks"]
    outputs = [output["OutputValue"] for stack in stacks for output in stack["Outputs"]]
    assert f"arn:aws:s3:::{case.name}" in outputs


def test_a_second_bucket_does_not_take_the_place_of_the_first(stage: Stage) -> None:
    names = ["one.after.another", "one-after-another", "and-another"]
    for name in names:
        folder = stage.fix(f"s3://{name}", "--new", "--region", FRANKFURT, "--as", "cloudformation")
        assert stage.run("sh", "deploy.sh", folder=folder).returncode == 0

    there = {bucket["Name"] for bucket in stage.client("s3").list_buckets()["Buckets"]}
    assert set(names) <= there


def in_another_account(stage: Stage) -> Stage:
    return Stage(stage.aws, stage.shell.having(**stage.aws.credentials(SANDBOX)))


def test_the_template_is_deployed_in_no_other_account(stage: Stage) -> None:
    folder = stage.fix("s3://not-theirs", "--new", "--region", FRANKFURT, "--as", "cloudformation")

    done = in_another_account(stage).run("sh", "deploy.sh", folder=folder)

    assert done.returncode == 1
    assert f"these credentials belong to account {SANDBOX}" in done.stderr


@requires_terraform
@pytest.mark.terraform
def test_the_code_is_applied_in_no_other_account(stage: Stage) -> None:
    folder = stage.fix("s3://not-theirs-either", "--new", "--region", FRANKFURT, "--as", "terraform")
    settings = [f"{name}={value}" for name, value in ENV.items()]

    done = in_another_account(stage).run("env", *settings, "sh", "deploy.sh", folder=folder)

    assert done.returncode == 1
    assert f"AWS account ID not allowed: {SANDBOX}" in done.stderr


def test_the_template_is_clean_to_cfn_lint(stage: Stage) -> None:
    folder, _ = rendered(stage, CASES[0], "cloudformation", "linted")

    assert stage.run("cfn-lint", "template.yaml", folder=folder).returncode == 0


@requires_terraform
@pytest.mark.terraform
@pytest.mark.parametrize(
    "case", CASES[1:], ids=[case.name for case in CASES[1:]]
)  # each value of the first is here
def test_the_code_makes_the_bucket_with_its_default(stage: Stage, case: Case) -> None:
    folder, wanted = rendered(stage, case, "terraform", f"tf-{case.name}")
    (folder / "override.tf").write_text('provider "aws" {\n  s3_use_path_style = true\n}\n')
    fmt = Terraform(folder, stage.env).run("fmt", "-check", "-diff", "main.tf", "providers.tf")
    unasked = {**ENV, "TF_CLI_ARGS_apply": "-auto-approve"}

    done = stage.run("env", *(f"{k}={v}" for k, v in unasked.items()), "sh", "deploy.sh", folder=folder)

    assert fmt.returncode == 0, fmt.stdout
    assert done.returncode == 0, done.stdout + done.stderr
    assert stage.rule(f"tf-{case.name}", case.region) == wanted


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["s3://a-bucket", "--new", "--region", FRANKFURT], "--new goes with --as"),
        (["s3://a-bucket", "--new", "--as", "terraform"], "--new needs the region"),
        (["s3://a-*", "--new", "--region", FRANKFURT, "--as", "terraform"], "one general purpose bucket"),
        (["--new", "--region", FRANKFURT, "--as", "terraform"], "one general purpose bucket"),
        (
            ["s3://a-bucket", "s3://b-*", "--new", "--region", FRANKFURT, "--as", "terraform"],
            "one general purpose bucket",
        ),
        (["s3://Old_Name", "--new", "--region", FRANKFURT, "--as", "terraform"], "name of a new bucket"),
        (["s3://1.2.3.4", "--new", "--region", FRANKFURT, "--as", "terraform"], "name of a new bucket"),
        (["s3://a-bucket", "--out", "here"], "--out goes with --as"),
        (["s3://a-bucket", "--as", "cli", "--apply"], "leave one of them out"),
        (["s3://a-bucket", "--as", "email"], "'email' is not one of"),
    ],
)
def test_what_does_not_go_together_is_said(stage: Stage, arguments: list[str], sentence: str) -> None:
    done = stage.shell("fix", *arguments)

    assert (done.exit, done.out) == (2, "")
    assert sentence in done.err


def test_only_the_templates_make_buckets(stage: Stage) -> None:
    done = stage.shell("fix", "s3://a-bucket", "--new", "--region", FRANKFURT, "--as", "cli")

    assert done.exit == 4
    assert "use --as cloudformation or --as terraform" in done.err


def test_a_key_of_another_region_is_refused_before_anything_is_made(stage: Stage) -> None:
    key = stage.client("kms", VIRGINIA).create_key()["KeyMetadata"]["Arn"]

    done = stage.shell(
        "fix", "s3://a-bucket", "--new", "--region", FRANKFURT, "--as", "terraform", "--key", key
    )  # fmt: skip

    assert (done.exit, done.out) == (4, "")
    assert PRODUCTION in done.err or "region" in done.err
