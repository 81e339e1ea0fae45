"""A temporary access key is served with its token, until it expires, and each service refuses it in its own words."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.support.aws_calls import create_directory_bucket, refusal

from s3kms.demo.aws import MANAGEMENT, PRODUCTION, EmbeddedAws

ROLE = f"arn:aws:iam::{PRODUCTION}:role/OrganizationAccountAccessRole"
ASKED = {
    "s3": "list_buckets",
    "sts": "get_caller_identity",
    "kms": "list_keys",
    "organizations": "describe_organization",
    "iam": "list_roles",
}


def asked(client: Any) -> Any:
    """The plainest question a client can ask."""
    return getattr(client, ASKED[client.meta.service_model.service_name])


@pytest.mark.parametrize("service", ASKED)
def test_a_session_is_served(organization: str, enter: Any, service: str) -> None:
    assert asked(enter(ROLE, service))()


@pytest.mark.parametrize(
    ("service", "refused"),
    [
        ("s3", ("ExpiredToken", 400)),
        ("sts", ("ExpiredToken", 403)),
        ("kms", ("ExpiredTokenException", 400)),
        ("organizations", ("ExpiredTokenException", 400)),
        ("iam", ("ExpiredToken", 403)),
    ],
)
def test_an_expired_session_is_refused(
    aws: EmbeddedAws, organization: str, enter: Any, service: str, refused: tuple[str, int]
) -> None:
    client = enter(ROLE, service)
    aws.faults.expire_sessions()

    assert refusal(asked(client)) == refused


def test_an_expired_session_enters_no_further_account(
    aws: EmbeddedAws, organization: str, enter: Any
) -> None:
    sts = enter(ROLE, "sts")
    aws.faults.expire_sessions()

    assert refusal(sts.assume_role, RoleArn=ROLE, RoleSessionName="audit") == ("ExpiredToken", 403)


def test_sessions_made_later_are_served(aws: EmbeddedAws, organization: str, enter: Any) -> None:
    aws.faults.expire_sessions()

    assert asked(enter(ROLE, "s3"))()


def test_expiring_sessions_leaves_users_alone(aws: EmbeddedAws, s3: Any, bucket: str) -> None:
    aws.faults.expire_sessions()

    assert s3.list_buckets()["Buckets"]


def test_sessions_can_be_made_short(aws: EmbeddedAws, organization: str, enter: Any) -> None:
    aws.faults.session_seconds = 1
    s3 = enter(ROLE, "s3")
    assert asked(s3)()

    time.sleep(1.1)

    assert refusal(asked(s3)) == ("ExpiredToken", 400)


def test_a_short_session_says_when_it_ends(aws: EmbeddedAws, organization: str, connect: Any) -> None:
    aws.faults.session_seconds = 30

    given = connect("sts").assume_role(RoleArn=ROLE, RoleSessionName="audit", DurationSeconds=3600)

    assert 20 < (given["Credentials"]["Expiration"] - datetime.now(UTC)).total_seconds() <= 30


@pytest.mark.parametrize(
    ("service", "refused"),
    [
        ("s3", ("InvalidAccessKeyId", 403)),
        ("sts", ("InvalidClientTokenId", 403)),
        ("kms", ("UnrecognizedClientException", 400)),
    ],
)
def test_a_session_from_before_a_reset_is_unknown(
    aws: EmbeddedAws, organization: str, enter: Any, service: str, refused: tuple[str, int]
) -> None:
    client = enter(ROLE, service)
    aws.reset()

    assert refusal(asked(client)) == refused


@pytest.fixture
def with_token(aws: EmbeddedAws, organization: str, connect: Any, session: Any) -> Any:
    """A client of a new session that sends this token instead of its own."""

    def client(token: str | None) -> Any:
        given = connect("sts").assume_role(RoleArn=ROLE, RoleSessionName="audit")["Credentials"]
        return session.client(
            "s3",
            region_name="us-east-1",
            endpoint_url=aws.url,
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=token,
        )

    return client


def test_a_temporary_key_without_its_token_is_unknown(with_token: Any) -> None:
    assert refusal(with_token(None).list_buckets) == ("InvalidAccessKeyId", 403)


def test_another_token_is_malformed(with_token: Any) -> None:
    assert refusal(with_token("wrong").list_buckets) == ("InvalidToken", 400)


def test_a_presigned_url_carries_its_token(aws: EmbeddedAws, organization: str, enter: Any) -> None:
    s3 = enter(ROLE, "s3")
    s3.create_bucket(Bucket="theirs")
    s3.put_object(Bucket="theirs", Key="k", Body=b"text")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "theirs", "Key": "k"})

    with urllib.request.urlopen(url) as answer:
        assert answer.read() == b"text"
    aws.faults.expire_sessions()
    with pytest.raises(urllib.error.HTTPError, match="400"):
        urllib.request.urlopen(url)


def test_a_session_expires_inside_a_directory_bucket_too(
    aws: EmbeddedAws, organization: str, enter: Any
) -> None:
    s3 = enter(ROLE, "s3")
    name = create_directory_bucket(s3)
    s3.put_object(Bucket=name, Key="k", Body=b"text")
    aws.faults.expire_sessions()

    assert refusal(s3.get_object, Bucket=name, Key="k") == ("ExpiredToken", 400)


def test_a_user_needs_no_token(aws: EmbeddedAws, connect: Any) -> None:
    assert connect("sts", MANAGEMENT).get_caller_identity()["Account"] == MANAGEMENT
