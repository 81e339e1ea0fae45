"""AWS Config aggregators: rows in AWS's shape, pages, and refusals instead of guesses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.aws_calls import create_bucket, create_directory_bucket, policy, put, refusal, rule

from s3kms.aws.config_aggregator import bucket_query
from s3kms.demo.aws import MANAGEMENT, PRODUCTION, SANDBOX, EmbeddedAws, create_organization

if TYPE_CHECKING:
    from tests.integration.demo.conftest import Connect

NAME = "everything"
ALL = "SELECT resourceName WHERE resourceType = 'AWS::S3::Bucket'"


@pytest.fixture
def config(aws: EmbeddedAws, connect: Connect) -> Any:
    """The client of an account with an aggregator over an organization of three."""
    create_organization(MANAGEMENT, {PRODUCTION: "production", SANDBOX: "sandbox"})
    client = connect("config")
    aggregate(
        client, OrganizationAggregationSource={"RoleArn": "arn:aws:iam::1:role/r", "AllAwsRegions": True}
    )
    return client


def aggregate(config: Any, **source: Any) -> None:
    config.put_configuration_aggregator(ConfigurationAggregatorName=NAME, **source)


def select(config: Any, expression: str = ALL, **more: Any) -> list[dict[str, Any]]:
    answer = config.select_aggregate_resource_config(
        ConfigurationAggregatorName=NAME, Expression=expression, **more
    )
    return [json.loads(row) for row in answer["Results"]]


def test_a_row_has_the_published_shape(config: Any, s3: Any, bucket: str, key: str) -> None:
    put(
        s3,
        bucket,
        rule("aws:kms", key, BucketKeyEnabled=True, BlockedEncryptionTypes={"EncryptionType": ["SSE-C"]}),
    )
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "team", "Value": "data"}]})

    (row,) = select(config, bucket_query(tags=True))

    captured = row.pop("configurationItemCaptureTime")
    assert captured.endswith("Z")
    default = {"sseAlgorithm": "aws:kms", "kmsMasterKeyID": key}
    rules = [{"applyServerSideEncryptionByDefault": default, "bucketKeyEnabled": True}]
    assert row == {
        "accountId": MANAGEMENT,
        "awsRegion": "us-east-1",
        "resourceId": bucket,
        "resourceName": bucket,
        "arn": f"arn:aws:s3:::{bucket}",
        "configurationItemStatus": "OK",
        "supplementaryConfiguration": {"ServerSideEncryptionConfiguration": {"rules": rules}},
        "tags": [{"key": "team", "value": "data", "tag": "team=data"}],
    }


def test_an_organization_is_all_its_accounts_and_no_other(config: Any, connect: Connect) -> None:
    for account in (MANAGEMENT, PRODUCTION, SANDBOX, "999999999999"):
        connect("s3", account).create_bucket(Bucket=f"of-{account}")

    names = [row["resourceName"] for row in select(config)]

    assert names == [f"of-{account}" for account in (MANAGEMENT, PRODUCTION, SANDBOX)]


def test_an_aggregator_of_accounts_and_regions_has_those_alone(config: Any, connect: Connect) -> None:
    source = {"AccountIds": [PRODUCTION], "AwsRegions": ["eu-west-1"]}
    aggregate(config, AccountAggregationSources=[source])
    create_bucket(connect("s3", PRODUCTION, "eu-west-1"), "included")
    connect("s3", PRODUCTION).create_bucket(Bucket="out-of-region")
    create_bucket(connect("s3", SANDBOX, "eu-west-1"), "of-another")

    assert [row["resourceName"] for row in select(config)] == ["included"]


def test_directory_buckets_are_another_type(config: Any, s3: Any) -> None:
    create_directory_bucket(s3)

    assert select(config) == []


def test_a_region_chooses_rows(config: Any, s3: Any, connect: Connect) -> None:
    s3.create_bucket(Bucket="virginia")
    create_bucket(connect("s3", region="eu-west-1"), "ireland")

    assert [row["resourceName"] for row in select(config, bucket_query(["eu-west-1", "eu-west-2"]))] == [
        "ireland"
    ]


def test_pages_end_with_a_token_until_there_is_no_more(config: Any, s3: Any) -> None:
    names = [f"bucket-{number:03}" for number in range(130)]
    for name in names:
        s3.create_bucket(Bucket=name)

    seen: list[str] = []
    sizes: list[int] = []
    more: dict[str, Any] = {}
    while True:
        answer = config.select_aggregate_resource_config(
            ConfigurationAggregatorName=NAME, Expression=ALL, Limit=50, **more
        )
        seen += [json.loads(row)["resourceName"] for row in answer["Results"]]
        sizes.append(len(answer["Results"]))
        if "NextToken" not in answer:
            break
        more = {"NextToken": answer["NextToken"]}

    assert seen == names
    assert sizes == [50, 50, 30]
    assert len(select(config)) == 25  # AWS's default


def test_what_the_policy_keeps_from_aws_config_is_not_in_the_row(config: Any, s3: Any, bucket: str) -> None:
    denied = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetEncryptionConfiguration"}
    s3.put_bucket_policy(Bucket=bucket, Policy=policy({**denied, "Resource": f"arn:aws:s3:::{bucket}"}))

    (row,) = select(config, bucket_query())

    assert row["supplementaryConfiguration"] == {}


def test_the_capture_is_the_time_of_the_last_change(config: Any, s3: Any, bucket: str) -> None:
    query = "SELECT configurationItemCaptureTime, resourceCreationTime WHERE resourceType = 'AWS::S3::Bucket'"
    (before,) = select(config, query)
    put(s3, bucket, rule("aws:kms"))
    (after,) = select(config, query)

    assert before["configurationItemCaptureTime"] == before["resourceCreationTime"]
    assert after["configurationItemCaptureTime"] >= before["configurationItemCaptureTime"]


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "SELECT",
        "SELECT *",
        "SELECT * WHERE resourceType = 'AWS::S3::Bucket'",
        "SELECT resourceName FROM buckets WHERE resourceType = 'AWS::S3::Bucket'",
        "SELECT DISTINCT resourceName WHERE resourceType = 'AWS::S3::Bucket'",
        "SELECT configuration.nothing WHERE resourceType = 'AWS::S3::Bucket'",
        "SELECT resourceName WHERE tags IS NULL",
        "SELECT resourceName WHERE resourceName LIKE 'log%'",
        "SELECT resourceName WHERE resourceName = 'log%'",
        "SELECT resourceName WHERE resourceType = 'AWS::S3::Bucket' OR resourceName = 'a'",
        "SELECT resourceName WHERE NOT resourceType = 'AWS::S3::Bucket'",
        "SELECT resourceName WHERE resourceType IN ()",
        "SELECT resourceName WHERE resourceType = 'AWS::S3::Bucket' ORDER BY resourceName",
    ],
)
def test_what_is_not_understood_is_refused_and_never_answered_wrongly(config: Any, expression: str) -> None:
    call = config.select_aggregate_resource_config
    if not expression:  # botocore keeps it back
        expression = " "

    assert refusal(call, ConfigurationAggregatorName=NAME, Expression=expression) == (
        "InvalidExpressionException",
        400,
    )


def test_an_expression_has_at_most_4096_characters(config: Any) -> None:
    call = config.select_aggregate_resource_config

    code, _ = refusal(call, ConfigurationAggregatorName=NAME, Expression=ALL + " " * 4096)

    assert code == "ValidationException"


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"Limit": 101}, "InvalidLimitException"),
        ({"MaxResults": 1000}, "InvalidLimitException"),
        ({"NextToken": "%%%"}, "InvalidNextTokenException"),
        ({"ConfigurationAggregatorName": "nobody"}, "NoSuchConfigurationAggregatorException"),
    ],
)
def test_wrong_parameters_have_aws_names_for_their_errors(
    config: Any, parameters: dict[str, Any], code: str
) -> None:
    asked = {"ConfigurationAggregatorName": NAME, "Expression": ALL, **parameters}

    assert refusal(config.select_aggregate_resource_config, **asked) == (code, 400)


def test_an_aggregator_is_of_one_account_and_one_region(config: Any, connect: Connect) -> None:
    for client in (connect("config", PRODUCTION), connect("config", region="eu-west-1")):
        code, _ = refusal(
            client.select_aggregate_resource_config, ConfigurationAggregatorName=NAME, Expression=ALL
        )
        assert code == "NoSuchConfigurationAggregatorException"


def test_every_source_is_up_to_date(config: Any, s3: Any, bucket: str) -> None:
    call = config.describe_configuration_aggregator_sources_status

    (source,) = call(ConfigurationAggregatorName=NAME)["AggregatedSourceStatusList"]
    lagging = call(ConfigurationAggregatorName=NAME, UpdateStatus=["FAILED", "OUTDATED"])

    assert (source["SourceId"], source["AwsRegion"]) == (MANAGEMENT, "us-east-1")
    assert (source["SourceType"], source["LastUpdateStatus"]) == ("ACCOUNT", "SUCCEEDED")
    assert lagging["AggregatedSourceStatusList"] == []
    assert refusal(call, ConfigurationAggregatorName="nobody")[0] == "NoSuchConfigurationAggregatorException"


def test_moto_describes_the_aggregators(config: Any) -> None:
    (found,) = config.describe_configuration_aggregators()["ConfigurationAggregators"]

    assert found["ConfigurationAggregatorName"] == NAME
    assert found["OrganizationAggregationSource"]["AllAwsRegions"] is True
