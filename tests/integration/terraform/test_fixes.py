"""Every edit of Terraform code, executed: Terraform plans and applies it, and the bucket has SSE-KMS."""

import pytest
from tests.conftest import shell_of
from tests.integration.terraform.cases import (
    DEFAULT,
    Rules,
    Seen,
    applied,
    are_as_said,
    changed_by,
    inside,
    judged,
    plan_of,
    rules_at,
    started,
)
from tests.integration.terraform.fixes import OPENTOFU, Edit, fixed_cases, wished_cases
from tests.support.cases.terraform.code_inputs import PROD
from tests.support.remedies import FRANKFURT, Stage
from tests.support.terraform import Terraform, requires_terraform
from tests.support.terraform_case import FAIL, PASS

from s3kms.demo.aws import EmbeddedAws
from s3kms.model.encryption import KMS_ALGORITHMS

pytestmark = [pytest.mark.slow, pytest.mark.terraform, requires_terraform]

ELSEWHERE = "hcl-another"
"""A bucket that no code declares, and some code configures."""
RESTLESS = {
    "edit: a directory bucket",  # the embedded AWS does not say where it is
}
"""What Terraform would change a second time, whatever was edited."""


@pytest.fixture(scope="module")
def stage(server: EmbeddedAws, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    server.reset()
    return Stage(server, shell_of(server, tmp_path_factory.mktemp("fixed")))


@pytest.fixture(scope="module")
def key(stage: Stage) -> str:
    return str(stage.client("kms").create_key()["KeyMetadata"]["Arn"])


@pytest.fixture(scope="module")
def edits(key: str) -> list[Edit]:
    return [*fixed_cases(), *wished_cases(key)]


@pytest.fixture(scope="module")
def executed(edits: list[Edit]) -> list[Edit]:
    return [edit for edit in edits if not edit.case.unplannable]


@pytest.fixture(scope="module")
def terraform(stage: Stage, executed: list[Edit]) -> Terraform:
    return started(stage, "fixed", (edit.case for edit in executed), PROD)


@pytest.fixture(scope="module")
def plan(terraform: Terraform, executed: list[Edit], key: str) -> Seen:
    return plan_of(terraform, [edit.case for edit in executed], unlike={key: "the key of this run"})


@pytest.fixture(scope="module")
def live(stage: Stage, terraform: Terraform, plan: Seen, executed: list[Edit]) -> Rules:
    here = {"LocationConstraint": FRANKFURT}
    stage.client("s3").create_bucket(Bucket=ELSEWHERE, CreateBucketConfiguration=here)
    return applied(stage, terraform, plan, [edit.case for edit in executed])


def test_no_edited_bucket_fails_in_the_plan(executed: list[Edit], plan: Seen) -> None:
    planned = dict(judged(plan))

    for edit in executed:
        for address in edit.edited:
            found = planned.get(inside(edit.case) + address)
            assert found is None or found.verdict is not FAIL, found.message


def test_an_edited_bucket_has_sse_kms(executed: list[Edit], live: Rules) -> None:
    for edit in executed:
        for address in edit.edited:
            for rule in rules_at(edit.case, address, live):
                assert rule[DEFAULT]["SSEAlgorithm"] in KMS_ALGORITHMS, edit.case.id


def test_every_bucket_is_as_the_edited_code_says(executed: list[Edit], live: Rules) -> None:
    for edit in executed:
        assert all(edit.case.said[address].verdict is PASS for address in edit.edited)
        are_as_said(edit.case, live)


def test_a_second_plan_finds_nothing_to_do(executed: list[Edit], terraform: Terraform, live: Rules) -> None:
    changed = changed_by(terraform, [edit.case for edit in executed])

    restless = {inside(edit.case) for edit in executed if edit.case.id in RESTLESS}
    assert live
    assert {next(filter(found.startswith, restless), found) for found in changed} == restless


def test_what_terraform_is_not_asked_of_has_a_reason(edits: list[Edit], executed: list[Edit]) -> None:
    left_out = {edit.case.id for edit in edits} - {edit.case.id for edit in executed}

    assert len(executed) >= 125
    assert left_out == {
        *("override of nothing", "OpenTofu in JSON", f"edit: {OPENTOFU}"),
        "configuration of a bucket that is gone",  # Terraform refuses a reference that nothing declares
    }
