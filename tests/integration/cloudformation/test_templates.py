"""Templates of the table are made into stacks, and the buckets have the default that was read from the template."""

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.support.aws_calls import got
from tests.support.cases.cloudformation.templates import CASES
from tests.support.sdk import client_of
from tests.support.template_edits import fix_case
from tests.support.templates import Case
from tests.unit.iac.cloudformation.test_templates import read

from s3kms.demo.aws import PRODUCTION, EmbeddedAws
from s3kms.model.encryption import KMS_ALGORITHMS, SSE_S3, Encryption, KeyKind
from s3kms.model.findings import Verdict

pytestmark = pytest.mark.slow
DEPLOYED = [case for case in CASES if case.deploys]
FIXED = [
    replace(case, id=f"{case.id}, edited", marked=fixed.text, verdict=Verdict.PASS)
    for case in CASES
    if case.verdict is Verdict.FAIL and (fixed := fix_case(case)).proposals
]
"""What `s3kms fix` makes of the failing ones."""
NOT_MADE = {
    "allowed values of which one fails, edited",  # its parameter has no value
    "an open value that is compared is known, edited",  # the same
    "a number for a name, edited",  # no name that S3 takes
    "Sub with what is literal, edited",  # the same
}
STAGED = [
    case for case in (*CASES, *FIXED) if "Stage: {" in case.text and case.verdict is not Verdict.UNKNOWN
]
MADE = [*DEPLOYED, *(case for case in FIXED if case not in STAGED and case.id not in NOT_MADE)]
REGION = "eu-central-1"
Client = Callable[[str], Any]


@pytest.fixture(scope="module")
def client(server: EmbeddedAws) -> Client:
    server.reset()
    return lambda service: client_of(server, PRODUCTION, service, REGION)


@pytest.mark.parametrize("case", MADE, ids=[case.id for case in MADE])
def test_the_stack_has_the_bucket_that_was_read(client: Client, case: Case) -> None:
    (said,) = read(case.text)
    stacks, stack = client("cloudformation"), re.sub(r"\W+", "-", case.id)
    stacks.create_stack(StackName=stack, TemplateBody=case.text)
    made = {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for resource in stacks.describe_stack_resources(StackName=stack)["StackResources"]
    }
    rule = got(client("s3"), made["B"])
    stacks.delete_stack(StackName=stack)

    default = rule["ApplyServerSideEncryptionByDefault"]
    assert (default["SSEAlgorithm"] in KMS_ALGORITHMS) is (case.verdict is Verdict.PASS)
    assert isinstance(said.encryption, Encryption)
    assert said.name in {None, made["B"]}
    assert (said.encryption.algorithm or SSE_S3) == default["SSEAlgorithm"]
    assert bool(said.encryption.bucket_key) == rule.get("BucketKeyEnabled", False)
    key = default.get("KMSMasterKeyID")
    if said.key_kind is KeyKind.CUSTOMER_MANAGED and "Key" in made:
        assert key.rpartition("/")[2] == made["Key"]
    else:
        assert said.encryption.key == key


@pytest.mark.parametrize("case", STAGED, ids=[case.id for case in STAGED])
def test_every_outcome_that_was_read_comes_of_some_parameter(client: Client, case: Case) -> None:
    (said,) = read(case.text)
    encryptions = [way.encryption for way in said.outcomes] or [said.encryption]
    read_ = {e.algorithm or SSE_S3 for e in encryptions if isinstance(e, Encryption)}
    stacks, made = client("cloudformation"), set()
    for value in ("dev", "prod"):
        stack = f"{re.sub(r'[^A-Za-z0-9]+', '-', case.id)}-{value}"
        stage = {"ParameterKey": "Stage", "ParameterValue": value}
        stacks.create_stack(StackName=stack, TemplateBody=case.text, Parameters=[stage])
        for resource in stacks.describe_stack_resources(StackName=stack)["StackResources"]:
            if "PhysicalResourceId" not in resource:
                continue  # its condition is false
            rule = got(client("s3"), resource["PhysicalResourceId"])
            made.add(rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"])
        stacks.delete_stack(StackName=stack)

    assert made == read_
    assert (made <= {*KMS_ALGORITHMS}) is (case.verdict is Verdict.PASS)


def test_cfn_lint_finds_no_error_in_what_is_made(tmp_path: Path) -> None:
    for number, case in enumerate(DEPLOYED):
        (tmp_path / f"{number}.yaml").write_text(case.text)

    tool = str(Path(sys.executable).with_name("cfn-lint"))
    command = [tool, "--non-zero-exit-code", "error", "--", *map(str, tmp_path.iterdir())]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


def test_every_edited_template_is_made_that_can_be() -> None:
    made = {case.id for case in (*MADE, *STAGED)}

    assert len(FIXED) >= 25
    assert {case.id for case in FIXED} - made == NOT_MADE
