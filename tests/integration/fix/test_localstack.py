"""`s3kms fix` and `undo` against LocalStack: a server that other people wrote."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from tests.support.cli import Shell
from tests.support.localstack.server import LocalStack

pytestmark = [pytest.mark.localstack, pytest.mark.slow]
ENV = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}
NAMES = ("ls-fix-plain", "ls-fix.with.dots")


def client(localstack: LocalStack, service: str) -> Any:
    return boto3.client(
        service,  # type: ignore[call-overload]
        endpoint_url=localstack.url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


@pytest.fixture
def there(localstack: LocalStack, tmp_path: Path) -> Shell:
    for name in NAMES:
        client(localstack, "s3").create_bucket(Bucket=name)
    return Shell(
        tmp_path, {**ENV, "AWS_ENDPOINT_URL": localstack.url, "XDG_STATE_HOME": str(tmp_path / "state")}
    )


def rule(localstack: LocalStack, name: str) -> Mapping[str, Any]:
    answer = client(localstack, "s3").get_bucket_encryption(Bucket=name)
    found: Mapping[str, Any] = answer["ServerSideEncryptionConfiguration"]["Rules"][0]
    return found


def test_fix_and_undo_with_a_key_and_with_the_aws_managed_one(there: Shell, localstack: LocalStack) -> None:
    targets = [f"s3://{name}" for name in NAMES]
    before = [rule(localstack, name) for name in NAMES]
    key = client(localstack, "kms").create_key()["KeyMetadata"]["Arn"]
    for options, written in (
        ([], {"SSEAlgorithm": "aws:kms"}),
        (["--key", key.split("/")[1]], {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}),
    ):
        done = there("fix", *targets, *options, "--apply", "--yes")
        assert done.exit == 0, done.out + done.err
        for name in NAMES:
            assert rule(localstack, name)["ApplyServerSideEncryptionByDefault"] == written
            assert rule(localstack, name)["BucketKeyEnabled"] is True

        run = json.loads(there("runs", "--format", "json").out)[0]["run"]
        undone = there("undo", run, "--apply", "--yes")
        assert undone.exit == 0, undone.out + undone.err
        assert [rule(localstack, name) for name in NAMES] == before


def test_a_key_that_is_not_there_is_refused(there: Shell) -> None:
    assert there("fix", f"s3://{NAMES[0]}", "--key", "alias/nope", "--apply", "--yes").exit == 4
