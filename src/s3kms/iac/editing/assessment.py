"""Whether a bucket of code is to be edited, and what its default encryption is to become. Pure."""

from dataclasses import dataclass

from s3kms.iac.interface import BucketToEdit, DesiredKey, EditTarget
from s3kms.model.advice import NO_ADVICE, Advice, Option
from s3kms.model.bucket import Bucket, BucketKind
from s3kms.model.encryption import (
    DSSE_KMS,
    KMS_ALGORITHMS,
    SSE_KMS,
    SSE_S3,
    Encryption,
    describe_refused_algorithm,
)
from s3kms.model.skipped import Skipped
from s3kms.model.unknown import Unknown

_UNDERSTOOD = {SSE_S3, *KMS_ALGORITHMS}


@dataclass(frozen=True, slots=True)
class FixTarget:
    """What is asked for one bucket, before its present encryption is considered. None is "not stated"."""

    algorithm: str | None = None
    """Not stated: SSE-KMS, and DSSE-KMS stays what it is."""
    key: DesiredKey | None = None
    """For a bucket without a KMS key: one that has a KMS key keeps it."""
    bucket_key: bool | None = None
    """For a bucket that comes from SSE-S3."""
    bucket_key_of_kms: bool | None = None
    """For a bucket that has SSE-KMS already."""
    bucket_key_only: bool = False
    """Turn the bucket key on and keep algorithm and key."""
    rekey: bool = False
    """The key is meant for a bucket that has another KMS key, too."""


@dataclass(frozen=True, slots=True)
class NeedsEdit:
    """A bucket that is to be edited, and what its default encryption becomes."""

    to_edit: BucketToEdit
    target: EditTarget


def assess_bucket(bucket: Bucket, target: FixTarget) -> NeedsEdit | Skipped:
    """Whether a bucket needs an edit, every way it may come out considered: one that falls short is enough."""
    found = [outcome.encryption for outcome in bucket.outcomes] or [bucket.encryption]
    known = [one for one in found if not isinstance(one, Unknown)]
    for one in known:
        if one.algorithm is not None and one.algorithm not in _UNDERSTOOD:
            why = f"its default algorithm is {describe_refused_algorithm(one.algorithm)}"
            return _unknown(why, Advice("correct the algorithm in the code"))
    if target.bucket_key_only and any(one.algorithm != SSE_KMS for one in known):
        return Skipped(f"has {known[0].name}; a bucket key works with SSE-KMS only")  # fact A15
    if target.rekey and any(one.is_kms and not _names(one, target.key) for one in known):
        remedy = Advice("write the key into the code by hand")
        return _unknown(
            "has SSE-KMS with another key, and a key that is there is not changed in code", remedy
        )
    short = [one for one in known if _falls_short(one, target, bucket)]
    if short:
        worst = next((one for one in short if not one.is_kms), short[0])
        return _to_edit(bucket, worst, target)
    for unknown in found:
        if isinstance(unknown, Unknown):
            return _unknown(unknown.why, unknown.advice)
    bucket_key = known[0].bucket_key
    if isinstance(bucket_key, Unknown) and _bucket_key_counts(known[0], target, bucket):
        return _unknown(bucket_key.why, bucket_key.advice)
    return Skipped(f"is {known[0].name} already", is_compliant=True)


def _unknown(reason: str, remedy: Advice = NO_ADVICE) -> Skipped:
    return Skipped(reason, remedy, is_unknown=True)


def _names(encryption: Encryption, key: DesiredKey | None) -> bool:
    """Whether a default names this key, in the same words."""
    return key is not None and key.address is None and encryption.key == key.literal


def _falls_short(encryption: Encryption, target: FixTarget, bucket: Bucket) -> bool:
    if not encryption.is_kms or (target.algorithm == DSSE_KMS and encryption.algorithm != DSSE_KMS):
        return True
    if target.algorithm == SSE_KMS and encryption.algorithm != SSE_KMS:
        return True
    if isinstance(encryption.bucket_key, Unknown) or not _bucket_key_counts(encryption, target, bucket):
        return False
    return bool(encryption.bucket_key) != (target.bucket_key_only or target.bucket_key_of_kms)


def _bucket_key_counts(encryption: Encryption, target: FixTarget, bucket: Bucket) -> bool:
    """It is always on in a directory bucket (fact A20), and never with DSSE-KMS (fact A15)."""
    is_stated = target.bucket_key_only or target.bucket_key_of_kms is not None
    return is_stated and encryption.algorithm == SSE_KMS and bucket.kind is not BucketKind.DIRECTORY


def _to_edit(bucket: Bucket, worst: Encryption, target: FixTarget) -> NeedsEdit | Skipped:
    if bucket.resource is None:
        return _unknown("its declaration was not found", Advice("look at the file"))
    if bucket.kind is BucketKind.DIRECTORY and (refusal := _not_for_directories(worst, target)):
        return Skipped(*refusal, is_unknown=not worst.is_kms)
    edit_target = EditTarget(
        target.algorithm,
        None if worst.is_kms else target.key,
        target.bucket_key_of_kms if worst.is_kms else target.bucket_key,
    )
    if target.bucket_key_only:
        edit_target = EditTarget(bucket_key=True)
    return NeedsEdit(BucketToEdit(bucket, worst), edit_target)


def _not_for_directories(worst: Encryption, target: FixTarget) -> tuple[str, Advice] | None:
    if target.algorithm == DSSE_KMS:
        advice = Advice("leave {dsse} out for it", {"dsse": Option("dsse")})
        return "is a directory bucket, which cannot have DSSE-KMS", advice  # fact A20
    if not worst.is_kms and (target.key is None or target.key == DesiredKey()):
        advice = Advice("choose a key with {key}", {"key": Option("key")})
        return "is a directory bucket, which cannot have aws/s3", advice  # fact A20
    return None
