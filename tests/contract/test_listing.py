"""Which buckets there are, whose they are, and where."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from tests.contract.clients import ABROAD, ACCOUNT, HOME, OTHER_ACCOUNT, Bucket, rule, said
from tests.contract.differences import expected

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.contract.clients import Server


@dataclass(frozen=True)
class Estate:
    """An account with three buckets at home and one abroad, and the question ListBuckets."""

    server: Server
    account: str
    home: tuple[str, ...]
    abroad: str

    def listed(self, region: str = HOME, **parameters: Any) -> dict[str, Any]:
        """The answer to ListBuckets, sent to a region."""
        return dict(self.server.client("s3", self.account, region).list_buckets(**parameters))

    def names(self, region: str = HOME, **parameters: Any) -> list[str]:
        """The names in that answer."""
        return [bucket["Name"] for bucket in self.listed(region, **parameters)["Buckets"]]


@pytest.fixture(scope="module")
def estate(server: Server) -> Estate:
    """Four buckets in an account that has no others."""
    account = str(random.randrange(5 * 10**11, 9 * 10**11))
    stem = f"estate-{uuid.uuid4().hex}"
    home = tuple(f"{stem}-{number}" for number in range(3))
    for name in home:
        server.client("s3", account).create_bucket(Bucket=name)
    abroad = f"{stem}-abroad"
    server.client("s3", account, ABROAD).create_bucket(
        Bucket=abroad, CreateBucketConfiguration={"LocationConstraint": ABROAD}
    )
    return Estate(server, account, home, abroad)


def test_listing_has_every_region(estate: Estate) -> None:
    """One ListBuckets sees the buckets of all regions (fact A24)."""
    assert estate.names() == [*estate.home, estate.abroad]


def test_listing_has_no_other_account(estate: Estate) -> None:
    """ListBuckets is about the caller's account only."""
    mine = estate.server.new_bucket().name

    assert mine not in estate.names()


def test_full_page_ends_with_a_token(estate: Estate) -> None:
    """A page shorter than the estate says how to go on (fact A24); moto's does not (testbed finding 2)."""
    answer = estate.listed(MaxBuckets=2)

    assert (len(answer["Buckets"]), bool(answer.get("ContinuationToken"))) == (2, True)


def test_token_continues_where_the_page_ended(estate: Estate) -> None:
    """The second page has the rest, in order."""
    token = estate.listed(MaxBuckets=2)["ContinuationToken"]

    assert estate.names(MaxBuckets=2, ContinuationToken=token) == [estate.home[2], estate.abroad]


def test_last_page_has_no_token(estate: Estate) -> None:
    """A page that ends with the last bucket is the last page, even when it is full."""
    assert "ContinuationToken" not in estate.listed(MaxBuckets=4)


def test_paginator_loses_no_bucket(estate: Estate) -> None:
    """boto3's paginator walks the pages to the end."""
    pages = estate.server.client("s3", estate.account).get_paginator("list_buckets")

    listed = [b["Name"] for page in pages.paginate(PaginationConfig={"PageSize": 1}) for b in page["Buckets"]]

    assert listed == [*estate.home, estate.abroad]


def test_prefix_filters(estate: Estate) -> None:
    """Prefix is matched by the server (fact A24)."""
    assert estate.names(Prefix=estate.abroad[:-1]) == [estate.abroad]


def test_prefix_is_echoed(estate: Estate) -> None:
    """The answer says which prefix it is about, so a server that ignores it is found out."""
    assert estate.listed(Prefix=estate.abroad)["Prefix"] == estate.abroad


def test_region_filters(estate: Estate) -> None:
    """BucketRegion, sent to that region, leaves its buckets (fact A24)."""
    assert estate.names(ABROAD, BucketRegion=ABROAD) == [estate.abroad]


def test_region_filter_is_refused_elsewhere(estate: Estate) -> None:
    """The region filter must be sent to that same region's endpoint (fact A24)."""
    answer = said(lambda: estate.names(HOME, BucketRegion=ABROAD))

    assert answer == expected(estate.server, "BucketRegion filter sent to another region")


def test_bucket_region_is_there_with_a_parameter(estate: Estate) -> None:
    """Any valid parameter makes S3 name each bucket's region (fact A24)."""
    regions = [bucket["BucketRegion"] for bucket in estate.listed(MaxBuckets=1000)["Buckets"]]

    assert regions == [HOME, HOME, HOME, ABROAD]


def test_bucket_region_is_not_there_without_a_parameter(estate: Estate) -> None:
    """A bare ListBuckets does not say where a bucket is (fact A24)."""
    region = estate.listed()["Buckets"][0].get("BucketRegion")

    assert region == expected(estate.server, "BucketRegion in a listing without parameters")


def test_location_is_answered_anywhere(estate: Estate) -> None:
    """GetBucketLocation finds the region from any other."""
    answer = estate.server.client("s3", estate.account).get_bucket_location(Bucket=estate.abroad)

    assert answer["LocationConstraint"] == ABROAD


def test_location_of_us_east_1_is_none(estate: Estate) -> None:
    """The oldest region is an absence, not a name."""
    answer = estate.server.client("s3", estate.account).get_bucket_location(Bucket=estate.home[0])

    assert answer["LocationConstraint"] is None


def test_request_for_another_region_is_sent_on(estate: Estate) -> None:
    """The first answer to a request signed for the wrong region is a redirect (fact A8)."""
    client = estate.server.new_client("s3", estate.account, HOME)  # a used one remembers redirects
    answers: list[str] = []

    def note(parsed_response: dict[str, Any], **_: object) -> None:
        code = parsed_response.get("Error", {}).get("Code", "done")
        answers.append(f"{code} {parsed_response['ResponseMetadata']['HTTPStatusCode']}")

    client.meta.events.register("response-received.s3.GetBucketEncryption", note)
    said(lambda: client.get_bucket_encryption(Bucket=estate.abroad))

    assert answers[0] == expected(estate.server, "first answer to a request for another region")


OWNED: dict[str, Callable[[Bucket, str], object]] = {
    "GetBucketEncryption": lambda bucket, owner: bucket.server.client("s3").get_bucket_encryption(
        Bucket=bucket.name, ExpectedBucketOwner=owner
    ),
    "PutBucketEncryption": lambda bucket, owner: bucket.put(rule("aws:kms"), ExpectedBucketOwner=owner),
    "DeleteBucketEncryption": lambda bucket, owner: bucket.server.client("s3").delete_bucket_encryption(
        Bucket=bucket.name, ExpectedBucketOwner=owner
    ),
    "PutObject": lambda bucket, owner: bucket.write(ExpectedBucketOwner=owner),
}


@pytest.mark.parametrize("operation", OWNED)
def test_the_expected_owner_is_served(bucket: Bucket, operation: str) -> None:
    """ExpectedBucketOwner that is the owner changes nothing (fact A26)."""
    assert said(lambda: OWNED[operation](bucket, ACCOUNT)) == "done"


@pytest.mark.parametrize("operation", OWNED)
def test_another_expected_owner_is_refused(server: Server, bucket: Bucket, operation: str) -> None:
    """ExpectedBucketOwner that is not the owner is a 403 (fact A26)."""
    answer = said(lambda: OWNED[operation](bucket, OTHER_ACCOUNT))

    assert answer == expected(server, f"{operation} expecting another owner")


def test_another_account_may_not_read_the_default(server: Server, bucket: Bucket) -> None:
    """A bucket's default encryption is not public (fact A27)."""
    stranger = server.client("s3", OTHER_ACCOUNT)

    answer = said(lambda: stranger.get_bucket_encryption(Bucket=bucket.name))

    assert answer == expected(server, "GetBucketEncryption by another account")


NOBODYS: dict[str, Callable[[Bucket], object]] = {
    "GetBucketEncryption": lambda bucket: bucket.default(),
    "PutBucketEncryption": lambda bucket: bucket.put(rule("AES256")),
    "DeleteBucketEncryption": lambda bucket: bucket.server.client("s3").delete_bucket_encryption(
        Bucket=bucket.name
    ),
    "PutObject": lambda bucket: bucket.write(),
}


@pytest.mark.parametrize("operation", NOBODYS)
def test_bucket_that_is_not_there(server: Server, operation: str) -> None:
    """A name nobody has is NoSuchBucket, 404 (fact A8)."""
    nobodys = Bucket(server, f"nobodys-{uuid.uuid4().hex}")

    assert said(lambda: NOBODYS[operation](nobodys)) == "NoSuchBucket 404"


def test_default_abroad_is_read_from_its_region(estate: Estate) -> None:
    """A bucket of another region is configured through that region's client like any other."""
    s3: Any = estate.server.client("s3", estate.account, ABROAD)
    configuration = {"Rules": [rule("aws:kms", bucket_key=True)]}

    s3.put_bucket_encryption(Bucket=estate.abroad, ServerSideEncryptionConfiguration=configuration)

    answer = s3.get_bucket_encryption(Bucket=estate.abroad)["ServerSideEncryptionConfiguration"]
    assert answer == configuration
