"""A bucket asked for in another region than its own."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.support.aws_calls import create_bucket, got

from s3kms.demo.aws import EmbeddedAws


class Answers:
    """The first answer of S3 to each call of a client, before botocore follows a redirect."""

    def __init__(self, s3: Any, operation: str = "GetBucketEncryption") -> None:
        self._heard: list[dict[str, Any]] = []
        s3.meta.events.register(f"response-received.s3.{operation}", self._note)

    def _note(self, parsed_response: dict[str, Any], **_: object) -> None:
        self._heard.append(parsed_response)

    @property
    def first(self) -> tuple[str, int]:
        answer = self._heard[0]
        return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]

    @property
    def error(self) -> dict[str, str]:
        return dict(self._heard[0]["Error"])

    @property
    def header(self) -> str:
        return str(self._heard[0]["ResponseMetadata"]["HTTPHeaders"]["x-amz-bucket-region"])


@pytest.fixture
def irish(connect: Any) -> str:
    return create_bucket(connect("s3", region="eu-west-1"), "irish")


def test_a_redirect_names_the_region_twice(s3: Any, irish: str) -> None:
    answers = Answers(s3)

    assert got(s3, irish)
    assert answers.first == ("PermanentRedirect", 301)
    assert (answers.header, answers.error["Region"]) == ("eu-west-1", "eu-west-1")
    assert answers.error["Endpoint"] == "irish.s3.eu-west-1.amazonaws.com"


@pytest.mark.parametrize(
    ("asked", "home", "named"),
    [
        ("us-east-1", "af-south-1", "af-south-1"),
        ("me-south-1", "us-west-2", "us-west-2"),
        ("ap-east-1", "us-east-1", "unspecified"),
    ],
)
def test_a_newer_region_answers_400_instead_of_a_redirect(
    connect: Any, asked: str, home: str, named: str
) -> None:
    where = {} if home == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": home}}
    connect("s3", region=home).create_bucket(Bucket="far", **where)
    s3 = connect("s3", region=asked)
    answers = Answers(s3)

    assert got(s3, "far")
    assert answers.first == ("IllegalLocationConstraintException", 400)
    assert answers.error["Message"].startswith(f"The {named} location constraint is incompatible")


def test_a_wrong_signing_region_can_be_asked_for(aws: EmbeddedAws, s3: Any, irish: str) -> None:
    aws.faults.wrong_region = "AuthorizationHeaderMalformed"
    answers = Answers(s3)

    assert got(s3, irish)
    assert answers.first == ("AuthorizationHeaderMalformed", 400)
    assert (answers.header, answers.error["Region"]) == ("eu-west-1", "eu-west-1")
    assert answers.error["Message"].endswith("the region 'us-east-1' is wrong; expecting 'eu-west-1'")


@pytest.mark.parametrize(
    "code", ["PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"]
)
def test_any_of_the_three_can_be_asked_for(aws: EmbeddedAws, s3: Any, irish: str, code: Any) -> None:
    aws.faults.wrong_region = code
    answers = Answers(s3)

    assert got(s3, irish)
    assert answers.first[0] == code


def test_head_tells_the_region_without_a_body(aws: EmbeddedAws, s3: Any, irish: str) -> None:
    aws.faults.wrong_region = "AuthorizationHeaderMalformed"
    answers = Answers(s3, "HeadBucket")

    assert s3.head_bucket(Bucket=irish)["BucketRegion"] == "eu-west-1"
    assert answers.first == ("400", 400)


def test_the_right_region_is_never_refused(aws: EmbeddedAws, connect: Any, irish: str) -> None:
    aws.faults.wrong_region = "AuthorizationHeaderMalformed"

    assert got(connect("s3", region="eu-west-1"), irish)


def test_the_region_is_checked_before_the_policy(connect: Any, s3: Any, irish: str) -> None:
    answers = Answers(foreign := connect("s3", "987654321098"))

    with pytest.raises(ClientError, match="AccessDenied"):
        got(foreign, irish)
    assert answers.first == ("PermanentRedirect", 301)
