"""Table buckets are judged where code declares them, and no form changes one (fact A22)."""

from dataclasses import replace
from datetime import date

import pytest

from s3kms.changes.buckets.plan import plan_change
from s3kms.changes.requirement import EncryptionRequirement
from s3kms.desired.configuration import Configuration
from s3kms.model.bucket import Bucket, BucketKind
from s3kms.model.encryption import SSE_KMS, SSE_S3
from s3kms.model.findings import Verdict
from s3kms.model.skipped import Skipped
from s3kms.remedies.interface import ALL_BUCKET_KINDS
from s3kms.rules import find_rule
from s3kms.rules.evaluate import evaluate_bucket
from s3kms.rules.examples import KEY_ARN, bucket


def tables(algorithm: str) -> Bucket:
    return replace(bucket(algorithm, KEY_ARN if algorithm == SSE_KMS else None), kind=BucketKind.TABLE)


@pytest.mark.parametrize(
    ("rule", "algorithm", "verdict", "says"),
    [
        ("s3_table_bucket_kms_encryption", SSE_KMS, Verdict.PASS, "SSE-KMS"),
        ("s3_table_bucket_kms_encryption", SSE_S3, Verdict.FAIL, "SSE-S3"),
        ("s3_bucket_bucket_key_enabled", SSE_KMS, Verdict.PASS, "not asked of a table bucket"),
        ("s3_bucket_sse_c_blocked", SSE_KMS, Verdict.PASS, "not asked of a table bucket"),
        ("s3_bucket_dsse_encryption", SSE_KMS, Verdict.FAIL, "a table bucket cannot have DSSE-KMS"),
    ],
)
def test_a_rule_asks_what_a_table_bucket_can_have(
    rule: str, algorithm: str, verdict: Verdict, says: str
) -> None:
    finding = evaluate_bucket(tables(algorithm), find_rule(rule), Configuration(), date(2026, 11, 23))

    assert finding.verdict is verdict
    assert says in finding.message


def test_a_change_of_one_is_refused() -> None:
    left = plan_change(tables(SSE_S3), EncryptionRequirement(key=KEY_ARN, is_named=True))

    assert isinstance(left, Skipped)
    assert left.is_refusal
    assert "which has an API of its own" in left.reason


def test_no_form_is_for_one() -> None:
    assert BucketKind.TABLE not in ALL_BUCKET_KINDS
