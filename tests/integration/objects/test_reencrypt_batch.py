"""`s3kms reencrypt --engine batch` end to end over the embedded AWS, killed processes included."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.support.aws_calls import put, rule
from tests.support.batch_jobs import BUCKET, JOBS_BUCKET, REGION, BatchEstate, batch_estate
from tests.support.cli import Done, Shell
from tests.support.sdk import client_of

from s3kms.demo.aws import PRODUCTION, EmbeddedAws
from s3kms.demo.batch_faults import ReportLie

KEYS = [f"{number:03}" for number in range(24)]
SETTINGS = ("--set", f"job-bucket={JOBS_BUCKET}", "--set", "job-look-seconds=0")
APPLY = ("--accept", "no-way-back", "--apply", "--yes")


@pytest.fixture
def estate(aws: EmbeddedAws) -> BatchEstate:
    estate = batch_estate(aws)
    put(estate.s3, BUCKET, rule("aws:kms", estate.key, BucketKeyEnabled=True))
    estate.put(*KEYS)
    aws.calls.clear()
    return estate


@pytest.fixture
def shell(aws: EmbeddedAws, tmp_path: Path) -> Shell:
    keys = aws.credentials(PRODUCTION)
    return Shell(tmp_path, {"AWS_ENDPOINT_URL": aws.url, "AWS_REGION": REGION, **keys})


def reencrypt(shell: Shell, estate: BatchEstate, *words: str) -> Done:
    role = ("--set", f"job-role={estate.role}")
    return shell("reencrypt", "--engine", "batch", *SETTINGS, *role, *words, "--format", "json")


def documents(done: Done) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.out.splitlines()]


def outcomes(document: dict[str, Any]) -> dict[str, int]:
    return {f"{one['outcome']} {one['reason']}".strip(): one["versions"] for one in document["outcomes"]}


def test_a_dry_run_tells_the_jobs_hazards_and_makes_none(estate: BatchEstate, shell: Shell) -> None:
    done = reencrypt(shell, estate, f"s3://{BUCKET}")

    (plan,) = documents(done)
    assert [(one["engine"], one["versions"]) for one in plan["engines"]] == [("batch", len(KEYS))]
    told = {one["id"]: one["stands_in_the_way"] for one in plan["hazards"]}
    assert told == {
        "no_way_back": True,
        "not_aws": False,
        "batch_pace": False,
        "batch_from_documentation": False,
        "batch_listed_by_s3": False,
    }
    assert not {call.operation for call in estate.aws.calls} & {"CreateJob", "PutObject", "CreateRole"}


def test_jobs_move_all_and_the_record_says_so(estate: BatchEstate, shell: Shell) -> None:
    done = reencrypt(shell, estate, f"s3://{BUCKET}", *APPLY)

    assert done.exit == 0, done.err
    _, result = documents(done)
    assert outcomes(result) == {"changed": len(KEYS)}
    assert result["verification"]["confirmed"] == len(KEYS)
    assert {estate.key_of(key) for key in KEYS} == {estate.key}
    jobs = [call for call in estate.aws.calls if call.operation == "CreateJob"]
    assert len(jobs) == 3, "the proof, the first ten, and the others"


def test_a_prefix_reaches_the_list_that_s3_makes(estate: BatchEstate, shell: Shell) -> None:
    done = reencrypt(shell, estate, f"s3://{BUCKET}", "--prefix", "01", "--set", "job-list=s3", *APPLY)

    assert done.exit == 0, done.err
    assert [key for key in KEYS if estate.key_of(key)] == KEYS[10:20]


def test_without_a_role_the_plan_says_what_is_needed(estate: BatchEstate, shell: Shell) -> None:
    done = shell("reencrypt", "--engine", "batch", *SETTINGS, f"s3://{BUCKET}", *APPLY)

    assert done.exit == 4
    assert "--set job-role=ARN" in done.err
    assert "--accept" not in done.err


def test_the_role_is_made_on_request(estate: BatchEstate, shell: Shell) -> None:
    words = ("--set", "create-job-role=s3kms-batch-made")
    done = shell("reencrypt", "--engine", "batch", *SETTINGS, *words, f"s3://{BUCKET}", *APPLY)

    assert done.exit == 0, done.err
    iam = client_of(estate.aws, PRODUCTION, "iam", REGION)
    assert iam.get_role(RoleName="s3kms-batch-made")["Role"]["Description"].startswith("s3kms run ")


def test_a_report_that_lies_is_told_and_nothing_is_claimed(estate: BatchEstate, shell: Shell) -> None:
    estate.aws.faults.batch.lie, estate.aws.faults.batch.honest_jobs = ReportLie.NOTHING_DONE, 2

    done = reencrypt(shell, estate, f"s3://{BUCKET}", *APPLY)

    assert done.exit == 11
    _, result = documents(done)
    assert outcomes(result) == {"changed": 10, "failed report-not-believed": 14}
    assert "marks tasks as succeeded whose objects were not" in done.err


def test_a_run_that_was_killed_is_gone_on_with_by_its_own_jobs(estate: BatchEstate, shell: Shell) -> None:
    """Its answer to DescribeJob is an error that ends the process: the job goes on in AWS."""
    estate.aws.faults.fail("DescribeJob", 403, "AccessDenied")
    killed = reencrypt(shell, estate, f"s3://{BUCKET}", "--canary", "0", *APPLY)
    assert killed.exit != 0
    estate.aws.faults.failures.clear()
    run = documents(killed)[-1]["run"]

    done = shell("reencrypt", "--resume", run, "--apply", "--yes", "--format", "json")

    assert done.exit == 0, done.err
    assert outcomes(documents(done)[-1]) == {"changed": len(KEYS)}
