"""`s3kms reencrypt` against LocalStack: a server that other people wrote, and that does not know the call."""

from pathlib import Path
from typing import Any

import boto3
import pytest
from tests.support.cli import Shell
from tests.support.localstack.server import LocalStack

pytestmark = [pytest.mark.localstack, pytest.mark.slow]
REGION, BUCKET = "us-east-1", "ls-reencrypt"
BODIES = {f"a b+{number}": f"body {number}".encode() for number in range(12)}


def client(localstack: LocalStack, service: str) -> Any:
    session: Any = boto3.Session("test", "test", region_name=REGION)
    return session.client(service, endpoint_url=localstack.url)


def test_no_object_is_touched_and_nothing_is_left_behind(localstack: LocalStack, tmp_path: Path) -> None:
    s3 = client(localstack, "s3")
    s3.create_bucket(Bucket=BUCKET)
    for key, body in BODIES.items():
        s3.put_object(Bucket=BUCKET, Key=key, Body=body)
    rule = {
        "SSEAlgorithm": "aws:kms",
        "KMSMasterKeyID": client(localstack, "kms").create_key()["KeyMetadata"]["Arn"],
    }
    s3.put_bucket_encryption(
        Bucket=BUCKET,
        ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": rule}]},
    )
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": REGION}
    shell = Shell(tmp_path, {**keys, "AWS_ENDPOINT_URL": localstack.url})

    done = shell("reencrypt", f"s3://{BUCKET}", "--accept", "no-way-back", "--apply", "--yes")

    assert done.exit == 5, done.err
    assert "UpdateObjectEncryption on this server, which is not AWS" in done.err
    listed = [entry["Key"] for entry in s3.list_objects_v2(Bucket=BUCKET)["Contents"]]
    assert {key: s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in listed} == BODIES
