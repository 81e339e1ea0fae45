"""Whether a bucket comes out as an edit is to make it, in each of its outcomes; for every language. Pure."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from s3kms.iac.interface import DesiredKey, EditTarget
from s3kms.model.advice import Advice
from s3kms.model.bucket import Bucket, BucketKind, BucketOutcome
from s3kms.model.encryption import KMS_ALGORITHMS, SSE_KMS, Encryption
from s3kms.model.keys import DeclaredKey, KeyForm, KeyReference, problem_of_named_key
from s3kms.model.unknown import Unknown, known

_INSTANCE_KEY = re.compile(r"\[[^]]*]")

HasDeclaredKey = Callable[[BucketOutcome, Encryption, str], bool]
"""Whether an outcome has the key that the code declares at an address, as far as the language tells."""


class NotExpressible(Exception):
    """The target cannot be written into this code: the key is not declared there, or its form is not accepted."""

    def __init__(self, why: str, remedy: Advice) -> None:
        super().__init__(why)
        self.remedy = remedy


def outcomes_of(bucket: Bucket) -> tuple[BucketOutcome, ...]:
    """Every way a bucket may come out; the only one, without a condition, where code leaves nothing open."""
    return bucket.outcomes or (BucketOutcome("", bucket.encryption, bucket.key, bucket.places),)


def known_encryptions(bucket: Bucket) -> Iterator[Encryption]:
    """The default encryption of every outcome in which it is known."""
    return (one.encryption for one in outcomes_of(bucket) if isinstance(one.encryption, Encryption))


def is_sufficient_algorithm(algorithm: str | None, target: EditTarget) -> bool:
    """Whether an algorithm may stay as it is."""
    return algorithm in (KMS_ALGORITHMS if target.algorithm is None else (target.algorithm,))


def meets_target(
    outcome: BucketOutcome, kind: BucketKind, target: EditTarget, has_declared_key: HasDeclaredKey
) -> bool:
    """Whether a bucket of this kind that comes out this way is as the target says."""
    encryption = outcome.encryption
    if isinstance(encryption, Unknown) or not is_sufficient_algorithm(encryption.algorithm, target):
        return False
    if target.key is not None and target.key.address is not None:
        if not has_declared_key(outcome, encryption, target.key.address):
            return False
    elif target.key is not None and not _is_key(encryption.key, target.key.literal):
        return False
    has_switch = encryption.algorithm == SSE_KMS and kind is BucketKind.GENERAL_PURPOSE  # facts A15, A20
    if target.bucket_key is None or not has_switch:
        return True
    return bool(known(encryption.bucket_key)) == target.bucket_key


def is_as_desired(bucket: Bucket, target: EditTarget) -> bool:
    """Whether a bucket is as the target says in every outcome, with the bucket key unless it was asked to be off.

    For languages that name a key by a literal alone.
    """
    wanted = target if target.bucket_key is not None else replace(target, bucket_key=True)
    return all(meets_target(one, bucket.kind, wanted, lambda *_: False) for one in outcomes_of(bucket))


def names_key(outcome: BucketOutcome, key: DesiredKey) -> bool:
    """Whether an outcome has that key, as far as the words of the code tell."""
    reference = outcome.encryption.key if isinstance(outcome.encryption, Encryption) else None
    if key.address is None:
        return _is_key(reference, key.literal)
    text = reference or ""
    if text in {key.address, f"!Ref {key.address}"}:
        return True
    if text.startswith((f"{key.address}.", f"!GetAtt {key.address}.")):
        return True
    if not isinstance(outcome.key, DeclaredKey):
        return False
    declared = _INSTANCE_KEY.sub("", outcome.key.address)
    words = _INSTANCE_KEY.sub("", key.address).split(".")
    resource = ".".join(words[:2])
    return declared == resource or declared.endswith(f".{resource}")


def key_problem(outcome: BucketOutcome, bucket: Bucket) -> tuple[str, str] | None:
    """Why S3 cannot use the key of a bucket that comes out this way, and what fixes it, as far as code shows it."""
    if isinstance(outcome.encryption, Unknown) or not outcome.encryption.is_kms:
        return None
    return problem_of_named_key(outcome.encryption.key, outcome.key, bucket.account, bucket.region)


def _is_key(reference: str | None, literal: str | None) -> bool:
    """Whether a reference is the one that is asked for; all those of aws/s3 are one (fact A12)."""
    if KeyReference.parse(literal).form is KeyForm.AWS_MANAGED:
        return KeyReference.parse(reference).form is KeyForm.AWS_MANAGED
    return reference == literal
