"""From a bucket and what is desired to the change, or the reason to leave it alone. Pure."""

from dataclasses import dataclass, replace

from s3kms.model.bucket import Bucket, BucketKind
from s3kms.model.change import Change
from s3kms.model.encryption import DSSE_KMS, KMS_ALGORITHMS, SSE_KMS, SSE_S3, Encryption
from s3kms.model.targets import is_bucket_name, is_region
from s3kms.model.unknown import Unknown, known

_UNDERSTOOD = {None, SSE_S3, *KMS_ALGORITHMS}


@dataclass(frozen=True, slots=True)
class BucketRequirement:
    """What one bucket's default is to become. None is "not stated"."""

    algorithm: str | None = None
    """Not stated: SSE-KMS, and DSSE-KMS stays what it is."""
    key: str | None = None
    """The full ARN; None is aws/s3."""
    bucket_key: bool | None = None
    """Not stated: on, where the bucket comes from SSE-S3 (fact A15: never with DSSE-KMS)."""
    bucket_key_only: bool = False
    """Turn the bucket key on and keep algorithm and key."""
    rekey: bool = False
    """Give the key to buckets that have another one, too."""
    is_named: bool = False
    """The bucket itself was named, not a pattern or the whole account."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A bucket that is left alone, and why."""

    bucket: str
    why: str
    region: str | None = None
    remedy: str = ""
    is_unknown: bool = False
    """It may well need a change; what decides could not be read."""
    is_refusal: bool = False
    """What is asked cannot be done to it; where it was named, that is said before anything is done."""


def needs_key(bucket: Bucket, desired: BucketRequirement) -> bool:
    """Whether the desired key would be written, so that it has to be examined."""
    if isinstance(bucket.encryption, Unknown) or desired.bucket_key_only:
        return False
    if bucket.encryption.is_kms and desired.rekey:
        return True  # whether it is another one than the bucket has is seen when it is known
    is_change = isinstance(plan(bucket, replace(desired, key=_ANY_KEY)), Change)
    return is_change and (desired.rekey or not bucket.encryption.is_kms)


_ANY_KEY = "a key that is not known yet"


def plan(bucket: Bucket, desired: BucketRequirement) -> Change | Skipped:
    """The change; or Leave, where there is nothing to do or nothing may be done."""
    before, name = bucket.encryption, bucket.label
    if isinstance(before, Unknown):
        return Skipped(name, before.why, bucket.region, str(before.advice), is_unknown=True)
    if bucket.name is None or bucket.account is None or bucket.region is None:
        return Skipped(name, "its region is not known", remedy="allow s3:ListAllMyBuckets", is_unknown=True)
    if not (is_bucket_name(bucket.name) and is_region(bucket.region)):
        return Skipped(name, "has a name or region that S3 does not give out", is_unknown=True)
    if why := _no_touching(bucket, before, desired):
        return Skipped(name, why, bucket.region, is_refusal=True)
    after = _bucket_key_on(before) if desired.bucket_key_only else _moved(before, desired)
    if bucket.kind is BucketKind.DIRECTORY:
        if why := _not_for_directories(before, after):
            return Skipped(name, why, bucket.region, is_refusal=True)
        after = replace(after, bucket_key=True)  # always on there (fact A20)
    change = Change(bucket.name, bucket.account, bucket.region, before, after, bucket.kind)
    return change if change.is_needed else Skipped(name, f"is {before.name} already", bucket.region)


def _no_touching(bucket: Bucket, before: Encryption, desired: BucketRequirement) -> str | None:
    if before.algorithm not in _UNDERSTOOD:
        return f"its default is {before.algorithm!r}, which this version does not know"
    if bucket.kind is BucketKind.TABLE:
        return "is a table bucket, which has an API of its own"  # fact A22
    if bucket.kind is BucketKind.DIRECTORY and not desired.is_named:
        return "is a directory bucket, whose key is for life; name it to change it"  # fact A20
    if desired.bucket_key_only and before.algorithm != SSE_KMS:
        return f"has {before.name}; a bucket key works with SSE-KMS only"  # fact A15
    return None


def _bucket_key_on(before: Encryption) -> Encryption:
    return replace(before, bucket_key=True)


def _moved(before: Encryption, desired: BucketRequirement) -> Encryption:
    """What is not asked for stays: the key of a KMS default, DSSE-KMS, the blocked encryption types."""
    algorithm = desired.algorithm or (before.algorithm if before.is_kms else SSE_KMS)
    key = before.key if before.is_kms and not desired.rekey else desired.key
    if algorithm == DSSE_KMS:
        return Encryption(algorithm, key, bucket_key=False, blocked=before.blocked)
    bucket_key = desired.bucket_key
    if bucket_key is None:
        bucket_key = known(before.bucket_key) if before.algorithm == SSE_KMS else True
    return Encryption(algorithm, key, bucket_key, before.blocked)


def _not_for_directories(before: Encryption, after: Encryption) -> str | None:
    if after.algorithm == DSSE_KMS:
        return "is a directory bucket, which cannot have DSSE-KMS"  # fact A20
    if before.is_kms and before.key != after.key:
        return "is a directory bucket, whose key is for life"  # fact A20
    if after.key is None:
        return "is a directory bucket, which cannot have aws/s3; choose a key with --key"  # fact A20
    return None
