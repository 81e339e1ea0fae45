"""The rules of other tools that ask what one of ours asks, by their ids.

What a tool skips by another id is not skipped here: checkov's CKV_AWS_19 and CKV2_AWS_40 and Trivy's AVD-AWS-0088
are content with SSE-S3, and the same tool asks for KMS by an id that is here. cfn_nag and KICS never ask for KMS.
Their rules find that a bucket says nothing of encryption; that is our finding, too, where it says nothing, and
nowhere else.
"""

from dataclasses import dataclass

CHECKOV, TRIVY, CFN_NAG, KICS = "checkov", "trivy", "cfn_nag", "KICS"
_KMS = "s3_bucket_kms_encryption"
_CUSTOMER_KEY = "s3_bucket_customer_managed_key"
ANY_RULE = "*"
"""In place of an id: whatever the tool finds."""


@dataclass(frozen=True, slots=True)
class EquivalentRule:
    """A rule of another tool that asks what one of ours asks."""

    tool: str
    ids: tuple[str, ...]
    rule: str
    why: str
    unset_only: bool = False
    """Whether they are the same only where a bucket has no default encryption of its own."""


EQUIVALENT_RULES = (
    EquivalentRule(
        CHECKOV,
        ("CKV_AWS_145",),
        _KMS,
        "`Ensure that S3 buckets are encrypted with KMS by default`: it passes aws:kms and aws:kms:dsse alone",
    ),
    EquivalentRule(
        TRIVY,
        ("AVD-AWS-0132", "AWS-0132", "aws-s3-encryption-customer-key", "encryption-customer-key"),
        _CUSTOMER_KEY,
        "`S3 encryption should use Customer Managed Keys`: it fails where the default names no key",
    ),
    EquivalentRule(
        TRIVY,
        ("AVD-AWS-0132", "AWS-0132", "aws-s3-encryption-customer-key", "encryption-customer-key"),
        _KMS,
        "SSE-S3 names no key, so it fails every bucket that ours fails, and no other rule of Trivy does",
    ),
    EquivalentRule(
        CFN_NAG,
        ("W41",),
        _KMS,
        "`S3 Bucket should have encryption option set`: it fails where BucketEncryption is absent",
        unset_only=True,
    ),
    EquivalentRule(
        KICS,
        ("b2e8752c-3497-4255-98d2-e4ae5b46bbf5",),
        _KMS,
        "CloudFormation, `S3 Bucket Without Server-side-encryption`: it fails where BucketEncryption is absent",
        unset_only=True,
    ),
    EquivalentRule(
        KICS,
        ("ad03cb46-f174-4674-bf8e-2880a7000edd",),
        _KMS,
        "Terraform, `S3 Bucket SSE Disabled`: it passes AES256, and fails where there is no configuration",
        unset_only=True,
    ),
)
"""Each as the tool's own repository describes it (checkov: S3KMSEncryptedByDefault; trivy-checks:
encryption_customer_key; cfn_nag: S3BucketEncryptionSetRule; kics: s3_bucket_without_server_side_encryption and
s3_bucket_sse_disabled)."""


def equivalent_rules_of(tool: str, other_id: str) -> tuple[EquivalentRule, ...]:
    """Our rules that the id of another tool's rule is equivalent to; empty where none is. ANY_RULE means all that the
    tool asks.
    """
    found = [e for e in EQUIVALENT_RULES if e.tool == tool and (other_id == ANY_RULE or other_id in e.ids)]
    return tuple({equal.rule: equal for equal in found}.values())
