"""From a bucket and what is required of it to the change, or the reason not to change it. Pure."""

from dataclasses import replace

from s3kms.changes.requirement import EncryptionRequirement, misunderstood_exemption
from s3kms.model.advice import Advice, Option
from s3kms.model.bucket import Bucket, BucketKind
from s3kms.model.change import Change
from s3kms.model.encryption import DSSE_KMS, KMS_ALGORITHMS, SSE_KMS, SSE_S3, Encryption
from s3kms.model.skipped import Skipped
from s3kms.model.targets import is_bucket_name, is_region
from s3kms.model.unknown import Unknown, known
from s3kms.text.sanitize import printable

_UNDERSTOOD = {None, SSE_S3, *KMS_ALGORITHMS}


def needs_key(bucket: Bucket, required: EncryptionRequirement) -> bool:
    """Whether the desired key would be written, so that it has to be examined."""
    if isinstance(bucket.encryption, Unknown) or required.bucket_key_only:
        return False
    if bucket.encryption.is_kms and required.rekey:
        return True  # whether it is another one than the bucket has is seen when it is known
    is_change = isinstance(plan_change(bucket, replace(required, key=_ANY_KEY)), Change)
    return is_change and (required.rekey or not bucket.encryption.is_kms)


_ANY_KEY = "a key that is not known yet"


def plan_change(bucket: Bucket, required: EncryptionRequirement) -> Change | Skipped:
    """The change of one bucket, or why it is not changed."""
    before = bucket.encryption
    if isinstance(before, Unknown):
        return Skipped(before.why, before.advice, is_unknown=True)
    if bucket.name is None or bucket.account is None or bucket.region is None:
        return Skipped("its region is not known", Advice("allow s3:ListAllMyBuckets"), is_unknown=True)
    if not (is_bucket_name(bucket.name) and is_region(bucket.region)):
        return Skipped("has a name or region that S3 does not give out", is_unknown=True)
    if skipped := _not_changed(bucket, before, required):
        return skipped
    after = _bucket_key_on(before) if required.bucket_key_only else _moved(before, required)
    if bucket.kind is BucketKind.DIRECTORY:
        if skipped := _not_for_directories(before, after):
            return skipped
        after = replace(after, bucket_key=True)  # always on there (fact A20)
    change = Change(bucket.name, bucket.account, bucket.region, before, after, bucket.kind)
    if not change.is_needed:
        return Skipped(f"is {before.name} already", is_compliant=True)
    return misunderstood_exemption(bucket) or change


def _not_changed(bucket: Bucket, before: Encryption, required: EncryptionRequirement) -> Skipped | None:
    if before.algorithm not in _UNDERSTOOD:
        return Skipped(
            f"its default is {before.algorithm!r}, which this version does not know",
            is_unknown=True,
            is_refusal=True,
        )
    if before.other_parts:
        names = printable(", ".join(before.other_parts))
        return Skipped(
            f"has a rule with {names}, which this version does not know and would drop",
            Advice("use a newer s3kms, or change it where it was set"),
            is_unknown=True,
            is_refusal=True,
        )
    if bucket.kind is BucketKind.TABLE:
        return _refusal("is a table bucket, which has an API of its own")  # fact A22
    if bucket.kind is BucketKind.DIRECTORY and not required.is_named:
        return _refusal(
            "is a directory bucket; its key cannot be changed later", "to change it, name it as a target"
        )
    if required.bucket_key_only and before.algorithm != SSE_KMS:
        return _refusal(f"has {before.name}; a bucket key works with SSE-KMS only")  # fact A15
    return None


def _refusal(reason: str, remedy: str = "") -> Skipped:
    return Skipped(reason, Advice(remedy), is_refusal=True)


def _bucket_key_on(before: Encryption) -> Encryption:
    return replace(before, bucket_key=True)


def _moved(before: Encryption, required: EncryptionRequirement) -> Encryption:
    """What is not asked for stays: the key of a KMS default, DSSE-KMS, the blocked encryption types."""
    algorithm = required.algorithm or (before.algorithm if before.is_kms else SSE_KMS)
    key = before.key if before.is_kms and not required.rekey else required.key
    if algorithm == DSSE_KMS:
        return Encryption(algorithm, key, bucket_key=False, blocked=before.blocked)
    bucket_key = required.bucket_key
    if bucket_key is None:
        bucket_key = known(before.bucket_key) if before.algorithm == SSE_KMS else True
    return Encryption(algorithm, key, bucket_key, before.blocked)


def _not_for_directories(before: Encryption, after: Encryption) -> Skipped | None:
    """Fact A20."""
    if after.algorithm == DSSE_KMS:
        return _refusal("is a directory bucket, which cannot have DSSE-KMS")
    if before.is_kms and before.key != after.key:
        return _refusal("is a directory bucket; its key cannot be changed later")
    if after.key is None:
        advice = Advice("choose a key with {key}", {"key": Option("key")})
        return Skipped("is a directory bucket, which cannot have aws/s3", advice, is_refusal=True)
    return None
