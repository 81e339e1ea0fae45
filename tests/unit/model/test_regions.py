"""The names of regions."""

import boto3
import pytest

from s3kms.model.errors import BadInput
from s3kms.model.targets import check_region


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
