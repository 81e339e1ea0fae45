"""The real Terraform makes of every case what the table says of it."""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import shell_of
from tests.live.renderings import Stage
from tests.live.terraform_cases import MADE, OTHERS, PLANNED, Seen, arguments, inside, shown, write
from tests.pure.hcl_cases_inputs import PROD
from tests.support.code import context
from tests.support.hcl import AWS, FAIL, OPEN, OURS, UNKNOWN, Case, Said
from tests.support.terraform import Terraform, requires_terraform

from s3kms.demo.aws import EmbeddedAws
from s3kms.estate.encryption import SSE_S3
from s3kms.estate.findings import Finding
from s3kms.rules import find_rule
from s3kms.rules.judge import judge_bucket
from s3kms.sources.code import terraform as plans
from s3kms.sources.code.interface import Document
from s3kms.wanted.model import Wanted

pytestmark = [pytest.mark.slow, pytest.mark.terraform, requires_terraform]

DEFAULT = "ApplyServerSideEncryptionByDefault"
RULE = find_rule("s3_bucket_kms_encryption")
Rules = Mapping[str, Mapping[str, Any]]
"""What GetBucketEncryption says, by address."""


@pytest.fixture(scope="module")
def stage(server: EmbeddedAws, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    server.reset()
    return Stage(server, shell_of(server, tmp_path_factory.mktemp("cases")))


def started(stage: Stage, name: str, cases: Iterable[Case], workspace: str = "") -> Terraform:
    folder = stage.shell.folder / name
    folder.mkdir()
    write(folder, cases)
    Terraform(folder, stage.env)("init")
    return Terraform(folder, {**stage.env, "TF_WORKSPACE": workspace} if workspace else stage.env)


def plan_of(terraform: Terraform, cases: Iterable[Case]) -> Seen:
    terraform("plan", "-out=plan.bin", *arguments(cases))
    return shown(terraform, "plan.bin")


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


def judged(plan: Seen) -> Iterable[tuple[str, Finding]]:
    document = Document(Path("plan.json"), json.dumps(plan.document).encode())
    for bucket in plans.READER.read(document, context()):
        yield str(bucket.resource), judge_bucket(bucket, RULE, Wanted(), date(2026, 11, 23))


@pytest.fixture(scope="module")
def live(stage: Stage, maker: Terraform, made_plan: Seen) -> Rules:
    """Every bucket that the plan has made."""
    maker("apply", "plan.bin")
    state = shown(maker)
    assert state.buckets.keys() == made_plan.buckets.keys()
    s3 = stage.client("s3")
    return {address: rule_of(s3, values["id"]) for address, values in state.buckets.items()}


def rule_of(s3: Any, name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"][
        "Rules"
    ][0]
    return found


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
        assert set(case.said) <= seen
    else:
        assert set(case.said) == seen


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
    for address, said in case.said.items():
        whole = inside(case) + address
        rules = [rule for found, rule in live.items() if whole in {found, found.rpartition("[")[0]}]
        assert rules
        for rule in rules:
            is_as_said(rule, said)


def is_as_said(rule: Mapping[str, Any], said: Said) -> None:
    default = rule.get(DEFAULT, {})
    if said.verdict is UNKNOWN:
        return
    if said.verdict is FAIL:
        assert default["SSEAlgorithm"] == SSE_S3
        return
    assert said.algorithm in {None, default["SSEAlgorithm"]}
    key = default.get("KMSMasterKeyID")
    if said.key_kind is AWS:
        assert key in {None, "", "alias/aws/s3"}
    elif said.key_kind in {OURS, OPEN}:
        assert key
    if not said.bucket_key_verdict:
        assert bool(said.bucket_key) is rule.get("BucketKeyEnabled", False)


def test_most_of_the_table_is_made() -> None:
    assert len(MADE) >= 120
