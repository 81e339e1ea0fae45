"""Algorithms of a default encryption, and those that code gives one and S3 refuses."""

from datetime import UTC, datetime

import pytest

from s3kms.desired.configuration import Configuration
from s3kms.model.bucket import Bucket, Evidence
from s3kms.model.encryption import Encryption, describe_refused_algorithm
from s3kms.model.findings import Verdict
from s3kms.rules import find_rule

RULE = find_rule("s3_bucket_kms_encryption")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("KMS", "aws:kms"),
        ("kms", "aws:kms"),
        ("aws:KMS", "aws:kms"),
        ("SSE-KMS", "aws:kms"),
        ("aws_kms", "aws:kms"),
        ("aws:dsse", "aws:kms:dsse"),
        ("DSSE-KMS", "aws:kms:dsse"),
        ("AES-256", "AES256"),
        ("aes256", "AES256"),
        ("SSE-S3", "AES256"),
        ("none", None),
    ],
)
def test_an_algorithm_that_s3_refuses_is_told_with_those_that_it_accepts(
    written: str, meant: str | None
) -> None:
    found = describe_refused_algorithm(written)

    assert found.startswith(f"{written!r}, which S3 refuses: it accepts AES256, aws:kms or aws:kms:dsse")
    assert found.endswith(f"; {meant} is meant" if meant else "aws:kms:dsse")


def test_an_algorithm_of_access_points_is_told_as_one() -> None:
    assert "which is for access points" in describe_refused_algorithm("aws:backup")


def test_what_code_misspells_is_no_algorithm_of_tomorrow() -> None:
    found = RULE.result_for(
        Bucket(None, resource="aws_s3_bucket.b", encryption=Encryption("KMS")), Configuration()
    )

    assert found.verdict is Verdict.UNKNOWN
    assert "'KMS', which S3 refuses" in found.message
    assert "newer" not in found.message + found.advice.action


def test_what_s3_itself_tells_may_be_one() -> None:
    seen = Evidence("GetBucketEncryption", None, datetime(2026, 11, 26, tzinfo=UTC))
    found = RULE.result_for(Bucket("b", encryption=Encryption("aws:new"), evidence=seen), Configuration())

    assert found.verdict is Verdict.UNKNOWN
    assert "newer s3kms" in found.advice.action
