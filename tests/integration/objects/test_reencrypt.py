"""`s3kms reencrypt` end to end over the embedded AWS: plan, run, record, resume."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.support.aws_calls import put, rule
from tests.support.cli import Done, Shell
from tests.support.sdk import client_of

from s3kms.demo.aws import MANAGEMENT, EmbeddedAws

REGION = "eu-central-1"
BUCKET = "data"
OBJECTS = 24


@pytest.fixture
def s3(aws: EmbeddedAws) -> Any:
    return client_of(aws, MANAGEMENT, "s3", REGION)


@pytest.fixture
def key(aws: EmbeddedAws) -> str:
    kms = client_of(aws, MANAGEMENT, "kms", REGION)
    return str(kms.create_key()["KeyMetadata"]["Arn"])


@pytest.fixture
def bucket(s3: Any, key: str) -> str:
    """Objects from before the default became the key, and one of a tenant's key."""
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    for number in range(OBJECTS):
        s3.put_object(Bucket=BUCKET, Key=f"{number:03}", Body=b"x" * number)
    put(s3, BUCKET, rule("aws:kms", key, BucketKeyEnabled=True))
    return BUCKET


@pytest.fixture
def shell(aws: EmbeddedAws, tmp_path: Path) -> Shell:
    keys = aws.credentials(MANAGEMENT)
    return Shell(tmp_path, {"AWS_ENDPOINT_URL": aws.url, "AWS_REGION": REGION, **keys})


def reencrypt(shell: Shell, *words: str) -> Done:
    return shell("reencrypt", *words, "--format", "json")


def documents(done: Done) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.out.splitlines()]


def keys_of(s3: Any) -> set[str | None]:
    listed = s3.list_objects_v2(Bucket=BUCKET)["Contents"]
    return {s3.head_object(Bucket=BUCKET, Key=one["Key"]).get("SSEKMSKeyId") for one in listed}


def test_a_dry_run_tells_what_would_be_moved_and_writes_nothing(
    aws: EmbeddedAws, s3: Any, shell: Shell, bucket: str, key: str
) -> None:
    aws.calls.clear()
    done = reencrypt(shell, f"s3://{bucket}")

    (plan,) = documents(done)
    assert (plan["versions"], plan["key"], plan["bucket_key"]) == (OBJECTS, key, True)
    assert [(one["engine"], one["versions"]) for one in plan["engines"]] == [("update", OBJECTS)]
    assert keys_of(s3) == {None}
    assert not {call.operation for call in aws.calls} & {"UpdateObjectEncryption", "PutObject", "CopyObject"}


def test_apply_moves_verifies_and_records(s3: Any, shell: Shell, bucket: str, key: str) -> None:
    done = reencrypt(shell, f"s3://{bucket}", "--accept", "no-way-back", "--apply", "--yes")

    assert done.exit == 0, done.err
    _, result = documents(done)
    assert result["outcomes"] == [
        {"engine": "update", "outcome": "changed", "reason": "", "versions": OBJECTS}
    ]
    assert result["verification"]["confirmed"] == OBJECTS
    assert keys_of(s3) == {key}
