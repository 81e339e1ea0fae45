"""What CloudWatch counts of buckets, before and after a moment: errors and failed replication."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from s3kms.aws.boundary import bad_answer, translate_errors
from s3kms.aws.connection import Connection
from s3kms.model.aftermath import MetricSums
from s3kms.model.owner_operations import GET_METRIC_DATA, LIST_METRICS

NAMESPACE = "AWS/S3"
CLIENT_ERRORS = "4xxErrors"
FAILED_REPLICATION = "OperationsFailedReplication"
_BUCKET_DIMENSIONS = {CLIENT_ERRORS: "BucketName", FAILED_REPLICATION: "SourceBucket"}
_BEFORE = timedelta(hours=24)
_SHORT, _LONG = 300, 3600
"""Seconds of a data point; CloudWatch keeps those of five minutes for 63 days."""
_SHORT_FOR = timedelta(days=3)
_A_CALL = 500
"""Metrics in one call of GetMetricData."""
_MAX_PAGES = 200


@dataclass(frozen=True, slots=True)
class _Metric:
    bucket: str
    dimensions: tuple[tuple[str, str], ...]


def read_sums(
    connection: Connection, region: str, name: str, buckets: Iterable[str], *, since: datetime, now: datetime
) -> Mapping[str, MetricSums]:
    """The sums of a metric for those of the buckets that have it, by bucket. Raises AwsError.

    A bucket may be counted by several filters, one of which holds the others: the largest sum is taken.
    """
    metrics = _metrics(connection, region, name, frozenset(buckets))
    found: dict[str, MetricSums] = {}
    for begin in range(0, len(metrics), _A_CALL):
        some = metrics[begin : begin + _A_CALL]
        for metric, sums in zip(
            some, _sums(connection, region, name, some, since=since, now=now), strict=True
        ):
            known = found.get(metric.bucket)
            if known is None or (sums.after, sums.before) > (known.after, known.before):
                found[metric.bucket] = sums
    return found


def _metrics(connection: Connection, region: str, name: str, buckets: frozenset[str]) -> list[_Metric]:
    subject = f"{name} of S3 in {region}"
    client = connection.regional_client("cloudwatch", region)
    asked: dict[str, Any] = {"Namespace": NAMESPACE, "MetricName": name}
    found: dict[_Metric, None] = {}
    for _ in range(_MAX_PAGES):
        with translate_errors(LIST_METRICS, subject):
            answer = client.list_metrics(**asked)
            for metric in answer["Metrics"]:
                dimensions = tuple((one["Name"], one["Value"]) for one in metric["Dimensions"])
                bucket = dict(dimensions).get(_BUCKET_DIMENSIONS[name])
                if bucket in buckets:
                    found[_Metric(bucket, dimensions)] = None
        if not answer.get("NextToken"):
            return list(found)
        asked["NextToken"] = answer["NextToken"]
    raise bad_answer(LIST_METRICS, subject, f"has more than {_MAX_PAGES} pages")


def _sums(
    connection: Connection,
    region: str,
    name: str,
    metrics: Sequence[_Metric],
    *,
    since: datetime,
    now: datetime,
) -> list[MetricSums]:
    subject = f"{name} of S3 in {region}"
    seconds = _SHORT if now - since <= _SHORT_FOR else _LONG
    asked: dict[str, Any] = {
        "StartTime": since - _BEFORE,
        "EndTime": now + timedelta(seconds=seconds),  # it is exclusive, and told in whole seconds
        "MetricDataQueries": [_query(number, name, one, seconds) for number, one in enumerate(metrics)],
    }
    client = connection.regional_client("cloudwatch", region)
    before, after = [0.0] * len(metrics), [0.0] * len(metrics)
    for _ in range(_MAX_PAGES):
        with translate_errors(GET_METRIC_DATA, subject):
            answer = client.get_metric_data(**asked)
            for result in answer["MetricDataResults"]:
                number = int(result["Id"].removeprefix("m"))
                for at, value in zip(result["Timestamps"], result["Values"], strict=True):
                    if at >= since:
                        after[number] += value
                    elif at + timedelta(seconds=seconds) <= since:  # the point in between counts for neither
                        before[number] += value
        if not answer.get("NextToken"):
            hours = (now - since) / timedelta(hours=1)
            return [
                MetricSums(was, is_now, _BEFORE / timedelta(hours=1), hours)
                for was, is_now in zip(before, after, strict=True)
            ]
        asked["NextToken"] = answer["NextToken"]
    raise bad_answer(GET_METRIC_DATA, subject, f"has more than {_MAX_PAGES} pages")


def _query(number: int, name: str, metric: _Metric, seconds: int) -> dict[str, Any]:
    dimensions = [{"Name": key, "Value": value} for key, value in metric.dimensions]
    asked = {"Namespace": NAMESPACE, "MetricName": name, "Dimensions": dimensions}
    return {"Id": f"m{number}", "MetricStat": {"Metric": asked, "Period": seconds, "Stat": "Sum"}}
