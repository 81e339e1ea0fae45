"""Regions, endpoints and whatever else the AWS settings of the environment say."""

from collections import Counter

import pytest
from tests.support.cli import Shell
from tests.support.stub import Stub, encryption, listing

KMS = encryption("aws:kms")
KEYS = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}


def test_a_region_without_s3_express_is_not_asked_for_directory_buckets(shell: Shell) -> None:
    with Stub(ListBuckets=listing("logs"), GetBucketEncryption=KMS) as stub:
        done = shell.having(**stub.env)("check", "--region", "eu-central-1")

    assert "ListDirectoryBuckets" not in Counter(name for name, _ in stub.calls)
    assert done.exit == 0


def test_aws_region_counts_as_in_the_aws_cli(shell: Shell) -> None:
    with Stub(ListBuckets=listing("logs", region="us-gov-west-1"), GetBucketEncryption=KMS) as stub:
        done = shell.having(**stub.env | {"AWS_REGION": "us-gov-west-1"})("check", "--format", "json")

    assert done.findings[0]["arn"] == "arn:aws-us-gov:s3:::logs"


@pytest.mark.parametrize(
    "env",
    [
        {"AWS_ENDPOINT_URL": "foo"},
        {"AWS_ENDPOINT_URL": "http://[::1"},
        {"AWS_MAX_ATTEMPTS": "abc"},
        {"AWS_DEFAULT_REGION": "mars-north-1", "AWS_ACCOUNT_ID": "111122223333"},
    ],
)
def test_a_malformed_aws_setting_is_a_sentence(shell: Shell, env: dict[str, str]) -> None:
    done = shell.having(**{"AWS_ENDPOINT_URL": "http://127.0.0.1:9"} | KEYS | env)(
        "check", "arn:aws:s3:::logs"
    )

    assert done.exit in {1, 2}
    assert done.err.startswith("error: ")


@pytest.mark.parametrize("url", ["https://", "http://a b", "http://[::1", "ftp://x"])
def test_a_malformed_endpoint_option_is_a_usage_error(shell: Shell, url: str) -> None:
    done = shell.having(**KEYS)("check", "--endpoint-url", url)

    assert done.exit == 2
    assert "is not the URL of an endpoint" in done.err
