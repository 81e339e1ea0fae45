"""What AWS Config says of an aggregator: what it covers, what it lacks, and the buckets in it (facts F5 to F7)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore import xform_name

from s3kms.aws.boundary import bad_answer, translate_errors
from s3kms.aws.config_items import ConfigItem, read_item
from s3kms.aws.connection import Connection
from s3kms.aws.repeated_pages import RepeatedPages
from s3kms.model import operations as op
from s3kms.model.advice import Advice, Option
from s3kms.model.errors import NotFound
from s3kms.model.operations import Operation
from s3kms.model.unknown import Unknown

BUCKET_RESOURCE_TYPE = "AWS::S3::Bucket"
CONFIG_PAGE_SIZE = 100
"""The most that AWS Config gives at once (fact F6)."""
MAX_QUERY_CHARACTERS = 4096
"""Fact F6."""

_FIELDS = (
    "accountId",
    "awsRegion",
    "resourceId",
    "resourceName",
    "arn",
    "configurationItemCaptureTime",
    "configurationItemStatus",
    "supplementaryConfiguration.ServerSideEncryptionConfiguration",
)
_ELSEWHERE = Advice(
    "an aggregator is in one account and one region: choose them with {profile} and AWS_REGION; "
    "aws configservice describe-configuration-aggregators lists them",
    {"profile": Option("profile")},
)


@dataclass(frozen=True, slots=True)
class AggregatorScope:
    """What an aggregator collects."""

    regions: tuple[str, ...] | None
    """None means all."""
    has_buckets: bool
    """Whether its filter, if it has one, lets buckets in."""


@dataclass(frozen=True, slots=True)
class StaleSource:
    """An account and region whose data the aggregator could not bring up to date."""

    account: str | None
    """None where the organization itself could not be read."""
    region: str | None
    is_failed: bool
    """AWS could not move the data; else they are merely not the most recent."""
    at: datetime | None
    """Of the last update."""
    why: str
    """AWS's code and message; empty where it gave none."""
    code: str | None = None
    """AWS's code alone."""


def read_aggregator_scope(connection: Connection, aggregator: str) -> AggregatorScope:
    """What the aggregator covers, by its own definition. Raises AwsError, NotFound where there is none."""
    call = _AggregatorCall(op.DESCRIBE_AGGREGATORS, "ConfigurationAggregators", aggregator, connection)
    answer = call.send({"ConfigurationAggregatorNames": [aggregator]})
    found = call.rows_of(answer)
    if len(found) != 1:
        raise bad_answer(call.operation, call.subject, f"was answered with {len(found)} aggregators")
    with translate_errors(call.operation, call.subject):
        return AggregatorScope(_regions(found[0]), _lets_buckets_in(found[0]))


def list_stale_sources(connection: Connection, aggregator: str) -> Iterator[StaleSource]:
    """The accounts and regions whose data are missing or old, as AWS says. Raises AwsError."""
    call = _AggregatorCall(
        op.DESCRIBE_AGGREGATOR_SOURCES, "AggregatedSourceStatusList", aggregator, connection
    )
    request = {"ConfigurationAggregatorName": aggregator, "UpdateStatus": ["FAILED", "OUTDATED"]}
    for rows, _ in call.pages(request):
        with translate_errors(call.operation, call.subject):
            lagging = [_lagging(row) for row in rows if row["LastUpdateStatus"] != "SUCCEEDED"]
        yield from lagging


def select_buckets(
    connection: Connection, aggregator: str, *, regions: tuple[str, ...] = (), tags: bool = False
) -> Iterator[tuple[ConfigItem | Unknown, str | None]]:
    """Every bucket that the aggregator knows, page by page, each with the id of its request.

    Raises AwsError; BadAnswer where the answer is no result, or never ends.
    """
    call = _AggregatorCall(op.SELECT_AGGREGATE, "Results", aggregator, connection)
    query = bucket_query(regions, tags=tags)
    seen: set[int] = set()  # hashes: an organization has a million rows
    for rows, request_id in call.pages({"ConfigurationAggregatorName": aggregator, "Expression": query}):
        for row in rows:
            if (known := hash(str(row))) not in seen:  # a page that moved on meanwhile may give a row again
                seen.add(known)
                yield read_item(row), request_id


def bucket_query(regions: Iterable[str] = (), *, tags: bool = False) -> str:
    """The query for all buckets, or those of some regions where that can be said in 4,096 characters.

    It has no condition on the encryption: a condition on a part that an item lacks would drop the item, and
    NULL cannot be queried (fact F7).
    """
    fields = ", ".join((*_FIELDS, "tags") if tags else _FIELDS)
    query = f"SELECT {fields} WHERE resourceType = '{BUCKET_RESOURCE_TYPE}'"
    named = ", ".join(f"'{region}'" for region in regions)
    narrowed = f"{query} AND awsRegion IN ({named})" if named else query
    return narrowed if len(narrowed) <= MAX_QUERY_CHARACTERS else query


@dataclass(frozen=True, slots=True)
class _AggregatorCall:
    """One operation on one aggregator."""

    operation: Operation
    member: str
    """Of the answer: the list."""
    aggregator: str
    connection: Connection

    @property
    def subject(self) -> str:
        return f"the Config aggregator {self.aggregator} in {self.connection.region}"

    def send(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            with translate_errors(self.operation, self.subject):
                method = getattr(self.connection.config(), xform_name(self.operation.name))
                answer: Mapping[str, Any] = method(**request)
                return answer
        except NotFound as error:
            raise NotFound(
                str(error),
                advice=_ELSEWHERE,
                code=error.code,
                request_id=error.request_id,
                operation=error.operation,
            ) from error

    def rows_of(self, answer: Mapping[str, Any]) -> list[Any]:
        """The list in the answer. An empty one is sent; a proxy's page has none."""
        rows = answer.get(self.member)
        if not isinstance(rows, list):
            raise bad_answer(self.operation, self.subject, f"was answered with no {self.member}")
        return rows

    def pages(self, request: Mapping[str, Any]) -> Iterator[tuple[list[Any], str | None]]:
        """The lists of all pages, each with the id of its request."""
        loop = RepeatedPages(self.operation, self.subject)
        more: dict[str, Any] = {"Limit": CONFIG_PAGE_SIZE}
        while True:
            answer = self.send({**request, **more})
            rows = self.rows_of(answer)
            yield rows, answer.get("ResponseMetadata", {}).get("RequestId")
            token = answer.get("NextToken")
            if not token:
                return
            loop.watch(token, rows)
            more["NextToken"] = token


def _regions(described: Mapping[str, Any]) -> tuple[str, ...] | None:
    """The regions it collects from; None where it names none to be content with."""
    whole = described.get("OrganizationAggregationSource")
    sources = [whole] if whole else described.get("AccountAggregationSources") or []
    if not sources or any(source.get("AllAwsRegions") for source in sources):
        return None
    return tuple(sorted({region for source in sources for region in source.get("AwsRegions") or ()}))


def _lets_buckets_in(described: Mapping[str, Any]) -> bool:
    kept = (described.get("AggregatorFilters") or {}).get("ResourceType") or {}
    return BUCKET_RESOURCE_TYPE in kept.get("Value", [BUCKET_RESOURCE_TYPE])


def _lagging(row: Mapping[str, Any]) -> StaleSource:
    words = [str(row[name]) for name in ("LastErrorCode", "LastErrorMessage") if row.get(name)]
    return StaleSource(
        account=row["SourceId"] if row.get("SourceType") == "ACCOUNT" else None,
        region=row.get("AwsRegion"),
        is_failed=row["LastUpdateStatus"] != "OUTDATED",
        at=row.get("LastUpdateTime"),
        why=": ".join(words),
        code=row.get("LastErrorCode") or None,
    )
