"""What a bucket is used for, read by s3kms itself of the embedded AWS and of LocalStack."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.contract.clients import ACCOUNT, HOME

from s3kms.aws.connection import Connection, ConnectionSettings
from s3kms.model import bucket as model
from s3kms.model.unknown import Unknown
from s3kms.model.usage import LOG_DELIVERY_GROUP, BucketUsage, Sibling
from s3kms.sources.usage import NOT_USED, read_usage

if TYPE_CHECKING:
    from tests.contract.clients import Bucket, Server


@pytest.fixture
def connection(server: Server, monkeypatch: pytest.MonkeyPatch) -> Connection:
    settings = {"AWS_ENDPOINT_URL": server.url, "AWS_REGION": HOME, "AWS_ACCOUNT_ID": ACCOUNT}
    for name, value in {**settings, **server.credentials(ACCOUNT)}.items():
        monkeypatch.setenv(name, value)
    return Connection(ConnectionSettings())


def usage_of(connection: Connection, bucket: Bucket, *siblings: Bucket) -> BucketUsage:
    """With the logging of these buckets alone: other tests leave theirs behind."""
    known = [Sibling(one.name, HOME) for one in (bucket, *siblings)]
    (found,) = read_usage(connection, [model.Bucket(bucket.name, ACCOUNT, HOME)], known)
    return found.usage


def test_a_bucket_that_nobody_configured_is_used_for_nothing(connection: Connection, bucket: Bucket) -> None:
    found = usage_of(connection, bucket)

    assert found.is_public_access_restricted in {True, False}  # LocalStack blocks it, as AWS's console does
    assert (found.policies, found.website, found.replication, found.grants) == ((), False, (), ())
    assert (found.log_senders, found.notification_targets) == ((), ())
    assert found.access_points == NOT_USED.access_points


def test_settings_are_read_as_they_were_put(server: Server, connection: Connection, bucket: Bucket) -> None:
    s3, other = server.client("s3"), server.new_bucket()
    s3.delete_public_access_block(Bucket=bucket.name)
    ownership = {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
    s3.put_bucket_ownership_controls(Bucket=bucket.name, OwnershipControls=ownership)  # type: ignore[arg-type]
    s3.put_bucket_acl(Bucket=bucket.name, ACL="log-delivery-write")  # type: ignore[arg-type]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{bucket.name}/*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    s3.put_bucket_policy(Bucket=bucket.name, Policy=policy)
    logging = {"LoggingEnabled": {"TargetBucket": bucket.name, "TargetPrefix": "x/"}}
    s3.put_bucket_logging(Bucket=other.name, BucketLoggingStatus=logging)  # type: ignore[arg-type]

    found = usage_of(connection, bucket, other)

    assert found.log_senders == (other.name,)
    assert not isinstance(found.grants, Unknown)
    assert {(one.grantee, one.permission) for one in found.grants} == {
        (LOG_DELIVERY_GROUP, "WRITE"),
        (LOG_DELIVERY_GROUP, "READ_ACP"),
    }
    assert found.is_public_access_restricted is False
    assert isinstance(found.policies, tuple)
    assert len(found.policies) == 1
