"""Can S3 use the key of the default encryption? S3 itself does not look (fact A4)."""

from s3kms.desired.configuration import Configuration
from s3kms.model.advice import Advice
from s3kms.model.bucket import Bucket
from s3kms.model.encryption import SSE_KMS, SSE_S3, Encryption
from s3kms.model.facts import Fact
from s3kms.model.findings import Severity, Verdict
from s3kms.model.keys import (
    OTHER_KEY,
    DeclaredKey,
    MissingKey,
    UnusedAwsManagedKey,
    problem_of,
    problem_of_declared,
)
from s3kms.model.unknown import Unknown, UnknownCause
from s3kms.rules import examples as an
from s3kms.rules.interface import Example, Rule, RuleAnswer, RuleDoc, failed, key_name, not_kms, passed


def evaluate(bucket: Bucket, encryption: Encryption, _: Configuration) -> RuleAnswer:
    """Pass where nothing about the key keeps S3 from using it; Unknown where the key cannot be read."""
    if not encryption.is_kms:
        return passed(not_kms(encryption))
    if isinstance(bucket.key, UnusedAwsManagedKey):
        return passed("the AWS managed key (aws/s3) is made by KMS at the first write")
    if isinstance(bucket.key, MissingKey):
        return failed(f"new objects cannot be written: {bucket.key.why}", OTHER_KEY)
    if isinstance(bucket.key, Unknown):
        return bucket.key
    if bucket.key is None:
        return Unknown(UnknownCause.NOT_READ, "the key was not looked up", Advice("report this as a bug"))
    if isinstance(bucket.key, DeclaredKey):
        problem = problem_of_declared(bucket.key)
        if isinstance(problem, Unknown):
            return problem
    else:
        problem = problem_of(bucket.key, bucket.region)
    if problem:
        return failed(f"new objects cannot be written: {problem[0]}", problem[1])
    return passed(f"{key_name(encryption)} is enabled and can be used")


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
        ),
        risk=(
            "Every write without an encryption of its own fails.",  # fact A9
            "A key that awaits deletion takes all data under it along.",  # fact B3
        ),
        exceptions=("Buckets whose key is disabled on purpose, to shut the data away.",),
        remedy=f"Enable the key, or {OTHER_KEY}.",
        verification="kms:DescribeKey says Enabled, SYMMETRIC_DEFAULT, ENCRYPT_DECRYPT; and a test write works.",
        notes=(
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
        Example("not there", an.bucket_under(MissingKey("no such key")), Verdict.FAIL),
        Example("of another account, unreadable", an.bucket_under(an.DENIED), Verdict.UNKNOWN),
        Example("SSE-S3", an.bucket(SSE_S3), Verdict.PASS),
    ),
)
