"""The request metrics of buckets, from CloudWatch, at most 500 metrics a call."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.support.sdk import client_of

from s3kms.aws.connection import Connection
from s3kms.demo.aws import PRODUCTION, EmbeddedAws
from s3kms.model.request_metrics import RequestMetrics
from s3kms.model.unknown import Unknown, UnknownCause
from s3kms.sources.request_metrics import read_request_metrics

FRANKFURT = "eu-central-1"
NOW = datetime.now(UTC)


def put(aws: EmbeddedAws, bucket: str, filter_id: str = "EntireBucket", **counts: float) -> None:
    cloudwatch: Any = client_of(aws, PRODUCTION, "cloudwatch", FRANKFURT)
    dimensions = [{"Name": "BucketName", "Value": bucket}, {"Name": "FilterId", "Value": filter_id}]
    data = [
        {
            "MetricName": name,
            "Dimensions": dimensions,
            "Timestamp": NOW - timedelta(days=3),
            "Value": value,
            "Unit": "Count",
        }
        for name, value in counts.items()
    ]
    cloudwatch.put_metric_data(Namespace="AWS/S3", MetricData=data)


@pytest.fixture
def connection(aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> Connection:
    for name, value in {**aws.credentials(PRODUCTION), "AWS_ENDPOINT_URL": aws.url}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_REGION", FRANKFURT)
    return Connection()


def test_a_bucket_with_metrics_has_its_requests_and_the_others_have_none(
    aws: EmbeddedAws, connection: Connection
) -> None:
    put(aws, "busy", GetRequests=3000, PutRequests=600, AllRequests=6000)
    found = read_request_metrics(connection, FRANKFURT, ["busy", "quiet"])

    assert found["quiet"] is None
    assert isinstance(found["busy"], RequestMetrics)
    assert (found["busy"].gets, found["busy"].puts) == (3000, 600)
    assert found["busy"].peak_per_second == pytest.approx(6000 / 300)
    assert found["busy"].requests_per_month > 3600


def test_of_a_bucket_whose_filters_see_parts_the_one_that_counts_most_is_told(
    aws: EmbeddedAws, connection: Connection
) -> None:
    put(aws, "parts", "images", GetRequests=10, PutRequests=0, AllRequests=10)
    put(aws, "parts", "documents", GetRequests=500, PutRequests=20, AllRequests=520)
    found = read_request_metrics(connection, FRANKFURT, ["parts"])["parts"]

    assert isinstance(found, RequestMetrics)
    assert (found.filter_id, found.gets, found.is_whole_bucket) == ("documents", 500, False)


def test_without_any_metrics_nothing_but_the_list_is_asked(aws: EmbeddedAws, connection: Connection) -> None:
    aws.calls.clear()

    assert read_request_metrics(connection, FRANKFURT, ["a", "b"]) == {"a": None, "b": None}
    assert Counter(call.operation for call in aws.calls) == {"ListMetrics": 1}


def test_many_buckets_are_asked_about_in_one_call_a_metric(aws: EmbeddedAws, connection: Connection) -> None:
    names = [f"bucket-{number}" for number in range(20)]
    for name in names:
        put(aws, name, AllRequests=300)
    aws.calls.clear()
    found = read_request_metrics(connection, FRANKFURT, names)

    assert all(isinstance(one, RequestMetrics) for one in found.values())
    assert Counter(call.operation for call in aws.calls) == {"ListMetrics": 1, "GetMetricData": 3}


def test_a_denial_is_an_unknown_of_each_bucket(aws: EmbeddedAws, connection: Connection) -> None:
    aws.faults.fail("ListMetrics", 403, "AccessDenied")
    found = read_request_metrics(connection, FRANKFURT, ["a"])["a"]

    assert isinstance(found, Unknown)
    assert found.cause is UnknownCause.DENIED
    assert "cloudwatch:ListMetrics" in str(found.advice)
