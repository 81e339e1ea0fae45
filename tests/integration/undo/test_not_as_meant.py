"""Servers that accept a write and do something else, and runs that ended early: the journal knows, and is used."""

import json
from collections.abc import Iterator

import pytest
from tests.support.cli import Done, Shell
from tests.support.stub import Answer
from tests.support.stub_buckets import DENIED, PUT, SSE_S3, StubBuckets

NAMES = ("a-bucket", "b-bucket", "c-bucket", "d-bucket")
SPELLED = SSE_S3.replace("AES256", "aws:kms").replace("false", "\n True ")


@pytest.fixture
def s3() -> Iterator[StubBuckets]:
    keeper = StubBuckets(*NAMES)
    with keeper.stub:
        yield keeper


@pytest.fixture
def sh(s3: StubBuckets, shell: Shell) -> Shell:
    return s3.shell(shell)


def fix(sh: Shell, *names: str) -> Done:
    return sh("fix", *(f"s3://{name}" for name in names), "--apply", "--yes")


def runs(sh: Shell) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(sh("runs", "--format", "json").out)
    return found


def last_run(sh: Shell) -> str:
    return str(runs(sh)[0]["run"])


def without_bucket_key(s3: StubBuckets, bucket: str) -> None:
    """A put keeps the rule without its bucket key."""

    def act() -> Answer:
        s3.keep(bucket)
        s3.rules[bucket] = s3.rules[bucket].replace("<BucketKeyEnabled>true</BucketKeyEnabled>", "")
        return Answer()

    s3.at[PUT, bucket] = act


def run_proof(sh: Shell, run: str) -> dict[str, str]:
    done = sh("verify", "--run", run, "--format", "json")
    return {
        f["bucket"]: f["message"] + f" ({f['verdict']})" for f in done.findings if f["rule"] == "s3kms_run"
    }


def test_a_boolean_in_another_spelling_is_read_by_fix_as_by_check(s3: StubBuckets, sh: Shell) -> None:
    s3.rules["a-bucket"] = SPELLED

    checked = sh("check", "s3://a-bucket", "--rule", "s3_bucket_bucket_key_enabled", "--format", "json")
    fixed = fix(sh, "a-bucket")

    assert {finding["verdict"] for finding in checked.findings} == {"pass"}
    assert fixed.exit == 0
    assert s3.puts == []


def test_what_a_server_made_of_a_write_is_said_counted_and_put_back(s3: StubBuckets, sh: Shell) -> None:
    without_bucket_key(s3, "b-bucket")

    done = fix(sh, "a-bucket", "b-bucket")
    run = last_run(sh)

    assert done.exit == 5
    assert "1 changed, not as meant" in done.err
    assert runs(sh)[0]["changes"] == 2

    s3.at.clear()
    assert sh("undo", run, "--apply", "--yes").exit == 0
    assert {s3.rules[name] for name in ("a-bucket", "b-bucket")} == {SSE_S3}
    assert {one["state"] for one in runs(sh) if one["run"] == run} == {"undone"}


def test_what_somebody_made_of_it_since_is_left_alone(s3: StubBuckets, sh: Shell) -> None:
    without_bucket_key(s3, "b-bucket")
    fix(sh, "b-bucket")
    others = s3.rules["b-bucket"].replace("aws:kms", "aws:kms:dsse")
    s3.rules["b-bucket"] = others

    done = sh("undo", last_run(sh), "--apply", "--yes")

    assert done.exit == 4
    assert s3.rules["b-bucket"] == others


def test_a_server_that_accepts_writes_and_does_nothing_is_given_three(s3: StubBuckets, sh: Shell) -> None:
    for name in NAMES:
        s3.at[PUT, name] = Answer

    done = fix(sh, *NAMES)

    assert done.exit == 5
    assert len(s3.puts) == 3
    assert "3 writes in a row were accepted and did not do what they say" in done.err


def test_a_write_that_never_landed_is_blamed_on_nobody(s3: StubBuckets, sh: Shell) -> None:
    s3.at[PUT, "b-bucket"] = lambda: DENIED
    fix(sh, "a-bucket", "b-bucket")
    run = last_run(sh)

    found = run_proof(sh, run)

    assert found["a-bucket"] == f"what run {run} wrote is still there (pass)"
    assert found["b-bucket"].startswith(f"run {run} did not change it: AccessDenied")
    assert found["b-bucket"].endswith("(fail)")


def test_a_write_that_was_undone_is_blamed_on_nobody(s3: StubBuckets, sh: Shell) -> None:
    fix(sh, "a-bucket")
    run = last_run(sh)
    sh("undo", run, "--apply", "--yes")
    undo = last_run(sh)

    assert run_proof(sh, run) == {
        "a-bucket": f"run {undo} has restored what was there before run {run} (fail)"
    }


def test_a_write_that_somebody_changed_is_looked_for_in_cloudtrail(s3: StubBuckets, sh: Shell) -> None:
    fix(sh, "a-bucket")
    run = last_run(sh)
    s3.rules["a-bucket"] = SSE_S3

    assert run_proof(sh, run)["a-bucket"] == f"the default is no longer what run {run} wrote (fail)"


def test_a_run_that_crashed_is_undone_once_everything_is_as_it_was(s3: StubBuckets, sh: Shell) -> None:
    fix(sh, "a-bucket")
    run = last_run(sh)
    journal = sh.folder / "state" / "s3kms" / "runs" / f"{run}.jsonl"
    journal.write_text("".join(journal.read_text().splitlines(keepends=True)[:2]))  # announced, no more
    s3.rules["a-bucket"] = SSE_S3
    assert (runs(sh)[0]["state"], runs(sh)[0]["changes"]) == ("crashed", 0)

    assert sh("undo", run, "--apply", "--yes").exit == 0

    assert {one["state"] for one in runs(sh) if one["run"] == run} == {"undone"}


def test_runs_say_how_many_of_how_many_were_changed(s3: StubBuckets, sh: Shell) -> None:
    s3.at[PUT, "b-bucket"] = lambda: DENIED

    fix(sh, "a-bucket", "b-bucket")

    assert " 1 of 2 " in sh("runs").out
