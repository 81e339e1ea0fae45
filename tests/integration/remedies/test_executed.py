"""Every rendering is executed for real, and comes to what `--apply` would have written."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.support.remedies import CASES, FRANKFURT, Stage, make_stage
from tests.support.terraform import PROVIDER, Terraform, requires_terraform

from s3kms.demo.aws import PRODUCTION, SANDBOX, EmbeddedAws

pytestmark = pytest.mark.slow
LOOPBACK = """
provider "aws" {
  s3_use_path_style = true
}
provider "aws" {
  alias             = "eu_central_1"
  s3_use_path_style = true
}
provider "aws" {
  alias             = "us_east_1"
  s3_use_path_style = true
}
"""
"""Terraform merges it into the code: name.with.dots.127.0.0.1 is a host nobody knows."""

Rules = Mapping[str, Mapping[str, Any]]
UNBLOCKED = [f"s3://{name}" for name in CASES if name != "sse-c-blocked"]


@dataclass(frozen=True)
class Scripted:
    """The scripts, and the rules before, between and after them."""

    folder: Path
    before: Rules
    fixed: Rules
    undone: Rules


@pytest.fixture(scope="module")
def stage(server: EmbeddedAws, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    server.reset()
    return make_stage(server, tmp_path_factory.mktemp("renderings"))


@pytest.fixture(scope="module")
def applied(stage: Stage) -> Rules:
    """What `--apply` writes."""
    stage.reset()
    done = stage.shell("fix", *(f"s3://{name}" for name in CASES), "--apply", "--yes")
    assert done.exit == 0, done.out + done.err
    return stage.rules()


@pytest.fixture(scope="module")
def by_script(stage: Stage, applied: Rules) -> Scripted:
    stage.reset()
    folder = stage.fix("--as", "cli")
    states = [stage.rules()]
    for name in ("fix.sh", "undo.sh"):
        done = stage.run("sh", name, folder=folder)
        assert done.returncode == 0, done.stdout + done.stderr
        states.append(stage.rules())
    return Scripted(folder, *states)


@pytest.fixture(scope="module")
def by_stack(stage: Stage, applied: Rules) -> tuple[Path, Rules]:
    stage.reset()
    folder = stage.fix("--as", "cloudformation")
    done = stage.run("sh", "deploy.sh", folder=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder, stage.rules()


@pytest.fixture(scope="module")
def by_terraform(stage: Stage, applied: Rules) -> tuple[list[str], Rules]:
    stage.reset()
    terraform = Terraform(stage.fix(*UNBLOCKED, "--as", "terraform"), stage.env)
    (terraform.folder / "override.tf").write_text(LOOPBACK)
    terraform("init")
    terraform("fmt", "-check", "-diff", "encryption.tf", "providers.tf")
    plans = [terraform("plan", "-input=false", "-out=plan")]
    terraform("apply", "plan")
    plans.append(terraform("plan", "-input=false"))
    return plans, stage.rules()


def test_the_cases_differ_in_what_they_ask_for(applied: Rules) -> None:
    assert len({str(rule) for rule in applied.values()}) >= 5
    assert applied["dsse"]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms:dsse"
    assert applied["bucket-key-off"]["BucketKeyEnabled"] is False
    assert applied["sse-c-blocked"]["BlockedEncryptionTypes"] == {"EncryptionType": ["SSE-C"]}


@pytest.mark.parametrize("case", CASES)
def test_the_script_writes_what_apply_writes(case: str, by_script: Scripted, applied: Rules) -> None:
    assert by_script.fixed[case] == applied[case]


def test_the_other_script_puts_everything_back(by_script: Scripted) -> None:
    assert by_script.undone == by_script.before


def test_the_script_stops_at_once_in_another_account(stage: Stage, by_script: Scripted) -> None:
    stage.reset()
    before = stage.rules()
    other = Stage(stage.aws, stage.shell.having(**stage.aws.credentials(SANDBOX)))

    done = other.run("sh", "fix.sh", folder=by_script.folder)

    assert done.returncode == 1
    assert f"these credentials belong to account {SANDBOX}; the buckets are in {PRODUCTION}" in done.stderr
    assert stage.rules() == before


@pytest.mark.parametrize("case", CASES)
def test_the_stacks_write_what_apply_writes(case: str, by_stack: tuple[Path, Rules], applied: Rules) -> None:
    assert by_stack[1][case] == applied[case]


def test_a_second_run_changes_nothing_and_says_what_was_changed_beside_the_stack(
    stage: Stage, by_stack: tuple[Path, Rules]
) -> None:
    folder, _ = by_stack
    again = stage.run("sh", "deploy.sh", folder=folder)
    stage.reset()

    drifted = stage.run("sh", "deploy.sh", folder=folder)

    assert again.returncode == 0, again.stdout + again.stderr
    assert "No changes to deploy" in again.stdout
    assert drifted.returncode == 1
    assert "s3://aws-s3 has AES256 None False, not aws:kms None True" in drifted.stderr


@pytest.mark.parametrize("before", ["execute-change-set", "deploy"])
def test_where_the_stacks_were_interrupted_a_second_run_goes_on(before: str, stage: Stage) -> None:
    names = [f"{letter}-before-{before}" for letter in "ab"]
    for name in names:
        stage.client("s3").create_bucket(
            Bucket=name, CreateBucketConfiguration={"LocationConstraint": FRANKFURT}
        )
    folder = stage.fix(*(f"s3://{name}" for name in names), "--as", "cloudformation")
    script = (folder / "deploy.sh").read_text()
    cut = script.replace(f"aws cloudformation {before}", f"exit 99; aws cloudformation {before}")
    (folder / "cut.sh").write_text(cut)
    interrupted = stage.run("sh", "cut.sh", folder=folder)

    done = stage.run("sh", "deploy.sh", folder=folder)

    assert interrupted.returncode == 99
    assert done.returncode == 0, done.stdout + done.stderr
    for name in names:
        rule = stage.rule(name, FRANKFURT)
        assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms"}


def test_the_templates_are_clean_to_cfn_lint(stage: Stage, by_stack: tuple[Path, Rules]) -> None:
    folder, _ = by_stack

    done = stage.run("cfn-lint", *(path.name for path in sorted(folder.glob("*.yaml"))), folder=folder)

    assert done.returncode == 0, done.stdout
    assert len(list(folder.glob("*.yaml"))) == 4  # two stacks, for two regions


@requires_terraform
@pytest.mark.terraform
@pytest.mark.parametrize("case", [case for case in CASES if case != "sse-c-blocked"])
def test_terraform_writes_what_apply_writes(
    case: str, by_terraform: tuple[list[str], Rules], applied: Rules
) -> None:
    assert by_terraform[1][case] == applied[case]


@requires_terraform
@pytest.mark.terraform
def test_the_plan_imports_and_changes_and_the_second_is_empty(
    by_terraform: tuple[list[str], Rules],
) -> None:
    first, second = by_terraform[0]
    count = len(UNBLOCKED)

    assert f"Plan: {count} to import, 0 to add, {count} to change, 0 to destroy." in first
    assert "No changes." in second


@requires_terraform
@pytest.mark.terraform
def test_terraform_keeps_an_sse_c_block_or_does_nothing(stage: Stage, applied: Rules) -> None:
    """A provider before 6.22 would put the rule without the block (fact H3): it has to refuse the code."""
    stage.reset()
    before = stage.rule("sse-c-blocked")
    terraform = Terraform(stage.fix("s3://sse-c-blocked", "--as", "terraform"), stage.env)

    if PROVIDER and PROVIDER < (6, 22):
        done = terraform.run("init")
        assert done.returncode != 0
        assert ">= 6.22" in done.stderr
        assert stage.rule("sse-c-blocked") == before
    else:
        terraform("init")
        terraform("apply", "-input=false", "-auto-approve")
        assert stage.rule("sse-c-blocked") == applied["sse-c-blocked"]
