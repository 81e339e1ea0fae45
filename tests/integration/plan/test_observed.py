"""`s3kms plan --observed`: who really used the buckets, from logs in files and in buckets, on the wire."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import boto3
import pytest
from tests.conftest import shell_of
from tests.integration.plan.test_access import BUCKET, answers
from tests.support.account_seed import READS_OBJECTS, create_bucket, create_key, create_role
from tests.support.cli import Shell
from tests.support.observed_logs import OWN, denied, event, role, write_events
from tests.support.sdk import client_of

import s3kms
from s3kms.access.observed import THROUGH_UNKNOWN
from s3kms.demo.aws import PRODUCTION, SANDBOX, EmbeddedAws

WORDS = "User is not authorized to perform: s3:PutObject because no identity-based policy allows the action"


@pytest.fixture
def aws(server: EmbeddedAws) -> EmbeddedAws:
    server.reset()
    create_bucket(server, PRODUCTION, BUCKET)
    return server


@pytest.fixture
def key(aws: EmbeddedAws) -> str:
    return create_key(aws, PRODUCTION)


def own_event(name: str, who: str, **more: Any) -> dict[str, Any]:
    return event(name, role(who, PRODUCTION, "/"), BUCKET, **more)


def plan(aws: EmbeddedAws, folder: Path, *options: str) -> dict[str, Any]:
    shell: Shell = shell_of(aws, folder)
    found: dict[str, Any] = json.loads(shell("plan", f"s3://{BUCKET}", *options, "--format", "json").out)
    return found


def observed(found: dict[str, Any]) -> dict[str, bool | None]:
    return {
        name.rsplit("/", 1)[-1]: one["observed"]
        for one in found["buckets"][0]["access"]
        for name in one["principals"]
    }


def test_principals_that_never_came_are_told_apart(aws: EmbeddedAws, key: str, tmp_path: Path) -> None:
    create_role(aws, PRODUCTION, "reader", READS_OBJECTS)
    create_role(aws, PRODUCTION, "idle", READS_OBJECTS)
    logs = write_events(
        tmp_path / "AWSLogs" / "a.json.gz",
        [own_event("GetObject", "reader"), own_event("GetObject", "reader", at="2026-11-26T00:00:00Z")],
    )

    found = plan(aws, tmp_path, "--key", key, "--observed", str(logs.parent))

    assert observed(found) == {"reader": True, "idle": False}
    (window,) = found["buckets"][0]["observed"]["windows"]
    assert (window["first"][:10], window["last"][:10], window["reads"]) == ("2026-11-01", "2026-11-26", True)
    assert found["request"]["observed"] == [str(logs.parent)]
    assert {one["observed"] for one in found["summary"]["access"]} == {True, False}


def test_without_a_log_about_the_bucket_nothing_is_known(aws: EmbeddedAws, key: str, tmp_path: Path) -> None:
    create_role(aws, PRODUCTION, "reader", READS_OBJECTS)
    logs = write_events(tmp_path / "a.json", [event("GetObject", bucket="another-bucket")])

    found = plan(aws, tmp_path, "--key", key, "--observed", str(logs))

    assert observed(found) == {"reader": None}
    assert found["buckets"][0]["observed"] is None
    assert found["summary"]["observed"]["not_covered_examples"] == [BUCKET]


def test_logs_in_a_bucket_are_listed_once_and_each_object_is_read_once(
    aws: EmbeddedAws, key: str, tmp_path: Path
) -> None:
    create_role(aws, PRODUCTION, "reader", READS_OBJECTS)
    create_bucket(aws, PRODUCTION, "the-logs")
    s3 = client_of(aws, PRODUCTION, "s3", "eu-central-1")
    for number in range(3):
        data = write_events(tmp_path / "a.json.gz", [own_event("GetObject", "reader")]).read_bytes()
        s3.put_object(Bucket="the-logs", Key=f"trail/{number}.json.gz", Body=data)
    s3.put_object(Bucket="the-logs", Key="other/1.txt", Body=b"no log")
    aws.calls.clear()

    found = plan(aws, tmp_path, "--key", key, "--observed", "s3://the-logs/trail/")

    made = Counter(call.operation for call in aws.calls)
    assert (made["ListObjectsV2"], made["GetObject"]) == (1, 3)
    assert found["buckets"][0]["observed"]["principals"][0]["reads"] == 3
    assert found["summary"]["notes"] == []
    assert observed(found) == {"reader": True}


def test_a_bucket_of_logs_that_is_not_there_is_a_note_and_the_plan_goes_on(
    aws: EmbeddedAws, key: str, tmp_path: Path
) -> None:
    options = ("--key", key, "--observed", "s3://no-such-logs-here/trail/", "--format", "json")
    done = shell_of(aws, tmp_path)("plan", f"s3://{BUCKET}", *options)

    found = json.loads(done.out)
    assert (done.exit, found["buckets"][0]["class"]) == (11, "ready")
    assert found["summary"]["observed"]["complete"] is False
    assert any(
        "s3://no-such-logs-here/trail/ was not read to its end" in one for one in found["summary"]["notes"]
    )


def test_a_role_that_is_gone_is_told_and_one_that_nothing_lets_in_has_to_be_looked_at(
    aws: EmbeddedAws, key: str, tmp_path: Path
) -> None:
    create_role(aws, PRODUCTION, "rightless")
    logs = write_events(
        tmp_path / "a.json", [own_event("GetObject", one) for one in ("deleted", "rightless")]
    )

    found = plan(aws, tmp_path, "--key", key, "--observed", str(logs))

    assert answers(found["buckets"][0]) == {("rightless", "read"): "cannot be told"}
    assert found["buckets"][0]["class"] == "look"
    assert found["buckets"][0]["observed"]["gone"] == [f"arn:aws:iam::{PRODUCTION}:role/deleted"]


def test_writers_that_name_their_own_encryption_are_told_and_keep_nothing_from_being_ready(
    aws: EmbeddedAws, tmp_path: Path
) -> None:
    create_role(aws, PRODUCTION, "writer", {**READS_OBJECTS, "Action": ["s3:PutObject", "s3:GetObject"]})
    logs = write_events(
        tmp_path / "a.json",
        [own_event("PutObject", "writer", applied=one) for one in ("SSE_S3", "SSE_S3", "Default_SSE_S3")],
    )

    found = plan(aws, tmp_path, "--key", "aws/s3", "--observed", str(logs))

    (hazard,) = found["buckets"][0]["hazards"]
    assert hazard["id"] == "writers_name_encryption"
    assert "role/writer (SSE_S3 2 of 3)" in hazard["why"]
    assert found["buckets"][0]["class"] == "ready"


def test_the_table_says_the_window_and_the_words_of_aws(aws: EmbeddedAws, key: str, tmp_path: Path) -> None:
    create_role(aws, PRODUCTION, "reader", READS_OBJECTS)
    logs = write_events(
        tmp_path / "a.json",
        [own_event("GetObject", "reader"), {**denied("PutObject", role("x", PRODUCTION), WORDS + "\x1b[2J")}],
    )
    events = json.loads(logs.read_text())["Records"]
    events[1]["requestParameters"]["bucketName"] = BUCKET
    write_events(logs, events)

    shell = shell_of(aws, tmp_path)
    out = shell("plan", f"s3://{BUCKET}", "--key", key, "--observed", str(logs)).out

    text = " ".join(out.split())
    assert "seen between 2026-11-01 and 2026-11-01" in text
    assert f"AWS refused: {WORDS}\\x1b[2J" in text
    assert "\x1b[2J" not in out


@pytest.mark.parametrize("source", ["s3://", "s3:///x", "no-such-file"])
def test_a_source_that_is_none_is_an_error_of_usage(aws: EmbeddedAws, tmp_path: Path, source: str) -> None:
    found = shell_of(aws, tmp_path)("plan", f"s3://{BUCKET}", "--observed", source)

    assert found.exit == 2
    assert "--observed" in found.err


def test_the_queries_are_printed_without_calling_aws(tmp_path: Path, aws: EmbeddedAws) -> None:
    aws.calls.clear()

    found = shell_of(aws, tmp_path)("plan", "--observed-queries")

    assert found.exit == 0
    assert found.out.count("SELECT") == 3
    assert aws.calls == []


def test_logs_are_read_once_for_all_accounts_of_a_plan(estate: EmbeddedAws, tmp_path: Path) -> None:
    logs = write_events(
        tmp_path / "a.json",
        [
            event("GetObject", role("x", PRODUCTION), "acme-invoices"),
            event("GetObject", bucket="acme-invoices"),
        ],
    )
    shell = shell_of(estate, tmp_path, "management")
    options = ("--account", PRODUCTION, "--account", SANDBOX, "--observed", str(logs), "--format", "json")

    found = json.loads(shell("plan", "s3://acme-invoices", *options).out)

    (bucket,) = found["buckets"]
    assert bucket["observed"]["windows"][0]["events"] == 2
    assert bucket["observed"]["gone"] == [f"arn:aws:iam::{PRODUCTION}:role/team/x"]
    (stranger,) = [one for one in bucket["access"] if one["through"] == THROUGH_UNKNOWN]
    assert stranger["principals"] == [f"arn:aws:iam::{OWN}:role/team/reader"]


def test_a_plan_that_was_given_logs_is_carried_out_without_them(aws: EmbeddedAws, tmp_path: Path) -> None:
    create_role(aws, PRODUCTION, "writer", {**READS_OBJECTS, "Action": "s3:PutObject"})
    logs = write_events(tmp_path / "a.json", [own_event("PutObject", "writer", applied="SSE_S3")])
    shell = shell_of(aws, tmp_path)
    shell("plan", f"s3://{BUCKET}", "--key", "aws/s3", "--observed", str(logs), "--out", "plan.json")
    logs.unlink()

    done = shell("fix", "--plan", "plan.json", "--apply", "--yes")

    assert done.exit == 0, done
    s3 = client_of(aws, PRODUCTION, "s3", "eu-central-1")
    (rule,) = s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"


def test_a_program_gives_logs_to_an_assessment(aws: EmbeddedAws, key: str, tmp_path: Path) -> None:
    create_role(aws, PRODUCTION, "reader", READS_OBJECTS)
    logs = write_events(tmp_path / "a.json", [own_event("GetObject", "reader")])
    keys = aws.credentials(PRODUCTION)
    session = boto3.Session(
        keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"], region_name="eu-central-1"
    )

    with s3kms.Client(session=session, endpoint_url=aws.url) as client:
        (found,) = client.assess(f"s3://{BUCKET}", key=key, observed=[str(logs)])

    assert found.observed is not None
    assert [(one.name.rsplit("/", 1)[-1], one.reads) for one in found.observed.principals] == [("reader", 1)]
    assert [one.observed for one in found.access] == [True]
