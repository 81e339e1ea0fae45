"""Credentials and accounts."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.aws_calls import refusal

from s3kms.demo.aws import ACCOUNTS, PRODUCTION, EmbeddedAws


@pytest.mark.parametrize("account", [*ACCOUNTS, "987654321098", "000000000001"])
def test_credentials_belong_to_any_account(connect: Any, account: str) -> None:
    identity = connect("sts", account).get_caller_identity()

    assert (identity["Account"], identity["Arn"]) == (account, f"arn:aws:iam::{account}:user/demo")


def test_credentials_are_the_same_every_time(aws: EmbeddedAws) -> None:
    assert aws.credentials(PRODUCTION) == aws.credentials(PRODUCTION)


def test_credentials_survive_a_reset(aws: EmbeddedAws, s3: Any, bucket: str) -> None:
    aws.reset()

    assert s3.list_buckets()["Buckets"] == []


def test_an_account_id_has_twelve_digits(aws: EmbeddedAws) -> None:
    with pytest.raises(ValueError, match="12 digits"):
        aws.credentials("1234")


def test_a_bucket_name_is_taken_for_all_accounts(connect: Any, bucket: str) -> None:
    assert refusal(connect("s3", PRODUCTION).create_bucket, Bucket=bucket)[0] == "BucketAlreadyExists"
