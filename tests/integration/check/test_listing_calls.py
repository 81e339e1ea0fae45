"""No listing call that is not needed: names are looked up, one region lists its own."""

import pytest
from tests.support.cli import Shell
from tests.support.sdk import client_of
from tests.support.stub import Stub, encryption, error, listing

from s3kms.demo.aws import PRODUCTION, EmbeddedAws, RecordedCall

FRANKFURT = "eu-central-1"


@pytest.fixture
def account(aws: EmbeddedAws, shell: Shell) -> Shell:
    """Buckets of two regions, some of whose names begin alike."""
    where = {"CreateBucketConfiguration": {"LocationConstraint": FRANKFURT}}
    for name in ("logs", "logs-archive", "zebra"):
        client_of(aws, PRODUCTION, "s3", FRANKFURT).create_bucket(Bucket=name, **where)
    client_of(aws, PRODUCTION, "s3", "us-east-1").create_bucket(Bucket="elsewhere")
    aws.calls.clear()
    env = {"AWS_ENDPOINT_URL": aws.url, "AWS_REGION": "us-east-1", **aws.credentials(PRODUCTION)}
    return shell.having(**env)


def listings(aws: EmbeddedAws) -> list[RecordedCall]:
    return [call for call in aws.calls if call.operation == "ListBuckets"]


def test_named_buckets_cost_one_listing_each(account: Shell, aws: EmbeddedAws) -> None:
    done = account("check", "--format", "json", "s3://zebra", "s3://logs")

    assert set(done.verdicts()) == {"logs", "zebra"}
    assert len(listings(aws)) == 2


def test_a_name_that_others_begin_with_means_itself_alone(account: Shell) -> None:
    done = account("check", "--format", "json", "s3://log", "s3://logs")

    assert set(done.verdicts()) == {"logs"}
    assert "log" in done.err


def test_more_names_than_a_list_is_worth_cost_the_list(account: Shell, aws: EmbeddedAws) -> None:
    account("check", "s3://logs", *(f"s3://bucket-{number}" for number in range(20)))

    assert len(listings(aws)) == 1


def test_a_listing_that_is_denied_is_asked_for_once(account: Shell, aws: EmbeddedAws) -> None:
    aws.faults.fail("ListBuckets", 403, "AccessDenied")

    done = account("check", "--format", "json", "s3://logs", "s3://elsewhere", "s3://zebra")

    assert set(done.verdicts()) == {"logs", "elsewhere", "zebra"}
    assert len(listings(aws)) == 1


def test_one_region_lists_its_own_buckets(account: Shell, aws: EmbeddedAws) -> None:
    done = account("check", "--format", "json", "--region", FRANKFURT)

    assert set(done.verdicts()) == {"logs", "logs-archive", "zebra"}
    assert [call.region for call in listings(aws)] == [FRANKFURT]


def test_two_regions_are_listed_together(account: Shell, aws: EmbeddedAws) -> None:
    account("check", "--region", FRANKFURT, "--region", "eu-west-1")

    assert [call.region for call in listings(aws)] == ["us-east-1"]


def test_a_server_that_knows_no_filter_changes_nothing(shell: Shell) -> None:
    with Stub(ListBuckets=listing("here", "there"), GetBucketEncryption=encryption()) as stub:
        done = shell.having(**stub.env)("check", "--format", "json", "--region", FRANKFURT)
        other = shell.having(**stub.env)("check", "--format", "json", "--region", "eu-west-2", "s3://here")

    assert set(done.verdicts()) == {"here", "there"}
    assert other.verdicts() == {}


def test_a_region_that_refuses_the_list_leaves_it_to_the_own_one(shell: Shell) -> None:
    answers = iter([error("InvalidToken", 403), listing("here")])
    with Stub(ListBuckets=lambda _: next(answers), GetBucketEncryption=encryption()) as stub:
        done = shell.having(**stub.env)("check", "--format", "json", "--region", FRANKFURT)

    assert set(done.verdicts()) == {"here"}
