"""Does the key of the default encryption rotate?"""

from s3kms.desired.configuration import Configuration
from s3kms.model.advice import Advice
from s3kms.model.bucket import Bucket
from s3kms.model.encryption import SSE_KMS, SSE_S3, Encryption, KeyKind
from s3kms.model.facts import Fact
from s3kms.model.findings import Verdict
from s3kms.model.keys import DeclaredKey, KmsKey, MissingKey, OtherServiceKey, Rotation, UnusedAwsManagedKey
from s3kms.model.scan_context import Severity
from s3kms.model.unknown import Unknown, UnknownCause
from s3kms.rules import examples as an
from s3kms.rules.interface import Example, Rule, RuleAnswer, RuleDoc, failed, not_kms, passed


def evaluate(bucket: Bucket, encryption: Encryption, _: Configuration) -> RuleAnswer:
    """Pass on a key that KMS rotates by itself; AWS managed keys always do (fact B4)."""
    if not encryption.is_kms:
        return passed(not_kms(encryption))
    key = bucket.key
    if isinstance(key, Unknown):
        return key
    if isinstance(key, MissingKey):
        return Unknown(UnknownCause.NOT_READ, key.why, Advice("rule s3_bucket_kms_key_usable judges this"))
    if isinstance(key, DeclaredKey):
        return _declared(key)
    if isinstance(key, OtherServiceKey):
        return passed(f"KMS rotates the AWS managed key ({key.alias}) every year")
    if not isinstance(key, KmsKey) or key.manager is KeyKind.AWS_MANAGED:
        return passed("KMS rotates the AWS managed key (aws/s3) every year")
    if isinstance(key.rotation, Unknown):
        return key.rotation
    if not key.rotation.enabled and (key.spec != "SYMMETRIC_DEFAULT" or key.origin != "AWS_KMS"):
        return failed(
            f"KMS cannot rotate the key by itself: {key.spec}, origin {key.origin}",  # fact B4
            "rotate it by hand and exempt the bucket, or choose a symmetric key that KMS generated",
        )
    return _automatic(key.rotation)


def _automatic(rotation: Rotation) -> RuleAnswer:
    if not rotation.enabled:
        return failed(
            "the key is not rotated automatically",
            "enable rotation (kms:EnableKeyRotation); only KMS-generated symmetric keys can",  # fact B4
        )
    every = f" every {rotation.period_days} days" if rotation.period_days else ""
    return passed(f"the key is rotated{every}")


def _declared(key: DeclaredKey) -> RuleAnswer:
    return key.rotation if isinstance(key.rotation, Unknown) else _automatic(key.rotation)


RULE = Rule(
    id="s3_bucket_kms_key_rotation",
    title="The default key rotates",
    severity=Severity.LOW,
    needs=frozenset({Fact.ENCRYPTION, Fact.KEY, Fact.ROTATION}),
    evaluate=evaluate,
    doc=RuleDoc(
        overview="KMS should rotate the key of the default encryption automatically.",  # fact B4
        risk=("One set of key material goes on protecting ever more data.",),
        exceptions=("Keys with imported material or in a key store of your own: they rotate by hand.",),
        remedy="Enable automatic rotation on the key: 90 to 2560 days, 365 unless you say otherwise.",
        verification="kms:GetKeyRotationStatus says KeyRotationEnabled: true.",
        notes=("The ARN stays, old material stays, and no object is re-encrypted.",),  # fact B4
        page="https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html",
    ),
    examples=(
        Example("rotating", an.bucket_under(an.CUSTOMER_KEY), Verdict.PASS),
        Example(
            "not rotating", an.bucket_under(an.customer_key(rotation=Rotation(enabled=False))), Verdict.FAIL
        ),
        Example(
            "imported material",
            an.bucket_under(an.customer_key(origin="EXTERNAL", rotation=Rotation(enabled=False))),
            Verdict.FAIL,
        ),
        Example("aws/s3", an.bucket(SSE_KMS, known=UnusedAwsManagedKey()), Verdict.PASS),
        Example("rotation unreadable", an.bucket_under(an.customer_key(rotation=an.DENIED)), Verdict.UNKNOWN),
        Example("SSE-S3", an.bucket(SSE_S3), Verdict.PASS),
    ),
)
