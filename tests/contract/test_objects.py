"""What new objects are encrypted with, and which keys and requests S3 refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.contract.clients import CMK, SSE_C, Landed, rule, said
from tests.contract.differences import DISABLED, NO_SUCH_KEY, PENDING, expected

if TYPE_CHECKING:
    from tests.contract.clients import Bucket, Server

UNFIT = ("missing", "disabled", "pending deletion", "asymmetric", "HMAC")


@pytest.fixture
def under_cmk(bucket: Bucket) -> Bucket:
    """A bucket whose default is the customer managed key, with a Bucket Key."""
    bucket.put(rule("aws:kms", bucket.server.keys.customer["Arn"], bucket_key=True))
    return bucket


def test_default_sse_s3_is_reported_on_the_object(bucket: Bucket) -> None:
    """An object of a new bucket says AES256 (fact A6)."""
    assert bucket.landed() == Landed("AES256")


@pytest.mark.parametrize("form", ["id", "ARN"])
def test_object_under_a_default_key_reports_the_key_arn(bucket: Bucket, form: str) -> None:
    """Whether the default names the key by id or by ARN, the object reports the ARN (fact A10)."""
    bucket.put(rule("aws:kms", bucket.server.keys.forms[form]))

    assert bucket.landed() == Landed("aws:kms", CMK)


@pytest.mark.parametrize("form", ["alias", "alias ARN"])
def test_object_under_a_default_alias_reports_the_key_arn(server: Server, bucket: Bucket, form: str) -> None:
    """An alias is resolved at the write: the object has the ARN of the key behind it (facts A10, A11)."""
    bucket.put(rule("aws:kms", server.keys.forms[form]))

    landed = bucket.landed()
    answer = "the alias, not the key" if server.keys.alias in str(landed.key) else landed

    assert answer == expected(server, f"write by a default {form}")


def test_object_under_kms_without_a_key_reports_the_arn_of_aws_s3(server: Server, bucket: Bucket) -> None:
    """`aws:kms` without a key is the AWS managed key, which the object names by its ARN (fact A12)."""
    bucket.put(rule("aws:kms"))

    assert bucket.landed() == expected(server, "write under SSE-KMS with no key")


def test_object_under_dsse_without_a_key_reports_the_arn_of_aws_s3(server: Server, bucket: Bucket) -> None:
    """DSSE-KMS without a key is the AWS managed key, too (fact A12)."""
    bucket.put(rule("aws:kms:dsse"))

    assert bucket.landed() == expected(server, "write under DSSE-KMS with no key")


def test_object_follows_the_default_bucket_key(under_cmk: Bucket) -> None:
    """The object says that it was written with a Bucket Key (fact D27)."""
    assert under_cmk.landed() == Landed("aws:kms", CMK, bucket_key=True)


def test_header_may_turn_the_bucket_key_off(server: Server, under_cmk: Bucket) -> None:
    """The request's word on the Bucket Key beats the default's (fact B14)."""
    landed = under_cmk.landed(BucketKeyEnabled=False)

    assert landed.bucket_key == expected(server, "header that turns the Bucket Key off")


def test_existing_object_keeps_its_encryption(bucket: Bucket) -> None:
    """A new default changes no object that is already there (fact A14)."""
    bucket.write()

    bucket.put(rule("aws:kms", bucket.server.keys.customer["Arn"]))

    assert bucket.head() == Landed("AES256")


def test_header_aes256_beats_the_default(under_cmk: Bucket) -> None:
    """A writer that asks for SSE-S3 gets it in a KMS bucket (fact A14)."""
    assert under_cmk.landed(ServerSideEncryption="AES256") == Landed("AES256")


def test_header_kms_with_a_key_beats_the_default(bucket: Bucket) -> None:
    """A writer that names a key gets it in an SSE-S3 bucket (fact A14)."""
    key = bucket.server.keys.forms["id"]

    assert bucket.landed(ServerSideEncryption="aws:kms", SSEKMSKeyId=key) == Landed("aws:kms", CMK)


def test_header_kms_without_a_key_gives_aws_s3(server: Server, bucket: Bucket) -> None:
    """`aws:kms` in the request and no key is aws/s3, whatever key the bucket's default names (fact A13)."""
    bucket.put(rule("aws:kms", server.keys.customer["Arn"]))

    landed = bucket.landed(ServerSideEncryption="aws:kms")

    assert landed == expected(server, "header aws:kms without a key")


def test_header_kms_without_a_key_gives_aws_s3_in_an_sse_s3_bucket(server: Server, bucket: Bucket) -> None:
    """The same header where the default has no key at all (fact A13)."""
    landed = bucket.landed(ServerSideEncryption="aws:kms")

    assert landed == expected(server, "write under SSE-KMS with no key")


@pytest.mark.parametrize("kind", UNFIT)
def test_write_under_an_unfit_default_key_fails(server: Server, bucket: Bucket, kind: str) -> None:
    """The default took the key; the write finds out (facts A4, A9)."""
    bucket.put(rule("aws:kms", server.keys.unfit[kind]))

    assert said(bucket.write) == expected(server, f"write by default, key {kind}")


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("missing", NO_SUCH_KEY),
        ("disabled", DISABLED),
        ("pending deletion", PENDING),
        ("of another region", NO_SUCH_KEY),
    ],
)
def test_write_naming_an_unusable_key_fails(bucket: Bucket, kind: str, error: str) -> None:
    """KMS trouble comes out of S3 as a 400 with KMS's code (fact A9)."""
    key = bucket.server.keys.unfit[kind]

    assert said(lambda: bucket.write(ServerSideEncryption="aws:kms", SSEKMSKeyId=key)) == error


@pytest.mark.parametrize("kind", ["asymmetric", "HMAC"])
def test_write_naming_a_key_of_another_kind_fails(server: Server, bucket: Bucket, kind: str) -> None:
    """Only a symmetric encryption key encrypts for S3 (facts A9, B1)."""
    key = server.keys.unfit[kind]

    answer = said(lambda: bucket.write(ServerSideEncryption="aws:kms", SSEKMSKeyId=key))

    assert answer == expected(server, f"write by header, key {kind}")


def test_write_under_a_default_key_of_another_region_fails(bucket: Bucket) -> None:
    """The key must be in the bucket's region (fact B1)."""
    bucket.put(rule("aws:kms", bucket.server.keys.unfit["of another region"]))

    assert said(bucket.write) == NO_SUCH_KEY


def test_refused_write_leaves_no_object(bucket: Bucket) -> None:
    """A write that KMS refuses writes nothing."""
    key = bucket.server.keys.unfit["disabled"]

    said(lambda: bucket.write(ServerSideEncryption="aws:kms", SSEKMSKeyId=key))

    assert said(bucket.read) == "NoSuchKey 404"


@pytest.fixture
def behind_a_disabled_key(bucket: Bucket) -> Bucket:
    """A bucket with an object whose key was disabled afterwards."""
    kms = bucket.server.client("kms")
    key = kms.create_key()["KeyMetadata"]
    bucket.write(ServerSideEncryption="aws:kms", SSEKMSKeyId=key["Arn"])
    kms.disable_key(KeyId=key["KeyId"])
    return bucket


def test_object_under_a_disabled_key_cannot_be_read(behind_a_disabled_key: Bucket) -> None:
    """Disabling a key shuts off what it encrypted (facts A9, B3)."""
    assert said(behind_a_disabled_key.read) == DISABLED


def test_object_under_a_disabled_key_still_has_a_head(behind_a_disabled_key: Bucket) -> None:
    """HEAD proves the setting, not that a reader can decrypt (fact D27)."""
    assert behind_a_disabled_key.head().algorithm == "aws:kms"


def test_sse_c_is_refused_where_it_is_blocked(server: Server, bucket: Bucket) -> None:
    """A bucket that blocks SSE-C takes no new object under a customer's own key (fact A16)."""
    bucket.put(rule("AES256", blocked=["SSE-C"]))

    assert said(lambda: bucket.write(**SSE_C)) == expected(server, "SSE-C where it is blocked")


def test_sse_c_is_refused_in_a_new_bucket(server: Server, bucket: Bucket) -> None:
    """The block is on from the start (fact A18)."""
    assert said(lambda: bucket.write(**SSE_C)) == expected(server, "SSE-C in a new bucket")


def test_sse_c_is_taken_where_nothing_is_blocked(bucket: Bucket) -> None:
    """`NONE` lets SSE-C in again (fact A16)."""
    bucket.put(rule("AES256", blocked=["NONE"]))

    assert said(lambda: bucket.write(**SSE_C)) == "done"


def test_old_sse_c_object_is_readable_after_the_block(bucket: Bucket) -> None:
    """The block is on writing, not on reading (fact A16)."""
    bucket.put(rule("AES256", blocked=["NONE"]))
    bucket.write(**SSE_C)

    bucket.put(rule("AES256", blocked=["SSE-C"]))

    assert bucket.read(**SSE_C) == b"proof"


def test_copy_onto_itself_takes_the_new_default(bucket: Bucket) -> None:
    """With no header a copy onto itself, its metadata untouched, lands under the new default (fact D14)."""
    bucket.write()
    bucket.put(rule("aws:kms", bucket.server.keys.customer["Arn"]))

    bucket.server.client("s3").copy_object(
        Bucket=bucket.name, Key="object", CopySource={"Bucket": bucket.name, "Key": "object"}
    )

    assert bucket.head() == Landed("aws:kms", CMK)
