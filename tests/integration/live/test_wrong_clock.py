"""A clock that is off: every call is corrected by what a server says; where none says it, how to set the clock."""

from pathlib import Path

import boto3
import pytest
from tests.conftest import shell_of
from tests.integration.live.conftest import HOME, Account
from tests.support.cli import Done, Shell
from tests.support.stub import Stub, encryption, error, listing

from s3kms import Client
from s3kms.demo.aws import PRODUCTION, EmbeddedAws
from s3kms.demo.sample_estate import AGGREGATOR_NAME


def verdicts(done: Done) -> list[str]:
    """Of every bucket, and why; an answer has the time of its own."""
    return sorted(
        f"{one['account']} {one['bucket']} {one['verdict']} {one['message']}" for one in done.findings
    )


def refusals(aws: EmbeddedAws) -> int:
    return sum(call.status in {400, 403} for call in aws.calls)


@pytest.mark.parametrize("seconds", [3600, -1800])
def test_a_write_is_signed_by_the_servers_clock_once_it_has_refused_ours(
    account: Account, seconds: int
) -> None:
    account.aws.faults.clock = seconds

    done = account.shell("fix", f"s3://{HOME}", "--apply", "--yes")

    assert done.exit == 0, done.err
    operations = account.operations
    account.aws.faults.clock = 0
    assert account.algorithm(HOME) == "aws:kms"
    assert operations["PutBucketEncryption"] == 1  # STS was the one that refused


def test_a_key_is_looked_at_by_the_servers_clock(account: Account) -> None:
    key = account.client("kms").create_key()["KeyMetadata"]["Arn"]
    account.aws.faults.clock = 3600

    done = account.shell("fix", f"s3://{HOME}", "--key", key, "--apply", "--yes")

    assert done.exit == 0, done.err
    account.aws.faults.clock = 0
    assert account.algorithm(HOME) == "aws:kms"


@pytest.mark.parametrize(
    "arguments",
    [
        ("--org",),
        ("--org", "--rule", "s3_table_bucket_kms_encryption"),
        (f"config://{AGGREGATOR_NAME}",),
    ],
    ids=["organization", "table buckets", "AWS Config"],
)
def test_organizations_roles_and_aws_config_are_asked_by_the_servers_clock(
    estate: EmbeddedAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    estate.calls.clear()
    shell = shell_of(estate, tmp_path, "management")
    want = shell("check", "--format", "json", *arguments)
    refused = refusals(estate)
    estate.calls.clear()
    monkeypatch.setattr(estate.faults, "clock", 3600)

    done = shell("check", "--format", "json", *arguments)

    assert refusals(estate) == refused + 1  # what one server says counts for all identities and clients
    assert done.exit == want.exit
    assert done.findings
    assert verdicts(done) == verdicts(want)


def test_a_session_of_the_callers_signs_our_calls_by_the_servers_clock_and_its_own_by_its_own(
    aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    key, secret, *_ = aws.credentials(PRODUCTION).values()
    session = boto3.Session(key, secret, region_name="eu-central-1")
    own = session.client("s3", endpoint_url=aws.url)
    own.create_bucket(Bucket=HOME, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    aws.faults.clock = 3600

    with Client(session=session, endpoint_url=aws.url) as client:
        run = client.apply(client.plan(f"s3://{HOME}"), max_changes=1)

    assert run is not None
    assert run.changed == 1
    later = session.client("s3", endpoint_url=aws.url)
    with pytest.raises(later.exceptions.ClientError, match="RequestTimeTooSkewed"):
        later.list_buckets()


def test_a_refusal_without_a_time_says_that_the_clock_is_wrong(shell: Shell) -> None:
    with Stub(ListBuckets=listing("logs"), GetBucketEncryption=encryption()) as stub:
        stub.on["PutBucketEncryption"] = error("RequestTimeTooSkewed", 403)
        there = shell.having(**stub.env, XDG_STATE_HOME=str(shell.folder / "state"))
        done = there("fix", "s3://logs", "--apply", "--yes")

    assert "this machine's clock is 0 minutes" not in done.out + done.err
    assert "this machine's clock is" in done.out + done.err
    assert "set this machine's clock from the network" in done.out + done.err
    assert "refresh the credentials" not in done.err
