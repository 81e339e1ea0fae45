"""Is the encryption of a vector bucket SSE-KMS?"""

from dataclasses import replace

from s3kms.desired.configuration import Configuration
from s3kms.model.advice import Advice
from s3kms.model.bucket import Bucket, BucketKind
from s3kms.model.encryption import SSE_KMS, SSE_S3, Encryption
from s3kms.model.facts import Fact
from s3kms.model.findings import Verdict
from s3kms.model.scan_context import Severity
from s3kms.rules import examples as an
from s3kms.rules.interface import (
    Example,
    Rule,
    RuleAnswer,
    RuleDoc,
    describe_default_encryption,
    failed,
    key_name,
    passed,
)

_ADVICE = Advice(
    "make a new vector bucket with SSE-KMS and a customer managed key, and write the vectors again: the encryption "
    "of this one cannot be changed"
)
"""Fact A23."""
_SET = """\
aws s3vectors create-vector-bucket --region us-east-1 --vector-bucket-name your-new-vector-bucket \\
  --encryption-configuration sseType=aws:kms,kmsKeyArn=arn:aws:kms:us-east-1:123456789012:key/your-key-id
"""
_READ = """\
aws s3vectors get-vector-bucket --region us-east-1 --vector-bucket-name your-new-vector-bucket
"""


def evaluate(_: Bucket, encryption: Encryption, __: Configuration) -> RuleAnswer:
    """Pass on SSE-KMS; what is not is so for good (fact A23)."""
    if encryption.is_kms:
        return passed(f"vectors are encrypted with {encryption.name} under {key_name(encryption)}")
    said = describe_default_encryption(encryption)
    return failed(f"{said}: vectors are encrypted with S3's keys, not with a KMS key", _ADVICE)


def _vectors(algorithm: str, key: str | None = None) -> Bucket:
    return replace(an.bucket(algorithm, key), kind=BucketKind.VECTOR)


RULE = Rule(
    id="s3_vector_bucket_kms_encryption",
    title="Encryption of a vector bucket is SSE-KMS",
    severity=Severity.MEDIUM,
    needs=frozenset({Fact.VECTOR_BUCKETS}),
    evaluate=evaluate,
    kinds=frozenset({BucketKind.VECTOR}),
    also_exempted_as="s3_bucket_kms_encryption",
    doc=RuleDoc(
        overview=(
            "The encryption of a vector bucket (Amazon S3 Vectors) should be SSE-KMS. It is chosen when the bucket "
            "is made, SSE-S3 unless said otherwise, and cannot be changed afterwards: decide before the first vector "
            "is written. In code every vector bucket is checked. Of a live account they are listed only where this "
            "rule is named: it costs a listing a region."  # fact A23
        ),
        risk=(
            "Permission to read vectors is enough to decrypt them: no key policy guards the data.",
            "There is no audit trail of encryption key usage in CloudTrail.",
            "The later it is noticed, the more vectors have to be written again.",
        ),
        exceptions=(
            "Vector buckets whose contents can be made again from data that is public anyway.",
            "Exempt such a bucket in s3kms.toml, with the reason; an exemption of s3_bucket_kms_encryption "
            "counts, too.",
        ),
        remedy=(
            "No setting puts an existing vector bucket right. Make a new one with SSE-KMS, named by the full ARN of "
            "a customer managed key, write the vectors again, point the application to it, and remove the old one. "
            "In code a changed encryption replaces the bucket, with its vectors."  # fact A23
        ),
        commands=_SET,
        verification="The bucket read back says sseType: aws:kms.",
        verification_commands=_READ,
        notes=(
            "An index may be made with an encryption of its own, which goes before the bucket's; this rule looks at "
            "the bucket.",  # fact A23
        ),
        page="https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-vectors-data-encryption.html",
    ),
    examples=(
        Example("SSE-S3, as every new vector bucket", _vectors(SSE_S3), Verdict.FAIL),
        Example("SSE-KMS with a customer managed key", _vectors(SSE_KMS, an.KEY_ARN), Verdict.PASS),
    ),
)
