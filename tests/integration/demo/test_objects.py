"""What objects are encrypted with."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest
from tests.support.aws_calls import create_bucket, policy, put, refusal, rule

from s3kms.demo.aws import PRODUCTION

SSE_C = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "k" * 32}


def head(s3: Any, bucket: str, name: str = "k", **parameters: Any) -> tuple[str, str | None, bool | None]:
    """Algorithm, key and bucket key of an object."""
    answer = s3.head_object(Bucket=bucket, Key=name, **parameters)
    return answer["ServerSideEncryption"], answer.get("SSEKMSKeyId"), answer.get("BucketKeyEnabled")


def allow_sse_c(s3: Any, bucket: str) -> None:
    put(s3, bucket, rule("AES256", BlockedEncryptionTypes={"EncryptionType": ["NONE"]}))


def test_without_header_or_default_an_object_has_sse_s3(s3: Any, bucket: str) -> None:
    answer = s3.put_object(Bucket=bucket, Key="k", Body=b"")

    assert answer["ServerSideEncryption"] == "AES256"
    assert head(s3, bucket) == ("AES256", None, None)


@pytest.mark.parametrize("form", ["id", "arn", "alias", "alias arn"])
def test_every_way_to_name_the_default_key_ends_in_its_arn(
    s3: Any, kms: Any, bucket: str, key: str, form: str
) -> None:
    kms.create_alias(AliasName="alias/data", TargetKeyId=key)
    alias_arn = key.split(":key/", maxsplit=1)[0] + ":alias/data"
    names = {"id": key.rpartition("/")[2], "arn": key, "alias": "alias/data", "alias arn": alias_arn}
    put(s3, bucket, rule("aws:kms", names[form]))

    assert s3.put_object(Bucket=bucket, Key="k", Body=b"")["SSEKMSKeyId"] == key
    assert s3.get_object(Bucket=bucket, Key="k")["SSEKMSKeyId"] == key
    assert head(s3, bucket) == ("aws:kms", key, None)


def test_kms_without_a_key_id_creates_and_uses_aws_s3(s3: Any, kms: Any, bucket: str) -> None:
    put(s3, bucket, rule("aws:kms"))

    arn = s3.put_object(Bucket=bucket, Key="k", Body=b"")["SSEKMSKeyId"]

    managed = kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]
    assert (arn, managed["KeyManager"]) == (managed["Arn"], "AWS")


def test_the_header_aws_kms_without_a_key_means_aws_s3_not_the_default_key(
    s3: Any, kms: Any, bucket: str, key: str
) -> None:
    put(s3, bucket, rule("aws:kms", key))

    arn = s3.put_object(Bucket=bucket, Key="k", Body=b"", ServerSideEncryption="aws:kms")["SSEKMSKeyId"]

    assert arn == kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["Arn"]


def test_headers_beat_the_default(s3: Any, bucket: str, key: str) -> None:
    put(s3, bucket, rule("aws:kms", key))

    s3.put_object(Bucket=bucket, Key="k", Body=b"", ServerSideEncryption="AES256")

    assert head(s3, bucket) == ("AES256", None, None)


def test_a_changed_default_leaves_objects_as_they_are(s3: Any, bucket: str, key: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"")

    put(s3, bucket, rule("aws:kms", key))

    assert head(s3, bucket) == ("AES256", None, None)


def test_the_bucket_key_of_the_default_is_applied(s3: Any, bucket: str, key: str) -> None:
    put(s3, bucket, rule("aws:kms", key, BucketKeyEnabled=True))

    assert s3.put_object(Bucket=bucket, Key="k", Body=b"")["BucketKeyEnabled"] is True
    assert head(s3, bucket) == ("aws:kms", key, True)


def test_the_bucket_key_header_beats_the_default(s3: Any, bucket: str, key: str) -> None:
    put(s3, bucket, rule("aws:kms", key, BucketKeyEnabled=True))

    s3.put_object(Bucket=bucket, Key="k", Body=b"", BucketKeyEnabled=False)

    assert head(s3, bucket) == ("aws:kms", key, None)


def test_dsse_names_its_key_and_has_no_bucket_key(s3: Any, bucket: str, key: str) -> None:
    put(s3, bucket, rule("aws:kms:dsse", key, BucketKeyEnabled=True))

    s3.put_object(Bucket=bucket, Key="k", Body=b"")

    assert head(s3, bucket) == ("aws:kms:dsse", key, None)


def test_a_copy_gets_the_default_of_its_destination(s3: Any, bucket: str, key: str) -> None:
    s3.put_object(Bucket=bucket, Key="old", Body=b"text", Metadata={"a": "b"})
    put(s3, bucket, rule("aws:kms", key, BucketKeyEnabled=True))

    answer = s3.copy_object(Bucket=bucket, Key="k", CopySource={"Bucket": bucket, "Key": "old"})

    assert (answer["SSEKMSKeyId"], answer["BucketKeyEnabled"]) == (key, True)
    assert s3.get_object(Bucket=bucket, Key="k")["Metadata"] == {"a": "b"}


def test_a_copy_onto_itself_changes_the_encryption_once_a_default_is_set(
    s3: Any, bucket: str, key: str
) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"text")
    put(s3, bucket, rule("aws:kms", key))

    s3.copy_object(Bucket=bucket, Key="k", CopySource={"Bucket": bucket, "Key": "k"})

    assert head(s3, bucket) == ("aws:kms", key, None)


def test_a_copy_onto_itself_that_changes_nothing_is_refused(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"text")
    source = {"Bucket": bucket, "Key": "k"}

    assert refusal(s3.copy_object, Bucket=bucket, Key="k", CopySource=source) == ("InvalidRequest", 400)


def test_a_multipart_upload_gets_the_default(s3: Any, bucket: str, key: str) -> None:
    put(s3, bucket, rule("aws:kms", key, BucketKeyEnabled=True))

    started = s3.create_multipart_upload(Bucket=bucket, Key="k")
    upload = {"Bucket": bucket, "Key": "k", "UploadId": started["UploadId"]}
    part = s3.upload_part(**upload, PartNumber=1, Body=b"text")
    parts = {"Parts": [{"ETag": part["ETag"], "PartNumber": 1}]}
    done = s3.complete_multipart_upload(**upload, MultipartUpload=parts)

    assert (started["SSEKMSKeyId"], started["BucketKeyEnabled"]) == (key, True)
    assert (done["SSEKMSKeyId"], done["BucketKeyEnabled"]) == (key, True)
    assert head(s3, bucket) == ("aws:kms", key, True)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"text"


def test_every_version_keeps_its_own_encryption(s3: Any, bucket: str, key: str) -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket=bucket, Key="k", Body=b"1")["VersionId"]
    put(s3, bucket, rule("aws:kms", key))
    second = s3.put_object(Bucket=bucket, Key="k", Body=b"2")["VersionId"]

    assert head(s3, bucket, VersionId=first)[0] == "AES256"
    assert head(s3, bucket, VersionId=second)[0] == "aws:kms"


def test_metadata_tags_and_bytes_survive(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="a/ä b", Body=b"text", Metadata={"m": "1"}, Tagging="t=2")

    answer = s3.get_object(Bucket=bucket, Key="a/ä b")

    assert (answer["Body"].read(), answer["Metadata"], answer["TagCount"]) == (b"text", {"m": "1"}, 1)


def test_a_disabled_default_key_fails_the_write(s3: Any, kms: Any, bucket: str, key: str) -> None:
    put(s3, bucket, rule("aws:kms", key))
    kms.disable_key(KeyId=key)

    assert refusal(s3.put_object, Bucket=bucket, Key="k", Body=b"") == ("KMS.DisabledException", 400)


def test_a_key_pending_deletion_fails_the_write(s3: Any, kms: Any, bucket: str, key: str) -> None:
    put(s3, bucket, rule("aws:kms", key))
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)

    assert refusal(s3.put_object, Bucket=bucket, Key="k", Body=b"") == ("KMS.KMSInvalidStateException", 400)


@pytest.mark.parametrize(
    "reference",
    [
        "11111111-2222-3333-4444-555555555555",
        "alias/nothing",
        "arn:aws:kms:us-east-1:111111111111:key/11111111-2222-3333-4444-555555555555",
    ],
)
def test_a_missing_key_fails_the_write(s3: Any, bucket: str, reference: str) -> None:
    put(s3, bucket, rule("aws:kms", reference))

    assert refusal(s3.put_object, Bucket=bucket, Key="k", Body=b"") == ("KMS.NotFoundException", 400)


def test_a_key_of_another_region_fails_the_write(connect: Any, key: str) -> None:
    ireland = connect("s3", region="eu-west-1")
    put(ireland, create_bucket(ireland, "irish"), rule("aws:kms", key))

    assert refusal(ireland.put_object, Bucket="irish", Key="k", Body=b"") == ("KMS.NotFoundException", 400)


@pytest.mark.parametrize(
    ("usage", "spec"), [("ENCRYPT_DECRYPT", "RSA_2048"), ("GENERATE_VERIFY_MAC", "HMAC_256")]
)
def test_a_key_that_is_not_symmetric_fails_the_write(
    s3: Any, kms: Any, bucket: str, usage: str, spec: str
) -> None:
    arn = kms.create_key(KeyUsage=usage, KeySpec=spec)["KeyMetadata"]["Arn"]
    put(s3, bucket, rule("aws:kms", arn))

    assert refusal(s3.put_object, Bucket=bucket, Key="k", Body=b"") == ("KMS.InvalidKeyUsageException", 400)


def test_a_disabled_key_fails_get_but_not_head(s3: Any, kms: Any, bucket: str, key: str) -> None:
    put(s3, bucket, rule("aws:kms", key))
    s3.put_object(Bucket=bucket, Key="k", Body=b"")

    kms.disable_key(KeyId=key)

    assert refusal(s3.get_object, Bucket=bucket, Key="k") == ("KMS.DisabledException", 400)
    assert head(s3, bucket) == ("aws:kms", key, None)


def test_a_write_with_sse_c_is_denied_where_it_is_blocked(s3: Any, bucket: str) -> None:
    assert refusal(s3.put_object, Bucket=bucket, Key="k", Body=b"", **SSE_C) == ("AccessDenied", 403)


def test_sse_c_works_where_it_is_not_blocked(s3: Any, bucket: str) -> None:
    allow_sse_c(s3, bucket)

    answer = s3.put_object(Bucket=bucket, Key="k", Body=b"text", **SSE_C)

    assert "ServerSideEncryption" not in answer
    assert answer["SSECustomerKeyMD5"] == base64.b64encode(hashlib.md5(b"k" * 32).digest()).decode()
    assert s3.get_object(Bucket=bucket, Key="k", **SSE_C)["Body"].read() == b"text"


def test_an_sse_c_object_is_read_with_its_key_only(s3: Any, bucket: str) -> None:
    allow_sse_c(s3, bucket)
    s3.put_object(Bucket=bucket, Key="k", Body=b"", **SSE_C)

    assert refusal(s3.get_object, Bucket=bucket, Key="k") == ("InvalidRequest", 400)
    assert refusal(s3.head_object, Bucket=bucket, Key="k") == ("400", 400)


def test_old_sse_c_objects_are_read_after_the_block(s3: Any, bucket: str) -> None:
    allow_sse_c(s3, bucket)
    s3.put_object(Bucket=bucket, Key="k", Body=b"text", **SSE_C)

    put(s3, bucket, rule("AES256", BlockedEncryptionTypes={"EncryptionType": ["SSE-C"]}))

    assert s3.get_object(Bucket=bucket, Key="k", **SSE_C)["Body"].read() == b"text"


def test_a_writer_of_another_account_needs_the_key_policy(
    connect: Any, s3: Any, kms: Any, bucket: str
) -> None:
    key = kms.create_key()["KeyMetadata"]["Arn"]
    put(s3, bucket, rule("aws:kms", key))
    everybody = {"Effect": "Allow", "Principal": {"AWS": PRODUCTION}, "Action": "s3:*"}
    s3.put_bucket_policy(Bucket=bucket, Policy=policy({**everybody, "Resource": f"arn:aws:s3:::{bucket}/*"}))
    other = connect("s3", PRODUCTION)

    assert refusal(other.put_object, Bucket=bucket, Key="k", Body=b"") == ("AccessDenied", 403)

    document = json.loads(kms.get_key_policy(KeyId=key)["Policy"])
    root = {"AWS": f"arn:aws:iam::{PRODUCTION}:root"}
    document["Statement"].append({"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"})
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(document))

    assert other.put_object(Bucket=bucket, Key="k", Body=b"")["SSEKMSKeyId"] == key


def test_aws_s3_does_not_serve_another_account(connect: Any, s3: Any, bucket: str) -> None:
    put(s3, bucket, rule("aws:kms"))
    everything = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(everything))

    assert refusal(connect("s3", PRODUCTION).put_object, Bucket=bucket, Key="k") == ("AccessDenied", 403)


def test_an_alias_is_looked_up_in_the_account_of_the_writer(
    connect: Any, s3: Any, kms: Any, bucket: str, key: str
) -> None:
    kms.create_alias(AliasName="alias/data", TargetKeyId=key)
    theirs = connect("kms", PRODUCTION).create_key()["KeyMetadata"]["Arn"]
    connect("kms", PRODUCTION).create_alias(AliasName="alias/data", TargetKeyId=theirs)
    put(s3, bucket, rule("aws:kms", "alias/data"))
    everything = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(everything))

    assert connect("s3", PRODUCTION).put_object(Bucket=bucket, Key="k", Body=b"")["SSEKMSKeyId"] == theirs
