"""The heart: is the default encryption of the bucket SSE-KMS or DSSE-KMS?"""

from s3kms.desired.configuration import Configuration
from s3kms.model.advice import Advice, Command
from s3kms.model.bucket import Bucket, BucketKind
from s3kms.model.encryption import DSSE_KMS, SSE_KMS, SSE_S3, Encryption
from s3kms.model.facts import Fact
from s3kms.model.findings import Verdict
from s3kms.model.scan_context import ComplianceRequirement, Severity
from s3kms.model.unknown import Unknown, UnknownCause
from s3kms.rules import examples as an
from s3kms.rules.interface import (
    Example,
    Rule,
    RuleAnswer,
    RuleDoc,
    failed,
    key_name,
    passed,
    with_edit,
)

_REMEDY = "set the default encryption to SSE-KMS"
_ADVICE = Advice(
    f"{_REMEDY}; how: {{explain}}", {"explain": Command("explain", ("s3_bucket_kms_encryption",))}
)
"""One value for every live bucket that fails: it is made a million times otherwise."""


def evaluate(bucket: Bucket, encryption: Encryption, _: Configuration) -> RuleAnswer:
    """Pass on SSE-KMS and DSSE-KMS with any key; fail on SSE-S3, said or unsaid (fact A6)."""
    if encryption.is_kms:
        return passed(f"new objects are encrypted with {encryption.name} under {key_name(encryption)}")
    advice = _ADVICE if bucket.resource is None else with_edit(_REMEDY, bucket)
    if encryption.algorithm == SSE_S3:
        return failed("new objects are encrypted with SSE-S3, not with a KMS key", advice)
    return failed(
        "no default algorithm is configured, so new objects are encrypted with SSE-S3 at most", advice
    )


DOC = RuleDoc(
    overview=(
        "The default encryption of an S3 bucket should be server-side encryption with AWS KMS keys (SSE-KMS), "
        "not SSE-S3. With a KMS key, reading an object needs a second permission, on the key; you can manage "
        "that key and audit its use. SSE-KMS with the AWS managed key (aws/s3), with a customer managed key, "
        "and DSSE-KMS all pass."
    ),
    risk=(
        "You lose fine-grained control over who can decrypt the data: s3:GetObject alone is enough to read it.",
        "There is no audit trail of encryption key usage in CloudTrail.",
        "Cross-account access restrictions are harder to enforce.",
        "You cannot use customer managed keys, nor rotation policies of your own.",
    ),
    exceptions=(
        "Target buckets of S3 server access logs: SSE-KMS is not supported there.",  # fact C1
        "Buckets that take Application or Classic Load Balancer logs: SSE-S3 only, delivery stops.",  # facts C2, C3
        "Buckets that take Redshift audit logs: SSE-S3 is the only option.",  # fact C11
        "Buckets read anonymously, static websites among them: anonymous requests cannot use KMS.",  # facts B16, C24
        "Exempt such a bucket in s3kms.toml, with the reason; it is then reported as exempt.",
    ),
    remedy=(
        "Set the bucket's default encryption to SSE-KMS and turn the S3 Bucket Key on. Choose the AWS managed "
        "key (aws/s3) where everything that uses the bucket is in its own account; choose a customer managed "
        "key where another account or a log-delivery service reads or writes."  # fact B7
    ),
    verification=(
        "Read the default encryption back: SSEAlgorithm is aws:kms (or aws:kms:dsse). In the console: the "
        "bucket, Properties, Default encryption. S3 does not validate the key when it is set, so "  # fact A4
        "also make sure that the key can be used: rule s3_bucket_kms_key_usable."
    ),
    notes=(
        "Existing objects are not re-encrypted: the default only affects objects written after the change. "
        "To encrypt the others, copy them in place or use S3 Batch Operations.",
        "S3 Bucket Keys cut KMS requests, and their cost, by up to 99 percent by caching a data key for the "
        "bucket. KMS events in CloudTrail then name the bucket, not the object.",  # facts B13, B12
        "Customer managed keys give you control over key policy, rotation and deletion. Use them where a "
        "compliance requirement asks for it.",
        "Cross-account access needs a customer managed key whose policy admits the other account, and an "
        "identity policy there that allows kms actions on the key's ARN. The AWS managed key can "  # fact B8
        "never be used from another account.",  # fact B7
        "For highly sensitive data consider DSSE-KMS, two layers of encryption. It has no S3 Bucket Key and "
        "costs more.",  # fact A15
        "A writer that names an encryption in its request gets that one: the default is for writers that "
        "name none.",  # fact A14
        "Security Hub (S3.17) and AWS Config judge what AWS Config has recorded: they show the change once there is "
        "a newer configuration item, with a recorder that records daily up to a day later.",  # facts F8, F9
    ),
    page="https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html",
)

RULE = Rule(
    id="s3_bucket_kms_encryption",
    title="Default encryption is SSE-KMS",
    severity=Severity.MEDIUM,
    needs=frozenset({Fact.ENCRYPTION}),
    evaluate=evaluate,
    compliant_encryption=Encryption(SSE_KMS, bucket_key=True),
    doc=DOC,
    is_default=True,
    kinds=frozenset({BucketKind.GENERAL_PURPOSE, BucketKind.DIRECTORY}),
    compliance=(
        ComplianceRequirement(
            "AWS Config",
            ("s3-default-encryption-kms",),
            "AWS Config managed rules",  # fact E8
        ),
        ComplianceRequirement("AWS Security Hub", ("S3.17",), "AWS Security Hub controls"),  # fact E9
        ComplianceRequirement(
            "NIST SP 800-53 Rev. 5",
            (
                *("SC-12(2)", "CM-3(6)", "SC-13", "SC-28", "SC-28(1)"),
                *("SC-7(10)", "CA-9(1)", "SI-7(6)", "AU-9"),
            ),
            "AWS Security Hub S3.17",  # fact E9
        ),
        ComplianceRequirement(
            "NIST SP 800-171 Rev. 2",
            ("3.8.9", "3.13.11", "3.13.16"),
            "AWS Security Hub S3.17",  # fact E9
        ),
        ComplianceRequirement("PCI DSS v4.0.1", ("3.5.1",), "AWS Security Hub S3.17"),  # fact E9
        ComplianceRequirement("ISO/IEC 27001:2022", ("A.8.11", "A.8.24"), "Prowler's mapping"),  # fact E12
        ComplianceRequirement(
            "NIST CSF 2.0",
            ("PR.DS-1", "PR.DS-3", "PR.DS-5", "PR.PT-4"),
            "Prowler's mapping",  # fact E12
        ),
        ComplianceRequirement("SOC 2", ("pi_1_4",), "Prowler's mapping"),  # fact E12
        ComplianceRequirement(
            "BSI C5",
            ("CRY-01.02AC", "CRY-05.01AC", "CRY-05.02B"),
            "Prowler's mapping",  # fact E12: of seven, those about cryptography
        ),
        ComplianceRequirement(
            "AWS Config conformance packs",
            (
                *("HIPAA-Security", "PCI-DSS", "FedRAMP-Low", "FedRAMP-Moderate", "FedRAMP-High"),
                *("NIST-800-53-rev-5", "NIST-CSF", "CMMC-2.0-Level-2", "Germany-C5"),
            ),
            "AWS's conformance packs, which have the Config rule",  # fact E13: some of fifty
        ),
    ),
    examples=(
        Example("SSE-S3, as every new bucket", an.bucket(SSE_S3), Verdict.FAIL),
        Example("no configuration at all", an.bucket(None), Verdict.FAIL),
        Example(
            "a rule that only blocks SSE-C",
            an.bucket(None, blocked=("SSE-C",)),
            Verdict.FAIL,
        ),
        Example("SSE-KMS with aws/s3", an.bucket(SSE_KMS), Verdict.PASS),
        Example("SSE-KMS with an alias", an.bucket(SSE_KMS, "alias/s3"), Verdict.PASS),
        Example("DSSE-KMS", an.bucket(DSSE_KMS), Verdict.PASS),
        Example("an algorithm nobody knows yet", an.bucket("aws:backup"), Verdict.UNKNOWN),
        Example(
            "a bucket we may not read",
            Bucket(
                "b",
                encryption=Unknown(
                    UnknownCause.DENIED,
                    "AccessDenied from GetBucketEncryption",
                    Advice("allow s3:GetEncryptionConfiguration for this identity"),
                ),
            ),
            Verdict.UNKNOWN,
        ),
    ),
)
