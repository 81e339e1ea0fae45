"""AWS Config aggregators: SelectAggregateResourceConfig and the status of sources.

Corrects moto, which keeps aggregators (PutConfigurationAggregator, DescribeConfigurationAggregators) and answers
both of these operations with 500. The rows are made from this server's own buckets, as if AWS Config recorded every
change at once: in AWS it takes minutes (fact F7).
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from moto.config.models import config_backends
from moto.organizations.models import organizations_backends
from moto.s3.models import s3_backends

from s3kms.demo.corrections import encryption
from s3kms.demo.corrections.accounts import CallerIdentity
from s3kms.demo.corrections.directory import is_directory
from s3kms.demo.corrections.http import ServerResponse
from s3kms.demo.corrections.policies import evaluate_policy
from s3kms.demo.corrections.stored_rule import StoredRule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from s3kms.demo.corrections.http import ServerRequest

_BUCKET_TYPE = "AWS::S3::Bucket"
_LONGEST, _LARGEST_PAGE, _PAGE = 4096, 100, 25
_TESTED = frozenset({"accountId", "awsRegion", "resourceId", "resourceName", "resourceType"})
_ENCRYPTION = "supplementaryConfiguration.ServerSideEncryptionConfiguration"
_TIMES = ("configurationItemCaptureTime", "resourceCreationTime")
_FIELDS = _TESTED.union(
    _TIMES, ("arn", "configurationItemStatus", _ENCRYPTION, f"{_ENCRYPTION}.rules", "tags")
)
"""What the published schema has of AWS::S3::Bucket and this server can tell."""
_SELECT = re.compile(
    r"\s*SELECT\s+(?P<fields>[\w.,\s]+?)\s+WHERE\s+(?P<conditions>.+?)\s*", re.IGNORECASE | re.DOTALL
)
_AND = re.compile(r"\s+AND\s+", re.IGNORECASE)
_CONDITION = re.compile(
    r"(?P<field>[\w.]+)\s*(?:=\s*(?P<one>'[^'%_]*')|IN\s*\((?P<many>[^()]*)\))", re.IGNORECASE
)
_TEXT = re.compile(r"\s*'([^'%_]*)'\s*")


class _Refused(Exception):
    """An error of AWS Config."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def answer_config(request: ServerRequest) -> ServerResponse | None:
    """The answer to an operation of AWS Config that moto lacks; None for all others."""
    answer = _ANSWERS.get(request.operation)
    if answer is None:
        return None
    try:
        return ServerResponse.json(answer(request, request.json()))
    except _Refused as refused:
        return ServerResponse.json_error(refused.code, refused.message)


def select_aggregate(request: ServerRequest, parameters: dict[str, Any]) -> dict[str, Any]:
    """A page of the rows that a query wants, each a JSON string (facts F5, F6)."""
    aggregator = _aggregator(request, parameters)
    query = AggregatorQuery.parse(str(parameters.get("Expression", "")))
    rows = [row for row in _rows(aggregator, request.account) if query.wants(row)]
    page, token = _page(rows, parameters, lambda row: str(row["resourceName"]))
    answer: dict[str, Any] = {
        "QueryInfo": {"SelectFields": [{"Name": field} for field in query.fields]},
        "Results": [json.dumps(query.project(row)) for row in page],
    }
    return {**answer, "NextToken": token} if token else answer


def describe_sources_status(request: ServerRequest, parameters: dict[str, Any]) -> dict[str, Any]:
    """DescribeConfigurationAggregatorSourcesStatus: every source has succeeded, for nothing has to be copied here."""
    aggregator = _aggregator(request, parameters)
    wanted = parameters.get("UpdateStatus") or ["SUCCEEDED"]
    sources = sorted({(r["accountId"], r["awsRegion"]) for r in _rows(aggregator, request.account)})
    if "SUCCEEDED" not in wanted:
        sources = []
    page, token = _page(sources, parameters, "/".join)
    status = [
        {
            "SourceId": account,
            "SourceType": "ACCOUNT",
            "AwsRegion": region,
            "LastUpdateStatus": "SUCCEEDED",
            "LastUpdateTime": aggregator.last_updated_time,
        }
        for account, region in page
    ]
    answer: dict[str, Any] = {"AggregatedSourceStatusList": status}
    return {**answer, "NextToken": token} if token else answer


_ANSWERS: dict[str, Callable[[ServerRequest, dict[str, Any]], dict[str, Any]]] = {
    "SelectAggregateResourceConfig": select_aggregate,
    "DescribeConfigurationAggregatorSourcesStatus": describe_sources_status,
}


@dataclass(frozen=True, slots=True)
class AggregatorQuery:
    """As much of AWS Config's SQL as this server understands: fields, and conditions joined by AND."""

    fields: tuple[str, ...]
    conditions: tuple[tuple[str, frozenset[str]], ...]
    """A field and the values that it may have."""

    @classmethod
    def parse(cls, text: str) -> AggregatorQuery:
        """Raises _Refused for whatever it does not understand, which AWS might: never a wrong answer."""
        if len(text) > _LONGEST:
            raise _Refused(
                "ValidationException", "expression: Member must have length less than or equal to 4096"
            )
        found = _SELECT.fullmatch(text)
        if not found:
            raise _invalid("this server understands SELECT fields WHERE conditions")
        fields = tuple(field.strip() for field in found["fields"].split(","))
        if strange := [field for field in fields if field not in _FIELDS]:
            raise _invalid(f"this server does not know the property {strange[0]}")
        return cls(fields, tuple(_condition(text) for text in _AND.split(found["conditions"])))

    def wants(self, row: dict[str, Any]) -> bool:
        """Whether a configuration item meets every condition of the query."""
        return all(row.get(field) in values for field, values in self.conditions)

    def project(self, row: dict[str, Any]) -> dict[str, Any]:
        """The selected fields, nested as they are; a field that the item lacks is not in the row."""
        result: dict[str, Any] = {}
        for field in self.fields:
            *outer, last = field.split(".")
            source, target = row, result
            for name in outer:
                source, target = source.get(name, {}), target.setdefault(name, {})
            if last in source:
                target[last] = source[last]
        return result


def _condition(text: str) -> tuple[str, frozenset[str]]:
    found = _CONDITION.fullmatch(text)
    if not found or found["field"] not in _TESTED:
        raise _invalid(f"this server does not understand the condition {text}")
    values = [_TEXT.fullmatch(value) for value in (found["one"] or found["many"]).split(",")]
    if not all(values):
        raise _invalid(f"this server does not understand the condition {text}")
    return found["field"], frozenset(value.group(1) for value in values if value)


def _invalid(message: str) -> _Refused:
    return _Refused("InvalidExpressionException", message)


def _aggregator(request: ServerRequest, parameters: dict[str, Any]) -> Any:
    name = parameters.get("ConfigurationAggregatorName")
    found = config_backends[request.account][request.region].config_aggregators.get(name)
    if found is None:
        message = "The configuration aggregator does not exist. Check the name and try again."
        raise _Refused("NoSuchConfigurationAggregatorException", message)
    return found


def _sources(aggregator: Any, owner: str) -> Iterator[tuple[str, frozenset[str] | None]]:
    """The account ids that an aggregator collects, each with its regions; None means all regions."""
    whole = aggregator.organization_aggregation_source
    if whole is None:
        for source in aggregator.account_aggregation_sources:
            yield from ((account, _regions(source)) for account in source.account_ids)
    else:
        members = [account.id for account in organizations_backends[owner]["aws"].accounts] or [owner]
        yield from ((account, _regions(whole)) for account in members)


def _regions(source: Any) -> frozenset[str] | None:
    return None if source.all_aws_regions else frozenset(source.aws_regions)


def _rows(aggregator: Any, owner: str) -> list[dict[str, Any]]:
    """The configuration items of all buckets that the aggregator collects, ordered by name."""
    rows = [
        _row(bucket)
        for account, regions in _sources(aggregator, owner)
        for bucket in s3_backends[account]["aws"].buckets.values()
        if not is_directory(bucket.name) and (regions is None or bucket.region_name in regions)
    ]
    return sorted(rows, key=lambda row: str(row["resourceName"]))


def _row(bucket: Any) -> dict[str, Any]:
    """A configuration item in the published shape (fact F5).

    What AWS Config records of a part that the bucket policy keeps from its role is not known: here it is missing.
    """
    arn = f"arn:aws:s3:::{bucket.name}"
    role = (
        f"arn:aws:iam::{bucket.account_id}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"
    )
    recorder = CallerIdentity(bucket.account_id, frozenset({role}))
    is_denied = evaluate_policy(bucket.policy, recorder, "s3:GetEncryptionConfiguration", arn) == "deny"
    return {
        "accountId": bucket.account_id,
        "arn": arn,
        "awsRegion": bucket.region_name,
        "configurationItemCaptureTime": _time(encryption.changed_at(bucket)),
        "configurationItemStatus": "OK",
        "resourceCreationTime": _time(bucket.creation_date),
        "resourceId": bucket.name,
        "resourceName": bucket.name,
        "resourceType": _BUCKET_TYPE,
        "supplementaryConfiguration": {} if is_denied else _supplementary(encryption.rule_of(bucket)),
        "tags": _tags(bucket),
    }


def _supplementary(rule: StoredRule) -> dict[str, Any]:
    """A rule in AWS Config's camelCase, without the blocked encryption types, which its schema lacks (fact F5)."""
    default = {"sseAlgorithm": rule.effective_algorithm, "kmsMasterKeyID": rule.key}
    rules = [{"applyServerSideEncryptionByDefault": default, "bucketKeyEnabled": rule.bucket_key}]
    return {"ServerSideEncryptionConfiguration": {"rules": rules}}


def _tags(bucket: Any) -> list[dict[str, str]]:
    tags = s3_backends[bucket.account_id]["aws"].tagger.get_tag_dict_for_resource(bucket.arn)
    return [{"key": key, "value": value, "tag": f"{key}={value}"} for key, value in tags.items()]


def _time(moment: Any) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"


def _page(
    entries: list[Any], parameters: dict[str, Any], name: Callable[[Any], str]
) -> tuple[list[Any], str | None]:
    """The page asked for, and the token of the next: the name of the last entry, which need not be there still."""
    size = parameters.get("Limit") or parameters.get("MaxResults") or _PAGE
    if not isinstance(size, int) or not 1 <= size <= _LARGEST_PAGE:
        raise _Refused("InvalidLimitException", "The specified limit is outside the allowable range.")
    try:
        after = base64.b64decode(parameters.get("NextToken", ""), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise _Refused("InvalidNextTokenException", "The specified next token is not valid.") from None
    rest = [entry for entry in entries if name(entry) > after]
    token = base64.b64encode(name(rest[size - 1]).encode()).decode() if len(rest) > size else None
    return rest[:size], token
