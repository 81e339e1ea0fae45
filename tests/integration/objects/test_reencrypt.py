"""`s3kms reencrypt` end to end over the embedded AWS: plan, run, record, resume."""

import json
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tests.support.aws_calls import put, rule
from tests.support.cli import Done, Shell
from tests.support.sdk import client_of

from s3kms._version import VERSION
from s3kms.demo.aws import MANAGEMENT, PRODUCTION, EmbeddedAws

REGION = "eu-central-1"
BUCKET = "data"
OBJECTS = 24
SCHEMA = json.loads(files("s3kms").joinpath("schemas/reencrypt-v1.schema.json").read_text())


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
    """What was printed, each as the published schema has it."""
    found = [json.loads(line) for line in done.out.splitlines()]
    for one in found:
        jsonschema.validate(one, SCHEMA)
    return found


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


def apply(shell: Shell, *words: str) -> Done:
    return reencrypt(shell, f"s3://{BUCKET}", *words, "--accept", "no-way-back", "--apply", "--yes")


def updates(aws: EmbeddedAws) -> list[str]:
    """The objects whose encryption was asked to be updated; not those of the proof of the server."""
    calls = [call for call in aws.calls if call.operation == "UpdateObjectEncryption"]
    return [call.path for call in calls if "s3kms-probe" not in call.path]


def runs_of(shell: Shell) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(shell("runs", "--format", "json").out)
    return found


def test_a_hazard_that_nobody_accepted_stands_in_the_way(s3: Any, shell: Shell, bucket: str) -> None:
    done = reencrypt(shell, f"s3://{bucket}", "--apply", "--yes")

    assert done.exit == 4
    assert "--accept no-way-back" in done.err
    assert keys_of(s3) == {None}
    assert runs_of(shell) == []


def test_a_bucket_whose_default_is_not_sse_kms_is_refused_with_the_plan_to_make(
    s3: Any, shell: Shell
) -> None:
    s3.create_bucket(Bucket="plain", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="plain", Key="a", Body=b"a")
    done = reencrypt(shell, "s3://plain", "--apply", "--yes")

    assert done.exit == 4
    assert "s3kms plan s3://plain" in done.err


def test_a_bucket_whose_default_is_another_key_than_was_named_is_refused(
    aws: EmbeddedAws, shell: Shell, bucket: str
) -> None:
    other = client_of(aws, MANAGEMENT, "kms", REGION).create_key()["KeyMetadata"]["Arn"]
    done = reencrypt(shell, f"s3://{bucket}", "--key", other)

    assert done.exit == 4
    assert f"s3kms plan s3://{bucket}" in done.err


def test_a_bucket_that_is_not_there_is_none(shell: Shell) -> None:
    assert reencrypt(shell, "s3://no-such-bucket-of-anybody").exit == 3


def test_objects_under_another_key_are_counted_and_left(
    aws: EmbeddedAws, s3: Any, shell: Shell, bucket: str, key: str
) -> None:
    tenant = client_of(aws, MANAGEMENT, "kms", REGION).create_key()["KeyMetadata"]["Arn"]
    s3.put_object(Bucket=bucket, Key="t", ServerSideEncryption="aws:kms", SSEKMSKeyId=tenant)
    done = apply(shell)

    plan, result = documents(done)
    left = [one for one in plan["objects"] if one["choice"] == "other-key"]
    assert [(one["key"], one["versions"], one["engine"]) for one in left] == [(tenant, 1, None)]
    assert result["left"] == {f"other-key SSE-KMS {tenant}": 1}
    assert s3.head_object(Bucket=bucket, Key="t")["SSEKMSKeyId"] == tenant
    assert done.exit == 0


def test_objects_of_another_key_follow_where_it_is_named_and_its_harm_accepted(
    aws: EmbeddedAws, s3: Any, shell: Shell, bucket: str, key: str
) -> None:
    tenant = client_of(aws, MANAGEMENT, "kms", REGION).create_key()["KeyMetadata"]["Arn"]
    s3.put_object(Bucket=bucket, Key="t", ServerSideEncryption="aws:kms", SSEKMSKeyId=tenant)
    refused = apply(shell, "--from-key", tenant)
    done = apply(shell, "--from-key", tenant, "--accept", "taken-from-key")

    assert (refused.exit, done.exit) == (4, 0)
    assert "taken-from-key" in refused.err
    assert keys_of(s3) == {key}


def test_a_run_stands_in_the_list_and_its_undo_says_what_can_be_done(shell: Shell, bucket: str) -> None:
    apply(shell)
    (run,) = runs_of(shell)
    undone = shell("undo", run["run"], "--apply", "--yes")

    assert (run["kind"], run["state"], run["changes"]) == ("objects", "complete", 1)
    assert run["command"] == f"reencrypt s3://{bucket} --accept no-way-back"
    assert undone.exit == 4
    assert "no way back in place" in undone.err
    assert "x-amz-server-side-encryption: AES256" in undone.err


def test_a_run_is_verified_again(s3: Any, shell: Shell, bucket: str, key: str) -> None:
    apply(shell)
    run = runs_of(shell)[0]["run"]
    good = shell("verify", run, "--format", "json")
    s3.put_object(Bucket=bucket, Key="003", Body=b"xxx", ServerSideEncryption="AES256")
    bad = shell("verify", run, "--format", "json")

    assert (good.exit, json.loads(good.out)["confirmed"]) == (0, OBJECTS)
    assert (bad.exit, json.loads(bad.out)["confirmed"]) == (10, OBJECTS - 1)


def test_a_verification_says_as_whom_when_and_by_which_version(shell: Shell, bucket: str) -> None:
    (_, run) = documents(apply(shell))
    context = json.loads(shell("verify", run["run"], "--format", "json").out)["context"]

    assert context["account"] == MANAGEMENT
    assert context["identity"].startswith(f"arn:aws:iam::{MANAGEMENT}:")
    assert (context["s3kms"], context["scope"]) == (VERSION, f"the objects of s3://{bucket}")


def test_the_first_failure_of_the_canary_leaves_all_others_alone(
    aws: EmbeddedAws, s3: Any, shell: Shell, bucket: str
) -> None:
    aws.faults.fail("UpdateObjectEncryption", 403, "AccessDenied")
    done = apply(shell)

    assert done.exit == 5
    assert len(updates(aws)) <= 10
    assert "--resume" in done.err
    assert keys_of(s3) == {None}


def test_a_run_goes_on_where_it_stopped_and_changes_nothing_twice(
    aws: EmbeddedAws, s3: Any, shell: Shell, bucket: str, key: str
) -> None:
    aws.faults.fail("UpdateObjectEncryption", 403, "AccessDenied", share=0.99)
    first = apply(shell, "--canary", "0", "--max-error-share", "0.2")
    aws.faults.failures.clear()
    run = runs_of(shell)[0]
    aws.calls.clear()
    done = reencrypt(shell, "--resume", run["run"], "--apply", "--yes")

    assert (first.exit, run["state"]) == (5, "stopped")
    assert done.exit == 0, done.err
    (result,) = documents(done)
    (stopped,) = documents(first)[1:]
    changed = sum(one["versions"] for one in stopped["outcomes"] if one["outcome"] == "changed")
    assert len(updates(aws)) == OBJECTS - changed
    assert [(one["outcome"], one["versions"]) for one in result["outcomes"]] == [("changed", OBJECTS)]
    assert runs_of(shell)[0]["state"] == "complete"
    assert keys_of(s3) == {key}


def test_a_run_that_is_through_is_not_gone_on_with(shell: Shell, bucket: str) -> None:
    apply(shell)
    run = runs_of(shell)[0]["run"]
    done = reencrypt(shell, "--resume", run, "--apply", "--yes")

    assert done.exit == 4
    assert f"s3kms verify {run}" in done.err


def test_a_run_whose_bucket_has_another_key_meanwhile_is_not_gone_on_with(
    aws: EmbeddedAws, s3: Any, shell: Shell, bucket: str
) -> None:
    aws.faults.fail("UpdateObjectEncryption", 403, "AccessDenied")
    apply(shell)
    other = client_of(aws, MANAGEMENT, "kms", REGION).create_key()["KeyMetadata"]["Arn"]
    put(s3, bucket, rule("aws:kms", other, BucketKeyEnabled=True))
    done = reencrypt(shell, "--resume", runs_of(shell)[0]["run"], "--apply", "--yes")

    assert done.exit == 4
    assert other in done.err


def test_a_second_run_finds_nothing_left_to_do(aws: EmbeddedAws, shell: Shell, bucket: str) -> None:
    apply(shell)
    aws.calls.clear()
    done = apply(shell)

    assert done.exit == 0
    assert "nothing to re-encrypt" in done.err
    assert "UpdateObjectEncryption" not in {call.operation for call in aws.calls}


def test_a_prefix_narrows_what_is_taken(s3: Any, shell: Shell, bucket: str, key: str) -> None:
    done = apply(shell, "--prefix", "00")

    assert documents(done)[1]["verification"]["confirmed"] == 10
    assert s3.head_object(Bucket=bucket, Key="011").get("SSEKMSKeyId") is None


def test_what_no_engine_is_for_is_listed_and_the_exit_says_so(s3: Any, shell: Shell, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="d", ServerSideEncryption="aws:kms:dsse")
    done = apply(shell, "--include", "dsse", "--accept", "included-dsse")

    stays = [one for one in documents(done)[1]["outcomes"] if one["outcome"] == "immovable"]
    assert [(one["reason"], one["versions"]) for one in stays] == [("no-engine", 1)]
    assert done.exit == 11


def test_the_table_is_for_a_person(shell: Shell, bucket: str, key: str) -> None:
    done = shell("reencrypt", f"s3://{bucket}")

    assert f"s3://{bucket}: {OBJECTS} versions to re-encrypt" in done.out
    assert "re-encrypt with update" in done.out
    assert "no-way-back" in done.out
    assert "--apply re-encrypts them" in done.err


def test_every_call_is_declared(aws: EmbeddedAws, shell: Shell, bucket: str) -> None:
    aws.calls.clear()
    apply(shell)
    policy = json.loads(shell("permissions", "reencrypt", f"s3://{bucket}").out)
    allowed = {action for statement in policy["Statement"] for action in statement["Action"]}

    assert {"s3:UpdateObjectEncryption", "s3:GetObjectVersion", "s3:ListBucketVersions"} <= allowed
    assert "s3:PutEncryptionConfiguration" not in allowed


def test_the_journal_keeps_what_was_typed(shell: Shell, bucket: str) -> None:
    apply(shell, "--prefix", "00 1", "--versions", "all")
    apply(shell, "--prefix", "00")

    assert [run["command"] for run in runs_of(shell)] == [
        f"reencrypt s3://{bucket} --accept no-way-back --prefix 00",
    ]


def test_what_was_left_is_written_to_a_file(s3: Any, shell: Shell, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="d\n1", ServerSideEncryption="aws:kms:dsse")
    apply(shell, "--include", "dsse", "--accept", "included-dsse", "--left", "left.jsonl")

    (left,) = [json.loads(line) for line in (shell.folder / "left.jsonl").read_text().splitlines()]
    assert (left["key"], left["outcome"], left["reason"]) == ("d\n1", "immovable", "no-engine")


def test_options_of_a_request_do_not_go_with_a_run_that_goes_on(shell: Shell, bucket: str) -> None:
    done = reencrypt(shell, "--resume", "20261127T000000Z-000000", "--prefix", "x", "--apply")

    assert done.exit == 2
    assert "takes no --prefix" in done.err


def test_a_run_that_is_no_run_of_objects_is_not_gone_on_with(s3: Any, shell: Shell, key: str) -> None:
    s3.create_bucket(Bucket="plain", CreateBucketConfiguration={"LocationConstraint": REGION})
    shell("fix", "s3://plain", "--key", key, "--apply", "--yes")
    done = reencrypt(shell, "--resume", runs_of(shell)[0]["run"])

    assert done.exit == 2
    assert "not objects" in done.err


def test_readers_who_would_lose_access_stand_in_the_way(s3: Any, shell: Shell, bucket: str) -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::999900001111:root"},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    s3.put_bucket_policy(
        Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )
    done = apply(shell)
    accepted = apply(shell, "--accept", "other-accounts")

    assert (done.exit, accepted.exit) == (4, 0)
    assert "--accept other-accounts" in done.err


def test_what_writers_alone_suffer_from_is_no_matter_of_objects_that_are_there(
    s3: Any, shell: Shell, bucket: str
) -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    s3.put_bucket_policy(
        Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )
    (plan,) = documents(reencrypt(shell, f"s3://{bucket}"))

    assert "s3_access_logs" not in {one["id"] for one in plan["hazards"]}


def profile_of(shell: Shell, aws: EmbeddedAws, name: str, account: str) -> None:
    keys = aws.credentials(account)
    (shell.folder / "aws-credentials").write_text(
        f"[{name}]\n" + "".join(f"{word.lower()} = {value}\n" for word, value in keys.items())
    )


def test_a_reader_who_cannot_read_stops_the_run_after_the_first_objects(
    aws: EmbeddedAws, s3: Any, shell: Shell, bucket: str
) -> None:
    profile_of(shell, aws, "reader", PRODUCTION)
    done = apply(shell, "--reader-profile", "reader")

    assert done.exit == 5
    assert "the reader reader can no longer read" in done.err
    assert len(updates(aws)) == 10


def test_a_reader_whose_profile_is_not_there_is_noticed_before_anything_is_changed(
    aws: EmbeddedAws, shell: Shell, bucket: str
) -> None:
    done = apply(shell, "--reader-profile", "nobody")

    assert (done.exit, updates(aws)) == (2, [])


def test_a_reader_who_can_read_lets_it_go_on(aws: EmbeddedAws, shell: Shell, bucket: str) -> None:
    profile_of(shell, aws, "reader", MANAGEMENT)
    done = apply(shell, "--reader-profile", "reader")

    assert done.exit == 0, done.err


def test_a_signal_pauses_a_run_and_lets_it_go_on(
    aws: EmbeddedAws, s3: Any, shell: Shell, bucket: str
) -> None:
    aws.faults.latency = 0.05
    words = ("--accept", "no-way-back", "--apply", "--yes", "--max-rps", "40", "--format", "json")
    process = shell.start("reencrypt", f"s3://{bucket}", *words)
    try:
        wait_until(lambda: len(updates(aws)) > 3)
        process.send_signal(signal.SIGUSR1)
        time.sleep(0.8)
        paused = len(updates(aws))
        time.sleep(0.5)
        still = len(updates(aws))
        process.send_signal(signal.SIGUSR1)
        process.communicate(timeout=60)
    finally:
        process.kill()

    assert paused == still < OBJECTS
    assert process.returncode == 0
    assert len(updates(aws)) == OBJECTS


def test_an_interrupted_run_ends_in_order_and_goes_on(
    aws: EmbeddedAws, s3: Any, shell: Shell, bucket: str, key: str
) -> None:
    words = ("--accept", "no-way-back", "--apply", "--yes", "--max-rps", "40", "--format", "json")
    process = shell.start("reencrypt", f"s3://{bucket}", *words)
    try:
        wait_until(lambda: len(updates(aws)) > 3)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    finally:
        process.kill()
    run = runs_of(shell)[0]
    done = reencrypt(shell, "--resume", run["run"], "--apply", "--yes")

    assert (process.returncode, run["state"]) == (5, "stopped"), err
    assert (done.exit, len(updates(aws))) == (0, OBJECTS)
    assert keys_of(s3) == {key}


def test_a_setting_of_another_engine_names_that_engine(shell: Shell) -> None:
    done = reencrypt(shell, "s3://data", "--set", "job-role=x")

    assert done.exit == 2
    assert "--set job-role is not a setting of the chosen engines" in done.err
    assert "it is a setting of --engine batch" in done.err


@pytest.mark.parametrize(
    ("engines", "hint"),
    [
        ((), "the engine update has no settings"),
        (("--engine", "batch"), "settings of the engine batch: create-job-role, job-bucket, "),
        (("--engine", "update", "--engine", "batch"), "no settings; settings of the engine batch:"),
    ],
)
def test_a_setting_of_no_engine_is_told_with_those_of_the_chosen_ones(
    shell: Shell, engines: tuple[str, ...], hint: str
) -> None:
    done = reencrypt(shell, "s3://data", *engines, "--set", "batch.foo=1")

    assert done.exit == 2
    assert hint in done.err


def test_a_hazard_that_is_none_is_told_with_those_of_the_command_first(shell: Shell) -> None:
    done = reencrypt(shell, "s3://data", "--accept", "nosuch")

    assert done.exit == 2
    assert "the names of its own are no-way-back, included-ssec, included-dsse, taken-from-key; " in done.err
    assert done.err.count("no-way-back") == 1


@pytest.mark.parametrize(("canary", "others"), [("10", True), (str(OBJECTS), False), ("100", False)])
def test_it_goes_on_with_the_others_where_there_are_others(
    shell: Shell, bucket: str, canary: str, others: bool
) -> None:
    done = apply(shell, "--canary", canary)

    assert done.exit == 0
    assert ("continuing with the rest" in done.err) is others
    assert f"canary of {min(int(canary), OBJECTS)} objects verified" in done.err


def test_pages_are_apart_by_an_empty_line_and_none_ends_in_one(s3: Any, shell: Shell, bucket: str) -> None:
    words = ("--accept", "no-way-back", "--apply", "--yes")
    done = shell("reencrypt", f"s3://{bucket}", *words)

    assert done.out.count("\n\nrun ") == 1  # the plan, and what came of it
    assert done.out.endswith("\n")
    assert not done.out.endswith("\n\n")


def wait_until(is_true: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not is_true():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_copies_move_the_current_versions_and_count_the_others(
    s3: Any, shell: Shell, bucket: str, key: str
) -> None:
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=BUCKET, Key="000", Body=b"newer", ServerSideEncryption="AES256")
    copy = ("--engine", "copy", "--apply", "--yes")

    refused = reencrypt(shell, f"s3://{BUCKET}", *copy)
    done = reencrypt(shell, f"s3://{BUCKET}", *copy, "--accept", "new-versions")

    assert refused.exit == 4
    assert done.exit == 11, done.err
    result = documents(done)[-1]
    assert sorted((one["outcome"], one["reason"], one["versions"]) for one in result["outcomes"]) == [
        ("changed", "", OBJECTS),
        ("immovable", "noncurrent", 1),
    ]
    assert result["verification"]["confirmed"] == OBJECTS
    assert keys_of(s3) == {key}
    assert s3.get_object(Bucket=BUCKET, Key="000")["Body"].read() == b"newer"


def test_the_costs_of_copies_know_what_the_evidence_tells_of_versions(
    s3: Any, shell: Shell, bucket: str
) -> None:
    unknown = "whether the bucket is versioned is not known"
    before = shell("reencrypt", f"s3://{bucket}", "--engine", "copy").out
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=bucket, Key="a version", Body=b"x", ServerSideEncryption="AES256")
    after = shell("reencrypt", f"s3://{bucket}", "--engine", "copy").out

    assert unknown in before
    assert unknown not in after


def test_a_watch_looks_for_readers_of_the_objects_who_were_denied(shell: Shell, bucket: str) -> None:
    apply(shell)
    done = shell("verify", runs_of(shell)[0]["run"], "--watch", "0", "--format", "json")

    assert {f["rule"] for f in done.findings} >= {"s3_bucket_kms_encryption"}
    assert done.exit in {0, 11}, done.err
    assert any("watch" in f["rule"] for f in done.findings), {f["rule"] for f in done.findings}


@pytest.mark.parametrize("source", ["sample", "metadata-table"])
def test_evidence_that_does_not_list_objects_is_refused(shell: Shell, bucket: str, source: str) -> None:
    done = reencrypt(shell, f"s3://{bucket}", "--from", source)

    assert done.exit == 2
    assert "does not list individual objects" in done.err


def test_an_inventory_that_there_is_not_is_said(shell: Shell, bucket: str) -> None:
    done = reencrypt(shell, f"s3://{bucket}", "--from", "inventory")

    assert done.exit == 3
    assert "there is no S3 Inventory report" in done.err


def test_a_plan_and_a_run_say_as_whom_when_and_by_which_version(shell: Shell, bucket: str) -> None:
    (plan, run) = documents(reencrypt(shell, f"s3://{bucket}", "--accept", "no-way-back", "--apply", "--yes"))
    (shown,) = documents(shell("reencrypt", "--resume", run["run"], "--format", "json"))

    for context in (plan["context"], run["context"], shown["context"]):
        assert context["account"] == MANAGEMENT
        assert context["identity"].startswith(f"arn:aws:iam::{MANAGEMENT}:")
        assert (context["s3kms"], context["scope"]) == (VERSION, f"the objects of s3://{bucket}")
        assert abs(datetime.now(UTC) - datetime.fromisoformat(context["at"])).total_seconds() < 60


def test_versions_that_could_not_be_read_are_re_encrypted_when_the_run_is_resumed(
    aws: EmbeddedAws, s3: Any, shell: Shell, bucket: str, key: str
) -> None:
    aws.faults.fail("HeadObject", 400, "Odd", key="00*")
    (_, first) = documents(apply(shell, "--canary", "0", "--max-error-share", "1"))
    aws.faults.failures.clear()
    aws.calls.clear()
    done = reencrypt(shell, "--resume", first["run"], "--apply", "--yes")

    failed = {one["engine"]: one["versions"] for one in first["outcomes"] if one["outcome"] == "failed"}
    assert failed == {"no-engine": 10}
    assert done.exit == 0, done.err
    assert {one["outcome"] for one in documents(done)[0]["outcomes"]} <= {"changed", "already"}
    assert keys_of(s3) == {key}
    assert len(updates(aws)) == len(set(updates(aws)))


def test_a_version_that_is_deleted_before_its_call_is_no_failure(
    aws: EmbeddedAws, shell: Shell, bucket: str
) -> None:
    aws.faults.fail("UpdateObjectEncryption", 404, "NoSuchVersion", key="00*")
    (_, run) = documents(apply(shell))

    outcomes = {(one["outcome"], one["reason"]): one["versions"] for one in run["outcomes"]}
    assert outcomes == {("changed", ""): 14, ("overtaken", "gone"): 10}


def test_quiet_leaves_stderr_empty_and_else_the_last_progress_is_that_of_the_end(
    s3: Any, shell: Shell, bucket: str
) -> None:
    loud = apply(shell, "--prefix", "00")
    quiet = apply(shell, "--quiet")
    run = documents(quiet)[1]["run"]
    shown = shell("reencrypt", "--resume", run, "--quiet")

    progress = [line for line in loud.err.splitlines() if "versions," in line]
    assert progress[-1].startswith("10 of 10 versions")
    assert (quiet.exit, quiet.err, shown.err) == (0, "", "")
