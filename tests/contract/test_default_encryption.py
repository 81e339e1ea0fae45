"""A bucket's default encryption: what s3kms believes of it, asked of the embedded AWS and of LocalStack."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.contract.clients import Default, rule, said
from tests.contract.differences import DIFFERENCES, expected

if TYPE_CHECKING:
    from tests.contract.clients import Bucket, Server

MALFORMED = "MalformedXML 400"
FORMS = ("id", "ARN", "alias", "alias ARN")


def test_every_difference_is_one() -> None:
    """The table of differences holds no line on which LocalStack agrees with the facts."""
    assert [question for question, (fact, localstack) in DIFFERENCES.items() if fact == localstack] == []


def test_new_bucket_is_aes256(bucket: Bucket) -> None:
    """A bucket nobody configured has SSE-S3 and no key (fact A6)."""
    default = bucket.default()

    assert default is not None
    assert default[:3] == ("AES256", None, False)


def test_new_bucket_blocks_sse_c(server: Server, bucket: Bucket) -> None:
    """A new bucket blocks SSE-C, and says so (fact A18)."""
    default = bucket.default()

    assert default is not None
    assert default.blocked == expected(server, "what a new bucket blocks")


def test_kms_without_a_key_reads_back_without_a_key(bucket: Bucket) -> None:
    """`aws:kms` alone stays alone: aws/s3 is not named in the bucket's default (fact A12)."""
    assert bucket.put(rule("aws:kms")) == Default("aws:kms")


@pytest.mark.parametrize("form", FORMS)
def test_key_reads_back_in_the_form_it_was_put(bucket: Bucket, form: str) -> None:
    """S3 does not rewrite the key reference: id, ARN, alias and alias ARN come back as they went (fact A10)."""
    key = bucket.server.keys.forms[form]

    assert bucket.put(rule("aws:kms", key)) == Default("aws:kms", key)


@pytest.mark.parametrize(
    "kind", ["missing", "disabled", "pending deletion", "asymmetric", "of another region"]
)
def test_put_does_not_look_at_the_key(bucket: Bucket, kind: str) -> None:
    """PutBucketEncryption takes any key id, even one no write can use (fact A4)."""
    key = bucket.server.keys.unfit[kind]

    assert bucket.put(rule("aws:kms", key)) == Default("aws:kms", key)


def test_dsse_without_a_key_is_taken(bucket: Bucket) -> None:
    """`aws:kms:dsse` is a default, too (fact A2)."""
    assert bucket.put(rule("aws:kms:dsse")) == Default("aws:kms:dsse")


def test_dsse_with_a_key_is_taken(server: Server, bucket: Bucket) -> None:
    """`aws:kms:dsse` goes with a key as `aws:kms` does (fact A10)."""
    answer = said(lambda: bucket.put(rule("aws:kms:dsse", server.keys.customer["Arn"])))

    assert answer == expected(server, "DSSE-KMS with a key")


def test_dsse_with_a_bucket_key_is_taken_and_kept(bucket: Bucket) -> None:
    """Unknown of AWS (fact A15): both servers take a Bucket Key with DSSE-KMS and read it back."""
    assert bucket.put(rule("aws:kms:dsse", bucket_key=True)) == Default("aws:kms:dsse", bucket_key=True)


def test_all_three_parts_read_back(bucket: Bucket) -> None:
    """Algorithm and key, Bucket Key, blocked types: each as it was put (fact A1)."""
    key = bucket.server.keys.customer["Arn"]

    default = bucket.put(rule("aws:kms", key, bucket_key=True, blocked=["SSE-C"]))

    assert default == Default("aws:kms", key, bucket_key=True, blocked=("SSE-C",))


def test_blocking_nothing_reads_back_as_none(bucket: Bucket) -> None:
    """`NONE`, the explicit way to unblock SSE-C, is kept and not turned into an absence (fact A16)."""
    assert bucket.put(rule("AES256", blocked=["NONE"])) == Default("AES256", blocked=("NONE",))


def test_blocking_another_type_is_rejected(server: Server, bucket: Bucket) -> None:
    """Nothing but SSE-C can be blocked (fact A16)."""
    answer = said(lambda: bucket.put(rule("AES256", blocked=["SSE-KMS"])))

    assert answer == expected(server, "blocking a type that is not SSE-C")


def test_rule_may_only_block(server: Server, bucket: Bucket) -> None:
    """A rule without an algorithm is legal (fact A1)."""
    answer: object = said(lambda: bucket.put(rule(blocked=["SSE-C"])))
    answer = bucket.default() if answer == "done" else answer

    assert answer == expected(server, "a rule that only blocks")


def _configured(bucket: Bucket) -> str:
    """All three parts set, so that leaving one out can be seen; the key's ARN."""
    key = bucket.server.keys.customer["Arn"]
    bucket.put(rule("aws:kms", key, bucket_key=True, blocked=["SSE-C"]))
    return key


def test_leaving_out_the_blocked_types_clears_them(bucket: Bucket) -> None:
    """Unknown of AWS (fact A19): both servers clear what a put leaves out, so s3kms writes all parts back."""
    key = _configured(bucket)

    assert bucket.put(rule("aws:kms", key, bucket_key=True)) == Default("aws:kms", key, bucket_key=True)


def test_leaving_out_the_bucket_key_turns_it_off(bucket: Bucket) -> None:
    """Unknown of AWS (fact A19): both servers turn the Bucket Key off when a put does not mention it."""
    key = _configured(bucket)

    assert bucket.put(rule("aws:kms", key, blocked=["SSE-C"])) == Default("aws:kms", key, blocked=("SSE-C",))


def test_leaving_out_the_key_clears_it(bucket: Bucket) -> None:
    """`aws:kms` without the key the bucket had means aws/s3, not that key (fact A12)."""
    _configured(bucket)

    default = bucket.put(rule("aws:kms", bucket_key=True, blocked=["SSE-C"]))

    assert default == Default("aws:kms", None, bucket_key=True, blocked=("SSE-C",))


def test_leaving_out_the_algorithm(server: Server, bucket: Bucket) -> None:
    """Unknown of AWS (fact A19): the embedded AWS clears the algorithm, LocalStack refuses the rule."""
    _configured(bucket)

    answer: object = said(lambda: bucket.put(rule(bucket_key=True, blocked=["SSE-C"])))
    answer = bucket.default() if answer == "done" else answer

    assert answer == expected(server, "leaving out the algorithm")


def test_unknown_algorithm_is_rejected(bucket: Bucket) -> None:
    """An algorithm S3 does not know is a malformed document (fact A2)."""
    assert said(lambda: bucket.put(rule("rot13"))) == MALFORMED


def test_key_with_aes256_is_rejected(bucket: Bucket) -> None:
    """A key goes with a KMS algorithm only (fact A10)."""
    key = bucket.server.keys.customer["Arn"]

    assert said(lambda: bucket.put(rule("AES256", key))) == "InvalidArgument 400"


def test_two_rules_are_rejected(bucket: Bucket) -> None:
    """A bucket has one rule."""
    assert said(lambda: bucket.put(rule("AES256"), rule("AES256"))) == MALFORMED


def test_no_rules_are_rejected(bucket: Bucket) -> None:
    """Encryption cannot be turned off by putting nothing (fact A6)."""
    assert said(bucket.put) == MALFORMED


def test_rejected_put_changes_nothing(bucket: Bucket) -> None:
    """After a refusal the bucket's default is what it was."""
    before = bucket.put(rule("aws:kms", bucket.server.keys.customer["Arn"], bucket_key=True))

    answer = said(lambda: bucket.put(rule("rot13")))

    assert (answer, bucket.default()) == (MALFORMED, before)


def test_delete_goes_back_to_sse_s3(server: Server, bucket: Bucket) -> None:
    """DeleteBucketEncryption resets to SSE-S3, which is still an answer, not an absence (facts A5, A6)."""
    _configured(bucket)

    server.client("s3").delete_bucket_encryption(Bucket=bucket.name)

    assert bucket.default() == expected(server, "default after DeleteBucketEncryption")


def test_delete_keeps_the_bucket(server: Server, bucket: Bucket) -> None:
    """DeleteBucketEncryption is not DeleteBucket, as some servers read it (testbed finding 1)."""
    server.client("s3").delete_bucket_encryption(Bucket=bucket.name)

    assert said(lambda: server.client("s3").head_bucket(Bucket=bucket.name)) == "done"
