"""`s3kms check` against LocalStack: a server that other people wrote."""

from pathlib import Path
from typing import Any

import boto3
import pytest
from tests.support.cli import Shell
from tests.support.localstack.server import LocalStack

pytestmark = [pytest.mark.localstack, pytest.mark.slow]
ENV = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}


@pytest.fixture(scope="module")
def key(localstack: LocalStack) -> str:
    """Seeds three buckets; the ARN of the customer managed key among them."""
    client: dict[str, Any] = {
        "endpoint_url": localstack.url,
        "region_name": "us-east-1",
        "aws_access_key_id": "test",
        "aws_secret_access_key": "test",
    }
    s3, kms = boto3.client("s3", **client), boto3.client("kms", **client)
    arn: str = kms.create_key()["KeyMetadata"]["Arn"]
    for name, default in {
        "ls-untouched": None,
        "ls-aws-managed": {"SSEAlgorithm": "aws:kms"},
        "ls-customer": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": arn},
    }.items():
        s3.create_bucket(Bucket=name)
        if default:
            rule: Any = {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}
            s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
    return arn


@pytest.fixture
def there(localstack: LocalStack, key: str, tmp_path: Path) -> Shell:
    return Shell(tmp_path, {**ENV, "AWS_ENDPOINT_URL": localstack.url})


def test_the_verdicts_are_the_same_as_on_the_embedded_aws(there: Shell) -> None:
    done = there("check", "--format", "json", "s3://ls-*", "--no-directory-buckets")

    assert done.verdicts() == {"ls-untouched": "fail", "ls-aws-managed": "pass", "ls-customer": "pass"}
    assert {f["region"] for f in done.findings} == {"us-east-1"}
    assert done.exit == 10


def test_its_keys_are_read_and_usable(there: Shell, key: str) -> None:
    done = there(
        "check",
        "--format",
        "json",
        "s3://ls-customer",
        "--rule",
        "s3_bucket_kms_key_usable",
        "--no-directory-buckets",
    )

    (finding,) = [f for f in done.findings if f["rule"] == "s3_bucket_kms_key_usable"]
    assert finding["verdict"] == "pass"
    assert finding["encryption"]["key"] == key
    assert finding["encryption"]["key_kind"] == "customer-managed"


def test_a_default_that_was_deleted_there_is_unknown_and_not_guessed(
    there: Shell, localstack: LocalStack
) -> None:
    """LocalStack answers with no rules then, as servers do that do not know the sub-resource."""
    s3 = boto3.client(
        "s3",
        endpoint_url=localstack.url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    s3.create_bucket(Bucket="ls-deleted")
    s3.delete_bucket_encryption(Bucket="ls-deleted")

    done = there("check", "--format", "json", "s3://ls-deleted", "--no-directory-buckets")

    assert done.verdicts() == {"ls-deleted": "unknown"}
    assert done.exit == 11


def test_directory_buckets_that_it_does_not_know_are_not_invented(there: Shell) -> None:
    done = there("check", "--format", "json")

    assert all(not (f["bucket"] or "").endswith("--x-s3") for f in done.findings)
