"""Can S3 use the key of the default encryption? S3 itself does not look (fact A4)."""

from s3kms.desired.configuration import Configuration
from s3kms.model.advice import Advice
from s3kms.model.bucket import Bucket
from s3kms.model.encryption import SSE_KMS, SSE_S3, Encryption, KeyKind
from s3kms.model.facts import Fact
from s3kms.model.findings import Verdict
from s3kms.model.keys import (
    OTHER_KEY,
    DeclaredKey,
    KmsKey,
    MissingKey,
    OtherServiceKey,
    UnusedAwsManagedKey,
    missing_key_of,
    problem_of,
    problem_of_declared,
    problem_of_named_key,
)
from s3kms.model.scan_context import Severity
from s3kms.model.unknown import NOT_READ, Unknown, UnknownCause
from s3kms.rules import examples as an
from s3kms.rules.interface import (
    Example,
    Rule,
    RuleAnswer,
    RuleDoc,
    failed,
    key_name,
    not_kms,
    passed,
    with_edit,
)

_NOT_EXAMINED = "its key policy was not examined"


def evaluate(bucket: Bucket, encryption: Encryption, _: Configuration) -> RuleAnswer:
    """Pass where nothing that was examined keeps S3 from using the key; Unknown where the key cannot be read."""
    if not encryption.is_kms:
        return passed(not_kms(encryption))
    problem = _problem_of(bucket, encryption)
    if isinstance(problem, Unknown):
        return problem
    if problem:
        why, remedy = problem
        return failed(f"new objects cannot be written: {why}", with_edit(remedy, bucket))
    if isinstance(bucket.key, UnusedAwsManagedKey):
        return passed("KMS creates the AWS managed key (aws/s3) at the first write")
    key = bucket.key
    if isinstance(key, KmsKey) and key.manager is not KeyKind.AWS_MANAGED and key.policy is not NOT_READ:
        from s3kms.rules.key_policy import judge_by_key_policy  # noqa: PLC0415 - deep checks alone evaluate policies

        return judge_by_key_policy(bucket, encryption, key, key.policy)
    return passed(_examined(bucket, encryption))


def _examined(bucket: Bucket, encryption: Encryption) -> str:
    """What was seen of a key that nothing speaks against: less than "S3 can use it"."""
    if isinstance(bucket.key, DeclaredKey):
        return (
            f"the code declares {bucket.key.address} as an enabled symmetric encryption key; {_NOT_EXAMINED}"
        )
    if isinstance(bucket.key, KmsKey) and bucket.key.manager is KeyKind.AWS_MANAGED:
        return "the AWS managed key (aws/s3) is enabled, and lets its account use it through S3"  # fact B6
    seen = "is enabled, a symmetric encryption key and in the bucket's region"
    return f"{key_name(encryption)} {seen}; {_NOT_EXAMINED}"


def _problem_of(bucket: Bucket, encryption: Encryption) -> tuple[str, str] | Unknown | None:
    """What keeps S3 from using the key, and what fixes it: its name alone may show that, else what is known of it."""
    if problem := problem_of_named_key(encryption.key, bucket.key, bucket.account, bucket.region):
        return problem
    match bucket.key:
        case DeclaredKey():
            return problem_of_declared(bucket.key)
        case KmsKey():
            return problem_of(bucket.key, bucket.region)
        case None:
            return Unknown(UnknownCause.NOT_READ, "the key was not looked up", Advice("report this as a bug"))
        case Unknown():
            return bucket.key
    return None


RULE = Rule(
    id="s3_bucket_kms_key_usable",
    title="The default key can be used",
    severity=Severity.HIGH,
    needs=frozenset({Fact.ENCRYPTION, Fact.KEY}),
    evaluate=evaluate,
    doc=RuleDoc(
        overview=(
            "The key of the default encryption should exist, be enabled, be a symmetric encryption key, live "
            "in the bucket's region and not await deletion. S3 checks none of this."  # fact A4
            " Text that no key can have, the bare aws/s3 for one, is accepted and every write fails."  # fact A12
        ),
        risk=(
            "Every write without an encryption of its own fails.",  # fact A9
            "A key that awaits deletion takes all data under it along.",  # fact B3
        ),
        exceptions=("Buckets whose key is disabled on purpose, to shut the data away.",),
        remedy=f"Enable the key, or {OTHER_KEY}.",
        verification="kms:DescribeKey says Enabled, SYMMETRIC_DEFAULT, ENCRYPT_DECRYPT; and a test write works.",
        notes=(
            "The key policy is examined in a deep check alone. It is then evaluated for the bucket's "
            "own account: the account as a whole, and each user, role and session that it names. Where it lets none "
            "of them in, the grants of the key are read, too. IAM policies and organization policies are not read.",
            "A key of another account can be described only where its policy allows it; otherwise the "
            "verdict is unknown.",  # fact A27
            "Keys may also be shared through AWS RAM, which the default key policy does not show.",  # fact B9
        ),
        page="https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html",
    ),
    examples=(
        Example("in order", an.bucket_under(an.CUSTOMER_KEY), Verdict.PASS),
        Example("aws/s3, never used yet", an.bucket(SSE_KMS, known=UnusedAwsManagedKey()), Verdict.PASS),
        Example("disabled", an.bucket_under(an.customer_key(state="Disabled")), Verdict.FAIL),
        Example("awaiting deletion", an.bucket_under(an.customer_key(state="PendingDeletion")), Verdict.FAIL),
        Example("asymmetric", an.bucket_under(an.customer_key(spec="RSA_2048")), Verdict.FAIL),
        Example(
            "of another region",
            an.bucket_under(an.customer_key(arn=an.KEY_ARN.replace("eu-central-1", "us-east-1"))),
            Verdict.FAIL,
        ),
        Example(
            "the text aws/s3",
            an.bucket(SSE_KMS, "aws/s3", known=missing_key_of("aws/s3")),
            Verdict.FAIL,
        ),
        Example(
            "the AWS managed key of EBS",
            an.bucket(SSE_KMS, "alias/aws/ebs", known=OtherServiceKey("alias/aws/ebs")),
            Verdict.FAIL,
        ),
        Example(
            "the ARN of a key in another region, unreadable",
            an.bucket(SSE_KMS, an.KEY_ARN.replace("eu-central-1", "us-east-1"), known=an.DENIED),
            Verdict.FAIL,
        ),
        Example("not there", an.bucket_under(MissingKey("no such key")), Verdict.FAIL),
        Example("of another account, unreadable", an.bucket_under(an.DENIED), Verdict.UNKNOWN),
        Example(
            "its policy lets the account in", an.bucket_under(an.key_that_lets(an.ACCOUNT)), Verdict.PASS
        ),
        Example(
            "its policy lets another account in alone",
            an.bucket_under(an.key_that_lets("444455556666")),
            Verdict.FAIL,
        ),
        Example(
            "its policy lets another account in alone, and a grant a role of its own",
            an.bucket_under(an.key_that_lets("444455556666", grants=(an.GRANT,))),
            Verdict.PASS,
        ),
        Example(
            "its policy lets another account in alone, and its grants could not be read",
            an.bucket_under(an.key_that_lets("444455556666", grants=an.DENIED)),
            Verdict.UNKNOWN,
        ),
        Example(
            "its policy hangs on more",
            an.bucket_under(an.key_that_lets(an.ACCOUNT, {"StringEquals": {"aws:SourceVpc": "vpc-1"}})),
            Verdict.UNKNOWN,
        ),
        Example(
            "its policy could not be read",
            an.bucket_under(an.customer_key(policy=an.DENIED)),
            Verdict.UNKNOWN,
        ),
        Example("SSE-S3", an.bucket(SSE_S3), Verdict.PASS),
    ),
)
