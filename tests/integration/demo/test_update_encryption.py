"""UpdateObjectEncryption, and sub-resources nobody implements."""

from __future__ import annotations

from typing import Any

from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session
from tests.support.aws_calls import put, refusal, rule


def update(s3: Any, bucket: str, arn: str, **parameters: Any) -> Any:
    wanted = {"SSEKMS": {"KMSKeyArn": arn, **parameters}}
    return s3.update_object_encryption(Bucket=bucket, Key="k", ObjectEncryption=wanted)


def test_it_changes_the_key_and_keeps_bytes_and_etag(s3: Any, bucket: str, key: str) -> None:
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"text", Metadata={"a": "b"})["ETag"]

    update(s3, bucket, key)

    after = s3.get_object(Bucket=bucket, Key="k")
    assert (after["Body"].read(), after["ETag"], after["Metadata"]) == (b"text", etag, {"a": "b"})
    assert (after["ServerSideEncryption"], after["SSEKMSKeyId"]) == ("aws:kms", key)


def test_the_bucket_key_is_off_unless_asked_for(s3: Any, bucket: str, key: str) -> None:
    put(s3, bucket, rule("aws:kms", key, BucketKeyEnabled=True))
    s3.put_object(Bucket=bucket, Key="k", Body=b"text")

    update(s3, bucket, key)
    assert "BucketKeyEnabled" not in s3.head_object(Bucket=bucket, Key="k")

    update(s3, bucket, key, BucketKeyEnabled=True)
    assert s3.head_object(Bucket=bucket, Key="k")["BucketKeyEnabled"] is True


def test_one_version_is_changed(s3: Any, bucket: str, key: str) -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket=bucket, Key="k", Body=b"1")["VersionId"]
    second = s3.put_object(Bucket=bucket, Key="k", Body=b"2")["VersionId"]
    wanted = {"SSEKMS": {"KMSKeyArn": key}}

    s3.update_object_encryption(Bucket=bucket, Key="k", VersionId=first, ObjectEncryption=wanted)

    kinds = [
        s3.head_object(Bucket=bucket, Key="k", VersionId=v)["ServerSideEncryption"] for v in (first, second)
    ]
    assert kinds == ["aws:kms", "AES256"]
    assert len(s3.list_object_versions(Bucket=bucket)["Versions"]) == 2


def test_an_alias_is_refused(s3: Any, kms: Any, bucket: str, key: str) -> None:
    kms.create_alias(AliasName="alias/data", TargetKeyId=key)
    s3.put_object(Bucket=bucket, Key="k", Body=b"")

    alias = key.split(":key/", maxsplit=1)[0] + ":alias/data"

    assert refusal(update, s3, bucket, alias) == ("InvalidRequest", 400)


def test_a_disabled_key_is_refused(s3: Any, kms: Any, bucket: str, key: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    kms.disable_key(KeyId=key)

    assert refusal(update, s3, bucket, key) == ("KMS.DisabledException", 400)


def test_a_dsse_object_is_refused(s3: Any, bucket: str, key: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"", ServerSideEncryption="aws:kms:dsse")

    assert refusal(update, s3, bucket, key) == ("InvalidRequest", 400)


def test_a_missing_object_is_no_such_key(s3: Any, bucket: str, key: str) -> None:
    assert refusal(update, s3, bucket, key) == ("NoSuchKey", 404)


def test_an_object_on_legal_hold_is_refused(s3: Any, key: str) -> None:
    s3.create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True)
    s3.put_object(
        Bucket="locked", Key="k", Body=b"", ObjectLockLegalHoldStatus="ON", ChecksumAlgorithm="CRC32"
    )

    assert refusal(update, s3, "locked", key) == ("AccessDenied", 403)


def test_a_sub_resource_moto_does_not_know_leaves_the_object_alone(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"text")

    call = {"Bucket": bucket, "Key": "k", "AnnotationName": "a", "AnnotationPayload": b"{}"}

    assert refusal(s3.put_object_annotation, **call) == ("NotImplemented", 501)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"text"


def test_a_sub_resource_nobody_knows_leaves_the_object_alone(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"text")
    url = s3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "k"}) + "&future"

    answer = URLLib3Session().send(AWSRequest("PUT", url, data=b"<x/>").prepare())

    assert answer.status_code == 501
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"text"


def test_deleting_an_unknown_configuration_leaves_the_bucket_alone(s3: Any, bucket: str) -> None:
    assert refusal(s3.delete_bucket_metrics_configuration, Bucket=bucket, Id="x") == ("NotImplemented", 501)

    assert s3.head_bucket(Bucket=bucket)


def test_deleting_an_inventory_leaves_the_bucket_alone(s3: Any, bucket: str) -> None:
    s3.delete_bucket_inventory_configuration(Bucket=bucket, Id="x")

    assert s3.head_bucket(Bucket=bucket)
