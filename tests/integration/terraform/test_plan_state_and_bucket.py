"""Plan, state and bucket agree: real Terraform, real provider, and GetBucketEncryption after the apply."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from tests.conftest import shell_of
from tests.integration.terraform.project import BY_HAND, STALE, STEP_1, STEP_2, Expected, write_project
from tests.support.cli import Shell
from tests.support.remedies import Stage
from tests.support.terraform import Terraform, requires_terraform

from s3kms.demo.aws import EmbeddedAws

pytestmark = [pytest.mark.slow, pytest.mark.terraform, requires_terraform]

DEFAULT = "ApplyServerSideEncryptionByDefault"
Findings = Mapping[str, Mapping[str, Any]]
"""By address."""


@dataclass(frozen=True)
class Step:
    """One plan and its apply, as our check saw them, and as the buckets are."""

    plan: Findings
    shown: Findings
    file: Findings
    live: Mapping[str, Mapping[str, Any]]
    exits: tuple[int, ...]


@dataclass(frozen=True)
class Project:
    """The folder, and who works there."""

    stage: Stage
    terraform: Terraform

    def check(self, name: str) -> tuple[int, Findings]:
        done = self.stage.shell("check", name, "--format", "json", "-v")
        return done.exit, {finding["resource"]: finding for finding in done.findings}

    def step(self, number: int) -> Step:
        folder = self.stage.shell.folder
        self.terraform("plan", "-input=false", f"-var=step={number}", "-out=plan.bin")
        (folder / "plan.json").write_text(self.terraform("show", "-json", "plan.bin"))
        self.terraform("apply", "plan.bin")
        (folder / "state.json").write_text(self.terraform("show", "-json"))
        checks = [self.check(name) for name in ("plan.json", "state.json", "terraform.tfstate")]
        live = {name: self.stage.rule(name, "eu-central-1") for name in self._names()}
        plan, shown, file = (found for _, found in checks)
        return Step(plan, shown, file, live, tuple(code for code, _ in checks))

    def _names(self) -> list[str]:
        return [str(bucket["Name"]) for bucket in self.stage.client("s3").list_buckets()["Buckets"]]


@pytest.fixture(scope="module")
def project(server: EmbeddedAws, tmp_path_factory: pytest.TempPathFactory) -> Project:
    server.reset()
    folder = tmp_path_factory.mktemp("project")
    write_project(folder)
    shell: Shell = shell_of(server, folder)
    stage = Stage(server, shell)
    terraform = Terraform(folder, stage.env)
    terraform("init")
    return Project(stage, terraform)


@pytest.fixture(scope="module")
def first(project: Project) -> Step:
    return project.step(1)


@pytest.fixture(scope="module")
def second(project: Project, first: Step) -> Step:
    rule = {DEFAULT: {"SSEAlgorithm": "aws:kms"}}
    project.stage.client("s3").put_bucket_encryption(
        Bucket=BY_HAND, ServerSideEncryptionConfiguration={"Rules": [rule]}
    )
    return project.step(2)


def algorithm(finding: Mapping[str, Any]) -> str | None:
    return (finding["encryption"] or {}).get("algorithm")


def key_kind(finding: Mapping[str, Any]) -> str | None:
    return (finding["encryption"] or {}).get("key_kind")


def agree(step: Step, expected: Mapping[str, Expected], address: str) -> None:
    wanted, planned = expected[address], step.plan[address]
    assert algorithm(planned) == wanted.planned, planned["message"]
    assert key_kind(planned) == wanted.key_kind
    assert planned["verdict"] == {None: "unknown", "AES256": "fail"}.get(wanted.planned, "pass")
    assert wanted.applied == step.live[step.shown[address]["bucket"]][DEFAULT]["SSEAlgorithm"]
    if address == STALE and expected is STEP_2:
        return
    for applied in (step.shown[address], step.file[address]):
        rule = step.live[applied["bucket"]]
        live = rule[DEFAULT]
        assert algorithm(applied) == live["SSEAlgorithm"] == wanted.applied
        assert (applied["encryption"]["key"] or None) == live.get("KMSMasterKeyID")
        assert bool(applied["encryption"]["bucket_key"]) == rule.get("BucketKeyEnabled", False)
        assert applied["region"] == "eu-central-1"
        if wanted.key_kind:
            assert key_kind(applied) == wanted.key_kind


@pytest.mark.parametrize("address", STEP_1)
def test_what_is_created_is_judged_as_it_will_be(first: Step, address: str) -> None:
    agree(first, STEP_1, address)


@pytest.mark.parametrize("address", STEP_2)
def test_what_is_changed_is_judged_as_it_will_be(second: Step, address: str) -> None:
    agree(second, STEP_2, address)


def test_every_bucket_is_there_and_no_other(first: Step, second: Step) -> None:
    for step, expected in ((first, STEP_1), (second, STEP_2)):
        assert step.exits == (10, 10, 10)
        assert set(step.plan) == set(step.shown) == set(step.file) == set(expected)
        assert len(step.live) == len(expected)


def test_a_state_may_be_older_than_its_apply_and_says_so(second: Step) -> None:
    """What the provider saw of a bucket is no older than the plan, and no newer."""
    for found in (second.shown[STALE], second.file[STALE], second.shown["aws_s3_bucket.by_hand"]):
        assert "as the provider last read it" in found["message"]


def test_an_unknown_names_the_expression(first: Step) -> None:
    found = first.plan['module.store["two"].aws_s3_bucket.this']

    assert "var.algorithm, which is terraform_data.algorithm.output" in found["message"]
    assert "apply the plan" in found["remedy"]


def test_the_place_is_that_of_the_bucket(project: Project, first: Step) -> None:
    [place] = first.plan["aws_s3_bucket.kms"]["places"]

    assert place["uri"] == "plan.json"
    assert (place["line"], place["column"]) > (1, 1)


def test_a_plan_in_its_own_form_is_told_what_to_do(project: Project, first: Step) -> None:
    done = project.stage.shell("check", "plan.bin", "--format", "json")

    assert done.exit == 11
    assert "terraform show -json" in done.findings[0]["remedy"]
