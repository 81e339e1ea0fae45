"""The real Terraform makes of every case what the table says of it."""

from collections.abc import Iterable, Mapping

import pytest
from tests.conftest import shell_of
from tests.integration.terraform.cases import (
    MADE,
    OTHERS,
    PLANNED,
    Rules,
    Seen,
    applied,
    are_as_said,
    inside,
    judged,
    plan_of,
    started,
)
from tests.support.cases.terraform.code_inputs import PROD
from tests.support.remedies import Stage
from tests.support.terraform import Terraform, requires_terraform
from tests.support.terraform_case import OPEN, UNKNOWN, Case, Said

from s3kms.demo.aws import EmbeddedAws
from s3kms.model.findings import Finding

pytestmark = [pytest.mark.slow, pytest.mark.terraform, requires_terraform]


@pytest.fixture(scope="module")
def stage(server: EmbeddedAws, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    server.reset()
    return Stage(server, shell_of(server, tmp_path_factory.mktemp("cases")))


@pytest.fixture(scope="module")
def maker(stage: Stage) -> Terraform:
    return started(stage, "made", MADE)


@pytest.fixture(scope="module")
def made_plan(maker: Terraform) -> Seen:
    return plan_of(maker, MADE)


@pytest.fixture(scope="module")
def other_plan(stage: Stage) -> Seen:
    return plan_of(started(stage, "others", OTHERS, PROD), OTHERS)


@pytest.fixture(scope="module")
def findings(made_plan: Seen, other_plan: Seen) -> Mapping[str, Finding]:
    """What our check says of the plans."""
    return {address: found for plan in (made_plan, other_plan) for address, found in judged(plan)}


@pytest.fixture(scope="module")
def live(stage: Stage, maker: Terraform, made_plan: Seen) -> Rules:
    """Every bucket that the plan has made."""
    return applied(stage, maker, made_plan, MADE)


def addresses(case: Case, seen: Iterable[str]) -> set[str]:
    """Those of a case; where the table has a bucket without its instances, they are all one."""
    start = inside(case)
    found = {address.removeprefix(start) for address in seen if address.startswith(start)}
    if case.is_root:
        found = {address for address in found if not address.startswith("module.case_")}
    return {
        address.rpartition("[")[0] if address.rpartition("[")[0] in case.said else address
        for address in found
    }


@pytest.mark.parametrize("case", PLANNED, ids=[case.id for case in PLANNED])
def test_terraform_plans_these_buckets_and_no_other(case: Case, made_plan: Seen, other_plan: Seen) -> None:
    seen = addresses(case, (other_plan if case.unmade else made_plan).buckets)

    if case.is_root:
        assert set(case.made) <= seen
    else:
        assert set(case.made) == seen


def test_no_bucket_is_in_no_case(made_plan: Seen, other_plan: Seen) -> None:
    told = {inside(case) + address for case in PLANNED for address in case.said}
    seen = made_plan.buckets.keys() | other_plan.buckets.keys()

    assert all(address in told or address.rpartition("[")[0] in told for address in seen)


@pytest.mark.parametrize("case", PLANNED, ids=[case.id for case in PLANNED])
def test_the_plan_does_not_contradict_the_code(case: Case, findings: Mapping[str, Finding]) -> None:
    """A plan may know less, because names are computed; and more, because the oracle settles variables."""
    for address, said in case.said.items():
        found = findings.get(inside(case) + address)
        if found and UNKNOWN not in {found.verdict, said.verdict}:
            assert found.verdict is said.verdict, f"{address}: {found.message}"
            assert not said.algorithm or found.encryption is None or agrees(found, said), found.message
            assert said.name in {None, found.bucket} or found.bucket is None


def agrees(found: Finding, said: Said) -> bool:
    assert found.encryption
    kinds = {found.key_kind, said.key_kind}
    return found.encryption.algorithm == said.algorithm and (
        len(kinds) == 1 or OPEN in kinds or None in kinds
    )


@pytest.mark.parametrize("case", MADE, ids=[case.id for case in MADE])
def test_the_bucket_is_as_the_code_says(case: Case, live: Rules) -> None:
    are_as_said(case, live)


def test_most_of_the_table_is_made() -> None:
    assert len(MADE) >= 120
