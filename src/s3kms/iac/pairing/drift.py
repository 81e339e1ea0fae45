"""Compares a live bucket with what code declares of it. Pure."""

from s3kms.model.bucket import Bucket, BucketKind
from s3kms.model.describe import describe_encryption
from s3kms.model.encryption import SSE_KMS, SSE_S3, Encryption
from s3kms.model.keys import DeclaredKey, KeyFact, KeyForm, KeyReference
from s3kms.model.unknown import Unknown, known

_ALIASES = {KeyForm.ALIAS, KeyForm.ALIAS_ARN}
_KEYS = {KeyForm.ID, KeyForm.ARN}


def buckets_by_condition(declared: Bucket) -> tuple[tuple[str, Bucket], ...]:
    """Every outcome of a declared bucket as a bucket, with the condition for it; the condition is empty for the only
    one.
    """
    return tuple((outcome.when, declared.as_in(outcome)) for outcome in declared.outcomes) or (
        ("", declared),
    )


def is_encryption_known(declared: Bucket) -> bool:
    """Whether the code tells the default encryption, in each of its outcomes."""
    return all(isinstance(way.encryption, Encryption) for _, way in buckets_by_condition(declared))


def differs_from_code(live: Bucket, declared: Bucket) -> bool:
    """Whether the live bucket is as none of the outcomes of its code. What is not known does not differ."""
    return all(_differ(live, way) for _, way in buckets_by_condition(declared))


def would_lose_kms(live: Bucket, declared: Bucket) -> bool:
    """Whether the bucket has SSE-KMS, and its code gives it SSE-KMS in none of its outcomes."""
    return _has_kms(live) and all(
        isinstance(way.encryption, Encryption) and not way.encryption.is_kms
        for _, way in buckets_by_condition(declared)
    )


def describe_declared(declared: Bucket) -> str:
    """The default encryption that the code declares, in words, with the conditions where there are several."""
    words: dict[str, str] = {}
    for when, way in buckets_by_condition(declared):
        if isinstance(way.encryption, Encryption):
            words.setdefault(describe_default(way.encryption), when)
    return " or ".join(
        f"{text} (when {when})" if when and len(words) > 1 else text for text, when in words.items()
    )


def describe_default(encryption: Encryption) -> str:
    """A default encryption in words: `SSE-S3, because no algorithm is declared` where none is."""
    words = describe_encryption(encryption)
    return f"{words}, because no algorithm is declared" if encryption.algorithm is None else words


def _has_kms(bucket: Bucket) -> bool:
    return isinstance(bucket.encryption, Encryption) and bucket.encryption.is_kms


def _differ(live: Bucket, declared: Bucket) -> bool:
    now, then = live.encryption, declared.encryption
    if isinstance(now, Unknown) or isinstance(then, Unknown):
        return False
    if (now.algorithm or SSE_S3) != (then.algorithm or SSE_S3):
        return True
    if now.is_kms and _other_key(now.key, then.key, declared.key):
        return True
    has_switch = now.algorithm == SSE_KMS and live.kind is BucketKind.GENERAL_PURPOSE
    is_switch_told = not isinstance(then.bucket_key, Unknown)
    if has_switch and is_switch_told and bool(known(now.bucket_key)) != bool(known(then.bucket_key)):
        return True
    is_blocking_told = known(then.blocked) is not None
    return is_blocking_told and now.meaning[-1] != then.meaning[-1]


def _other_key(live: str | None, declared: str | None, fact: KeyFact | None) -> bool:
    """Whether two references cannot mean one key: an alias and an id may (fact A10), and so may an expression."""
    now, then = KeyReference.parse(live), KeyReference.parse(declared)
    is_ours = now.form is KeyForm.AWS_MANAGED
    if isinstance(fact, DeclaredKey):
        return is_ours
    if KeyForm.MALFORMED in {now.form, then.form}:
        return False
    if is_ours or then.form is KeyForm.AWS_MANAGED:
        return now.form is not then.form
    if {now.form, then.form} <= _KEYS or {now.form, then.form} <= _ALIASES:
        return not _may_be_one(now, then)
    return False


def _may_be_one(now: KeyReference, then: KeyReference) -> bool:
    def name(reference: KeyReference) -> str:
        text = reference.text or ""
        return text.partition("alias/")[2] if reference.form in _ALIASES else text.rpartition("/")[2].lower()

    places = (now.account, now.region), (then.account, then.region)
    return name(now) == name(then) and (None in {*places[0], *places[1]} or places[0] == places[1])
