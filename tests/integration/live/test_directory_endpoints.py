"""The endpoints of S3 Express, where a network has no way to them: a short wait, an honest line, a way round."""

import time

import pytest
from tests.integration.live.conftest import HOME, Account
from tests.support.cli import Shell
from tests.support.sdk import client_of

from s3kms.aws.connection import Connection, ConnectionSettings
from s3kms.aws.s3.bucket_api import DIRECTORY_LISTING_REACH_SECONDS
from s3kms.demo.aws import MANAGEMENT, EmbeddedAws, create_organization
from s3kms.sources.account import DIRECTORY_BUCKET_REGIONS


@pytest.mark.parametrize("command", [["check"], ["fix"], ["verify", "s3://*"]])
def test_every_command_that_lists_can_leave_them_out(account: Account, command: list[str]) -> None:
    account.aws.faults.silent = "ListDirectoryBuckets"

    done = account.shell(*command, "--no-directory-buckets")

    assert done.exit in {0, 10}, done.err
    assert account.operations["ListDirectoryBuckets"] == 0


def test_a_named_general_purpose_bucket_does_not_ask_for_them(account: Account) -> None:
    account.aws.faults.silent = "ListDirectoryBuckets"

    assert account.shell("fix", f"s3://{HOME}", "--apply", "--yes").exit == 0
    assert account.operations["ListDirectoryBuckets"] == 0


@pytest.mark.slow
def test_the_accounts_of_an_organization_wait_once(aws: EmbeddedAws, shell: Shell) -> None:
    create_organization(MANAGEMENT, {"222222222222": "a", "333333333333": "b", "444444444444": "c"})
    for number in ("222222222222", "333333333333", "444444444444"):
        client_of(aws, number, "s3", "us-east-1").create_bucket(Bucket=f"of-{number}")
    aws.faults.silent = "ListDirectoryBuckets"
    env = {"AWS_ENDPOINT_URL": aws.url, "AWS_REGION": "us-east-1", **aws.credentials(MANAGEMENT)}
    before = time.monotonic()

    done = shell.having(**env)("check", "--org", "--format", "json")

    assert (
        time.monotonic() - before < DIRECTORY_LISTING_REACH_SECONDS + 13
    )  # four accounts one after the other take 20
    assert done.exit == 10, done.err
    unlisted = [f for f in done.findings if f["bucket"] is None]
    assert {f["account"] for f in unlisted} >= {"222222222222", "333333333333", "444444444444"}
    assert all("directory buckets" in f["message"] for f in unlisted)


@pytest.mark.parametrize(
    ("settings", "host"),
    [
        ({}, "s3express-control.{}.amazonaws.com"),
        ({"AWS_USE_FIPS_ENDPOINT": "true"}, "s3express-control-fips.{}.amazonaws.com"),
        ({"AWS_USE_DUALSTACK_ENDPOINT": "true"}, "s3express-control.dualstack.{}.amazonaws.com"),
    ],
)
def test_their_names_are_those_of_botocores_rules(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], host: str
) -> None:
    """The patterns stand in botocore's endpoint-rule-set-1.json of S3."""
    for name, value in {"AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "s", **settings}.items():
        monkeypatch.setenv(name, value)
    connection = Connection(ConnectionSettings())

    for region in DIRECTORY_BUCKET_REGIONS["aws"]:
        assert connection.endpoint_of(region, directory=True).origin == f"https://{host.format(region)}"
