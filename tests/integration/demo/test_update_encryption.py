"""UpdateObjectEncryption, and sub-resources nobody implements."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

import pytest
from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session
from tests.support.aws_calls import policy, put, refusal, refused_words, rule

from s3kms.demo.aws import PRODUCTION, EmbeddedAws

if TYPE_CHECKING:
    from tests.integration.demo.conftest import Connect

_ALLOW_ALL = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*"}


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


def test_an_object_under_retention_is_refused(s3: Any, key: str) -> None:
    s3.create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True)
    until = {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": "2099-01-01T00:00:00Z"}
    s3.put_object(Bucket="locked", Key="k", Body=b"", ChecksumAlgorithm="CRC32", **until)

    assert refusal(update, s3, "locked", key) == ("AccessDenied", 403)


def test_an_object_under_a_customers_key_is_refused(s3: Any, bucket: str, key: str) -> None:
    put(s3, bucket, rule("AES256", BlockedEncryptionTypes={"EncryptionType": ["NONE"]}))
    s3.put_object(Bucket=bucket, Key="k", Body=b"", SSECustomerAlgorithm="AES256", SSECustomerKey="k" * 32)

    assert refusal(update, s3, bucket, key) == ("InvalidRequest", 400)


def test_a_key_of_another_account_is_refused(s3: Any, connect: Connect, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    foreign = connect("kms", PRODUCTION).create_key(Policy=policy(_ALLOW_ALL))["KeyMetadata"]["Arn"]

    assert refusal(update, s3, bucket, foreign) == ("AccessDenied", 403)
    assert "owned by the same account" in refused_words(update, s3, bucket, foreign)


def test_the_managed_key_is_taken_by_a_server_that_is_told_so(
    aws: EmbeddedAws, s3: Any, kms: Any, bucket: str
) -> None:
    managed = s3.put_object(Bucket=bucket, Key="other", Body=b"", ServerSideEncryption="aws:kms")[
        "SSEKMSKeyId"
    ]
    s3.put_object(Bucket=bucket, Key="k", Body=b"")

    assert refusal(update, s3, bucket, managed) == ("InvalidRequest", 400)

    aws.faults.updates_to_managed_key = True
    update(s3, bucket, managed)
    assert s3.head_object(Bucket=bucket, Key="k")["SSEKMSKeyId"] == managed


def test_a_key_that_may_not_decrypt_keeps_its_objects(s3: Any, kms: Any, bucket: str, key: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    other = kms.create_key()["KeyMetadata"]["Arn"]
    kms.disable_key(KeyId=key)

    assert refusal(update, s3, bucket, other) == ("KMS.DisabledException", 400)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("<ObjectEncryption><SSE-S3/></ObjectEncryption>", "InvalidRequest"),
        ("<ObjectEncryption/>", "InvalidRequest"),
        ("<x/>", "MalformedXML"),
        ("no XML", "MalformedXML"),
    ],
)
def test_another_target_than_sse_kms_is_refused(s3: Any, bucket: str, body: str, code: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"text")

    answer = _send_update(s3, bucket, body.encode(), {"Content-MD5": _md5(body)})

    assert (answer.status_code, f"<Code>{code}</Code>" in answer.text) == (400, True)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"text"


def test_a_request_without_a_checksum_is_refused(s3: Any, bucket: str, key: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"text")
    body = f"<ObjectEncryption><SSE-KMS><KMSKeyArn>{key}</KMSKeyArn></SSE-KMS></ObjectEncryption>"

    answer = _send_update(s3, bucket, body.encode(), {})

    assert (answer.status_code, "Content-MD5" in answer.text) == (400, True)
    assert _send_update(s3, bucket, body.encode(), {"Content-MD5": _md5(body)}).status_code == 200


def _md5(text: str) -> str:
    return base64.b64encode(hashlib.md5(text.encode()).digest()).decode()


def _send_update(s3: Any, bucket: str, body: bytes, headers: dict[str, str]) -> Any:
    """The answer to a request as no SDK sends it, signed in its address."""
    url = s3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "k"}) + "&encryption"
    return URLLib3Session().send(AWSRequest("PUT", url, data=body, headers=headers).prepare())


def test_a_sub_resource_moto_does_not_know_leaves_the_object_alone(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"text")

    call = {"Bucket": bucket, "Key": "k", "RenameSource": "other"}

    assert refusal(s3.rename_object, **call) == ("NotImplemented", 501)
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
