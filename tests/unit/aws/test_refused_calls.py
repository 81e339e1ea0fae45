"""What an event of CloudTrail tells of a call that KMS refused, and whose harm it may be."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from s3kms.aws.refused_calls import parse_refusal
from s3kms.model.aftermath import WatchedBucket
from s3kms.sources.aftermath import may_be_of

AT = datetime(2026, 11, 26, 12, tzinfo=UTC)
KEY = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
EVENT: dict[str, Any] = {
    "eventName": "GenerateDataKey",
    "errorCode": "AccessDenied",
    "userIdentity": {"arn": "arn:aws:iam::111122223333:role/writer"},
    "requestParameters": {"encryptionContext": {"aws:s3:arn": "arn:aws:s3:::logs/app/1.log"}},
    "resources": [{"ARN": KEY}],
}


def event(**changes: Any) -> dict[str, Any]:
    return {"EventId": "e1", "EventTime": AT, "CloudTrailEvent": json.dumps({**EVENT, **changes})}


def test_key_bucket_and_caller_are_found_where_an_event_has_them() -> None:
    found = parse_refusal(event())

    assert found is not None
    assert (found.key, found.bucket, found.caller) == (KEY, "logs", EVENT["userIdentity"]["arn"])


@pytest.mark.parametrize(
    "changes",
    [
        {"errorCode": None},
        {"errorCode": "ThrottlingException"},
        {"eventName": "DescribeKey"},
        {"eventName": []},
    ],
)
def test_what_harms_no_object_is_no_refusal(changes: dict[str, Any]) -> None:
    assert parse_refusal(event(**changes)) is None


@pytest.mark.parametrize(
    "given",
    [{}, None, [], {"EventTime": AT, "CloudTrailEvent": "{"}, {"EventTime": "", "CloudTrailEvent": "[]"}],
)
def test_what_is_no_event_is_no_refusal(given: Any) -> None:
    assert parse_refusal(given) is None


@pytest.mark.parametrize(
    ("changes", "key", "is_its"),
    [
        ({}, None, True),  # it names the bucket
        ({"requestParameters": None}, KEY, True),
        ({"requestParameters": None}, KEY.replace("1234abcd", "ffffffff"), False),
        ({"requestParameters": None}, None, True),  # it may be aws/s3
        ({"requestParameters": None, "resources": None}, KEY, True),  # it tells nothing
        ({"requestParameters": {"encryptionContext": {"a": "arn:aws:s3:::other"}}}, KEY, False),
    ],
)
def test_a_refusal_may_be_about_a_bucket(changes: dict[str, Any], key: str | None, is_its: bool) -> None:
    found = parse_refusal(event(**changes))

    assert found is not None
    assert may_be_of(found, WatchedBucket("logs", "eu-central-1", key)) is is_its
