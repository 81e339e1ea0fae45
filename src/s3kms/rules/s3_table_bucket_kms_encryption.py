"""Is the default encryption of a table bucket SSE-KMS?"""

from dataclasses import replace

from s3kms.desired.configuration import Configuration
from s3kms.model.advice import Advice, Command
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
    with_edit,
)

_REMEDY = "set SSE-KMS with a customer managed key for new tables"
_ADVICE = Advice(
    f"{_REMEDY}; how: {{explain}}", {"explain": Command("explain", ("s3_table_bucket_kms_encryption",))}
)
_SET = """\
aws s3tables put-table-bucket-encryption --region us-east-1 \\
  --table-bucket-arn arn:aws:s3tables:us-east-1:123456789012:bucket/your-table-bucket \\
  --encryption-configuration sseAlgorithm=aws:kms,kmsKeyArn=arn:aws:kms:us-east-1:123456789012:key/your-key-id
"""
_READ = """\
aws s3tables get-table-bucket-encryption --region us-east-1 \\
  --table-bucket-arn arn:aws:s3tables:us-east-1:123456789012:bucket/your-table-bucket
"""


def evaluate(bucket: Bucket, encryption: Encryption, _: Configuration) -> RuleAnswer:
    """Pass on SSE-KMS, which S3 Tables takes with a customer managed key alone (fact A22)."""
    if encryption.is_kms:
        return passed(f"new tables are encrypted with {encryption.name} under {key_name(encryption)}")
    advice = _ADVICE if bucket.resource is None else with_edit(_REMEDY, bucket)
    said = describe_default_encryption(encryption)
    return failed(f"{said}: new tables are encrypted with S3's keys, not with a KMS key", advice)


def _tables(algorithm: str, key: str | None = None) -> Bucket:
    return replace(an.bucket(algorithm, key), kind=BucketKind.TABLE)


RULE = Rule(
    id="s3_table_bucket_kms_encryption",
    title="Default encryption of a table bucket is SSE-KMS",
    severity=Severity.MEDIUM,
    needs=frozenset({Fact.TABLE_BUCKETS}),
    evaluate=evaluate,
    kinds=frozenset({BucketKind.TABLE}),
    also_exempted_as="s3_bucket_kms_encryption",
    doc=RuleDoc(
        overview=(
            "The default encryption of a table bucket (Amazon S3 Tables) should be SSE-KMS. Table buckets have an "
            "API of their own, with SSE-S3 or SSE-KMS under a customer managed key; the AWS managed key and DSSE-KMS "
            "are not accepted. In code every table bucket is checked. Of a live account they are listed only where "
            "this rule is named: it costs a listing a region."  # fact A22
        ),
        risk=(
            "Permission to read a table is enough to decrypt it: no key policy guards the data.",
            "There is no audit trail of encryption key usage in CloudTrail.",
        ),
        exceptions=(
            "Table buckets that AWS services fill and whose key policy cannot admit them.",
            "Exempt such a bucket in s3kms.toml, with the reason; an exemption of s3_bucket_kms_encryption "
            "counts, too.",
        ),
        remedy=(
            "Let the policy of a customer managed key admit the S3 Tables maintenance service "
            "(maintenance.s3tables.amazonaws.com), then set the default. Only new tables get it: tables "
            "that exist keep the encryption they were made with."  # fact A22
        ),
        commands=_SET,
        verification="The configuration read back says sseAlgorithm: aws:kms. Each table tells its own encryption.",
        verification_commands=_READ,
        notes=(
            "The encryption of a table that exists is read with s3tables get-table-encryption; this rule looks at "
            "the default of the bucket.",
            "s3kms changes the default of a table bucket in templates of CloudFormation; elsewhere it says what to "
            "write or to run.",
        ),
        page="https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-tables-encryption.html",
    ),
    examples=(
        Example("SSE-S3, as every new table bucket", _tables(SSE_S3), Verdict.FAIL),
        Example("SSE-KMS with a customer managed key", _tables(SSE_KMS, an.KEY_ARN), Verdict.PASS),
    ),
)
