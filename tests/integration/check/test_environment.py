"""Every option also as `S3KMS_…`, but for those that write, or that let more be written."""

import json

import click
import pytest
from tests.support.cli import Shell
from tests.support.templates import bucket, default

from s3kms.cli.main import COMMANDS, group

BAD = bucket("BucketName: b\n" + default("AES256"))
VARIABLE = """\
variable "algorithm" {}
resource "aws_s3_bucket" "b" { bucket = "b" }
resource "aws_s3_bucket_server_side_encryption_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    apply_server_side_encryption_by_default { sse_algorithm = var.algorithm }
  }
}
"""
WRITES = {"--apply", "--yes", "--accept", "--probe", "--plan", "--max-changes"}


@pytest.fixture
def code(shell: Shell) -> Shell:
    (shell.folder / "t.yaml").write_text(BAD)
    return shell


def options() -> list[click.Option]:
    commands = filter(None, (group.get_command(click.Context(group), name) for name in COMMANDS))
    return [one for command in commands for one in command.params if isinstance(one, click.Option)]


def test_a_variable_is_used(code: Shell) -> None:
    done = code.having(S3KMS_FORMAT="json", S3KMS_FAIL_ON="never")("check", "t.yaml")

    assert done.exit == 0
    assert json.loads(done.out)["summary"]["fail"] == 1


def test_a_variable_may_have_several_values(shell: Shell) -> None:
    (shell.folder / "main.tf").write_text(VARIABLE)

    assert shell("check", ".").exit == 11
    assert shell.having(S3KMS_VAR="algorithm=aws:kms")("check", ".").exit == 0
    several = shell.having(S3KMS_VAR="algorithm=AES256 algorithm=aws:kms")("check", ".")
    assert several.exit == 0


def test_a_flag_wins_over_its_variable(code: Shell) -> None:
    done = code.having(S3KMS_FORMAT="csv", S3KMS_FAIL_ON="never")(
        "check", "t.yaml", "--format", "json", "--fail-on", "finding"
    )

    assert done.exit == 10
    assert json.loads(done.out)["version"] == 1


def test_a_wrong_value_is_a_usage_error_that_names_the_option(code: Shell) -> None:
    done = code.having(S3KMS_FAIL_ON="always")("check", "t.yaml")

    assert done.exit == 2
    assert "--fail-on" in done.err


@pytest.mark.parametrize(
    "env",
    [
        {"S3KMS_REGION": "eu-west-1"},
        {"S3KMS_ORG": "1"},
        {"S3KMS_ACCOUNT": "111122223333"},
        {"S3KMS_ASSUME_ROLE": "Audit", "S3KMS_EXTERNAL_ID": "x12"},
        {"S3KMS_CONFIRM": "1", "S3KMS_MAX_AGE": "9"},
        {"S3KMS_STATE": "state"},
        {"S3KMS_IAC": "t.yaml"},
        {"S3KMS_PROFILE": "nobody", "S3KMS_CONCURRENCY": "2", "S3KMS_ENDPOINT_URL": "http://127.0.0.1:9"},
    ],
)
def test_what_is_about_live_buckets_is_passed_over_with_code(code: Shell, env: dict[str, str]) -> None:
    done = code.having(**env)("check", "t.yaml")

    assert done.exit == 10, done.err
    assert "1 bucket: " in done.out


@pytest.mark.parametrize(
    "env",
    [
        {"S3KMS_VAR": "a=b", "S3KMS_WORKSPACE": "prod", "S3KMS_HONOR_SKIPS": "1"},
        {"S3KMS_CONFIRM": "1", "S3KMS_MAX_AGE": "9"},
        {"S3KMS_ASSUME_ROLE": "Audit", "S3KMS_EXTERNAL_ID": "x12", "S3KMS_EXCLUDE_ACCOUNT": "111122223333"},
    ],
)
def test_what_is_about_other_targets_is_passed_over_with_live_buckets(
    production: Shell, env: dict[str, str]
) -> None:
    done = production.having(**env)("check", "s3://acme-ledger")

    assert done.exit == 0, done.err


def test_a_variable_narrows_live_buckets(production: Shell) -> None:
    done = production.having(S3KMS_REGION="eu-west-1", S3KMS_FORMAT="json")("check")

    assert {finding["region"] for finding in done.findings} == {"eu-west-1"}


def test_variables_that_contradict_a_flag_are_passed_over(production: Shell) -> None:
    """Of `--org` and `--account` there can be one."""
    done = production.having(S3KMS_ORG="1")("check", "--account", "111122223333", "--format", "json")

    assert "means every account" not in done.err
    assert done.exit != 2


def test_a_flag_that_does_not_fit_is_a_mistake_all_the_same(code: Shell) -> None:
    done = code.having(S3KMS_REGION="eu-west-1")("check", "t.yaml", "--org")

    assert done.exit == 2
    assert "--org is about buckets in an account" in done.err


@pytest.mark.parametrize("flag", sorted(WRITES))
def test_what_writes_is_never_taken_from_the_environment(flag: str) -> None:
    assert [one.envvar for one in options() if flag in one.opts and one.envvar] == []


def test_apply_is_not_taken_from_the_environment(code: Shell) -> None:
    eager = code.having(S3KMS_APPLY="1", S3KMS_YES="1", S3KMS_MAX_CHANGES="9")
    done = eager("fix", "t.yaml")

    assert done.exit in {0, 10, 11}, done.err
    assert (code.folder / "t.yaml").read_text() == BAD


def test_probe_is_not_taken_from_the_environment(production: Shell) -> None:
    done = production.having(S3KMS_PROBE="1", S3KMS_FORMAT="json")("verify", "s3://acme-ledger")

    assert done.exit == 0, done.err
    assert "PutObject" not in done.out


def test_one_option_has_one_variable_in_all_commands() -> None:
    names: dict[str, set[object]] = {}
    for one in options():
        if one.envvar:
            names.setdefault(max(one.opts, key=len), set()).add(one.envvar)

    assert {flag: found for flag, found in names.items() if len(found) > 1} == {}
    assert all(found == {f"S3KMS_{flag[2:].upper().replace('-', '_')}"} for flag, found in names.items())
