"""Table buckets and vector buckets of an account: listed where their rule or their ARN is named, and nowhere else."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import pytest
from tests.support.cli import Shell

from s3kms.demo.aws import EmbeddedAws, Faults
from s3kms.demo.sample_estate import PROFILES

PRODUCTION = PROFILES["production"]
TABLE_RULE, VECTOR_RULE = "s3_table_bucket_kms_encryption", "s3_vector_bucket_kms_encryption"
KEY = f"arn:aws:kms:eu-central-1:{PRODUCTION}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
SEPARATE = {
    *("DescribeRegions", "ListTableBuckets", "GetTableBucketEncryption"),
    *("ListVectorBuckets", "GetVectorBucket"),
}


def arn(service: str, name: str, region: str = "eu-central-1", account: str = PRODUCTION) -> str:
    return f"arn:aws:{service}:{region}:{account}:bucket/{name}"


def client(estate: EmbeddedAws, service: str, region: str) -> Any:
    keys = estate.credentials(PRODUCTION)
    return boto3.client(
        service,  # type: ignore[call-overload]
        region_name=region,
        endpoint_url=estate.url,
        aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
    )


@pytest.fixture
def separate(estate: EmbeddedAws) -> Iterator[EmbeddedAws]:
    """The estate with two table buckets and two vector buckets, one of each with SSE-KMS."""
    kms = {"sseAlgorithm": "aws:kms", "kmsKeyArn": KEY}
    tables = client(estate, "s3tables", "eu-central-1")
    tables.create_table_bucket(name="tables-kms", encryptionConfiguration=kms)
    client(estate, "s3tables", "us-west-2").create_table_bucket(name="tables-far")
    vectors = client(estate, "s3vectors", "eu-central-1")
    vectors.create_vector_bucket(vectorBucketName="vectors")
    vectors.create_vector_bucket(
        vectorBucketName="vectors-kms", encryptionConfiguration={"sseType": "aws:kms", "kmsKeyArn": KEY}
    )
    estate.calls.clear()
    yield estate
    estate.faults = Faults()


def counted(aws: EmbeddedAws) -> Mapping[str, int]:
    return Counter(call.operation for call in aws.calls if call.operation in SEPARATE)


def test_the_default_check_makes_no_call_for_them(production: Shell, separate: EmbeddedAws) -> None:
    done = production("check", "--format", "json")

    assert counted(separate) == {}
    assert not {"tables-kms", "tables-far", "vectors"} & {finding["bucket"] for finding in done.findings}


def test_a_rule_of_theirs_costs_a_listing_a_region_and_a_call_a_bucket(
    production: Shell, separate: EmbeddedAws
) -> None:
    done = production("check", "--rule", TABLE_RULE, "--format", "json")

    calls = counted(separate)
    assert done.verdicts(TABLE_RULE) == {"tables-kms": "pass", "tables-far": "fail"}
    assert calls["ListTableBuckets"] > 10
    assert {name: count for name, count in calls.items() if name != "ListTableBuckets"} == {
        "DescribeRegions": 1,
        "GetTableBucketEncryption": 2,
    }


def test_with_regions_only_these_are_searched(production: Shell, separate: EmbeddedAws) -> None:
    rules = ("--rule", TABLE_RULE, "--rule", VECTOR_RULE)

    done = production("check", *rules, "--region", "eu-central-1", "--format", "json")

    assert done.verdicts(TABLE_RULE) == {"tables-kms": "pass"}
    assert done.verdicts(VECTOR_RULE) == {"vectors": "fail", "vectors-kms": "pass"}
    assert counted(separate) == {
        "ListTableBuckets": 1,
        "GetTableBucketEncryption": 1,
        "ListVectorBuckets": 1,
        "GetVectorBucket": 2,
    }


def test_the_rule_may_stand_in_the_configuration(production: Shell, separate: EmbeddedAws) -> None:
    (production.folder / "s3kms.toml").write_text(f'rules = ["{VECTOR_RULE}"]\n')

    done = production("check", "s3://vec*", "--region", "eu-central-1", "--format", "json")

    assert done.verdicts(VECTOR_RULE) == {"vectors": "fail", "vectors-kms": "pass"}


def test_an_arn_means_one_bucket_and_asks_for_nothing_else(production: Shell, separate: EmbeddedAws) -> None:
    done = production("check", arn("s3vectors", "vectors"), "--format", "json")

    assert [(one["rule"], one["bucket"], one["verdict"]) for one in done.findings] == [
        (VECTOR_RULE, "vectors", "fail")
    ]
    assert "cannot be changed" in done.findings[0]["remedy"]
    assert Counter(call.operation for call in separate.calls) == {
        "GetCallerIdentity": 1,
        "ListVectorBuckets": 1,
        "GetVectorBucket": 1,
    }


@pytest.mark.parametrize(
    ("target", "says"),
    [
        (arn("s3tables", "nothing-here"), "has no such table bucket in eu-central-1"),
        (arn("s3tables", "tables-kms", account="999999999999"), "it belongs to account 999999999999"),
        (arn("s3vectors", "tables-kms"), "has no such vector bucket"),
    ],
)
def test_an_arn_of_none_is_said(production: Shell, separate: EmbeddedAws, target: str, says: str) -> None:
    done = production("check", target)

    assert done.exit in {3, 11}
    assert says in done.err


def test_a_listing_that_is_denied_is_unknown_under_the_rule_of_its_kind(
    production: Shell, separate: EmbeddedAws
) -> None:
    separate.faults.fail("ListTableBuckets", 403, "AccessDeniedException", "not for you")
    rules = ("--rule", TABLE_RULE, "--rule", VECTOR_RULE)

    done = production("check", *rules, "--region", "eu-central-1", "--format", "json")

    (unlisted,) = [one for one in done.findings if one["bucket"] is None]
    assert (unlisted["rule"], unlisted["verdict"]) == (TABLE_RULE, "unknown")
    assert "the table buckets of eu-central-1 could not be listed" in unlisted["message"]
    assert "s3tables:ListTableBuckets" in unlisted["remedy"]


def test_a_bucket_that_cannot_be_read_is_unknown(production: Shell, separate: EmbeddedAws) -> None:
    separate.faults.fail("GetVectorBucket", 403, "AccessDeniedException", "not for you")

    done = production("check", arn("s3vectors", "vectors"), "--format", "json")

    assert done.verdicts(VECTOR_RULE) == {"vectors": "unknown"}
    assert done.exit == 11


def test_without_the_regions_of_the_account_the_result_is_not_clean(
    production: Shell, separate: EmbeddedAws
) -> None:
    separate.faults.fail("DescribeRegions", 403, "UnauthorizedOperation", "not for you")

    done = production("check", "s3://tables-k*", "--rule", TABLE_RULE, "--format", "json")

    (unlisted,) = [one for one in done.findings if one["bucket"] is None]
    assert (unlisted["rule"], unlisted["verdict"]) == (TABLE_RULE, "unknown")
    assert "was searched for table buckets" in unlisted["message"]
    assert "--region" in unlisted["remedy"]
    assert done.exit == 11


def test_the_permissions_are_those_of_the_named_rule(production: Shell) -> None:
    def actions(*words: str) -> set[str]:
        statements = json.loads(production("permissions", "check", *words).out)["Statement"]
        return {action for one in statements for action in one["Action"]}

    table = {"s3tables:ListTableBuckets", "s3tables:GetTableBucketEncryption", "ec2:DescribeRegions"}
    assert actions("--rule", TABLE_RULE) - actions() == table
    assert {"s3vectors:ListVectorBuckets", "s3vectors:GetVectorBucket"} <= actions("--rule", VECTOR_RULE)


@pytest.mark.parametrize(
    ("service", "says"),
    [
        ("s3tables", "put-table-bucket-encryption --region eu-central-1 --table-bucket-arn arn:aws:s3tables"),
        ("s3vectors", "whose encryption cannot be changed"),
    ],
)
def test_fix_refuses_one_and_says_what_to_do(
    production: Shell, separate: EmbeddedAws, service: str, says: str
) -> None:
    done = production("fix", arn(service, "vectors"))

    assert done.exit == 4
    assert says in done.err
    assert not separate.calls


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("config://inventory",), "knows no table buckets and no vector buckets"),
        (("--state", "kept"), "remembers no table buckets and no vector buckets"),
    ],
)
def test_what_cannot_list_them_is_refused(production: Shell, words: tuple[str, ...], says: str) -> None:
    done = production("check", *words, "--rule", TABLE_RULE)

    assert done.exit == 2
    assert says in done.err
