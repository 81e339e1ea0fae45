"""The number of calls that an estimate counts for a version is the number that a run makes."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.support.aws_calls import put, rule
from tests.support.cli import Shell
from tests.support.sdk import client_of

from s3kms.demo.aws import MANAGEMENT, EmbeddedAws
from s3kms.objects.calls import COPY_CALLS, LISTING_CALLS, UPDATE_CALLS, VERIFICATION_CALLS

REGION, BUCKET = "eu-central-1", "data"
KEYS = [f"{number:03}" for number in range(12)]
ENGINES = {"update": ("--accept", "no-way-back"), "copy": ("--engine", "copy")}
CALLS = {"update": UPDATE_CALLS, "copy": COPY_CALLS}
MAX_RPS = 1000


@pytest.fixture
def shell(aws: EmbeddedAws, tmp_path: Path) -> Shell:
    s3 = client_of(aws, MANAGEMENT, "s3", REGION)
    place = {"LocationConstraint": REGION}
    s3.create_bucket(  # as AWS makes buckets: without ACLs
        Bucket=BUCKET, CreateBucketConfiguration=place, ObjectOwnership="BucketOwnerEnforced"
    )
    for key in KEYS:
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"x")
    arn = client_of(aws, MANAGEMENT, "kms", REGION).create_key()["KeyMetadata"]["Arn"]
    put(s3, BUCKET, rule("aws:kms", arn, BucketKeyEnabled=True))
    keys = aws.credentials(MANAGEMENT)
    return Shell(tmp_path, {"AWS_ENDPOINT_URL": aws.url, "AWS_REGION": REGION, **keys})


def calls_of(aws: EmbeddedAws) -> int:
    """Calls about our objects; not the byte that is read of the first one to check the server."""
    paths = {f"/{BUCKET}/{key}" for key in KEYS}
    return sum(call.path.partition("?")[0] in paths and call.operation != "GetObject" for call in aws.calls)


def plan_and_run(shell: Shell, engine: str) -> tuple[dict[str, Any], dict[str, Any]]:
    words = (
        *ENGINES[engine],
        "--canary",
        "0",
        "--max-rps",
        str(MAX_RPS),
        "--apply",
        "--yes",
        "--format",
        "json",
    )
    done = shell("reencrypt", f"s3://{BUCKET}", *words)
    assert done.exit == 0, done.err
    plan, run = map(json.loads, done.out.splitlines())
    return plan, run


@pytest.mark.parametrize("engine", ["update", "copy"])
def test_an_estimate_under_a_rate_counts_every_call_of_the_run(
    aws: EmbeddedAws, shell: Shell, engine: str
) -> None:
    shell("reencrypt", f"s3://{BUCKET}", *ENGINES[engine])
    aws.calls.clear()
    shell("reencrypt", f"s3://{BUCKET}", *ENGINES[engine])
    planning = calls_of(aws)
    aws.calls.clear()

    plan, run = plan_and_run(shell, engine)

    each = CALLS[engine].total + LISTING_CALLS + VERIFICATION_CALLS
    assert calls_of(aws) - planning == each * len(KEYS)
    assert plan["engines"][0]["estimate"]["seconds"] == pytest.approx(each * len(KEYS) / MAX_RPS)
    assert run["outcomes"][0]["versions"] == len(KEYS)


def test_the_documentation_names_the_number_of_calls() -> None:
    numbers = {one.total + LISTING_CALLS + VERIFICATION_CALLS for one in CALLS.values()}
    text = (Path(__file__).parents[3] / "docs" / "existing-objects.md").read_text(encoding="utf-8")

    assert numbers == {5}
    assert "up to five calls" in " ".join(text.split())
