"""What an aggregator lacks or has late is said: accounts, regions, resource types."""

import json

import pytest
from tests.support.cli import Done, Shell
from tests.support.stub import ACCOUNT, Stub
from tests.support.stub_aggregator import OTHER, inventory, item, page, refusal, scope, source, sources


def check(shell: Shell, stub: Stub, *arguments: str) -> Done:
    return shell.having(**stub.env)("check", "--format", "json", "config://org", *arguments)


def notes(done: Done) -> str:
    return "\n".join(json.loads(done.out)["summary"]["notes"])


def test_no_bucket_at_all_is_nothing_to_check_and_says_what_may_be_wrong(shell: Shell) -> None:
    with inventory(page()) as stub:
        done = check(shell, stub, "--region", "eu-west-1")

    assert done.exit == 3
    assert "config://org knows no bucket in eu-west-1: its accounts must record AWS::S3::Bucket" in done.err


def test_a_filter_that_leaves_buckets_out_is_said(shell: Shell) -> None:
    with inventory(page(), DescribeConfigurationAggregators=scope(kept="AWS::EC2::VPC")) as stub:
        done = check(shell, stub)

    assert done.exit == 3
    assert "the filter of config://org leaves AWS::S3::Bucket out" in done.err


def test_an_aggregator_of_some_regions_says_which(shell: Shell) -> None:
    described = scope("eu-central-1", "us-east-1")
    with inventory(page(item("logs")), DescribeConfigurationAggregators=described) as stub:
        done = check(shell, stub)

    assert "config://org covers only eu-central-1, us-east-1: buckets elsewhere are not in it" in notes(done)


def test_an_account_whose_data_could_not_be_collected_is_unknown(shell: Shell) -> None:
    failed = [
        source("FAILED", region=region, LastErrorCode="AUTHORIZATION", LastErrorMessage="not authorized")
        for region in ("eu-central-1", "eu-west-1")
    ]
    with inventory(page(item("logs")), DescribeConfigurationAggregatorSourcesStatus=sources(*failed)) as stub:
        done = check(shell, stub)

    known, unseen = done.findings
    assert known["verdict"] == "pass"
    assert (unseen["bucket"], unseen["account"], unseen["verdict"]) == (None, OTHER, "unknown")
    assert f"account {OTHER} (eu-central-1, eu-west-1): AUTHORIZATION: not authorized" in unseen["message"]
    assert "put-aggregation-authorization" in unseen["remedy"]
    assert json.loads(done.out)["summary"]["buckets"] == 1
    assert done.exit == 11


def test_an_organization_that_could_not_be_read_is_unknown(shell: Shell) -> None:
    failed = source("FAILED", account="o-abc", SourceType="ORGANIZATION", LastErrorCode="NO_ACCESS")
    with inventory(page(item("logs")), DescribeConfigurationAggregatorSourcesStatus=sources(failed)) as stub:
        done = check(shell, stub)

    assert "could not read the organization: NO_ACCESS" in done.findings[1]["message"]
    assert done.exit == 11


def test_data_that_are_out_of_date_are_said_with_the_bucket_and_in_the_sum(shell: Shell) -> None:
    outdated = sources(source("OUTDATED", account=ACCOUNT))
    rows = page(item("logs"), item("elsewhere", awsRegion="eu-west-1"))
    with inventory(rows, DescribeConfigurationAggregatorSourcesStatus=outdated) as stub:
        done = check(shell, stub)

    here, elsewhere = done.findings
    assert "of this account and region is out of date since 2026-11-01" in here["message"]
    assert "out of date" not in elsewhere["message"]
    assert f"out of date for {ACCOUNT} (eu-central-1)" in notes(done)
    assert done.exit == 0


def test_a_lag_of_another_region_than_the_one_asked_for_is_no_matter(shell: Shell) -> None:
    failed = sources(source("FAILED", region="us-east-1"))
    with inventory(page(item("logs")), DescribeConfigurationAggregatorSourcesStatus=failed) as stub:
        done = check(shell, stub, "--region", "eu-central-1")

    assert done.exit == 0


@pytest.mark.parametrize(
    "operation", ["DescribeConfigurationAggregators", "DescribeConfigurationAggregatorSourcesStatus"]
)
def test_completeness_that_cannot_be_known_is_never_a_clean_result(shell: Shell, operation: str) -> None:
    with inventory(page(item("logs")), **{operation: refusal("AccessDeniedException")}) as stub:
        done = check(shell, stub)

    known, unseen = done.findings
    assert known["verdict"] == "pass"
    assert "whether config://org is complete is not known: AccessDenied" in unseen["message"]
    assert f"config:{operation}" in unseen["remedy"]
    assert done.exit == 11


def test_what_is_known_of_an_inventory_is_said_beside_what_is_not(shell: Shell) -> None:
    lag = sources(source("FAILED"))
    with inventory(
        page(item("logs")),
        DescribeConfigurationAggregators=refusal("AccessDeniedException"),
        DescribeConfigurationAggregatorSourcesStatus=lag,
    ) as stub:
        done = check(shell, stub)

    _, incomplete, unseen = done.findings
    assert "whether config://org is complete" in incomplete["message"]
    assert f"account {OTHER} (eu-central-1): AWS does not say why" in unseen["message"]
