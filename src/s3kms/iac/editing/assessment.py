"""Whether a bucket of code is to be edited, and what its default encryption is to become. Pure."""

from dataclasses import dataclass, replace

from s3kms.iac.editing.target import key_problem, known_encryptions, names_key, outcomes_of
from s3kms.iac.interface import BucketToEdit, DesiredKey, EditTarget
from s3kms.model.advice import NO_ADVICE, Advice, Option
from s3kms.model.bucket import Bucket, BucketKind, BucketOutcome
from s3kms.model.encryption import (
    DSSE_KMS,
    KMS_ALGORITHMS,
    SSE_KMS,
    SSE_S3,
    Encryption,
    describe_refused_algorithm,
)
from s3kms.model.keys import KeyReference, is_meant_as_aws_managed, problem_of_reference
from s3kms.model.skipped import Skipped
from s3kms.model.unknown import Unknown

_NAME_A_KEY = Advice("name a key that S3 can use with {key}", {"key": Option("key")})
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
    ways = outcomes_of(bucket)
    known = list(known_encryptions(bucket))
    for one in known:
        if one.algorithm is not None and one.algorithm not in _UNDERSTOOD:
            why = f"its default algorithm is {describe_refused_algorithm(one.algorithm)}"
            return _unknown(why, Advice("correct the algorithm in the code"))
    if target.bucket_key_only and any(one.algorithm != SSE_KMS for one in known):
        return Skipped(f"has {known[0].name}; a bucket key works with SSE-KMS only")  # fact A15
    without_key = [way for way in ways if key_problem(way, bucket) and not target.bucket_key_only]
    new_key = target.key
    if without_key and new_key is None and all(map(_means_aws_managed, without_key)):
        new_key = DesiredKey()
    if without_key and new_key is None:
        why, _ = key_problem(without_key[0], bucket) or ("", "")
        return _unknown(f"has {known[0].name} with a key that S3 cannot use: {why}", _NAME_A_KEY)
    to_rekey = [
        way
        for way in ways
        if isinstance(way.encryption, Encryption)
        and way.encryption.is_kms
        and (way in without_key or (target.rekey and new_key is not None and not names_key(way, new_key)))
    ]
    rekeyed = [way.encryption for way in to_rekey]
    short = [one for one in known if one in rekeyed or _falls_short(one, target, bucket)]
    if short:
        worst = next((one for one in short if not one.is_kms), short[0])
        return _to_edit(bucket, worst, replace(target, key=new_key, rekey=bool(to_rekey)))
    for unknown in (way.encryption for way in ways):
        if isinstance(unknown, Unknown):
            return _unknown(unknown.why, unknown.advice)
    bucket_key = known[0].bucket_key
    if isinstance(bucket_key, Unknown) and _bucket_key_counts(known[0], target, bucket):
        return _unknown(bucket_key.why, bucket_key.advice)
    return Skipped(f"is {known[0].name} already", is_compliant=True)


def _unknown(reason: str, remedy: Advice = NO_ADVICE) -> Skipped:
    return Skipped(reason, remedy, is_unknown=True)


def _means_aws_managed(way: BucketOutcome) -> bool:
    """Whether the key that an outcome names is none, and was plainly meant to be aws/s3 (fact A12)."""
    return isinstance(way.encryption, Encryption) and is_meant_as_aws_managed(way.encryption.key)


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
    stays = worst.algorithm if worst.is_kms else None
    edit_target = EditTarget(
        target.algorithm or (DSSE_KMS if stays == DSSE_KMS else None),
        target.key if target.rekey or not worst.is_kms else None,
        target.bucket_key_of_kms if worst.is_kms else target.bucket_key,
    )
    if problem := _problem_of_new_key(bucket, edit_target.key):
        return problem
    if target.bucket_key_only:
        edit_target = EditTarget(bucket_key=True)
    return NeedsEdit(BucketToEdit(bucket, worst), edit_target)


def _problem_of_new_key(bucket: Bucket, key: DesiredKey | None) -> Skipped | None:
    """A key whose name shows that S3 cannot use it for this bucket is never written."""
    reference = KeyReference.parse(key.literal if key and key.address is None else None)
    if problem := problem_of_reference(reference, bucket.account, bucket.region):
        return _unknown(f"S3 could not use {reference.text} for it: {problem[0]}", _NAME_A_KEY)
    return None


def _not_for_directories(worst: Encryption, target: FixTarget) -> tuple[str, Advice] | None:
    if worst.is_kms and target.rekey:
        return "is a directory bucket; its key cannot be changed later", NO_ADVICE  # fact A20
    if target.algorithm == DSSE_KMS:
        advice = Advice("leave {dsse} out for it", {"dsse": Option("dsse")})
        return "is a directory bucket, which cannot have DSSE-KMS", advice  # fact A20
    if not worst.is_kms and (target.key is None or target.key == DesiredKey()):
        advice = Advice("choose a key with {key}", {"key": Option("key")})
        return "is a directory bucket, which cannot have aws/s3", advice  # fact A20
    return None
