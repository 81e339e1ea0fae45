"""Every version of the evidence comes to one outcome or is skipped once, whichever reads of it fail."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from tests.support.aws_calls import put, rule
from tests.support.batch_jobs import BUCKET, JOBS_BUCKET, REGION, BatchEstate, batch_estate
from tests.support.cli import Done, Shell

from s3kms.demo.aws import PRODUCTION, EmbeddedAws

KEYS = [f"{number:03}" for number in range(19)]
JOBS = ("--set", f"job-bucket={JOBS_BUCKET}", "--set", "job-look-seconds=0")
APPLY = ("--canary", "0", "--max-error-share", "1", "--apply", "--yes", "--format", "json")
ACCEPTED = {"copy": (), "update": ("--accept", "no-way-back"), "batch": ("--accept", "no-way-back")}


@pytest.fixture
def estate(aws: EmbeddedAws) -> BatchEstate:
    estate = batch_estate(aws)
    put(estate.s3, BUCKET, rule("aws:kms", estate.key, BucketKeyEnabled=True))
    estate.put(*KEYS)
    estate.put("kms", ServerSideEncryption="aws:kms", SSEKMSKeyId=estate.key)
    aws.calls.clear()
    return estate


@pytest.fixture
def shell(aws: EmbeddedAws, tmp_path: Path) -> Shell:
    keys = aws.credentials(PRODUCTION)
    return Shell(tmp_path, {"AWS_ENDPOINT_URL": aws.url, "AWS_REGION": REGION, **keys})


def apply(shell: Shell, estate: BatchEstate, *engines: str, job_list: str = "ours") -> Done:
    words = [word for engine in engines for word in ("--engine", engine, *ACCEPTED[engine])]
    if "batch" in engines:
        words += [*JOBS, "--set", f"job-role={estate.role}", "--set", f"job-list={job_list}"]
    return shell("reencrypt", f"s3://{BUCKET}", *words, *APPLY)


def record(done: Done) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done.out.splitlines()[-1])
    assert found["kind"] == "reencrypt-run", done.err
    return found


def sums(run: dict[str, Any]) -> tuple[dict[str, int], dict[str, int]]:
    outcomes: dict[str, int] = {}
    for one in run["outcomes"]:
        name = f"{one['outcome']} {one['reason']}".strip()
        outcomes[name] = outcomes.get(name, 0) + one["versions"]
    return outcomes, run["left"]


@pytest.mark.parametrize(
    ("status", "share"),
    [(400, Fraction(0)), (400, Fraction(1, 2)), (400, Fraction(3, 7)), (404, Fraction(3, 7))],
)
@pytest.mark.parametrize("engines", [("update",), ("copy",), ("batch",), ("batch", "copy")])
def test_outcomes_and_skipped_versions_add_up_to_the_evidence(
    estate: BatchEstate, shell: Shell, engines: tuple[str, ...], status: int, share: Fraction
) -> None:
    if share:
        estate.aws.faults.fail("HeadObject", status, "Odd", bucket=BUCKET, key="0*", share=float(share))

    run = record(apply(shell, estate, *engines))

    outcomes, left = sums(run)
    assert sum(outcomes.values()) + sum(left.values()) == len(KEYS) + 1, (outcomes, left)


@pytest.mark.parametrize(
    ("job_list", "later"),
    [
        ("ours", ({"changed": 9, "failed not-in-job": 10}, {"already": 1})),
        ("s3", ({"changed": 9}, {"already": 11})),  # the list of S3 has what we could not read
    ],
)
def test_a_run_of_jobs_that_is_resumed_counts_each_version_once(
    estate: BatchEstate, shell: Shell, job_list: str, later: tuple[dict[str, int], dict[str, int]]
) -> None:
    estate.aws.faults.fail("HeadObject", 400, "Odd", bucket=BUCKET, key="00*")
    first = record(apply(shell, estate, "batch", job_list=job_list))
    estate.aws.faults.failures.clear()

    again = record(shell("reencrypt", "--resume", first["run"], "--apply", "--yes", "--format", "json"))

    assert sums(first) == ({"changed": 9, "failed 400": 10}, {"already": 1})
    assert sums(again) == later


def test_a_server_that_finds_no_listed_object_gets_no_clean_plan(estate: BatchEstate, shell: Shell) -> None:
    estate.aws.faults.fail("HeadObject", 404, "NoSuchKey", bucket=BUCKET)

    done = shell("reencrypt", f"s3://{BUCKET}", "--format", "json")

    assert (json.loads(done.out)["unread"], done.exit) == ({"gone": len(KEYS) + 1}, 11)
