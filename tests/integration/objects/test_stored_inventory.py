"""Reports of S3 Inventory found through the bucket's configuration, or named as s3://, on the embedded AWS."""

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import shell_of
from tests.support.cli import Done
from tests.support.inventory import CONFIGURATION, DESTINATION, SOURCE, Report, Row
from tests.support.sdk import client_of

from s3kms.demo.aws import EmbeddedAws
from s3kms.demo.sample_estate import FRANKFURT, PROFILES
from s3kms.model.exits import Exit
from s3kms.objects.operations import OBJECTS_OPERATIONS

NOW = datetime.now(UTC).replace(second=0, microsecond=0)
FIELDS = ["Size", "LastModifiedDate", "StorageClass", "ETag", "EncryptionStatus", "BucketKeyStatus"]


@dataclass
class Delivered:
    """A bucket with inventories, and the reports of them."""

    aws: EmbeddedAws
    folder: Path
    client: Any

    def configure(self, name: str = CONFIGURATION, **changed: Any) -> None:
        """Add an inventory."""
        destination = {"Bucket": f"arn:aws:s3:::{DESTINATION}", "Format": "CSV", "Prefix": "inventory"}
        document = {
            "Id": name,
            "IsEnabled": True,
            "IncludedObjectVersions": "All",
            "Schedule": {"Frequency": "Daily"},
            "OptionalFields": FIELDS,
            "Destination": {"S3BucketDestination": destination},
            **changed,
        }
        self.client.put_bucket_inventory_configuration(
            Bucket=SOURCE, Id=name, InventoryConfiguration=document
        )

    def deliver(
        self, *files: Sequence[Row], age: timedelta = timedelta(hours=3), finished: bool = True
    ) -> str:
        """Put a report into its bucket; returns the address of its manifest."""
        report = Report(self.folder / str(age.total_seconds()), created=NOW - age)
        for rows in files:
            report.add(rows)
        manifest = report.finish()
        names = [
            one
            for one in report.root.rglob("*")
            if one.is_file() and (finished or "manifest" not in one.name)
        ]
        for path in names:
            self.client.put_object(
                Bucket=DESTINATION, Key=str(path.relative_to(report.root)), Body=path.read_bytes()
            )
        if not finished:
            key = f"{manifest.parent.relative_to(report.root)}/"
            self.client.put_object(Bucket=DESTINATION, Key=f"{key}part", Body=b"")
        return f"s3://{DESTINATION}/{manifest.relative_to(report.root)}"

    def objects(self, *arguments: str) -> Done:
        """Run the command in the account of the bucket."""
        self.aws.calls.clear()
        return shell_of(self.aws, self.folder)("objects", *arguments)

    def operations(self) -> list[str]:
        """What was called."""
        return [one.operation for one in self.aws.calls]


@pytest.fixture
def delivered(aws: EmbeddedAws, tmp_path: Path) -> Delivered:
    client = client_of(aws, PROFILES["production"], "s3", FRANKFURT)
    for bucket in (SOURCE, DESTINATION):
        client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": FRANKFURT})
    return Delivered(aws, tmp_path, client)


def test_the_newest_report_of_the_bucket_is_found(delivered: Delivered) -> None:
    delivered.configure()
    delivered.deliver([Row(key="old"), Row(key="older")], age=timedelta(days=1))
    address = delivered.deliver([Row(key="new")])

    done = delivered.objects(f"s3://{SOURCE}", "--format", "json")
    document = json.loads(done.out)

    assert (done.exit, done.err) == (10, "")
    assert document["evidence"]["source"] == address
    assert [one["key"] for one in document["offenders"]] == ["new"]
    assert document["notes"] == []


def test_finding_and_reading_a_report_costs_a_call_each_and_none_of_the_objects(delivered: Delivered) -> None:
    delivered.configure()
    delivered.deliver([Row(key="a")], [Row(key="b")])

    delivered.objects(f"s3://{SOURCE}")

    assert sorted(delivered.operations()) == sorted(
        [
            "GetCallerIdentity",
            "ListBucketInventoryConfigurations",
            "ListObjectsV2",
            *["GetObject"] * 4,  # manifest.json, manifest.checksum, two data files
        ]
    )


def test_a_report_that_is_not_finished_is_said_and_the_one_before_is_read(delivered: Delivered) -> None:
    delivered.configure()
    address = delivered.deliver([Row(key="k")], age=timedelta(hours=30))
    delivered.deliver([Row(key="half")], finished=False)

    done = delivered.objects(f"s3://{SOURCE}")

    assert done.exit == 10
    assert address in done.out
    assert "is incomplete: it has no manifest.json" in done.out


def test_a_report_that_is_late_is_said(delivered: Delivered) -> None:
    delivered.configure()
    delivered.deliver([Row(key="k")], age=timedelta(days=9))

    assert "the newest report of daily is 9 days old" in " ".join(
        delivered.objects(f"s3://{SOURCE}").out.split()
    )


def test_the_inventory_of_the_whole_bucket_is_better_than_that_of_a_prefix(delivered: Delivered) -> None:
    delivered.configure()
    delivered.configure("a-part", Filter={"Prefix": "logs/"})
    delivered.deliver([Row(key="k")])

    document = json.loads(delivered.objects(f"s3://{SOURCE}", "--format", "json").out)

    assert f"/{CONFIGURATION}/" in document["evidence"]["source"]


def test_the_inventory_of_a_prefix_says_that_it_is_one(delivered: Delivered) -> None:
    delivered.configure(Filter={"Prefix": "logs/"})
    delivered.deliver([Row(key="logs/k")])

    assert "covers only keys that begin with 'logs/'" in delivered.objects(f"s3://{SOURCE}").out


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        (None, "s3://logs has no inventory"),
        ({"IsEnabled": False}, "the inventory daily is disabled"),
        ({"OptionalFields": ["Size"]}, "the inventory daily lacks the field EncryptionStatus"),
        ({}, "has no report under s3://reports/inventory/logs/daily/ yet"),
    ],
)
def test_why_there_is_no_report_is_said(delivered: Delivered, changed: Any, why: str) -> None:
    if changed is not None:
        delivered.configure(**changed)

    done = delivered.objects(f"s3://{SOURCE}", "--from", "inventory")

    assert (done.exit, done.out) == (3, "")
    assert why in done.err
    assert "--from manifest.json" in done.err


def test_only_unfinished_reports_are_no_report(delivered: Delivered) -> None:
    delivered.configure()
    delivered.deliver([Row(key="half")], finished=False)

    done = delivered.objects(f"s3://{SOURCE}", "--from", "inventory")

    assert done.exit == 3
    assert "the inventory daily has no complete report" in done.err


def test_a_manifest_in_a_bucket_is_read_without_any_configuration(delivered: Delivered) -> None:
    address = delivered.deliver([Row(key="k")])

    done = delivered.objects("--from", address)

    assert done.exit == 10
    assert "ListBucketInventoryConfigurations" not in delivered.operations()


def test_a_data_file_that_is_not_what_the_manifest_promises_is_not_believed(delivered: Delivered) -> None:
    address = delivered.deliver([Row(key="k")])
    (listed,) = delivered.client.list_objects_v2(Bucket=DESTINATION, Prefix="inventory/logs/daily/data/")[
        "Contents"
    ]
    delivered.client.put_object(Bucket=DESTINATION, Key=listed["Key"], Body=b"other")

    done = delivered.objects("--from", address)

    assert (done.exit, done.out) == (2, "")
    assert "does not match the manifest" in done.err


def test_the_report_of_another_bucket_is_not_fetched(delivered: Delivered) -> None:
    address = delivered.deliver([Row(key="k")])

    done = delivered.objects("s3://others", "--from", address)

    assert done.exit == 2
    assert "lists s3://logs, not s3://others" in done.err
    assert delivered.operations().count("GetObject") == 2


def test_nothing_is_left_in_the_temporary_folder(
    delivered: Delivered, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    address = delivered.deliver([Row(key="k")])
    monkeypatch.setenv("TMPDIR", str(temporary))
    tempfile.tempdir = None

    done = delivered.objects("--from", address)
    tempfile.tempdir = None

    assert done.exit == 10
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(
    ("address", "sentence", "exit_code"),
    [
        (
            "s3://reports/nowhere/manifest.json",
            "s3://reports/nowhere/manifest.json does not exist",
            Exit.USAGE,
        ),
        ("s3://reports", "does not name a manifest", Exit.USAGE),
        ("s3://nobody-has-this/manifest.json", "does not exist", Exit.NOTHING),
    ],
)
def test_an_address_that_leads_nowhere_is_told(
    delivered: Delivered, address: str, sentence: str, exit_code: Exit
) -> None:
    done = delivered.objects("--from", address)

    assert done.exit is exit_code
    assert sentence in done.err


def test_the_printed_policy_allows_every_call_and_no_write(delivered: Delivered) -> None:
    delivered.configure()
    delivered.deliver([Row(key="k")])
    policy = json.loads(shell_of(delivered.aws, delivered.folder)("permissions", "objects", "s3://logs").out)
    allowed = {action for statement in policy["Statement"] for action in statement["Action"]}

    delivered.objects("s3://logs")
    called = {one.name: one.action for one in OBJECTS_OPERATIONS}

    assert set(delivered.operations()) <= set(called)
    assert {called[name] for name in delivered.operations()} - {None} <= allowed
    assert not any("Put" in action or "Delete" in action for action in allowed)
