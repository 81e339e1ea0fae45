"""Does the bucket refuse objects encrypted with keys that only the writer has (SSE-C)?"""

from dataclasses import replace

from s3kms.desired.configuration import Configuration
from s3kms.model.advice import Advice
from s3kms.model.bucket import Bucket, BucketKind
from s3kms.model.encryption import SSE_C, SSE_KMS, SSE_S3, Encryption
from s3kms.model.facts import Fact
from s3kms.model.findings import Verdict
from s3kms.model.scan_context import Severity
from s3kms.model.unknown import Unknown, UnknownCause
from s3kms.rules import examples as an
from s3kms.rules.interface import Example, Rule, RuleAnswer, RuleDoc, failed, passed


def evaluate(bucket: Bucket, encryption: Encryption, _: Configuration) -> RuleAnswer:
    """The block is a part of the same rule as the default (fact A16), whatever the algorithm."""
    if bucket.kind is not BucketKind.GENERAL_PURPOSE:
        return passed(f"not asked of a {bucket.kind} bucket")
    if isinstance(encryption.blocked, Unknown):
        return encryption.blocked
    if SSE_C in (encryption.blocked or ()):
        return passed("SSE-C is blocked")
    return failed(
        "SSE-C is not blocked: a writer can store objects that only its own key opens",
        "add BlockedEncryptionTypes SSE-C to the encryption rule, once no writer uses SSE-C",
    )


_SET = """\
aws s3api get-bucket-encryption --bucket your-bucket-name --region us-east-1 \\
  --query ServerSideEncryptionConfiguration --output json |
  jq '.Rules[].BlockedEncryptionTypes = {"EncryptionType": ["SSE-C"]}' > encryption.json
aws s3api put-bucket-encryption --bucket your-bucket-name --region us-east-1 \\
  --server-side-encryption-configuration file://encryption.json
"""
_READ = """\
aws s3api get-bucket-encryption --bucket your-bucket-name --region us-east-1
"""

RULE = Rule(
    id="s3_bucket_sse_c_blocked",
    title="SSE-C is blocked",
    severity=Severity.LOW,
    needs=frozenset({Fact.ENCRYPTION}),
    evaluate=evaluate,
    any_algorithm=True,
    doc=RuleDoc(
        overview=(
            "The bucket should refuse new objects encrypted with customer-provided keys (SSE-C). New buckets "
            "do since April 2026, in almost every region; older ones only where the account had no SSE-C "
            "object."  # fact A18
        ),
        risk=(
            "Whoever steals write access can re-encrypt the data with a key that nobody else has.",
            "KMS sees nothing of SSE-C: no key policy, no audit trail.",
        ),
        exceptions=("Buckets whose writers really use SSE-C: their uploads are refused.",),  # fact A16
        remedy=(
            "Add BlockedEncryptionTypes SSE-C to the rule and keep its other parts: a put replaces the whole rule. "
            'In Terraform it is `blocked_encryption_types = ["SSE-C"]` in the `rule` of '
            "`aws_s3_bucket_server_side_encryption_configuration` (version 6.22 of the provider and newer), in "
            "CloudFormation `BlockedEncryptionTypes: {EncryptionType: [SSE-C]}` in the rule. You need "
            "`s3:PutEncryptionConfiguration` on the bucket."
        ),
        commands=_SET,
        verification="The rule read back lists SSE-C in BlockedEncryptionTypes.",
        verification_commands=_READ,
        notes=("Reading old SSE-C objects goes on working.",),  # fact A16
        page="https://docs.aws.amazon.com/AmazonS3/latest/userguide/blocking-unblocking-s3-c-encryption-gpb.html",
    ),
    examples=(
        Example("blocked", an.bucket(SSE_S3, blocked=("SSE-C",)), Verdict.PASS),
        Example("not blocked", an.bucket(SSE_KMS, blocked=("NONE",)), Verdict.FAIL),
        Example("not mentioned", an.bucket(SSE_KMS), Verdict.FAIL),
        Example(
            "from an inventory that cannot tell",
            replace(
                an.bucket(SSE_KMS),
                encryption=Encryption(
                    SSE_KMS,
                    blocked=Unknown(UnknownCause.NOT_READ, "AWS Config does not tell", Advice("ask S3")),
                ),
            ),
            Verdict.UNKNOWN,
        ),
        Example(
            "blocked beside an algorithm of tomorrow", an.bucket("aws:new", blocked=(SSE_C,)), Verdict.PASS
        ),
    ),
)
