"""`check --state DIR`: an interrupted check goes on where it stopped; no bucket is lost, none is read twice."""

import json
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import shell_of
from tests.support.cli import Done, Shell
from tests.support.sdk import client_of

from s3kms.demo.aws import MANAGEMENT, PRODUCTION, SANDBOX, EmbeddedAws
from s3kms.demo.sample_estate import FRANKFURT, seed_estate

MANY = 60


@pytest.fixture
def buckets(aws: EmbeddedAws) -> Iterator[EmbeddedAws]:
    s3 = client_of(aws, PRODUCTION, "s3", FRANKFURT)
    for number in range(MANY):
        where = {"LocationConstraint": FRANKFURT}
        s3.create_bucket(Bucket=f"bucket-{number:02}", CreateBucketConfiguration=where)
    aws.calls.clear()
    yield aws
    aws.reset()


@pytest.fixture
def user(buckets: EmbeddedAws, shell: Shell) -> Shell:
    return shell_of(buckets, shell.folder)


def check(user: Shell, *arguments: str) -> Done:
    return user("check", "--state", "scan", "--format", "json", *arguments)


def reads(aws: EmbeddedAws) -> int:
    return Counter(call.operation for call in aws.calls)["GetBucketEncryption"]


def names(done: Done) -> list[str]:
    return [finding["bucket"] for finding in done.findings]


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_an_interrupted_check_goes_on_where_it_stopped(
    user: Shell, buckets: EmbeddedAws, how: signal.Signals
) -> None:
    buckets.faults.latency = 0.2
    process = user.start("check", "--state", "scan", "--format", "jsonl", "--concurrency", "2")
    deadline = time.monotonic() + 120
    while reads(buckets) < MANY // 4 and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.3 if how is signal.SIGINT else 2.2)  # a batch is written after two seconds at the latest
    process.send_signal(how)
    process.communicate()
    time.sleep(0.5)  # what was under way is counted, too
    before = reads(buckets)
    buckets.faults.latency = 0
    kept = len((user.folder / "scan" / "findings.jsonl").read_text().splitlines())

    done = check(user)

    assert 0 < kept < MANY
    assert sorted(names(done)) == [f"bucket-{number:02}" for number in range(MANY)]
    assert reads(buckets) - before == MANY - kept
    assert "buckets were read by the check that began" in done.err
    assert json.loads(done.out)["summary"]["buckets"] == MANY
    assert done.exit == 10


def test_a_finished_check_is_told_again_without_a_call(user: Shell, buckets: EmbeddedAws) -> None:
    first = check(user)
    buckets.calls.clear()

    second = check(user)

    assert names(first) == names(second)
    assert {call.operation for call in buckets.calls} == {"GetCallerIdentity"}


def test_a_bucket_made_meanwhile_is_read_when_the_check_goes_on(user: Shell, buckets: EmbeddedAws) -> None:
    check(user, "s3://bucket-0*")
    again = user("check", "--state", "scan", "s3://bucket-1*", "--format", "json")

    assert again.exit == 2
    assert "is of a check that asked something else: targets" in again.err


def test_a_named_bucket_that_was_read_before_is_not_missing(user: Shell, buckets: EmbeddedAws) -> None:
    targets = ("s3://bucket-01", "s3://bucket-02", "s3://not-there")
    check(user, *targets)

    done = check(user, *targets)

    assert names(done) == ["bucket-01", "bucket-02"]
    assert "not-there was not checked" in done.err
    assert "bucket-01 was not" not in done.err


def test_another_wanted_state_is_another_check(user: Shell, buckets: EmbeddedAws) -> None:
    check(user, "s3://bucket-01")
    (user.folder / "s3kms.toml").write_text('rules = ["s3_bucket_dsse_encryption"]\n')

    done = check(user, "s3://bucket-01")

    assert done.exit == 2
    assert "configuration" in done.err


def test_an_organization_goes_on_account_by_account(aws: EmbeddedAws, tmp_path: Path) -> None:
    seed_estate(aws)
    keys = aws.credentials(MANAGEMENT)
    user = Shell(tmp_path, {"AWS_ENDPOINT_URL": aws.url, "AWS_REGION": FRANKFURT, **keys})
    aws.faults.fail("ListBuckets", 403, "AccessDenied", account=SANDBOX)
    first = check(user, "--org")
    aws.faults.failures.clear()
    aws.calls.clear()

    second = check(user, "--org")

    made = {(call.account, call.operation) for call in aws.calls}
    assert (PRODUCTION, "ListBuckets") not in made  # it was through
    assert (SANDBOX, "ListBuckets") in made  # it was not
    assert {f["account"] for f in first.findings if f["bucket"]} == {MANAGEMENT, PRODUCTION}
    assert {f["account"] for f in second.findings if f["bucket"]} == {MANAGEMENT, PRODUCTION, SANDBOX}
    assert max(Counter((f["account"], f["bucket"]) for f in second.findings).values()) == 1


def test_an_inventory_has_no_state(user: Shell, buckets: EmbeddedAws) -> None:
    done = check(user, "config://organization")

    assert (done.exit, done.out) == (2, "")
    assert "--state is about buckets in an account, and the targets are an AWS Config aggregator" in done.err


def test_a_file_with_other_accounts_is_another_question(user: Shell) -> None:
    file = user.folder / "accounts"
    file.write_text(PRODUCTION)
    assert check(user, "--accounts-file", "accounts").exit == 10
    file.write_text(SANDBOX)

    done = check(user, "--accounts-file", "accounts")

    assert (done.exit, done.out) == (2, "")
    assert f"accounts ({PRODUCTION}, now {SANDBOX})" in done.err
