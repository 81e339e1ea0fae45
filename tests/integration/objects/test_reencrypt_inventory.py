"""`s3kms reencrypt --from` a report of S3 Inventory: what the report lists is moved, and nothing else."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.support.aws_calls import put, rule
from tests.support.cli import Shell
from tests.support.inventory import CURRENT_COLUMNS, SOURCE, Report, Row
from tests.support.sdk import client_of

from s3kms.demo.aws import MANAGEMENT, EmbeddedAws

REGION = "eu-central-1"
LISTED = ["a b+c", "é/%2F", "plain"]


@pytest.fixture
def s3(aws: EmbeddedAws) -> Any:
    client = client_of(aws, MANAGEMENT, "s3", REGION)
    client.create_bucket(Bucket=SOURCE, CreateBucketConfiguration={"LocationConstraint": REGION})
    for key in (*LISTED, "not listed"):
        client.put_object(Bucket=SOURCE, Key=key, Body=key.encode())
    arn = client_of(aws, MANAGEMENT, "kms", REGION).create_key()["KeyMetadata"]["Arn"]
    put(client, SOURCE, rule("aws:kms", arn, BucketKeyEnabled=True))
    return client


@pytest.fixture
def shell(aws: EmbeddedAws, tmp_path: Path) -> Shell:
    keys = aws.credentials(MANAGEMENT)
    return Shell(tmp_path, {"AWS_ENDPOINT_URL": aws.url, "AWS_REGION": REGION, **keys})


def algorithms(s3: Any) -> dict[str, str]:
    return {
        key: s3.head_object(Bucket=SOURCE, Key=key)["ServerSideEncryption"] for key in (*LISTED, "not listed")
    }


def report(folder: Path) -> Report:
    made = Report(folder, columns=CURRENT_COLUMNS)
    made.add([Row(key=key) for key in LISTED[:2]])
    made.add([Row(key=key) for key in LISTED[2:]])
    made.finish()
    return made


ACCEPT = ("--accept", "no-way-back", "--apply", "--yes", "--format", "json")


@pytest.mark.parametrize("is_stored", [False, True])
def test_what_the_report_lists_is_moved_and_nothing_else(
    s3: Any, shell: Shell, tmp_path: Path, is_stored: bool
) -> None:
    made = report(tmp_path / "report")
    source = str(made.manifest)
    if is_stored:
        s3.create_bucket(Bucket="reports", CreateBucketConfiguration={"LocationConstraint": REGION})
        for path in filter(Path.is_file, made.root.rglob("*")):
            s3.put_object(Bucket="reports", Key=str(path.relative_to(made.root)), Body=path.read_bytes())
        source = f"s3://reports/{made.manifest.relative_to(made.root)}"

    done = shell("reencrypt", f"s3://{SOURCE}", "--from", source, *ACCEPT)

    assert done.exit == 0, done.err
    plan, result = [json.loads(line) for line in done.out.splitlines()]
    assert plan["versions"] == result["verification"]["confirmed"] == len(LISTED)
    assert algorithms(s3) == {**dict.fromkeys(LISTED, "aws:kms"), "not listed": "AES256"}


def test_the_report_of_another_bucket_moves_nothing(s3: Any, shell: Shell, tmp_path: Path) -> None:
    made = Report(tmp_path / "report", columns=CURRENT_COLUMNS, source="other")
    made.add([Row(key=LISTED[0], bucket="other")])

    done = shell("reencrypt", f"s3://{SOURCE}", "--from", str(made.finish()), *ACCEPT)

    assert "lists s3://other, not s3://logs" in done.err
    assert set(algorithms(s3).values()) == {"AES256"}
