"""Is the key behind the default encryption one that the customer manages?"""

from s3kms.desired.configuration import Configuration, DesiredState
from s3kms.model.advice import Advice, Option
from s3kms.model.bucket import Bucket
from s3kms.model.encryption import SSE_KMS, SSE_S3, Encryption, KeyKind
from s3kms.model.facts import Fact
from s3kms.model.findings import Verdict
from s3kms.model.keys import (
    KeyForm,
    KeyReference,
    KmsKey,
    MissingKey,
    OtherServiceKey,
    UnusedAwsManagedKey,
    missing_key_of,
)
from s3kms.model.scan_context import ComplianceRequirement, Severity
from s3kms.model.unknown import Unknown, UnknownCause
from s3kms.rules import examples as an
from s3kms.rules.interface import (
    PLACEHOLDER_KEY,
    Example,
    Requirement,
    Rule,
    RuleAnswer,
    RuleDoc,
    failed,
    key_name,
    not_kms,
    passed,
    with_edit,
)

_REMEDY = "create or choose a customer managed key in the bucket's region and set it by its full ARN"
_WISH = Requirement(lambda state: state.key_kind, KeyKind.CUSTOMER_MANAGED, "a customer managed key")


def evaluate(bucket: Bucket, encryption: Encryption, wanted: Configuration) -> RuleAnswer:
    """Pass on a customer managed key, unless the wanted state of this bucket says aws-managed."""
    if not_applicable := _WISH.not_applicable(bucket, wanted):
        return not_applicable
    if not encryption.is_kms:
        return failed(not_kms(encryption), with_edit(_REMEDY, bucket, Option("key", "KEY")))
    match bucket.key_kind:
        case KeyKind.AWS_MANAGED:
            return failed(f"the default key is {_name_of_aws_managed(bucket, encryption)}", _REMEDY)
        case KeyKind.CUSTOMER_MANAGED:
            return passed(f"the default key is customer managed: {key_name(encryption)}")
    if isinstance(bucket.key, Unknown):
        return bucket.key
    if isinstance(bucket.key, MissingKey):
        return failed(f"the default key is none: {bucket.key.why}", _REMEDY)
    return Unknown(
        UnknownCause.NOT_READ,
        f"KMS does not say who manages {key_name(encryption)}",
        Advice("look at the key in KMS"),
    )


def _name_of_aws_managed(bucket: Bucket, encryption: Encryption) -> str:
    """`the AWS managed key (aws/s3)`; of another service, its alias."""
    alias = bucket.key.foreign_alias if isinstance(bucket.key, KmsKey) else None
    reference = KeyReference.parse(encryption.key)
    if reference.form is KeyForm.OTHER_SERVICE:
        alias = reference.alias
    return f"the AWS managed key of another service ({alias})" if alias else "the AWS managed key (aws/s3)"


RULE = Rule(
    id="s3_bucket_customer_managed_key",
    title="The default key is customer managed",
    severity=Severity.LOW,
    needs=frozenset({Fact.ENCRYPTION, Fact.KEY}),
    evaluate=evaluate,
    compliant_encryption=Encryption(SSE_KMS, PLACEHOLDER_KEY, bucket_key=True),
    enabled_by=_WISH.is_stated,
    doc=RuleDoc(
        overview=(
            "The default encryption should use a KMS key that you manage, not the AWS managed key (aws/s3). "
            "Neither AWS Config nor Security Hub asks for this; some regulations do."  # facts E8, E9
        ),
        risk=(
            "The policy of the AWS managed key cannot be changed: nobody can be kept out, nobody let in.",  # fact B6
            "No other account and no log-delivery service can ever use the AWS managed key.",  # fact B7
            "The AWS managed key cannot be disabled when data has to be shut away at once.",  # fact B6
        ),
        exceptions=(
            "Buckets used only from their own account, where cost matters more than control: a customer "
            "managed key costs a monthly fee.",  # fact B22
        ),
        remedy=f"For each bucket: {_REMEDY}. Readers and writers need kms permissions on it.",  # fact A11
        verification="The default encryption names a key whose KeyManager is CUSTOMER in kms:DescribeKey.",
        notes=(
            "An alias is resolved in the account of whoever uploads: set the full key ARN.",  # fact A11
            "Writers that send the header aws:kms without a key still get aws/s3.",  # fact A13
        ),
        page="https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html",
    ),
    compliance=(
        ComplianceRequirement(
            "AWS Config",
            ("s3-default-encryption-kms with kmsKeyArns",),
            "AWS Config managed rules",  # fact E8
        ),
    ),
    examples=(
        Example("SSE-S3", an.bucket(SSE_S3), Verdict.FAIL),
        Example("aws/s3", an.bucket(SSE_KMS, known=UnusedAwsManagedKey()), Verdict.FAIL),
        Example(
            "the ARN of the aws/s3 key",
            an.bucket_under(an.customer_key(manager=KeyKind.AWS_MANAGED)),
            Verdict.FAIL,
        ),
        Example(
            "the AWS managed key of EBS",
            an.bucket(SSE_KMS, "alias/aws/ebs", known=OtherServiceKey("alias/aws/ebs")),
            Verdict.FAIL,
        ),
        Example(
            "a text that no key can have",
            an.bucket(SSE_KMS, "aws/s3", known=missing_key_of("aws/s3")),
            Verdict.FAIL,
        ),
        Example(
            "an alias whose key was not read", an.bucket(SSE_KMS, "alias/data", known=an.DENIED), Verdict.PASS
        ),
        Example("customer managed", an.bucket_under(an.CUSTOMER_KEY), Verdict.PASS),
        Example("unreadable key", an.bucket_under(an.DENIED), Verdict.UNKNOWN),
        Example(
            "wanted aws-managed",
            an.bucket(SSE_KMS, known=UnusedAwsManagedKey()),
            Verdict.PASS,
            Configuration(DesiredState(key_kind=KeyKind.AWS_MANAGED)),
        ),
    ),
)
