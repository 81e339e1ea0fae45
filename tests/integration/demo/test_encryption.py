"""Default encryption of general purpose buckets."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.aws_calls import create_bucket, got, put, refusal, rule

SSE_S3 = {"SSEAlgorithm": "AES256"}
BLOCKED = {"EncryptionType": ["SSE-C"]}


def test_a_bucket_nobody_configured_has_sse_s3_and_blocks_sse_c(s3: Any, bucket: str) -> None:
    assert got(s3, bucket) == {
        "ApplyServerSideEncryptionByDefault": SSE_S3,
        "BucketKeyEnabled": False,
        "BlockedEncryptionTypes": BLOCKED,
    }


def test_a_new_bucket_in_bahrain_does_not_block_sse_c(connect: Any) -> None:
    s3 = connect("s3", region="me-south-1")

    create_bucket(s3, "pearls", "me-south-1")

    assert "BlockedEncryptionTypes" not in got(s3, "pearls")


def test_all_three_parts_are_read_back(s3: Any, bucket: str, key: str) -> None:
    put(s3, bucket, rule("aws:kms", key, BucketKeyEnabled=True, BlockedEncryptionTypes=BLOCKED))

    assert got(s3, bucket) == {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key},
        "BucketKeyEnabled": True,
        "BlockedEncryptionTypes": BLOCKED,
    }


@pytest.mark.parametrize(
    "reference",
    [
        "alias/data",
        "arn:aws:kms:eu-west-1:999999999999:alias/x",
        "1234abcd-12ab-34cd-56ef-1234567890ab",
        "rubbish",
    ],
)
def test_the_key_is_kept_as_it_was_put_and_not_validated(s3: Any, bucket: str, reference: str) -> None:
    put(s3, bucket, rule("aws:kms", reference))

    assert got(s3, bucket)["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] == reference


def test_an_omitted_block_is_cleared(s3: Any, bucket: str) -> None:
    put(s3, bucket, rule("AES256"))

    assert got(s3, bucket) == {"ApplyServerSideEncryptionByDefault": SSE_S3, "BucketKeyEnabled": False}


def test_an_omitted_bucket_key_is_cleared(s3: Any, bucket: str) -> None:
    put(s3, bucket, rule("aws:kms", BucketKeyEnabled=True))
    put(s3, bucket, rule("aws:kms"))

    assert got(s3, bucket)["BucketKeyEnabled"] is False


def test_a_rule_may_only_block(s3: Any, bucket: str) -> None:
    put(s3, bucket, rule(BlockedEncryptionTypes={"EncryptionType": ["NONE"]}))

    assert got(s3, bucket) == {
        "BucketKeyEnabled": False,
        "BlockedEncryptionTypes": {"EncryptionType": ["NONE"]},
    }


def test_objects_under_a_rule_that_only_blocks_get_sse_s3(s3: Any, bucket: str) -> None:
    put(s3, bucket, rule(BlockedEncryptionTypes=BLOCKED))

    assert s3.put_object(Bucket=bucket, Key="k", Body=b"")["ServerSideEncryption"] == "AES256"


def test_dsse_with_a_bucket_key_is_kept_as_given(s3: Any, bucket: str) -> None:
    put(s3, bucket, rule("aws:kms:dsse", BucketKeyEnabled=True))

    assert got(s3, bucket)["BucketKeyEnabled"] is True


def test_an_unknown_algorithm_is_malformed(s3: Any, bucket: str) -> None:
    assert refusal(put, s3, bucket, rule("rot13")) == ("MalformedXML", 400)


def test_a_key_with_aes256_is_an_invalid_argument(s3: Any, bucket: str, key: str) -> None:
    assert refusal(put, s3, bucket, rule("AES256", key)) == ("InvalidArgument", 400)


def test_two_rules_are_malformed(s3: Any, bucket: str) -> None:
    assert refusal(put, s3, bucket, rule("AES256"), rule("aws:kms")) == ("MalformedXML", 400)


def test_no_rule_is_malformed(s3: Any, bucket: str) -> None:
    assert refusal(put, s3, bucket) == ("MalformedXML", 400)


def test_an_empty_rule_is_malformed(s3: Any, bucket: str) -> None:
    assert refusal(put, s3, bucket, {}) == ("MalformedXML", 400)


def test_only_sse_c_and_none_can_be_blocked(s3: Any, bucket: str) -> None:
    types = {"EncryptionType": ["SSE-S3"]}

    assert refusal(put, s3, bucket, rule("AES256", BlockedEncryptionTypes=types)) == ("MalformedXML", 400)


def test_a_refused_put_changes_nothing(s3: Any, bucket: str) -> None:
    before = got(s3, bucket)

    refusal(put, s3, bucket, rule("rot13"))

    assert got(s3, bucket) == before


def test_delete_goes_back_to_sse_s3_and_takes_the_block_with_it(s3: Any, bucket: str) -> None:
    put(s3, bucket, rule("aws:kms", BucketKeyEnabled=True, BlockedEncryptionTypes=BLOCKED))

    s3.delete_bucket_encryption(Bucket=bucket)

    assert got(s3, bucket) == {"ApplyServerSideEncryptionByDefault": SSE_S3, "BucketKeyEnabled": False}


def test_a_bucket_that_does_not_exist_has_no_encryption(s3: Any) -> None:
    assert refusal(s3.get_bucket_encryption, Bucket="nowhere") == ("NoSuchBucket", 404)


def test_a_bucket_created_again_starts_anew(s3: Any, bucket: str) -> None:
    put(s3, bucket, rule("aws:kms"))
    s3.delete_bucket(Bucket=bucket)

    s3.create_bucket(Bucket=bucket)

    assert got(s3, bucket)["ApplyServerSideEncryptionByDefault"] == SSE_S3
