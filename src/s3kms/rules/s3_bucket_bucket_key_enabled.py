"""Is the S3 Bucket Key on?"""

from s3kms.desired.configuration import Configuration, DesiredState
from s3kms.model.advice import Option
from s3kms.model.bucket import Bucket, BucketKind
from s3kms.model.encryption import DSSE_KMS, SSE_KMS, SSE_S3, Encryption
from s3kms.model.facts import Fact
from s3kms.model.findings import Verdict
from s3kms.model.scan_context import Severity
from s3kms.model.unknown import Unknown
from s3kms.rules import examples as an
from s3kms.rules.interface import (
    Example,
    Requirement,
    Rule,
    RuleAnswer,
    RuleDoc,
    describe_default_encryption,
    failed,
    passed,
    with_edit,
)

_WISH = Requirement(lambda state: state.bucket_key, value=True, words="the S3 Bucket Key")
_REMEDY = "turn the S3 Bucket Key on; policies pinned to object ARNs in the encryption context stop matching"
"""Fact B11."""


def evaluate(bucket: Bucket, encryption: Encryption, wanted: Configuration) -> RuleAnswer:
    """Asked of SSE-KMS alone: DSSE-KMS has no bucket key (fact A15), SSE-S3 needs none."""
    if not_applicable := _WISH.not_applicable(bucket, wanted):
        return not_applicable
    if encryption.algorithm == DSSE_KMS:
        return passed("not asked of DSSE-KMS, which has no S3 Bucket Key")
    if encryption.algorithm != SSE_KMS:
        return passed(
            f"not asked, as {describe_default_encryption(encryption)}: there are no KMS requests to save"
        )
    if bucket.kind in {BucketKind.TABLE, BucketKind.VECTOR}:
        return passed(f"not asked of a {bucket.kind} bucket, whose configuration has no such part")
    if isinstance(encryption.bucket_key, Unknown):
        return encryption.bucket_key
    if encryption.bucket_key:
        return passed("the S3 Bucket Key is on")
    return failed(
        "the S3 Bucket Key is off: every object costs KMS requests of its own",
        with_edit(_REMEDY, bucket, Option("bucket_key_only")),
    )


RULE = Rule(
    id="s3_bucket_bucket_key_enabled",
    title="The S3 Bucket Key is on",
    severity=Severity.LOW,
    needs=frozenset({Fact.ENCRYPTION}),
    evaluate=evaluate,
    compliant_encryption=Encryption(SSE_KMS, bucket_key=True),
    enabled_by=_WISH.is_stated,
    doc=RuleDoc(
        overview=(
            "An SSE-KMS default should have the S3 Bucket Key on, which caches a data key for the bucket and "
            "cuts KMS requests by up to 99 percent."  # fact B13
        ),
        risk=(
            "Every new object costs a KMS request to write and one to read.",
            "KMS request quotas are shared by everything in the account and region.",  # fact B19
        ),
        exceptions=(
            "Buckets where each use of the key must be in CloudTrail with the object's name.",  # fact B12
            "Buckets whose key policy or IAM policies pin the context key aws:s3:arn to object ARNs.",  # fact B11
            "DSSE-KMS: it has no bucket key, so it is not asked there.",  # fact A15
        ),
        remedy="Turn the bucket key on and keep the rest of the rule as it is.",
        verification="The rule read back says BucketKeyEnabled: true.",
        notes=(
            "Only objects written afterwards use it; a request can override it for one object.",  # fact B14
            "Some services then need kms:Decrypt beside kms:GenerateDataKey.",  # fact B15
        ),
        page="https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html",
    ),
    examples=(
        Example("on", an.bucket(SSE_KMS, bucket_key=True), Verdict.PASS),
        Example("off", an.bucket(SSE_KMS, bucket_key=False), Verdict.FAIL),
        Example("not mentioned", an.bucket(SSE_KMS), Verdict.FAIL),
        Example("DSSE-KMS", an.bucket(DSSE_KMS), Verdict.PASS),
        Example("SSE-S3", an.bucket(SSE_S3), Verdict.PASS),
        Example(
            "wanted off", an.bucket(SSE_KMS), Verdict.PASS, Configuration(DesiredState(bucket_key=False))
        ),
    ),
)
