"""Directory buckets."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.aws_calls import create_directory_bucket, got, put, refusal, rule

from s3kms.demo.aws import MANAGEMENT, EmbeddedAws


@pytest.fixture
def fast(s3: Any) -> str:
    return create_directory_bucket(s3)


def test_a_new_one_has_sse_s3(s3: Any, fast: str) -> None:
    default = {"SSEAlgorithm": "AES256"}

    assert got(s3, fast) == {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": False}


def test_its_requests_are_signed_for_s3express(aws: EmbeddedAws, s3: Any, fast: str) -> None:
    got(s3, fast)

    assert [(c.service, c.operation) for c in aws.calls][-1] == ("s3express", "GetBucketEncryption")


def test_kms_always_has_a_bucket_key(s3: Any, fast: str, key: str) -> None:
    put(s3, fast, rule("aws:kms", key, BucketKeyEnabled=False))

    assert got(s3, fast)["BucketKeyEnabled"] is True


def test_it_needs_a_customer_managed_key(s3: Any, kms: Any, fast: str) -> None:
    managed = kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["Arn"]

    assert refusal(put, s3, fast, rule("aws:kms")) == ("InvalidArgument", 400)
    assert refusal(put, s3, fast, rule("aws:kms", managed)) == ("InvalidArgument", 400)


def test_an_alias_is_refused(s3: Any, kms: Any, fast: str, key: str) -> None:
    kms.create_alias(AliasName="alias/data", TargetKeyId=key)

    assert refusal(put, s3, fast, rule("aws:kms", "alias/data")) == ("InvalidArgument", 400)


def test_dsse_is_refused(s3: Any, fast: str, key: str) -> None:
    assert refusal(put, s3, fast, rule("aws:kms:dsse", key)) == ("InvalidArgument", 400)


def test_the_key_is_validated(s3: Any, kms: Any, fast: str, key: str) -> None:
    missing = key[:-1] + ("0" if key[-1] != "0" else "1")
    assert refusal(put, s3, fast, rule("aws:kms", missing)) == ("KMS.NotFoundException", 400)

    kms.disable_key(KeyId=key)
    assert refusal(put, s3, fast, rule("aws:kms", key)) == ("KMS.DisabledException", 400)


def test_it_keeps_one_key_for_life(s3: Any, kms: Any, fast: str, key: str) -> None:
    second = kms.create_key()["KeyMetadata"]["Arn"]
    put(s3, fast, rule("aws:kms", key))

    assert refusal(put, s3, fast, rule("aws:kms", second)) == ("InvalidArgument", 400)


def test_the_header_aws_kms_falls_back_to_the_buckets_key(s3: Any, fast: str, key: str) -> None:
    put(s3, fast, rule("aws:kms", key))

    assert s3.put_object(Bucket=fast, Key="k", Body=b"", ServerSideEncryption="aws:kms")["SSEKMSKeyId"] == key


def test_objects_are_written_and_read(s3: Any, fast: str) -> None:
    s3.put_object(Bucket=fast, Key="k", Body=b"text")

    assert s3.get_object(Bucket=fast, Key="k")["Body"].read() == b"text"


def test_an_expected_owner_is_not_implemented(s3: Any, fast: str) -> None:
    asked = {"Bucket": fast, "ExpectedBucketOwner": MANAGEMENT}

    assert refusal(s3.get_bucket_encryption, **asked) == ("NotImplemented", 501)


def test_a_directory_buckets_name_needs_its_type(s3: Any) -> None:
    assert refusal(s3.create_bucket, Bucket="fast--use1-az4--x-s3") == ("InvalidBucketName", 400)
