"""Which partition a region is in, and which hosts are AWS's own: held against botocore's data."""

import re
from typing import Any

import boto3
import pytest

from s3kms.aws.s3.endpoints import is_aws_url
from s3kms.model.partitions import is_aws_host, partition_of

SESSION = boto3.Session()
DATA: Any = SESSION._session.get_component("data_loader").load_data("partitions")
PARTITIONS = {one["id"]: one for one in DATA["partitions"]}


@pytest.mark.parametrize("name", PARTITIONS)
def test_every_region_that_botocore_knows_is_in_its_partition(name: str) -> None:
    regions = [one for one in PARTITIONS[name]["regions"] if not one.endswith("-global")]

    assert regions
    assert {partition_of(region) for region in regions} == {name}
    for region in regions:
        assert re.match(PARTITIONS[name]["regionRegex"], region)


@pytest.mark.parametrize("region", [None, "", "xx-west-1"])
def test_a_region_that_is_not_known_is_taken_for_one_of_the_usual_partition(region: str | None) -> None:
    assert partition_of(region) == "aws"


@pytest.mark.parametrize("name", PARTITIONS)
def test_the_hosts_of_every_partition_are_awss_own(name: str) -> None:
    outputs = PARTITIONS[name]["outputs"]

    for suffix in (outputs["dnsSuffix"], outputs["dualStackDnsSuffix"]):
        assert is_aws_host(f"s3.some-region-1.{suffix}")
        assert is_aws_url(f"https://bucket.vpce-1a2b.s3.some-region-1.{suffix}:443/x")


@pytest.mark.parametrize(
    "host", ["", "s3.example.com", "amazonaws.com.example.org", "s3.notamazonaws.com", "api.aws.de"]
)
def test_hosts_that_only_look_like_it_are_not(host: str) -> None:
    assert not is_aws_host(host)
    assert not is_aws_url(f"https://{host}/")
