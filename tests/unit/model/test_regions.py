"""The names of regions."""

import boto3
import pytest

from s3kms.model.errors import BadInput
from s3kms.model.targets import GLOBAL_REGIONS, check_no_pseudo_region, check_region, is_region


def test_every_region_that_botocore_knows_is_one() -> None:
    session = boto3.Session()
    regions = [
        region
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("s3", partition)
    ]

    assert len(regions) > 40
    assert [check_region(region) for region in regions] == regions


@pytest.mark.parametrize("region", ["us-east-9", "ap-southeast-12", "xx-west-1", "us-gov-central-1"])
def test_a_region_newer_than_this_code_is_one(region: str) -> None:
    assert check_region(region) == region


@pytest.mark.parametrize(
    ("text", "guess"),
    [
        ("eu-centrl-1", "eu-central-1"),
        ("us-gov-wset-1", "us-gov-west-1"),
        ("ap-notheast-2", "ap-northeast-2"),
        ("us-eats-1", "us-east-1"),
    ],
)
def test_a_misspelled_region_is_guessed(text: str, guess: str) -> None:
    with pytest.raises(BadInput, match=f"no region '{text}', did you mean {guess}"):
        check_region(text)


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("aws-global", "write us-east-1"),
        ("aws-us-gov-global", "write us-gov-west-1"),
        ("fips-us-east-1", "write us-east-1, and set AWS_USE_FIPS_ENDPOINT=true"),
        ("us-gov-west-1-fips", "write us-gov-west-1, and set AWS_USE_FIPS_ENDPOINT=true"),
        ("fips-aws-global", "write us-east-1, and set AWS_USE_FIPS_ENDPOINT=true"),
        ("aws-us-gov-global-fips", "write us-gov-west-1, and set AWS_USE_FIPS_ENDPOINT=true"),
        ("dualstack-us-east-1", "write us-east-1, and set AWS_USE_DUALSTACK_ENDPOINT=true"),
        ("dualstack.eu-west-1", "write eu-west-1, and set AWS_USE_DUALSTACK_ENDPOINT=true"),
        ("s3.dualstack.eu-west-1", "write eu-west-1, and set AWS_USE_DUALSTACK_ENDPOINT=true"),
        (
            "fips-dualstack-us-east-1",
            "write us-east-1, and set AWS_USE_FIPS_ENDPOINT=true AWS_USE_DUALSTACK_ENDPOINT=true",
        ),
        ("accesspoint-ca-central-1-fips", "write ca-central-1, and set AWS_USE_FIPS_ENDPOINT=true"),
        ("fips-accesspoint-us-gov-east-1", "write us-gov-east-1, and set AWS_USE_FIPS_ENDPOINT=true"),
        ("s3-us-west-2", "write us-west-2"),
    ],
)
def test_a_pseudo_region_is_told_with_the_region_that_it_stands_for(text: str, advice: str) -> None:
    with pytest.raises(BadInput, match="stands for an endpoint") as caught:
        check_region(text)

    assert str(caught.value.advice).startswith(advice)
    assert not is_region(text)


@pytest.mark.parametrize("text", ["fips", "my-fips", "fips-garage", "dualstack-minio", "dualstack"])
def test_a_name_of_another_servers_region_is_left_to_it(text: str) -> None:
    check_no_pseudo_region(text)


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1", "us-gov-west-1", "garage", "default", ""])
def test_a_region_stands_for_no_endpoint(region: str) -> None:
    check_no_pseudo_region(region)


def test_the_pseudo_regions_are_those_of_botocores_partitions() -> None:
    data = boto3.Session()._session.get_component("data_loader").load_data("partitions")
    found = {
        region: partition["outputs"]["implicitGlobalRegion"]
        for partition in data["partitions"]
        for region in partition["regions"]
        if region.endswith("-global")
    }

    assert found
    assert found.items() <= GLOBAL_REGIONS.items()
