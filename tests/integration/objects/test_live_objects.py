"""`s3kms objects` of a bucket that has no inventory: listed, and read whole or as a sample, as a user runs it."""

import json
import sys
from collections import Counter
from importlib.resources import files
from pathlib import Path
from typing import Any

import boto3
import jsonschema
import pytest
from tests.support.aws_calls import create_bucket
from tests.support.cli import Done, Shell

import s3kms
from s3kms.demo.aws import PRODUCTION, EmbeddedAws

SCHEMA = json.loads(files("s3kms").joinpath("schemas/objects-v1.schema.json").read_text())
REGION = "eu-central-1"


class Bucket:
    """`data`, with twenty objects under SSE-S3, ten under aws/s3, and a delete marker."""

    def __init__(self, aws: EmbeddedAws, folder: Path) -> None:
        self.aws = aws
        keys = aws.credentials(PRODUCTION)
        session = boto3.Session(keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"], region_name=REGION)
        self.boto = session.client("s3", endpoint_url=aws.url)
        create_bucket(self.boto, "data", REGION)
        self.boto.put_bucket_versioning(Bucket="data", VersioningConfiguration={"Status": "Enabled"})
        for number in range(20):
            self.boto.put_object(Bucket="data", Key=f"plain/{number:02} +\n", Body=b"x" * 10)
        for number in range(10):
            self.boto.put_object(
                Bucket="data", Key=f"kms/{number}", Body=b"x", ServerSideEncryption="aws:kms"
            )
        self.boto.delete_object(Bucket="data", Key="kms/0")
        self.session = session
        # The region of the run is not the bucket's: S3 says where to go.
        self.shell = Shell(folder, {"AWS_ENDPOINT_URL": aws.url, "AWS_REGION": "us-west-2", **keys})
        aws.calls.clear()

    def objects(self, *arguments: str) -> Done:
        return self.shell("objects", "s3://data", *arguments)

    def calls(self) -> dict[str, int]:
        return Counter(call.operation for call in self.aws.calls if call.status < 300)


@pytest.fixture
def bucket(aws: EmbeddedAws, tmp_path: Path) -> Bucket:
    return Bucket(aws, tmp_path)


def test_without_duckdb_nothing_is_listed(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    done = bucket.objects()

    assert (done.exit, "requires DuckDB" in done.err, "costs" in done.err) == (2, True, False)
    assert not {"ListObjectVersions", "ListObjectsV2", "HeadObject"} & {
        call.operation for call in bucket.aws.calls
    }


def test_a_bucket_that_does_not_exist_is_nothing_to_look_at(bucket: Bucket) -> None:
    done = bucket.shell("objects", "s3://no-such-bucket")

    assert (done.exit, "s3://no-such-bucket does not exist" in done.err) == (3, True)


def test_a_bucket_without_an_inventory_is_listed_and_read_and_what_it_costs_is_said_first(
    bucket: Bucket,
) -> None:
    done = bucket.objects()

    assert done.exit == 10
    assert done.err.startswith(
        "listing s3://data costs $0.005 per million versions; up to 10000 versions of them"
    )
    assert "are read with HeadObject, under $0.01 (us-east-1, " in done.err
    assert "s3://data: 30 versions, 210 B, and 1 delete marker" in done.out
    assert "evidence: live listing\n" in done.out
    assert "offender    66.7%  20 versions, 200 B: not encrypted with a KMS key" in done.out
    assert "note: s3://data has no inventory" in done.out
    assert bucket.calls()["HeadObject"] == 30


def test_a_small_sample_says_between_what_counts_the_truth_lies(bucket: Bucket) -> None:
    done = bucket.objects("--sample", "12", "--seed", "3", "--format", "json")
    document = json.loads(done.out)

    jsonschema.validate(document, SCHEMA)
    assert document["evidence"]["kind"] == "sample"
    assert document["evidence"]["sample"] == {
        "listed": {"objects": 30, "bytes": 210},
        "delete_markers": 1,
        "read": 12,
        "seed": 3,
        "is_whole": True,
    }
    offenders = document["standings"]["offender"]
    assert offenders["in_all"]["low"] <= 20 <= offenders["in_all"]["high"]
    assert offenders["in_all"]["low"] < offenders["in_all"]["high"]
    assert document["delete_markers"] == 1
    assert bucket.calls()["HeadObject"] == 12


def test_the_page_of_a_sample_tells_the_bucket_the_sample_and_the_interval(bucket: Bucket) -> None:
    done = bucket.objects("--sample", "12", "--seed", "3")

    assert "s3://data: 30 versions, 210 B, and 1 delete marker" in done.out
    assert "of which a random sample of 12 versions was read (seed 3)" in done.out
    assert "of those read, " in done.out
    assert "in total (95%)" in done.out


def test_a_listing_that_was_ended_early_has_no_interval(bucket: Bucket) -> None:
    document = json.loads(bucket.objects("--max-listed", "15", "--format", "json").out)

    assert not document["evidence"]["sample"]["is_whole"]
    assert all("in_all" not in one for one in document["standings"].values())
    assert any("was ended early" in note for note in document["notes"])


def test_a_sample_without_an_offender_does_not_say_that_there_is_none(bucket: Bucket) -> None:
    bucket.boto.put_object(Bucket="data", Key="kms/x", Body=b"", ServerSideEncryption="aws:kms")
    for number in range(20):
        bucket.boto.delete_object(Bucket="data", Key=f"plain/{number:02} +\n")
    versions: Any = bucket.boto.list_object_versions(Bucket="data", Prefix="plain/")
    for one in (*versions["Versions"], *versions["DeleteMarkers"]):
        bucket.boto.delete_object(Bucket="data", Key=one["Key"], VersionId=one["VersionId"])

    assert bucket.objects("--sample", "5").exit == 11
    assert bucket.objects("--sample", "11").exit == 0


def test_all_versions_are_read_where_a_listing_is_named(bucket: Bucket) -> None:
    done = bucket.objects("--from", "listing", "--format", "json")

    assert json.loads(done.out)["evidence"]["kind"] == "listing"
    assert done.err.startswith("listing s3://data costs $0.005 per million versions; each of them is read")
    assert "$0.40 per million" in done.err
    assert bucket.calls()["HeadObject"] == 30


def test_the_library_reads_a_sample_inside_a_loop_too(bucket: Bucket) -> None:
    said: list[str] = []

    with s3kms.Client(session=bucket.session, endpoint_url=bucket.aws.url) as client:
        summary = client.objects("s3://data", sample=3, on_note=lambda note: said.append(str(note)))

    assert (summary.total.objects, len(said)) == (3, 1)
    assert summary.is_partial


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--from", "listing", "--sample", "5"), "--sample and a full listing are mutually exclusive"),
        (("--from", "inventory", "--sample", "5"), "--sample requires a live listing"),
        (("--from", "manifest.json", "--max-listed", "5"), "requires a live listing"),
        (("--from", "inventory"), "there is no S3 Inventory report for s3://data"),
    ],
)
def test_what_cannot_be_meant_is_said(bucket: Bucket, arguments: tuple[str, ...], sentence: str) -> None:
    done = bucket.objects(*arguments)

    assert sentence in done.err
    assert done.exit in {2, 3}


@pytest.mark.parametrize(("status", "code"), [(403, "AccessDenied"), (501, "NotImplemented")])
def test_a_bucket_whose_inventories_may_not_be_seen_is_listed(bucket: Bucket, status: int, code: str) -> None:
    bucket.aws.faults.fail("ListBucketInventoryConfigurations", status, code)

    done = bucket.objects()

    assert done.exit == 10
    assert f"note: inventory configurations could not be read: {code}" in done.out


def test_a_directory_bucket_is_refused_before_anything_is_asked(bucket: Bucket) -> None:
    done = bucket.shell("objects", "s3://fast--use1-az4--x-s3")

    assert done.exit == 2
    assert "is a directory bucket, whose objects cannot be analyzed" in done.err
    assert not bucket.aws.calls


def test_versions_that_could_not_be_read_are_unknown(bucket: Bucket) -> None:
    for operation in ("HeadObject", "GetObject"):
        bucket.aws.faults.fail(operation, 403, "AccessDenied")

    done = bucket.objects()

    assert done.exit == 11
    assert "unknown    100.0%  30 versions" in done.out
    assert "note: 30 versions could not be read, such as: AccessDenied from HeadObject" in done.out
