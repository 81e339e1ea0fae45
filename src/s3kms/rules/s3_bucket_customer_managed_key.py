"""Is the key behind the default encryption one that the customer manages?"""

from s3kms.estate.bucket import Bucket
from s3kms.estate.encryption import SSE_KMS, SSE_S3, Encryption, KeyKind
from s3kms.estate.facts import Fact
from s3kms.estate.findings import Severity, Verdict
from s3kms.estate.keys import UnusedAwsManagedKey
from s3kms.estate.unknown import Unknown
from s3kms.rules import examples as an
from s3kms.rules.interface import (
    PLACEHOLDER_KEY,
    Doc,
    Example,
    Judgement,
    Requirement,
    Rule,
    failed,
    key_name,
    known_encryption,
    not_kms,
    not_known,
    passed,
)
from s3kms.wanted.model import Wanted, WantedState

ID = "s3_bucket_customer_managed_key"
_REMEDY = "create or choose a customer managed key in the bucket's region and set it by its full ARN"


def judge(bucket: Bucket, wanted: Wanted) -> Judgement:
    """Pass on a customer managed key, unless the wanted state of this bucket says aws-managed."""
    encryption = known_encryption(bucket)
    if isinstance(encryption, Unknown):
        return not_known(encryption)
    state = wanted.state_for(bucket)
    if isinstance(state, Unknown):
        return not_known(state)
    stated_somewhere = any(s.key_kind for s in wanted.states)
    if stated_somewhere and state.key_kind is not KeyKind.CUSTOMER_MANAGED:
        return passed("the wanted state of this bucket does not ask for a customer managed key")
    if not encryption.is_kms:
        return failed(not_kms(encryption), _REMEDY)
    match bucket.key_kind:
        case KeyKind.AWS_MANAGED:
            return failed("the default key is the AWS managed key (aws/s3)", _REMEDY)
        case KeyKind.CUSTOMER_MANAGED:
            return passed(f"the default key is customer managed: {key_name(encryption)}")
    if isinstance(bucket.key, Unknown):
        return not_known(bucket.key)
    return not_known(
        Unknown(f"KMS does not say who manages {key_name(encryption)}", "look at the key in KMS")
    )


RULE = Rule(
    id=ID,
    title="The default key is customer managed",
    severity=Severity.LOW,
    needs=frozenset({Fact.ENCRYPTION, Fact.KEY}),
    judge=judge,
    remedied=Encryption(SSE_KMS, PLACEHOLDER_KEY, bucket_key=True),
    asked_by=lambda wanted: any(s.key_kind is KeyKind.CUSTOMER_MANAGED for s in wanted.states),
    doc=Doc(
        overview=(
            "The default encryption should use a KMS key that you manage, not the AWS managed key (aws/s3). "
            "Neither AWS Config nor Security Hub asks for this (facts E8, E9); some regulations do."
        ),
        risk=(
            "The policy of the AWS managed key cannot be changed: nobody can be kept out, nobody let in "
            "(fact B6).",
            "No other account and no log-delivery service can ever use the AWS managed key (fact B7).",
            "The AWS managed key cannot be disabled when data has to be shut away at once (fact B6).",
        ),
        leave_alone=(
            "Buckets used only from their own account, where cost matters more than control: a customer "
            "managed key costs a monthly fee (fact B22).",
        ),
        remedy=f"For each bucket: {_REMEDY} (fact A11). Readers and writers need kms permissions on it.",
        verification="The default encryption names a key whose KeyManager is CUSTOMER in kms:DescribeKey.",
        notes=(
            "An alias is resolved in the account of whoever uploads: set the full key ARN (fact A11).",
            "Writers that send the header aws:kms without a key still get aws/s3 (fact A13).",
        ),
    ),
    compliance=(
        Requirement(
            "AWS Config", ("s3-default-encryption-kms with kmsKeyArns",), "AWS Config managed rules (fact E8)"
        ),
    ),
    examples=(
        Example("SSE-S3", an.bucket(SSE_S3), Verdict.FAIL),
        Example("aws/s3", an.bucket(SSE_KMS, known=UnusedAwsManagedKey()), Verdict.FAIL),
        Example(
            "the ARN of the aws/s3 key",
            an.bucket(SSE_KMS, an.KEY_ARN, known=an.customer_key(manager=KeyKind.AWS_MANAGED)),
            Verdict.FAIL,
        ),
        Example("customer managed", an.bucket(SSE_KMS, an.KEY_ARN, known=an.CUSTOMER_KEY), Verdict.PASS),
        Example("unreadable key", an.bucket(SSE_KMS, an.KEY_ARN, known=an.DENIED), Verdict.UNKNOWN),
        Example(
            "wanted aws-managed",
            an.bucket(SSE_KMS, known=UnusedAwsManagedKey()),
            Verdict.PASS,
            Wanted(WantedState(key_kind=KeyKind.AWS_MANAGED)),
        ),
    ),
)
