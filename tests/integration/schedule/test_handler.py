"""The function of a schedule, run as Lambda runs it, against the embedded AWS."""

import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
import yaml
from tests.support.cli import Shell

from s3kms.demo.aws import EmbeddedAws
from s3kms.demo.sample_estate import FRANKFURT, PROFILES
from s3kms.model.errors import AwsError, BadInput, S3kmsError, Stopped
from s3kms.scheduled import handler

BUCKET = "s3kms-results"
MANAGEMENT = PROFILES["management"]


@dataclass
class Invocation:
    """What Lambda tells; `left` are the milliseconds at each question."""

    left: Iterator[int] | None = None

    def get_remaining_time_in_millis(self) -> int:
        return next(self.left, 0) if self.left else 900_000


@pytest.fixture
def account(estate: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> EmbeddedAws:
    """The management account's credentials, and a bucket of its own for results."""
    keys = estate.environment(MANAGEMENT)
    for name, value in {**keys, "AWS_REGION": FRANKFURT, "AWS_EC2_METADATA_DISABLED": "true"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("S3KMS_RESULTS", f"s3://{BUCKET}/s3kms/")
    monkeypatch.setenv("S3KMS_RESULTS_OWNER", MANAGEMENT)
    monkeypatch.delenv("S3KMS_SCHEDULED_CHECK", raising=False)
    s3 = client(estate)
    if BUCKET not in {one["Name"] for one in s3.list_buckets()["Buckets"]}:
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": FRANKFURT})
    estate.calls.clear()
    return estate


def client(aws: EmbeddedAws) -> Any:
    keys = aws.credentials(MANAGEMENT)
    return boto3.client(
        "s3",
        endpoint_url=aws.url,
        region_name=FRANKFURT,
        aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=keys.get("AWS_SESSION_TOKEN"),
    )


def results(aws: EmbeddedAws) -> list[str]:
    listed = client(aws).list_objects_v2(Bucket=BUCKET).get("Contents", [])
    return [one["Key"] for one in listed]


def use(monkeypatch: pytest.MonkeyPatch, shell: Shell, *arguments: str) -> dict[str, Any]:
    """The template of this schedule, whose environment is set."""
    address = ("--results", f"s3://{BUCKET}/s3kms/")
    template: dict[str, Any] = yaml.safe_load(shell("schedule", "function", *address, *arguments).out)
    variables = template["Resources"]["Function"]["Properties"]["Environment"]["Variables"]
    monkeypatch.setenv("S3KMS_SCHEDULED_CHECK", variables["S3KMS_SCHEDULED_CHECK"])
    return template


def test_the_result_is_in_the_bucket_and_a_later_check_compares_with_it(
    account: EmbeddedAws, production: Shell
) -> None:
    told = handler({"any": "event"}, Invocation())

    assert re.fullmatch(rf"s3://{BUCKET}/s3kms/\d{{4}}-\d\d-\d\d/\d{{6}}-\d{{6}}\.json", told["result"])
    body = (
        client(account)
        .get_object(Bucket=BUCKET, Key=told["result"].partition(f"{BUCKET}/")[2])["Body"]
        .read()
    )
    document = json.load(io.BytesIO(body))
    assert document["summary"]["buckets"] == told["buckets"] > 1
    assert {"exit": told["exit"], "fail": told["fail"]} == {
        "exit": document["summary"]["exit"],
        "fail": document["summary"]["fail"],
    }
    (production.folder / "last.json").write_bytes(body)
    shell = Shell(production.folder, account.environment(MANAGEMENT))
    assert shell("check", "--since", "last.json", "--fail-on", "new").exit == 0


def test_a_whole_organization_is_checked_with_the_calls_that_its_role_allows(
    account: EmbeddedAws, monkeypatch: pytest.MonkeyPatch, shell: Shell
) -> None:
    template = use(monkeypatch, shell, "--org")
    account.calls.clear()
    told = handler({}, Invocation())

    assert told["buckets"] > 40
    (policy,) = template["Resources"]["Role"]["Properties"]["Policies"]
    actions = {action for one in policy["PolicyDocument"]["Statement"] for action in one["Action"]}
    of_call = {
        "ListBuckets": "s3:ListAllMyBuckets",
        "GetBucketEncryption": "s3:GetEncryptionConfiguration",
        "ListDirectoryBuckets": "s3express:ListAllMyDirectoryBuckets",
        "ListAccounts": "organizations:ListAccounts",
        "AssumeRole": "sts:AssumeRole",
        "PutObject": "s3:PutObject",
        "GetCallerIdentity": None,
    }
    needed = {of_call[call.operation] for call in account.calls} - {None}
    assert needed <= actions
    assert {call.account for call in account.calls if call.operation == "PutObject"} == {MANAGEMENT}


def test_results_are_never_written_to_a_bucket_of_another_account(
    account: EmbeddedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("S3KMS_RESULTS_OWNER", PROFILES["production"])
    before = results(account)

    with pytest.raises(AwsError, match=f"s3://{BUCKET}/s3kms/"):
        handler({}, Invocation())
    assert results(account) == before


def test_a_check_that_runs_out_of_time_writes_nothing_and_says_so(
    account: EmbeddedAws, caplog: pytest.LogCaptureFixture
) -> None:
    before = results(account)

    with pytest.raises(Stopped, match="not done within the time"):
        handler({}, Invocation(iter([900_000, 900_000])))
    assert results(account) == before
    assert "hint: give it more memory" in caplog.text


def test_a_check_that_fails_fails_the_function(account: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")

    with pytest.raises(S3kmsError):
        handler({}, Invocation())


def test_the_configuration_of_the_package_counts(
    account: EmbeddedAws, monkeypatch: pytest.MonkeyPatch, shell: Shell
) -> None:
    exemption = '[[exemptions]]\nbuckets = "acme-*"\nrule = "s3_bucket_kms_encryption"\nreason = "a test"\n'
    (shell.folder / "s3kms.toml").write_text(exemption)
    monkeypatch.setenv("LAMBDA_TASK_ROOT", str(shell.folder))

    told = handler({}, Invocation())
    assert told["exempt"] > 0


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("S3KMS_RESULTS", "", "is not s3://bucket/prefix/"),
        ("S3KMS_RESULTS", "s3:///x", "bucket"),
        ("S3KMS_RESULTS_OWNER", "me", "is not the id of an account"),
        ("S3KMS_SCHEDULED_CHECK", "{", "is not JSON"),
        ("S3KMS_SCHEDULED_CHECK", "[]", "is not an object"),
        ("S3KMS_SCHEDULED_CHECK", '{"since": "/etc/passwd"}', "'since', which no scheduled check takes"),
    ],
)
def test_an_environment_that_is_wrong_is_said_before_anything_is_called(
    account: EmbeddedAws, monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(BadInput, match=re.escape(sentence)):
        handler({}, Invocation())
    assert account.calls == []
