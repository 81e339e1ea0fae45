"""ListBuckets and ListDirectoryBuckets."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.aws_calls import create_bucket, create_directory_bucket, refusal

from s3kms.demo.aws import PRODUCTION


def names(answer: dict[str, Any]) -> list[str]:
    return [bucket["Name"] for bucket in answer["Buckets"]]


def test_a_plain_listing_has_no_region(s3: Any, bucket: str) -> None:
    (only,) = s3.list_buckets()["Buckets"]

    assert (only["Name"], "BucketRegion" in only) == (bucket, False)


def test_the_owner_in_the_acl_of_a_bucket_is_the_one_of_the_listing(s3: Any, bucket: str) -> None:
    acl, owner = s3.get_bucket_acl(Bucket=bucket), s3.list_buckets()["Owner"]["ID"]

    assert [acl["Owner"]["ID"], *(one["Grantee"]["ID"] for one in acl["Grants"])] == [owner, owner]


@pytest.mark.parametrize("parameter", [{"MaxBuckets": 10}, {"Prefix": "rep"}, {"BucketRegion": "us-east-1"}])
def test_any_parameter_brings_the_region(s3: Any, bucket: str, parameter: dict[str, Any]) -> None:
    (only,) = s3.list_buckets(**parameter)["Buckets"]

    assert (only["Name"], only["BucketRegion"]) == (bucket, "us-east-1")


def test_buckets_come_sorted_by_name(s3: Any) -> None:
    for name in ("ccc", "aaa", "bbb"):
        s3.create_bucket(Bucket=name)

    assert names(s3.list_buckets()) == ["aaa", "bbb", "ccc"]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8])
def test_pages_add_up_to_all_buckets(s3: Any, size: int) -> None:
    made = [f"bucket-{number}" for number in range(7)]
    for name in made:
        s3.create_bucket(Bucket=name)

    pages = list(s3.get_paginator("list_buckets").paginate(PaginationConfig={"PageSize": size}))

    assert [name for page in pages for name in names(page)] == made
    assert len(pages) == -(-7 // size)


def test_the_prefix_filters(s3: Any) -> None:
    for name in ("logs-a", "data", "logs-b"):
        s3.create_bucket(Bucket=name)

    assert names(s3.list_buckets(Prefix="logs-")) == ["logs-a", "logs-b"]


def test_the_region_filters(connect: Any, s3: Any, bucket: str) -> None:
    ireland = connect("s3", region="eu-west-1")
    create_bucket(ireland, "irish")

    assert names(ireland.list_buckets(BucketRegion="eu-west-1")) == ["irish"]
    assert names(s3.list_buckets(BucketRegion="us-east-1")) == [bucket]


def test_the_region_filter_is_sent_to_that_region(s3: Any) -> None:
    assert refusal(s3.list_buckets, BucketRegion="eu-west-1") == ("InvalidArgument", 400)


def test_all_regions_are_in_a_plain_listing(connect: Any, s3: Any, bucket: str) -> None:
    create_bucket(connect("s3", region="eu-west-1"), "irish")

    assert names(s3.list_buckets()) == ["irish", bucket]


def test_another_accounts_buckets_are_not_listed(connect: Any, bucket: str) -> None:
    assert names(connect("s3", PRODUCTION).list_buckets()) == []


def test_directory_buckets_are_listed_apart(s3: Any, bucket: str) -> None:
    fast = create_directory_bucket(s3)

    assert names(s3.list_buckets()) == [bucket]
    assert names(s3.list_directory_buckets()) == [fast]


def test_directory_buckets_are_listed_by_region(connect: Any, s3: Any) -> None:
    create_directory_bucket(s3)

    assert names(connect("s3", region="eu-west-1").list_directory_buckets()) == []


def test_directory_buckets_are_paged(s3: Any) -> None:
    made = [create_directory_bucket(s3, f"fast{n}--use1-az4--x-s3") for n in range(5)]

    pages = s3.get_paginator("list_directory_buckets").paginate(PaginationConfig={"PageSize": 2})

    assert [name for page in pages for name in names(page)] == made
