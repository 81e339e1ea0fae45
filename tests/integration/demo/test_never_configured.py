"""What a bucket answers on which nobody configured anything."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.aws_calls import refusal

READS = {
    "get_bucket_acl": None,
    "get_bucket_cors": "NoSuchCORSConfiguration",
    "get_bucket_encryption": None,
    "get_bucket_accelerate_configuration": None,
    "get_bucket_lifecycle_configuration": "NoSuchLifecycleConfiguration",
    "get_bucket_location": None,
    "get_bucket_logging": None,
    "get_bucket_notification_configuration": None,
    "get_bucket_policy": "NoSuchBucketPolicy",
    "get_bucket_policy_status": "NoSuchBucketPolicy",
    "get_bucket_replication": "ReplicationConfigurationNotFoundError",
    "get_bucket_request_payment": None,
    "get_bucket_tagging": "NoSuchTagSet",
    "get_bucket_versioning": None,
    "get_bucket_website": "NoSuchWebsiteConfiguration",
    "get_bucket_metadata_configuration": "MetadataConfigurationNotFound",
    "get_bucket_abac": None,
    "get_object_lock_configuration": "ObjectLockConfigurationNotFoundError",
    "get_public_access_block": "NoSuchPublicAccessBlockConfiguration",
    "list_bucket_analytics_configurations": None,
    "list_bucket_intelligent_tiering_configurations": None,
    "list_bucket_inventory_configurations": None,
    "list_bucket_metrics_configurations": None,
}


@pytest.mark.parametrize(("operation", "error"), READS.items())
def test_every_sub_resource_answers_as_if_untouched(
    s3: Any, bucket: str, operation: str, error: str | None
) -> None:
    call = getattr(s3, operation)

    if error is None:
        assert call(Bucket=bucket)["ResponseMetadata"]["HTTPStatusCode"] == 200
    else:
        assert refusal(call, Bucket=bucket)[0] == error


def test_the_owner_pays_for_requests(s3: Any, bucket: str) -> None:
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "BucketOwner"


def test_an_object_without_retention_says_so(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"text")

    assert refusal(s3.get_object_retention, Bucket=bucket, Key="k") == ("NoSuchObjectLockConfiguration", 404)
