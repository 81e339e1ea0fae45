"""`s3kms verify --watch`: what a run did to those who use its buckets, seen afterwards."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.s3.models import s3_backends
from tests.support.cli import Done, Shell
from tests.support.sdk import client_of

import s3kms
from s3kms.changes.runs import Run
from s3kms.changes.watching import WatchCallbacks, WatchProgress
from s3kms.demo.aws import EmbeddedAws
from s3kms.demo.sample_estate import FRANKFURT

ACCOUNT = "222222222222"
BUCKET = "team-logs"
NO_HARM = {"s3kms_watch_kms": "pass"}


@pytest.fixture
def s3(aws: EmbeddedAws) -> Any:
    client = client_of(aws, ACCOUNT, "s3", FRANKFURT)
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": FRANKFURT})
    return client


@pytest.fixture
def key(aws: EmbeddedAws) -> str:
    made = client_of(aws, ACCOUNT, "kms", FRANKFURT).create_key()
    return str(made["KeyMetadata"]["Arn"])


@pytest.fixture
def sh(aws: EmbeddedAws, shell: Shell) -> Shell:
    where = {"AWS_ENDPOINT_URL": aws.url, "AWS_REGION": FRANKFURT, "XDG_STATE_HOME": str(shell.folder)}
    return shell.having(**aws.credentials(ACCOUNT), **where)


@pytest.fixture
def run(sh: Shell, s3: Any, key: str) -> str:
    assert sh("fix", f"s3://{BUCKET}", "--key", key, "--apply", "--yes").exit == 0
    (listed,) = json.loads(sh("runs", "--format", "json").out)
    return str(listed["run"])


def watched(done: Done) -> dict[str, str]:
    return {f["rule"]: f["verdict"] for f in done.findings if f["rule"].startswith("s3kms_watch")}


def let_nobody_use(aws: EmbeddedAws, key: str) -> None:
    statements: list[dict[str, Any]] = [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*"},
        {"Effect": "Deny", "Principal": "*", "Action": "kms:GenerateDataKey"},
    ]
    policy = {"Version": "2012-10-17", "Statement": [{**one, "Resource": "*"} for one in statements]}
    kms = client_of(aws, ACCOUNT, "kms", FRANKFURT)
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(policy))


def put_denied(s3: Any) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.put_object(Bucket=BUCKET, Key="app/1.log", Body=b"x")


def test_a_run_that_harmed_nobody_is_proved_by_one_look(sh: Shell, run: str, aws: EmbeddedAws) -> None:
    aws.calls.clear()

    done = sh("verify", run, "--watch", "0", "--format", "json")

    assert (done.exit, watched(done)) == (0, NO_HARM)
    assert "watched 0 s of 0 s: 1 check" in done.err
    calls = [call.operation for call in aws.calls]
    assert (calls.count("LookupEvents"), calls.count("ListMetrics"), calls.count("GetMetricData")) == (
        1,
        2,
        0,
    )


def test_who_is_refused_the_key_is_told_with_the_command_that_puts_the_bucket_back(
    sh: Shell, run: str, s3: Any, key: str, aws: EmbeddedAws
) -> None:
    let_nobody_use(aws, key)
    put_denied(s3)

    done = sh("verify", run, "--watch", "0", "--format", "json")

    assert (done.exit, watched(done)) == (10, {"s3kms_watch_kms": "fail"})
    (finding,) = [f for f in done.findings if f["rule"] == "s3kms_watch_kms"]
    assert f"GenerateDataKey by arn:aws:iam::{ACCOUNT}:user/demo (AccessDenied)" in finding["message"]
    assert f"s3kms undo {run} s3://{BUCKET}" in done.err
    assert sh("undo", run, f"s3://{BUCKET}", "--apply", "--yes").exit == 0
    s3.put_object(Bucket=BUCKET, Key="app/1.log", Body=b"x")


def test_who_was_refused_before_the_run_or_in_another_bucket_is_not_its_harm(
    sh: Shell, s3: Any, key: str, aws: EmbeddedAws
) -> None:
    other = "team-other"
    s3.create_bucket(Bucket=other, CreateBucketConfiguration={"LocationConstraint": FRANKFURT})
    assert sh("fix", f"s3://{BUCKET}", "--key", key, "--apply", "--yes").exit == 0
    (listed,) = json.loads(sh("runs", "--format", "json").out)
    let_nobody_use(aws, key)
    with pytest.raises(ClientError):
        s3.put_object(Bucket=other, Key="x", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)

    assert watched(sh("verify", listed["run"], "--watch", "0", "--format", "json")) == NO_HARM


@pytest.mark.parametrize(
    "denied",
    [
        ("LookupEvents", "s3kms_watch_kms", "cloudtrail:LookupEvents"),
        ("ListMetrics", "s3kms_watch_errors", "cloudwatch:ListMetrics"),
        ("ListObjectsV2", "s3kms_watch_deliveries", "s3:ListBucket"),
        ("GetBucketReplication", "s3kms_watch_replication", "s3:GetReplicationConfiguration"),
    ],
)
def test_each_call_that_is_denied_is_unknown_with_its_action(
    sh: Shell, run: str, aws: EmbeddedAws, denied: tuple[str, str, str]
) -> None:
    operation, rule, action = denied
    aws.faults.fail(operation, 403, "AccessDenied", "Access Denied")
    done = sh("verify", run, "--watch", "0", "--format", "json")
    aws.faults.failures.clear()

    assert (done.exit, watched(done)[rule]) == (11, "unknown")
    (finding,) = [f for f in done.findings if f["rule"] == rule]
    assert finding["unknown"]["operation"] == operation
    assert action in finding["remedy"]


def count_in_cloudwatch(
    aws: EmbeddedAws, name: str, dimensions: dict[str, str], values: dict[int, int]
) -> None:
    now = datetime.now(UTC)
    data = [
        {
            "MetricName": name,
            "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
            "Timestamp": now + timedelta(minutes=minutes),
            "Value": value,
        }
        for minutes, value in values.items()
    ]
    client_of(aws, ACCOUNT, "cloudwatch", FRANKFURT).put_metric_data(Namespace="AWS/S3", MetricData=data)


OF_BUCKET = {"BucketName": BUCKET, "FilterId": "EntireBucket"}
OF_RULE = {"SourceBucket": BUCKET, "DestinationBucket": "copy", "RuleId": "all"}


@pytest.mark.parametrize(("after", "verdict"), [(5, "pass"), (500, "fail")])
def test_answers_4xx_that_rise_are_harm(
    sh: Shell, run: str, aws: EmbeddedAws, after: int, verdict: str
) -> None:
    count_in_cloudwatch(aws, "4xxErrors", OF_BUCKET, {-600: 10, -60: 10, 0: after})
    count_in_cloudwatch(aws, "4xxErrors", {**OF_BUCKET, "BucketName": "another"}, {0: 9999})

    done = sh("verify", run, "--watch", "0", "--format", "json")

    assert watched(done)["s3kms_watch_errors"] == verdict
    assert done.exit == {"pass": 0, "fail": 10}[verdict]


def replicate(s3: Any) -> None:
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    s3.create_bucket(Bucket="copy", CreateBucketConfiguration={"LocationConstraint": FRANKFURT})
    s3.put_bucket_versioning(Bucket="copy", VersioningConfiguration={"Status": "Enabled"})
    rule = {"ID": "all", "Status": "Enabled", "Prefix": "", "Destination": {"Bucket": "arn:aws:s3:::copy"}}
    role = f"arn:aws:iam::{ACCOUNT}:role/copy"
    s3.put_bucket_replication(Bucket=BUCKET, ReplicationConfiguration={"Role": role, "Rules": [rule]})


def test_replication_that_fails_is_harm_and_without_rules_it_is_not_spoken_of(
    sh: Shell, run: str, s3: Any, aws: EmbeddedAws
) -> None:
    count_in_cloudwatch(aws, "OperationsFailedReplication", OF_RULE, {0: 3})
    without = watched(sh("verify", run, "--watch", "0", "--format", "json"))
    replicate(s3)

    failed = sh("verify", run, "--watch", "0", "--format", "json")

    assert without == NO_HARM
    assert watched(failed)["s3kms_watch_replication"] == "fail"


def test_the_newest_objects_of_a_replicated_bucket_are_looked_at(
    sh: Shell, run: str, s3: Any, aws: EmbeddedAws
) -> None:
    replicate(s3)
    for number in range(5):
        s3.put_object(Bucket=BUCKET, Key=f"{number}", Body=b"x")
    aws.calls.clear()

    done = sh("verify", run, "--watch", "0", "--format", "json")

    assert watched(done)["s3kms_watch_replication"] == "pass"
    assert [call.operation for call in aws.calls].count("HeadObject") == 3


def write_objects(s3: Any, times: dict[str, datetime]) -> None:
    """As a service delivered them, then."""
    for name, at in times.items():
        s3.put_object(Bucket=BUCKET, Key=name, Body=b"x")
        s3_backends[ACCOUNT]["aws"].get_object(BUCKET, name).last_modified = at.replace(tzinfo=None)


@pytest.fixture
def client(aws: EmbeddedAws, tmp_path: Path) -> s3kms.Client:
    keys = aws.credentials(ACCOUNT)
    session = boto3.Session(keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"], region_name=FRANKFURT)
    return s3kms.Client(session=session, endpoint_url=aws.url, journal=tmp_path / "runs")


class Clock:
    """A clock that goes on while somebody sleeps."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)
        self.looks: list[WatchProgress] = []

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=max(seconds, 60))

    @property
    def callbacks(self) -> WatchCallbacks:
        return WatchCallbacks(on_look=self.looks.append, now=lambda: self.now, sleep=self.sleep)


def by_rule(check: s3kms.Check) -> dict[str, s3kms.Verdict]:
    return {one.rule: one.verdict for one in check if one.rule.startswith("s3kms_watch")}


def test_a_delivery_that_no_longer_comes_is_told_while_it_is_watched(client: s3kms.Client, s3: Any) -> None:
    run = client.apply(client.plan(f"s3://{BUCKET}"))
    assert run is not None
    began = datetime.now(UTC)
    hours = [began - timedelta(minutes=20 + 60 * number) for number in range(5)]
    write_objects(s3, {f"AWSLogs/1/elb/{at:%Y/%m/%d/%H%M}.gz": at for at in hours})
    write_objects(s3, {f"copied/{number}": began - timedelta(days=1) for number in range(9)})
    clock = Clock()

    early = client.verify(run, watch=timedelta(), callbacks=Clock().callbacks)
    late = client.verify(
        run, watch=timedelta(hours=5), interval=timedelta(hours=1), callbacks=clock.callbacks
    )

    assert by_rule(early)["s3kms_watch_deliveries"] is s3kms.Verdict.PASS
    assert by_rule(late)["s3kms_watch_deliveries"] is s3kms.Verdict.FAIL
    assert "AWSLogs/1/elb/" in next(one.message for one in late if one.rule == "s3kms_watch_deliveries")
    assert [len(one.new_harm) for one in clock.looks] == [0, 0, 0, 1, 0, 0]
    assert late.summary.exit is s3kms.Exit.FINDINGS


def test_what_was_undone_is_not_watched(client: s3kms.Client, s3: Any) -> None:
    run = client.apply(client.plan(f"s3://{BUCKET}"))
    assert run is not None
    client.undo(run, f"s3://{BUCKET}")

    assert by_rule(client.verify(run, watch=timedelta())) == {}
    oldest = client.runs()[-1]
    assert isinstance(oldest, Run)


def test_many_dates_and_prefixes_are_read_with_few_calls(
    client: s3kms.Client, s3: Any, aws: EmbeddedAws
) -> None:
    run = client.apply(client.plan(f"s3://{BUCKET}"))
    now = datetime.now(UTC)
    for days in range(40):
        at = now - timedelta(days=days)
        write_objects(s3, {f"a/{at:%Y/%m/%d}/x.gz": at})
    aws.calls.clear()

    found = client.verify(run, watch=timedelta())

    assert [call.operation for call in aws.calls].count("ListObjectsV2") <= 12
    assert found.summary.exit is s3kms.Exit.OK


def test_a_bucket_with_more_prefixes_than_are_listed_is_not_known(
    client: s3kms.Client, s3: Any, aws: EmbeddedAws
) -> None:
    run = client.apply(client.plan(f"s3://{BUCKET}"))
    for number in range(45):
        s3.put_object(Bucket=BUCKET, Key=f"team-{number}/x", Body=b"x")
    aws.calls.clear()

    found = client.verify(run, watch=timedelta())

    assert [call.operation for call in aws.calls].count("ListObjectsV2") == 40
    assert by_rule(found)["s3kms_watch_deliveries"] is s3kms.Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--watch", "24"), "--watch: '24' is not a time"),
        (("--watch", "soon"), "--watch: 'soon' is not a time"),
        (("--watch", "91d"), "not between 0 and 90 days"),
        (("--watch", "-1h"), "--watch"),
        (("--watch", "1h", "--interval", "0"), "--interval is less than a second"),
        (("--interval", "1m"), "--interval goes with --watch"),
    ],
)
def test_times_that_are_none_are_told(shell: Shell, words: tuple[str, ...], said: str) -> None:
    done = shell("verify", "20261123T114000Z-1a2b3c", *words)

    assert done.exit == 2
    assert said in done.err


def test_a_watch_needs_a_run(shell: Shell) -> None:
    done = shell("verify", "s3://logs", "--watch", "1h")

    assert done.exit == 2
    assert "--watch looks for harm that a run did" in done.err


@pytest.fixture
def watching(sh: Shell, run: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "s3kms", "verify", run, "--watch", "24h", "--format", "json"]
    process = subprocess.Popen(
        command,
        cwd=sh.folder,
        env=sh._environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield process
    with suppress(ProcessLookupError):
        process.kill()
    process.communicate()


def test_an_interruption_ends_the_watch_with_what_it_saw(watching: subprocess.Popen[str]) -> None:
    assert watching.stderr is not None
    while "1 check" not in watching.stderr.readline():
        assert watching.poll() is None
    watching.send_signal(signal.SIGINT)
    out, _ = watching.communicate(timeout=60)

    assert watching.returncode == 0
    rules = {finding["rule"] for finding in json.loads(out)["findings"]}
    assert {"s3kms_run", "s3kms_watch_kms"} <= rules


def test_the_printed_policy_is_enough_to_watch(sh: Shell, run: str, s3: Any, aws: EmbeddedAws) -> None:
    policy = json.loads(sh("permissions", "verify", "--watch").out)
    allowed = {action for statement in policy["Statement"] for action in statement["Action"]}

    assert {
        "cloudtrail:LookupEvents",
        "cloudwatch:ListMetrics",
        "cloudwatch:GetMetricData",
        "s3:ListBucket",
        "s3:GetObject",
        "s3:GetReplicationConfiguration",
    } <= allowed
    assert "s3:PutObject" not in allowed
    without = json.loads(sh("permissions", "verify").out)
    assert "cloudtrail:LookupEvents" not in str(without)
