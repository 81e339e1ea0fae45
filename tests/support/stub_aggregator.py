"""The words of a stub that is an AWS Config aggregator: rows, pages and the state of its sources."""

import json
from datetime import UTC, datetime
from typing import Any

from tests.support.stub import ACCOUNT, Answer, Script, Stub

from s3kms.aws.config_aggregator import BUCKET_RESOURCE_TYPE

OTHER = "777788889999"
REGION = "eu-central-1"


def reply(**content: Any) -> Answer:
    return Answer(json.dumps(content), 200, "application/x-amz-json-1.1")


def refusal(code: str, status: int = 400) -> Answer:
    return Answer(
        json.dumps({"__type": code, "message": "said the stub"}), status, "application/x-amz-json-1.1"
    )


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def rule(algorithm: Any = "aws:kms", key: Any = None, bucket_key: Any = True) -> dict[str, Any]:
    default = {"sseAlgorithm": algorithm, "kmsMasterKeyID": key}
    return {"applyServerSideEncryptionByDefault": default, "bucketKeyEnabled": bucket_key}


def item(name: Any, rules: Any = None, **differences: Any) -> dict[str, Any]:
    """One row as AWS documents it (fact F5), but for these differences."""
    configuration = {"rules": [rule()] if rules is None else rules}
    return {
        "accountId": ACCOUNT,
        "awsRegion": REGION,
        "resourceId": name,
        "resourceName": name,
        "arn": f"arn:aws:s3:::{name}",
        "configurationItemCaptureTime": now(),
        "configurationItemStatus": "OK",
        "supplementaryConfiguration": {"ServerSideEncryptionConfiguration": configuration},
        **differences,
    }


def page(*rows: dict[str, Any] | str, token: str = "") -> Answer:
    texts = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    return reply(Results=texts, **({"NextToken": token} if token else {}))


def source(status: str, account: str = OTHER, region: str = REGION, **more: Any) -> dict[str, Any]:
    at = datetime(2026, 11, 1, tzinfo=UTC).timestamp()
    known = {"SourceId": account, "SourceType": "ACCOUNT", "AwsRegion": region, "LastUpdateTime": at}
    return {**known, "LastUpdateStatus": status, **more}


def sources(*rows: dict[str, Any]) -> Answer:
    return reply(AggregatedSourceStatusList=list(rows))


def scope(*regions: str, kept: str = BUCKET_RESOURCE_TYPE) -> Answer:
    collects: dict[str, Any] = {"AwsRegions": list(regions)} if regions else {"AllAwsRegions": True}
    described = {
        "ConfigurationAggregatorName": "org",
        "OrganizationAggregationSource": {"RoleArn": "arn:aws:iam::1:role/r", **collects},
        "AggregatorFilters": {"ResourceType": {"Type": "INCLUDE", "Value": [kept]}},
    }
    return reply(ConfigurationAggregators=[described])


def inventory(rows: Answer | Script, **on: Answer | Script) -> Stub:
    """A stub with an aggregator that is in good order, but for these answers."""
    usual: dict[str, Answer | Script] = {
        "DescribeConfigurationAggregators": scope(),
        "DescribeConfigurationAggregatorSourcesStatus": sources(),
        "SelectAggregateResourceConfig": rows,
    }
    return Stub(**{**usual, **on})
