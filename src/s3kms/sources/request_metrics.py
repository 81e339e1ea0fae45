"""The request metrics of buckets, for the cost and for the request quota of KMS.

They are paid for, and so most buckets have none: ListMetrics (a page holds 500 filters) tells which have, and nothing
more is asked where none has. GetMetricData is then asked for the GET and PUT of each filter, and for the peak of the
one that counts. Nothing but ListMetrics tells the ids of filters without a call for each bucket.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from s3kms.aws.boundary import bad_answer
from s3kms.aws.connection import Connection
from s3kms.aws.service_client import ServiceClient
from s3kms.model import owner_operations as op
from s3kms.model.advice import Advice
from s3kms.model.errors import AwsError, CredentialsProblem
from s3kms.model.request_metrics import WHOLE_BUCKET_FILTER, RequestMetrics
from s3kms.model.unknown import Unknown, UnknownCause

_NAMESPACE = "AWS/S3"
_MAX_METRICS_A_CALL = 500
_MAX_FILTERS = 20
"""Of one bucket, none of them named for all of it: more would not be looked through for the one that counts most."""
_DAY, _PEAK_SECONDS = 86400, 300
"""Periods. CloudWatch keeps five minutes for 63 days; one of a minute would be five times the pages."""

Found = Mapping[str, RequestMetrics | Unknown | None]


def read_request_metrics(
    connection: Connection,
    region: str,
    bucket_names: Iterable[str],
    days: int = 14,
    now: datetime | None = None,
) -> Found:
    """The requests of each bucket of one account and region; None for a bucket without request metrics.

    A bucket that got no request at all has none either. Unknown where CloudWatch did not tell.
    Raises CredentialsProblem.
    """
    names = list(dict.fromkeys(bucket_names))
    if not names:
        return {}
    client = ServiceClient.of(connection, "cloudwatch", region, "the request metrics")
    try:
        filters = _filters(client, set(names))
    except CredentialsProblem:
        raise
    except AwsError as error:
        return dict.fromkeys(names, error.as_unknown())
    return {**dict.fromkeys(names), **_measured(client, filters, days, now or datetime.now(UTC))}


@dataclass(frozen=True, slots=True)
class _Filter:
    """One metrics configuration of a bucket."""

    bucket: str
    id: str


@dataclass(slots=True)
class _Counted:
    """What one metric counted."""

    total: float = 0
    peak: float = 0
    """The highest of a period."""
    first: datetime | None = None
    """The start of the first period with a request."""


def _filters(client: ServiceClient, names: set[str]) -> dict[str, list[_Filter]]:
    """Those of the buckets that have some."""
    rows = client.rows(
        op.LIST_METRICS, "Metrics", ("NextToken", "NextToken"), Namespace=_NAMESPACE, MetricName="AllRequests"
    )
    found: dict[str, dict[_Filter, None]] = defaultdict(dict)
    for row in rows:
        dimensions = {one.get("Name"): one.get("Value", "") for one in row.get("Dimensions") or ()}
        if dimensions.keys() == {"BucketName", "FilterId"} and dimensions["BucketName"] in names:
            found[dimensions["BucketName"]][_Filter(dimensions["BucketName"], dimensions["FilterId"])] = None
    return {bucket: list(those) for bucket, those in found.items()}


def _measured(
    client: ServiceClient, filters: Mapping[str, list[_Filter]], days: int, now: datetime
) -> dict[str, RequestMetrics | Unknown]:
    found: dict[str, RequestMetrics | Unknown] = {}
    asked: list[_Filter] = []
    for bucket, those in filters.items():
        whole = [one for one in those if one.id == WHOLE_BUCKET_FILTER]
        if not whole and len(those) > _MAX_FILTERS:
            found[bucket] = _too_many(bucket, len(those))
        else:
            asked.extend(whole or sorted(those, key=lambda one: one.id))
    if not asked:
        return found
    period = _Period(client, days, now)
    try:
        return {**found, **period.measure(asked)}
    except CredentialsProblem:
        raise
    except AwsError as error:
        return {**found, **{one.bucket: error.as_unknown() for one in asked}}


@dataclass(frozen=True, slots=True)
class _Period:
    """The days that are looked at, whole ones up to the last hour."""

    client: ServiceClient
    days: int
    now: datetime

    @property
    def end(self) -> datetime:
        return self.now.replace(minute=0, second=0, microsecond=0)

    @property
    def start(self) -> datetime:
        return (self.now - timedelta(days=self.days)).replace(hour=0, minute=0, second=0, microsecond=0)

    def measure(self, filters: Sequence[_Filter]) -> dict[str, RequestMetrics]:
        """Of each bucket the filter that counted most: one for all objects counts whatever another does."""
        gets = self._counts("GetRequests", _DAY, filters)
        puts = self._counts("PutRequests", _DAY, filters)
        most: dict[str, _Filter] = {}
        for one in filters:
            best = most.setdefault(one.bucket, one)
            if gets[one].total + puts[one].total > gets[best].total + puts[best].total:
                most[one.bucket] = one
        peaks = self._counts("AllRequests", _PEAK_SECONDS, list(most.values()))
        return {bucket: self._metrics(one, gets[one], puts[one], peaks[one]) for bucket, one in most.items()}

    def _metrics(self, one: _Filter, gets: _Counted, puts: _Counted, peak: _Counted) -> RequestMetrics:
        """Counted from the first request: metrics that were turned on yesterday say nothing of two weeks."""
        begun = min((count.first for count in (gets, puts, peak) if count.first), default=self.start)
        days = max((self.end - begun) / timedelta(days=1), 1)
        return RequestMetrics(
            round(gets.total), round(puts.total), peak.peak / _PEAK_SECONDS, days, filter_id=one.id
        )

    def _counts(self, metric: str, seconds: int, filters: Sequence[_Filter]) -> dict[_Filter, _Counted]:
        found: dict[_Filter, _Counted] = {one: _Counted() for one in filters}
        rest = iter(filters)
        while batch := list(islice(rest, _MAX_METRICS_A_CALL)):
            for number, result in self._results(metric, seconds, batch):
                counted = found[batch[number]]
                values, times = result.get("Values") or [], result.get("Timestamps") or []
                counted.total += sum(values)
                counted.peak = max([counted.peak, *values])
                counted.first = min([*([counted.first] if counted.first else []), *times], default=None)
        return found

    def _results(
        self, metric: str, seconds: int, batch: Sequence[_Filter]
    ) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """The results of all pages, each after the number of its filter. Raises AwsError."""
        queries = [_query(number, one, metric, seconds) for number, one in enumerate(batch)]
        rows = self.client.rows(
            op.GET_METRIC_DATA,
            "MetricDataResults",
            ("NextToken", "NextToken"),
            MetricDataQueries=queries,
            StartTime=self.start,
            EndTime=self.end,
        )
        for row in rows:
            name, status = str(row.get("Id", "")), row.get("StatusCode", "Complete")
            if (
                status not in {"Complete", "PartialData"}
                or not name[1:].isdecimal()
                or int(name[1:]) >= len(batch)
            ):
                raise bad_answer(
                    op.GET_METRIC_DATA, self.client.where, f"was answered with {name or 'a'} {status}"
                )
            yield int(name[1:]), row


def _query(number: int, one: _Filter, metric: str, seconds: int) -> dict[str, Any]:
    dimensions = [{"Name": "BucketName", "Value": one.bucket}, {"Name": "FilterId", "Value": one.id}]
    named = {"Namespace": _NAMESPACE, "MetricName": metric, "Dimensions": dimensions}
    return {"Id": f"m{number}", "MetricStat": {"Metric": named, "Period": seconds, "Stat": "Sum"}}


def _too_many(bucket: str, count: int) -> Unknown:
    why = f"{bucket} has {count} filters of request metrics, none of them named {WHOLE_BUCKET_FILTER}"
    advice = Advice(f"add one without a filter, and name it {WHOLE_BUCKET_FILTER}")
    return Unknown(UnknownCause.BUDGET, why, advice)
