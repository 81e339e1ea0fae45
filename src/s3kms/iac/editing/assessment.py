"""Whether a bucket of code is to be edited, and what it is to have. Pure."""

from dataclasses import dataclass

from s3kms.iac.editing.interface import BucketToEdit, DesiredKey, EditTarget
from s3kms.model.bucket import Bucket, BucketKind
from s3kms.model.encryption import DSSE_KMS, KMS_ALGORITHMS, SSE_KMS, SSE_S3, Encryption
from s3kms.model.unknown import Unknown

_UNDERSTOOD = {None, SSE_S3, *KMS_ALGORITHMS}


@dataclass(frozen=True, slots=True)
class FixTarget:
    """What is asked for one bucket. None is "not stated"."""

    algorithm: str | None = None
    """Not stated: SSE-KMS, and DSSE-KMS stays what it is."""
    key: DesiredKey | None = None
    """For what has no KMS key yet: whoever has one keeps it."""
    bucket_key: bool | None = None
    """For what comes from SSE-S3."""
    bucket_key_of_kms: bool | None = None
    """For what has SSE-KMS already."""
    bucket_key_only: bool = False
    """Turn the bucket key on and keep algorithm and key."""


@dataclass(frozen=True, slots=True)
class NeedsEdit:
    """A bucket that is to be edited."""

    wanting: BucketToEdit
    desired: EditTarget


@dataclass(frozen=True, slots=True)
class Skipped:
    """A bucket that is left alone, and why."""

    why: str
    remedy: str = ""
    is_unknown: bool = False
    """It may well need an edit, or needs one that cannot be made."""
    is_compliant: bool = False
    """It is as it is wished."""


def assess_bucket(bucket: Bucket, wish: FixTarget) -> NeedsEdit | Skipped:
    """What becomes of a bucket, every way it may come out considered: one that falls short is enough."""
    found = [outcome.encryption for outcome in bucket.outcomes] or [bucket.encryption]
    known = [one for one in found if not isinstance(one, Unknown)]
    for one in known:
        if one.algorithm not in _UNDERSTOOD:
            return _unknown(f"its default is {one.algorithm!r}, which this version does not know")
    if wish.bucket_key_only and any(one.algorithm != SSE_KMS for one in known):
        return Skipped(f"has {known[0].name}; a bucket key works with SSE-KMS only (fact A15)")
    short = [one for one in known if _falls_short(one, wish, bucket)]
    if short:
        worst = next((one for one in short if not one.is_kms), short[0])
        return _edited(bucket, worst, wish)
    for unknown in found:
        if isinstance(unknown, Unknown):
            return _unknown(unknown.why, str(unknown.advice))
    bucket_key = known[0].bucket_key
    if isinstance(bucket_key, Unknown) and _bucket_key_counts(known[0], wish, bucket):
        return _unknown(bucket_key.why, str(bucket_key.advice))
    return Skipped(f"is {known[0].name} already", is_compliant=True)


def _unknown(why: str, remedy: str = "") -> Skipped:
    return Skipped(why, remedy, is_unknown=True)


def _falls_short(encryption: Encryption, wish: FixTarget, bucket: Bucket) -> bool:
    if not encryption.is_kms or (wish.algorithm == DSSE_KMS and encryption.algorithm != DSSE_KMS):
        return True
    if isinstance(encryption.bucket_key, Unknown) or not _bucket_key_counts(encryption, wish, bucket):
        return False
    return bool(encryption.bucket_key) != (wish.bucket_key_only or wish.bucket_key_of_kms)


def _bucket_key_counts(encryption: Encryption, wish: FixTarget, bucket: Bucket) -> bool:
    """It is always on in a directory bucket (fact A20), and never with DSSE-KMS (fact A15)."""
    is_said = wish.bucket_key_only or wish.bucket_key_of_kms is not None
    return is_said and encryption.algorithm == SSE_KMS and bucket.kind is not BucketKind.DIRECTORY


def _edited(bucket: Bucket, worst: Encryption, wish: FixTarget) -> NeedsEdit | Skipped:
    if bucket.resource is None:
        return _unknown("what declares it is not known", "look at the file")
    if bucket.kind is BucketKind.DIRECTORY and (why := _not_for_directories(worst, wish)):
        return Skipped(*why, is_unknown=not worst.is_kms)
    desired = EditTarget(
        wish.algorithm,
        None if worst.is_kms else wish.key,
        wish.bucket_key_of_kms if worst.is_kms else wish.bucket_key,
    )
    if wish.bucket_key_only:
        desired = EditTarget(bucket_key=True)
    return NeedsEdit(BucketToEdit(bucket, worst), desired)


def _not_for_directories(worst: Encryption, wish: FixTarget) -> tuple[str, str] | None:
    if wish.algorithm == DSSE_KMS:
        return "is a directory bucket, which cannot have DSSE-KMS (fact A20)", "leave --dsse out for it"
    if not worst.is_kms and (wish.key is None or wish.key == DesiredKey()):
        return "is a directory bucket, which cannot have aws/s3 (fact A20)", "choose a key with --key"
    return None
