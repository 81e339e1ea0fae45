"""What a bucket does with new objects, read from it, and what copies there have as consequences."""

import json
from typing import Any

import pytest
from tests.support.copies import CopyRun

from s3kms.aws.connection import Connection, ConnectionSettings
from s3kms.aws.write_effects import read_write_effects
from s3kms.demo.aws import MANAGEMENT, EmbeddedAws
from s3kms.model.write_effects import WriteEffects
from s3kms.objects.interface import SelectedCounts

COUNTS = SelectedCounts(2, 10, by_storage_class={"STANDARD": 1, "STANDARD_IA": 1})


@pytest.fixture
def run(aws: EmbeddedAws) -> CopyRun:
    made = CopyRun(aws)
    made.s3.create_bucket(Bucket="data")
    return made


def effects(run: CopyRun, bucket: str = "data") -> WriteEffects:
    connection = Connection(ConnectionSettings(endpoint_url=run.url, session=run.session))
    return read_write_effects(connection, bucket, "us-east-1", MANAGEMENT)


def _configure(s3: Any, bucket: str) -> None:
    """All that copies have consequences by."""
    days: dict[str, Any] = {"Filter": {"Prefix": ""}, "Status": "Enabled"}
    rules = [
        {"ID": "expire", "Expiration": {"Days": 30}, **days},
        {"ID": "move", "Transitions": [{"Days": 90, "StorageClass": "GLACIER"}], **days},
        {"ID": "old ones", "NoncurrentVersionExpiration": {"NoncurrentDays": 3}, **days},
        {"ID": "off", "Expiration": {"Days": 30}, "Filter": {"Prefix": ""}, "Status": "Disabled"},
    ]
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})
    s3.create_bucket(Bucket="target")
    s3.put_bucket_versioning(Bucket="target", VersioningConfiguration={"Status": "Enabled"})
    rule = {
        "ID": "all", "Status": "Enabled", "Priority": 1, "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Disabled"}, "Destination": {"Bucket": "arn:aws:s3:::target"},
    }  # fmt: skip
    role = f"arn:aws:iam::{MANAGEMENT}:role/replicates"
    s3.put_bucket_replication(Bucket=bucket, ReplicationConfiguration={"Role": role, "Rules": [rule]})
    queues = [
        {"QueueArn": f"arn:aws:sqs:us-east-1:{MANAGEMENT}:{name}", "Events": [event]}
        for name, event in (("copies", "s3:ObjectCreated:Copy"), ("removals", "s3:ObjectRemoved:*"))
    ]
    configuration = {"QueueConfigurations": queues}
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration=configuration, SkipDestinationValidation=True
    )


def test_all_settings_are_read(run: CopyRun) -> None:
    run.s3.create_bucket(
        Bucket="locked", ObjectLockEnabledForBucket=True, ObjectOwnership="BucketOwnerEnforced"
    )
    retention = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 3}}
    run.s3.put_object_lock_configuration(
        Bucket="locked", ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": retention}
    )
    _configure(run.s3, "locked")

    assert effects(run, "locked") == WriteEffects(
        versioning="Enabled",
        ages=("expire", "move"),
        replication=("all",),
        events=(f"arn:aws:sqs:us-east-1:{MANAGEMENT}:copies",),
        has_object_lock=True,
        default_retention="GOVERNANCE for 3 days",
        has_acls=False,
    )
    assert set(run.hazards_of("locked", COUNTS)) == {
        "new_versions", "lifecycle_age", "replicated_again", "object_events", "retrieval_fee", "default_retention",
        "copy_not_aws",
    }  # fmt: skip


def test_a_plain_bucket_has_nothing_but_its_classes(run: CopyRun) -> None:
    found = effects(run)

    assert (found.versioning, found.ages, found.replication, found.events) == ("", (), (), ())
    assert (found.has_object_lock, found.has_acls, bool(found.owner), found.unread) == (False, True, True, {})
    assert set(run.hazards_of("data", COUNTS)) == {"retrieval_fee", "early_delete_fee", "copy_not_aws"}


def test_what_may_not_be_read_is_unknown(run: CopyRun) -> None:
    denied = ["s3:GetBucketVersioning", "s3:GetLifecycleConfiguration", "s3:GetBucketObjectLockConfiguration"]
    statement = {"Effect": "Deny", "Principal": "*", "Action": denied, "Resource": "arn:aws:s3:::data"}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    run.s3.put_bucket_policy(Bucket="data", Policy=json.dumps(policy))

    found = effects(run)

    assert set(found.unread) == {"versioning", "ages", "has_object_lock"}
    assert {"AccessDenied"} == {unknown.code for unknown in found.unread.values()}
    assert (found.versioning, found.ages, found.has_object_lock) == (None, None, None)
