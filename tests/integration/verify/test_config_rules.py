"""`s3kms verify --config-rules`: AWS Config has recorded what a run changed, and its rules look at that."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from tests.support.cli import Done, Shell
from tests.support.sdk import client_of
from tests.support.stub import Answer, Script, Stub
from tests.support.stub_aggregator import refusal, reply

import s3kms
from s3kms.changes.watching import RecordingProgress, WatchCallbacks
from s3kms.demo.aws import EmbeddedAws
from s3kms.demo.sample_estate import FRANKFURT

ACCOUNT = "222222222222"
BUCKETS = ("team-logs", "team-data")
BEFORE, LATER = timedelta(hours=-2), timedelta(minutes=2)
ALL = {"allSupported": True, "recordingStrategy": {"useOnly": "ALL_SUPPORTED_RESOURCE_TYPES"}}
CONTINUOUS = {"recordingFrequency": "CONTINUOUS"}


def recorder(group: dict[str, Any] = ALL, mode: dict[str, Any] = CONTINUOUS, scope: str = "PAID") -> Answer:
    one = {"name": "default", "recordingGroup": group, "recordingMode": mode, "recordingScope": scope}
    return reply(ConfigurationRecorders=[one])


def is_recording(yes: bool = True) -> Answer:
    return reply(ConfigurationRecordersStatus=[{"name": "default", "recording": yes}])


def item(
    bucket: str, key: str | None, after: timedelta = LATER, algorithm: str = "aws:kms"
) -> dict[str, Any]:
    """An item as BatchGetResourceConfig gives it: the supplementary values are JSON strings."""
    default = {"sseAlgorithm": algorithm, "kmsMasterKeyID": key}
    rules = {"rules": [{"applyServerSideEncryptionByDefault": default, "bucketKeyEnabled": True}]}
    return {
        "accountId": ACCOUNT,
        "configurationItemCaptureTime": (datetime.now(UTC) + after).timestamp(),
        "configurationItemStatus": "OK",
        "resourceType": "AWS::S3::Bucket",
        "resourceId": bucket,
        "resourceName": bucket,
        "awsRegion": FRANKFURT,
        "supplementaryConfiguration": {"ServerSideEncryptionConfiguration": json.dumps(rules)},
    }


def rule(name: str, identifier: str = "S3_DEFAULT_ENCRYPTION_KMS", owner: str = "AWS") -> dict[str, Any]:
    return {"ConfigRuleName": name, "Source": {"Owner": owner, "SourceIdentifier": identifier}}


RULES = reply(
    ConfigRules=[
        rule("s3-default-encryption-kms"),
        rule("acme-kms"),
        rule("versioned", "S3_BUCKET_VERSIONING_ENABLED"),
        rule("mine", owner="CUSTOM_LAMBDA"),
    ]
)


@dataclass(frozen=True)
class Made:
    """A run that gave two buckets a key."""

    shell: Shell
    run: str
    key: str


@pytest.fixture(scope="module")
def made(server: EmbeddedAws, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """One for all tests: a verification changes nothing."""
    server.reset()
    s3 = client_of(server, ACCOUNT, "s3", FRANKFURT)
    for name in BUCKETS:
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": FRANKFURT})
    key = str(client_of(server, ACCOUNT, "kms", FRANKFURT).create_key()["KeyMetadata"]["Arn"])
    folder = tmp_path_factory.mktemp("config_rules")
    where = {"AWS_ENDPOINT_URL": server.url, "AWS_REGION": FRANKFURT, "XDG_STATE_HOME": str(folder)}
    sh = Shell(folder, {**server.credentials(ACCOUNT), **where})
    assert sh("fix", *(f"s3://{name}" for name in BUCKETS), "--key", key, "--apply", "--yes").exit == 0
    (listed,) = json.loads(sh("runs", "--format", "json").out)
    return Made(sh, str(listed["run"]), key)


@pytest.fixture
def sh(made: Made) -> Shell:
    return made.shell


@pytest.fixture
def run(made: Made) -> str:
    return made.run


@pytest.fixture
def key(made: Made) -> str:
    return made.key


def config(key: str, **on: Answer | Script) -> Stub:
    """AWS Config that has recorded both buckets, but for what a test says."""
    return Stub(
        DescribeConfigurationRecorders=on.pop("recorders", recorder()),
        DescribeConfigurationRecorderStatus=on.pop("status", is_recording()),
        BatchGetResourceConfig=on.pop("items", reply(baseConfigurationItems=[item(n, key) for n in BUCKETS])),
        DescribeConfigRules=on.pop("rules", RULES),
        StartConfigRulesEvaluation=on.pop("start", reply()),
        **on,
    )


def verify(sh: Shell, stub: Stub, run: str, wait: str = "0") -> Done:
    there = sh.having(AWS_ENDPOINT_URL_CONFIG_SERVICE=stub.url, AWS_MAX_ATTEMPTS="1")
    return there("verify", run, "--config-rules", wait, "--format", "json")


def said(done: Done) -> dict[str, tuple[str, str]]:
    found = (f for f in done.findings if f["rule"] == "s3kms_config_rules")
    return {f["bucket"]: (f["verdict"], f["message"]) for f in found}


def calls(stub: Stub, name: str) -> list[dict[str, Any]]:
    return [json.loads(body) for operation, body in stub.calls if operation == name]


def test_rules_are_started_once_every_bucket_is_recorded(sh: Shell, run: str, key: str) -> None:
    with config(key) as stub:
        done = verify(sh, stub, run)

    assert {verdict for verdict, _ in said(done).values()} == {"pass"}
    for _, message in said(done).values():
        assert "after the run; the evaluation of acme-kms, s3-default-encryption-kms was started" in message
    assert calls(stub, "StartConfigRulesEvaluation") == [
        {"ConfigRuleNames": ["s3-default-encryption-kms", "acme-kms"]}
    ]
    assert len(calls(stub, "BatchGetResourceConfig")) == 1
    assert "AWS Config has recorded 2 of 2 buckets\n" in done.err
    assert done.exit == 0


def test_without_the_option_aws_config_is_not_asked(sh: Shell, run: str, key: str) -> None:
    with config(key) as stub:
        done = sh.having(AWS_ENDPOINT_URL_CONFIG_SERVICE=stub.url)("verify", run)

    assert stub.calls == []
    assert "config_rules" not in done.out


def test_where_no_such_rule_is_nothing_is_started_and_that_is_said(sh: Shell, run: str, key: str) -> None:
    with config(key, rules=reply(ConfigRules=[rule("versioned", "S3_BUCKET_VERSIONING_ENABLED")])) as stub:
        done = verify(sh, stub, run)

    assert all("no rule in eu-central-1 is made from" in message for _, message in said(done).values())
    assert calls(stub, "StartConfigRulesEvaluation") == []
    assert done.exit == 0


@pytest.mark.parametrize("late", ["before the run", "with what was there before", "never"])
def test_what_is_not_recorded_is_named_and_what_is_recorded_is_evaluated(
    sh: Shell, run: str, key: str, late: str
) -> None:
    other = {
        "before the run": [item(BUCKETS[1], key, BEFORE)],
        "with what was there before": [item(BUCKETS[1], None, LATER, "AES256")],
        "never": [],
    }[late]
    with config(key, items=reply(baseConfigurationItems=[item(BUCKETS[0], key), *other])) as stub:
        done = verify(sh, stub, run)

    assert said(done)[BUCKETS[0]][0] == "pass"
    verdict, message = said(done)[BUCKETS[1]]
    assert verdict == "unknown"
    assert ("does not show the change yet" if other else "has no item of it yet") in message
    assert len(calls(stub, "StartConfigRulesEvaluation")) == 1
    assert done.exit == 11


def test_where_nothing_is_recorded_no_rule_is_started(sh: Shell, run: str, key: str) -> None:
    with config(key, items=reply(baseConfigurationItems=[])) as stub:
        done = verify(sh, stub, run)

    assert {verdict for verdict, _ in said(done).values()} == {"unknown"}
    assert calls(stub, "DescribeConfigRules") == calls(stub, "StartConfigRulesEvaluation") == []


EXCEPT_S3 = {
    "allSupported": False,
    "recordingStrategy": {"useOnly": "EXCLUSION_BY_RESOURCE_TYPES"},
    "exclusionByResourceTypes": {"resourceTypes": ["AWS::S3::Bucket"]},
}
ONLY_EC2 = {
    "allSupported": False,
    "resourceTypes": ["AWS::EC2::Instance"],
    "recordingStrategy": {"useOnly": "INCLUSION_BY_RESOURCE_TYPES"},
}
DAILY = {"recordingFrequency": "DAILY"}
DAILY_S3 = {
    "recordingFrequency": "CONTINUOUS",
    "recordingModeOverrides": [{"resourceTypes": ["AWS::S3::Bucket"], "recordingFrequency": "DAILY"}],
}
HOURLY_S3 = {
    "recordingFrequency": "DAILY",
    "recordingModeOverrides": [{"resourceTypes": ["AWS::S3::Bucket"], "recordingFrequency": "CONTINUOUS"}],
}


@pytest.mark.parametrize(
    ("on", "why", "remedy"),
    [
        ({"recorders": reply(ConfigurationRecorders=[])}, "has no recorder", "put-configuration-recorder"),
        ({"recorders": recorder(scope="INTERNAL")}, "has no recorder", "put-configuration-recorder"),
        ({"status": is_recording(False)}, "is stopped", "start-configuration-recorder"),
        ({"recorders": recorder(EXCEPT_S3)}, "does not record AWS::S3::Bucket", "add that type"),
        ({"recorders": recorder(ONLY_EC2)}, "does not record AWS::S3::Bucket", "add that type"),
        ({"recorders": recorder(mode=DAILY)}, "makes items once a day", "to wait for it: s3kms verify"),
        ({"recorders": recorder(mode=DAILY_S3)}, "makes items once a day", "to wait for it: s3kms verify"),
        ({"recorders": recorder(mode=HOURLY_S3)}, "has no item of it yet", "to wait for it: s3kms verify"),
        (
            {"recorders": refusal("AccessDeniedException")},
            "AccessDenied",
            "config:DescribeConfigurationRecorders",
        ),
        ({"items": refusal("AccessDeniedException")}, "AccessDenied", "config:BatchGetResourceConfig"),
        ({"items": refusal("ThrottlingException")}, "throttled", "run again later"),
        ({"items": reply(other=1)}, "no baseConfigurationItems", "AWS_ENDPOINT_URL"),
    ],
)
def test_what_stands_in_the_way_is_unknown_with_what_to_do(
    made: Made, on: dict[str, Answer], why: str, remedy: str
) -> None:
    with config(made.key, **{"items": reply(baseConfigurationItems=[]), **on}) as stub:
        done = verify(made.shell, stub, made.run)

    findings = [f for f in done.findings if f["rule"] == "s3kms_config_rules"]
    assert {f["verdict"] for f in findings} == {"unknown"}
    assert why in findings[0]["message"]
    assert remedy in findings[0]["remedy"]
    assert calls(stub, "StartConfigRulesEvaluation") == []


@pytest.mark.parametrize(
    ("on", "why"),
    [
        ({"rules": refusal("AccessDeniedException")}, "AccessDenied"),
        ({"start": refusal("AccessDeniedException")}, "AccessDenied"),
        ({"start": refusal("LimitExceededException")}, "in progress, or was started less than a minute ago"),
        ({"start": refusal("NoSuchConfigRuleException")}, "NoSuchConfigRule"),
    ],
)
def test_rules_that_cannot_be_started_make_the_recorded_buckets_unknown(
    sh: Shell, run: str, key: str, on: dict[str, Answer], why: str
) -> None:
    with config(key, **on) as stub:
        done = verify(sh, stub, run)

    assert {verdict for verdict, _ in said(done).values()} == {"unknown"}
    assert all(
        "AWS Config recorded it at" in message and why in message for _, message in said(done).values()
    )


def test_more_rules_than_one_call_takes_are_started_in_several(sh: Shell, run: str, key: str) -> None:
    names = [f"acme-{number}" for number in range(30)]
    with config(key, rules=reply(ConfigRules=[rule(name) for name in names])) as stub:
        done = verify(sh, stub, run)

    assert [len(call["ConfigRuleNames"]) for call in calls(stub, "StartConfigRulesEvaluation")] == [25, 5]
    assert "and 27 more was started" in said(done)[BUCKETS[0]][1]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("verify", "s3://team-logs", "--config-rules", "1h"), "and none is named"),
        (("verify", "--run", "RUN", "--config-rules", "soon"), "soon"),
        (("verify", "--run", "RUN", "--config-rules", "4000d"), "is not between 0 and"),
    ],
)
def test_options_that_do_not_go_together_are_a_mistake(
    sh: Shell, run: str, arguments: tuple[str, ...], why: str
) -> None:
    done = sh(*(run if word == "RUN" else word for word in arguments))

    assert done.exit == 2
    assert why in done.err


def test_the_option_is_never_taken_from_the_environment(sh: Shell, run: str, key: str) -> None:
    with config(key) as stub:
        sh.having(S3KMS_CONFIG_RULES="0", AWS_ENDPOINT_URL_CONFIG_SERVICE=stub.url)("verify", run)

    assert stub.calls == []


def test_permissions_knows_what_it_calls(sh: Shell) -> None:
    without, with_ = sh("permissions", "verify"), sh("permissions", "verify", "--config-rules")

    assert "config:" not in without.out
    actions = {a for s in json.loads(with_.out)["Statement"] for a in s["Action"] if a.startswith("config:")}
    assert actions == {
        "config:BatchGetResourceConfig",
        "config:DescribeConfigRules",
        "config:DescribeConfigurationRecorderStatus",
        "config:DescribeConfigurationRecorders",
        "config:StartConfigRulesEvaluation",
    }


# Waiting, with a clock of the test's


class Clock:
    """A clock that goes on while somebody sleeps."""

    def __init__(self, stop_after: int = 10_000) -> None:
        self.start = self.now = datetime.now(UTC)
        self.progress: list[RecordingProgress] = []
        self.stop_after = stop_after

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=max(seconds, 20))

    @property
    def callbacks(self) -> WatchCallbacks:
        return WatchCallbacks(
            now=lambda: self.now,
            sleep=self.sleep,
            on_recording=self.progress.append,
            should_stop=lambda: len(self.progress) >= self.stop_after,
        )


@pytest.fixture
def waited(
    server: EmbeddedAws, sh: Shell, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Stub, str, timedelta, Clock], s3kms.Check]:
    def verify_for(stub: Stub, run: str, duration: timedelta, clock: Clock) -> s3kms.Check:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        monkeypatch.setenv("AWS_ENDPOINT_URL_CONFIG_SERVICE", stub.url)
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
        key, secret, *_ = server.credentials(ACCOUNT).values()
        session = boto3.Session(key, secret, region_name=FRANKFURT)
        with s3kms.Client(session=session, journal=sh.folder / "s3kms" / "runs") as client:
            return client.verify(run, config_rules=duration, callbacks=clock.callbacks)

    return verify_for


def verdicts(check: s3kms.Check) -> set[s3kms.Verdict]:
    return {finding.verdict for finding in check if finding.rule == "s3kms_config_rules"}


def test_an_item_that_comes_later_is_waited_for_a_look_a_minute(
    run: str, key: str, waited: Callable[[Stub, str, timedelta, Clock], s3kms.Check]
) -> None:
    answers = iter([[], [item(BUCKETS[0], key)], [item(BUCKETS[1], key)]])
    clock = Clock()
    with config(key, items=lambda _: reply(baseConfigurationItems=next(answers))) as stub:
        check = waited(stub, run, timedelta(minutes=30), clock)

    assert verdicts(check) == {s3kms.Verdict.PASS}
    assert len(calls(stub, "BatchGetResourceConfig")[2]["resourceKeys"]) == 1
    assert timedelta(minutes=2) <= clock.now - clock.start < timedelta(minutes=4)
    assert [(one.recorded, one.buckets) for one in clock.progress] == [(0, 2), (1, 2), (2, 2)]
    assert len(calls(stub, "StartConfigRulesEvaluation")) == 1


def test_the_wait_ends_when_its_time_is_over(
    run: str, key: str, waited: Callable[[Stub, str, timedelta, Clock], s3kms.Check]
) -> None:
    clock = Clock()
    with config(key, items=reply(baseConfigurationItems=[])) as stub:
        check = waited(stub, run, timedelta(minutes=5), clock)

    assert verdicts(check) == {s3kms.Verdict.UNKNOWN}
    assert len(calls(stub, "BatchGetResourceConfig")) == 6
    assert len(calls(stub, "DescribeConfigurationRecorders")) == 1


def test_what_never_comes_is_not_waited_for(
    run: str, key: str, waited: Callable[[Stub, str, timedelta, Clock], s3kms.Check]
) -> None:
    clock = Clock()
    empty = reply(baseConfigurationItems=[])
    with config(key, items=empty, recorders=reply(ConfigurationRecorders=[])) as stub:
        waited(stub, run, timedelta(hours=24), clock)

    assert clock.now == clock.start


def test_an_evaluation_that_is_under_way_is_started_a_minute_later(
    run: str, key: str, waited: Callable[[Stub, str, timedelta, Clock], s3kms.Check]
) -> None:
    answers = iter([refusal("LimitExceededException"), reply()])
    with config(key, start=lambda _: next(answers)) as stub:
        check = waited(stub, run, timedelta(minutes=5), Clock())

    assert verdicts(check) == {s3kms.Verdict.PASS}
    assert len(calls(stub, "StartConfigRulesEvaluation")) == 2


def test_an_interrupted_wait_starts_no_rule(
    run: str, key: str, waited: Callable[[Stub, str, timedelta, Clock], s3kms.Check]
) -> None:
    with config(key, items=reply(baseConfigurationItems=[item(BUCKETS[0], key)])) as stub:
        check = waited(stub, run, timedelta(minutes=5), Clock(stop_after=2))

    messages = [finding.message for finding in check if finding.rule == "s3kms_config_rules"]
    assert verdicts(check) == {s3kms.Verdict.UNKNOWN}
    assert "the wait was interrupted, and no evaluation was started" in messages[0] + messages[1]
    assert calls(stub, "StartConfigRulesEvaluation") == []


# The last one, for it changes a bucket


def test_a_bucket_that_was_put_back_is_not_waited_for(sh: Shell, run: str, key: str) -> None:
    assert sh("undo", run, f"s3://{BUCKETS[1]}", "--apply", "--yes").exit == 0
    with config(key) as stub:
        done = verify(sh, stub, run)

    assert list(said(done)) == [BUCKETS[0]]
    (call,) = calls(stub, "BatchGetResourceConfig")
    assert [one["resourceId"] for one in call["resourceKeys"]] == [BUCKETS[0]]
