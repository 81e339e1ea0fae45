"""The requests of buckets, as CloudWatch counts them: asked through real boto3, counted on the wire."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.integration.sources.conftest import FRANKFURT
from tests.support.sdk import client_of

from s3kms.aws.connection import Connection
from s3kms.demo.aws import PRODUCTION, EmbeddedAws
from s3kms.model.errors import CredentialsProblem
from s3kms.model.request_metrics import RequestMetrics
from s3kms.model.unknown import Unknown, UnknownCause
from s3kms.sources.request_metrics import read_request_metrics

NOW = datetime(2026, 11, 26, 12, 30, tzinfo=UTC)


def put(
    aws: EmbeddedAws,
    bucket: str,
    metric: str,
    values: Iterable[float],
    *,
    days_ago: float = 1,
    filter_id: str = "EntireBucket",
    region: str = FRANKFURT,
) -> None:
    """One value each minute from then."""
    dimensions = [{"Name": "BucketName", "Value": bucket}, {"Name": "FilterId", "Value": filter_id}]
    begin = NOW.replace(minute=0) - timedelta(days=days_ago)
    data: list[dict[str, Any]] = [
        {
            "MetricName": metric,
            "Dimensions": dimensions,
            "Timestamp": begin + timedelta(minutes=number),
            "Value": value,
        }
        for number, value in enumerate(values)
    ]
    client_of(aws, PRODUCTION, "cloudwatch", region).put_metric_data(Namespace="AWS/S3", MetricData=data)


def count(aws: EmbeddedAws, bucket: str, gets: float, puts: float, **where: Any) -> None:
    """A minute of requests, with what AllRequests says of them."""
    put(aws, bucket, "GetRequests", [gets], **where)
    put(aws, bucket, "PutRequests", [puts], **where)
    put(aws, bucket, "AllRequests", [gets + puts], **where)


def read(connection: Connection, *names: str, **more: Any) -> dict[str, Any]:
    return dict(read_request_metrics(connection, FRANKFURT, names, now=NOW, **more))


def operations(aws: EmbeddedAws) -> Counter[str]:
    return Counter(call.operation for call in aws.calls)


def test_gets_puts_and_the_peak_of_a_bucket(aws: EmbeddedAws, connection: Connection) -> None:
    put(aws, "data", "GetRequests", [100, 200], days_ago=13)
    put(aws, "data", "PutRequests", [50], days_ago=13)
    put(aws, "data", "AllRequests", [300, 300, 300, 300, 300], days_ago=13)  # five minutes: 1,500
    put(aws, "data", "AllRequests", [600], days_ago=2)

    (found,) = read(connection, "data").values()

    assert (found.gets, found.puts, found.peak_per_second) == (300, 50, 5.0)
    assert found.is_whole_bucket


def test_a_month_is_reckoned_from_the_first_request_that_was_counted(
    aws: EmbeddedAws, connection: Connection
) -> None:
    count(aws, "old", 1400, 0, days_ago=13)
    count(aws, "new", 100, 100, days_ago=0.25)

    found = read(connection, "old", "new")

    assert found["old"].days == pytest.approx(13.5)  # from midnight of that day to this noon
    assert found["old"].requests_per_month == round(1400 / 13.5 * 30)
    assert (found["new"].days, found["new"].requests_per_month) == (1, 6000)  # a day at least


def test_what_is_older_than_the_days_does_not_count(aws: EmbeddedAws, connection: Connection) -> None:
    count(aws, "data", 5, 0, days_ago=3)
    count(aws, "data", 1000, 1000, days_ago=20)

    assert read(connection, "data", days=7)["data"].gets == 5


def test_a_bucket_without_request_metrics_has_none(aws: EmbeddedAws, connection: Connection) -> None:
    count(aws, "others", 5, 5)
    aws.calls.clear()

    assert read(connection, "data") == {"data": None}
    assert operations(aws)["ListMetrics"] == 1
    assert operations(aws)["GetMetricData"] == 0


def test_nothing_is_asked_about_no_bucket(aws: EmbeddedAws, connection: Connection) -> None:
    assert read(connection) == {}
    assert aws.calls == []


def test_the_filter_of_the_whole_bucket_wins(aws: EmbeddedAws, connection: Connection) -> None:
    count(aws, "data", 10, 0)
    count(aws, "data", 900, 0, filter_id="a-prefix")  # more than all of it: EntireBucket was made later

    assert read(connection, "data")["data"].gets == 10


def test_without_it_the_filter_that_counts_most_is_taken_and_named(
    aws: EmbeddedAws, connection: Connection
) -> None:
    count(aws, "data", 10, 5, filter_id="images")
    count(aws, "data", 300, 20, filter_id="all-of-it")

    (found,) = read(connection, "data").values()

    assert (found.gets, found.puts, found.filter_id, found.is_whole_bucket) == (300, 20, "all-of-it", False)


def test_too_many_filters_of_parts_are_not_guessed_from(aws: EmbeddedAws, connection: Connection) -> None:
    for number in range(21):
        put(aws, "data", "AllRequests", [1], filter_id=f"part-{number}")

    (found,) = read(connection, "data").values()

    assert isinstance(found, Unknown)
    assert found.cause is UnknownCause.BUDGET
    assert "21 filters" in found.why


def test_metrics_of_other_shapes_are_no_request_metrics(aws: EmbeddedAws, connection: Connection) -> None:
    client_of(aws, PRODUCTION, "cloudwatch", FRANKFURT).put_metric_data(
        Namespace="AWS/S3",
        MetricData=[
            {
                "MetricName": "AllRequests",
                "Dimensions": [
                    {"Name": "BucketName", "Value": "data"},
                    {"Name": "FilterId", "Value": "f"},
                    {"Name": "AccessPointName", "Value": "p"},
                ],
                "Timestamp": NOW - timedelta(days=1),
                "Value": 1,
            }
        ],
    )

    assert read(connection, "data") == {"data": None}


@pytest.mark.parametrize("operation", ["ListMetrics", "GetMetricData"])
def test_what_cloudwatch_denies_is_unknown(aws: EmbeddedAws, connection: Connection, operation: str) -> None:
    count(aws, "data", 1, 1)
    aws.faults.fail(operation, 403, "AccessDenied", "User is not authorized")

    found = read(connection, "data", "quiet")

    assert isinstance(found["data"], Unknown)
    assert (found["data"].cause, found["data"].operation) == (UnknownCause.DENIED, operation)
    assert f"cloudwatch:{operation}" in str(found["data"].advice)
    assert isinstance(found["quiet"], Unknown) is (operation == "ListMetrics")


def test_credentials_that_are_not_accepted_end_the_reading(aws: EmbeddedAws, connection: Connection) -> None:
    aws.faults.fail("ListMetrics", 403, "ExpiredToken")

    with pytest.raises(CredentialsProblem):
        read(connection, "data")


def test_500_metrics_a_call_and_one_listing_page_for_500_filters(
    aws: EmbeddedAws, connection: Connection
) -> None:
    names = [f"bucket-{number:03}" for number in range(501)]
    data = [
        {
            "MetricName": "AllRequests",
            "Dimensions": [
                {"Name": "BucketName", "Value": name},
                {"Name": "FilterId", "Value": "EntireBucket"},
            ],
            "Timestamp": NOW - timedelta(hours=3),
            "Value": 60,
        }
        for name in names
    ]
    client = client_of(aws, PRODUCTION, "cloudwatch", FRANKFURT)
    client.put_metric_data(Namespace="AWS/S3", MetricData=data)
    aws.calls.clear()

    found = read(connection, *names, days=0)

    assert {one.peak_per_second for one in found.values()} == {0.2}
    assert operations(aws)["ListMetrics"] == 2
    assert operations(aws)["GetMetricData"] == 6  # two each of GetRequests, PutRequests and the peaks


def test_the_numbers_of_a_month() -> None:
    assert RequestMetrics(gets=70, puts=70, peak_per_second=1, days=14).requests_per_month == 300
