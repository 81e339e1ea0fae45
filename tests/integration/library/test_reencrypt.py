"""The library's part about objects that are there, as a program uses it."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from tests.support.aws_calls import put, rule
from tests.support.sdk import client_of

import s3kms
from s3kms.demo.aws import MANAGEMENT, EmbeddedAws

REGION = "eu-central-1"


@pytest.fixture
def settings(aws: EmbeddedAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    for name, value in aws.environment(MANAGEMENT, REGION).items():
        monkeypatch.setenv(name, value)
    key = client_of(aws, MANAGEMENT, "kms", REGION).create_key()["KeyMetadata"]["Arn"]
    s3 = client_of(aws, MANAGEMENT, "s3", REGION)
    for bucket in ("data-1", "data-2", "plain"):
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        for number in range(3):
            s3.put_object(Bucket=bucket, Key=str(number), Body=b"x")
        if bucket != "plain":
            put(s3, bucket, rule("aws:kms", key, BucketKeyEnabled=True))
    return {"endpoint_url": aws.url, "journal": tmp_path / "runs"}


def test_buckets_are_planned_one_by_one_and_what_is_refused_says_why(settings: dict[str, Any]) -> None:
    with s3kms.Client(**settings) as client:
        found = client.plan_reencrypt("s3://*", accept=["no-way-back"])

    assert [(plan.wanted.bucket, plan.versions) for plan in found.plans] == [("data-1", 3), ("data-2", 3)]
    assert [str(one).partition(" is not")[0] for one in found.refused] == ["the default of s3://plain"]


def test_a_plan_is_carried_out_and_looked_at_again(settings: dict[str, Any]) -> None:
    with s3kms.Client(**settings) as client:
        (plan,) = client.plan_reencrypt("s3://data-1", accept=["no-way-back"]).plans
        result = client.reencrypt(plan)
        again = client.verify_objects(result.run)

    assert (result.exit, again.confirmed, again.is_clean) == (s3kms.Exit.OK, 3, True)
    assert [run.header.kind for run in client.runs() if hasattr(run, "header")] == ["objects"]


def test_a_hazard_is_refused_in_the_words_of_the_library(settings: dict[str, Any]) -> None:
    with s3kms.Client(**settings) as client:
        (plan,) = client.plan_reencrypt("s3://data-1").plans
        with pytest.raises(s3kms.Refused) as refused:
            client.reencrypt(plan)

    assert "accept='no-way-back'" in str(refused.value.advice)


def test_it_works_inside_a_running_loop(settings: dict[str, Any]) -> None:
    async def run() -> s3kms.Exit:
        async with s3kms.AsyncClient(**settings) as client:
            (plan,) = (await client.plan_reencrypt("s3://data-1", accept=["no-way-back"])).plans
            result = await client.reencrypt(plan)
            return result.exit

    assert asyncio.run(run()) is s3kms.Exit.OK


def test_a_prefix_and_versions_are_options(settings: dict[str, Any]) -> None:
    with s3kms.Client(**settings) as client:
        (plan,) = client.plan_reencrypt("s3://data-1", prefix="1", versions="current").plans

    assert plan.versions == 1
