"""Importing findings: batches, pace, back-off, and answers that cannot be."""

from typing import Any

import boto3
import pytest
from botocore.config import Config
from tests.support.stub_hub import StubHub

from s3kms.aws.security_hub import MAX_FINDING_BYTES, SecurityHub, batches
from s3kms.aws.service_client import ServiceClient
from s3kms.model.errors import AwsError, BadAnswer, Throttled

ACCOUNT, REGION = "444455556666", "eu-central-1"
PRODUCT = f"arn:aws:securityhub:{REGION}:{ACCOUNT}:product/{ACCOUNT}/default"


def record(number: int = 0, text: str = "d") -> dict[str, Any]:
    return {
        "SchemaVersion": "2018-10-08",
        "Id": f"s3kms/r/{number}",
        "ProductArn": PRODUCT,
        "GeneratorId": "s3kms/r",
        "AwsAccountId": ACCOUNT,
        "CreatedAt": "2026-01-01T00:00:00Z",
        "UpdatedAt": "2026-01-01T00:00:00Z",
        "Title": "t",
        "Description": text,
        "Resources": [{"Type": "AwsS3Bucket", "Id": "arn:aws:s3:::b"}],
        "RecordState": "ACTIVE",
    }


class Clock:
    """Goes on while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def hub_of(stub: StubHub, clock: Clock) -> SecurityHub:
    client = boto3.client(
        "securityhub",
        region_name=REGION,
        endpoint_url=stub.url,
        aws_access_key_id="AKIASTUB",
        aws_secret_access_key="stub",
        config=Config(retries={"total_max_attempts": 1}),
    )
    return SecurityHub(
        ServiceClient(client, "the hub"), ACCOUNT, REGION, sleep=clock.sleep, clock=lambda: clock.now
    )


def test_batches_have_a_hundred_records_and_six_megabytes_at_most() -> None:
    many = [len(batch) for batch in batches(record(n) for n in range(201))]
    large = [len(batch) for batch in batches(record(n, "x" * 200_000) for n in range(60))]

    assert many == [100, 100, 1]
    assert large == [29, 29, 2]


def test_a_record_that_is_too_large_is_in_no_batch() -> None:
    assert list(batches([record(0, "x" * MAX_FINDING_BYTES)])) == []


def test_imports_keep_to_ten_calls_a_second() -> None:
    clock = Clock()
    with StubHub() as stub:
        hub = hub_of(stub, clock)
        for _ in range(3):
            hub.import_records([record()])

    assert clock.slept == pytest.approx([0.1, 0.1])


def test_a_hub_that_stays_throttled_is_given_up_after_a_minute() -> None:
    clock = Clock()
    with StubHub(fail=lambda _name, _number: (429, "TooManyRequestsException")) as stub:
        hub = hub_of(stub, clock)
        with pytest.raises(Throttled):
            hub.import_records([record()])

    assert len(stub.calls) > 3
    assert clock.now - 100 <= 60


def test_a_denied_import_is_not_tried_again() -> None:
    clock = Clock()
    with (
        StubHub(fail=lambda _name, _number: (403, "AccessDeniedException")) as stub,
        pytest.raises(AwsError, match="AccessDenied"),
    ):
        hub_of(stub, clock).import_records([record()])

    assert len(stub.calls) == 1


def test_an_answer_whose_numbers_cannot_be_is_not_believed() -> None:
    class Liar(StubHub):
        def answer(
            self, name: str, body: dict[str, Any], key: str, region: str
        ) -> tuple[int, dict[str, Any]]:
            return 200, {"FailedCount": 0, "SuccessCount": 7, "FailedFindings": []}

    with Liar() as stub, pytest.raises(BadAnswer, match="7 of 1 findings taken"):
        hub_of(stub, Clock()).import_records([record()])


def test_every_page_of_active_findings_is_read() -> None:
    with StubHub([record(n) for n in range(250)]) as stub:
        found = list(hub_of(stub, Clock()).active(PRODUCT, "s3kms/"))

    assert len(found) == 250
    assert stub.calls == ["GetFindings"] * 3
