"""`s3kms plan` and `fix --plan` against LocalStack: a server that other people wrote."""

import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from tests.support.cli import Shell
from tests.support.localstack.server import LocalStack

pytestmark = [pytest.mark.localstack, pytest.mark.slow]
ENV = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}
CLASSES = {
    "ls-plan-plain": "ready",
    "ls-plan-source": "ready",
    "ls-plan-access-logs": "stay",
    "ls-plan-www": "stay",
    "ls-plan-flow-logs": "prepare",
}


@pytest.fixture
def s3(localstack: LocalStack) -> Any:
    client: Any = boto3.client(
        "s3",
        endpoint_url=localstack.url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    for name in CLASSES:
        client.create_bucket(Bucket=name)
    client.put_bucket_website(
        Bucket="ls-plan-www", WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}}
    )
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "delivery.logs.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::ls-plan-flow-logs/*",
    }
    client.put_bucket_policy(Bucket="ls-plan-flow-logs", Policy=json.dumps({"Statement": [statement]}))
    client.put_bucket_logging(
        Bucket="ls-plan-source",
        BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": "ls-plan-access-logs", "TargetPrefix": "s/"}},
    )
    return client


def test_the_classes_are_those_of_the_embedded_aws_and_only_what_is_ready_is_changed(
    s3: Any, localstack: LocalStack, tmp_path: Path
) -> None:
    shell = Shell(
        tmp_path, {**ENV, "AWS_ENDPOINT_URL": localstack.url, "XDG_STATE_HOME": str(tmp_path / "state")}
    )
    planned = shell("plan", "s3://ls-plan-*", "--out", "plan.json", "--format", "json")
    found = {one["bucket"]: one["class"] for one in json.loads(planned.out)["buckets"]}

    assert found == CLASSES, planned.err
    done = shell("fix", "--plan", "plan.json", "--apply", "--yes")
    assert done.exit == 0, done.out + done.err
    algorithms = {
        name: s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"][0][
            "ApplyServerSideEncryptionByDefault"
        ]["SSEAlgorithm"]
        for name in CLASSES
    }
    assert algorithms == {
        name: "aws:kms" if plan_class == "ready" else "AES256" for name, plan_class in CLASSES.items()
    }
