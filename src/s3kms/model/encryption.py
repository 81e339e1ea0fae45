"""A bucket's default encryption, exactly as S3 keeps it."""

from dataclasses import dataclass
from enum import StrEnum

from s3kms.model.unknown import Unknown, known

SSE_S3 = "AES256"
SSE_KMS = "aws:kms"
DSSE_KMS = "aws:kms:dsse"
KMS_ALGORITHMS = (SSE_KMS, DSSE_KMS)
SSE_C = "SSE-C"

ALGORITHM_NAMES = {SSE_S3: "SSE-S3", SSE_KMS: "SSE-KMS", DSSE_KMS: "DSSE-KMS"}
"""AWS's name for people, of each algorithm that a default can have and we can judge.

The list of the API is longer and grows (`aws:fsx`, `aws:backup`, fact A2): what is not
here is UNKNOWN, never a pass or a fail.
"""


_FOR_ACCESS_POINTS = ("aws:fsx", "aws:backup")
"""Algorithms of the API that no bucket's default can have (fact A29)."""


def describe_refused_algorithm(algorithm: str) -> str:
    """Why a default cannot have an algorithm that code gives it, as the end of a sentence: it names those that it can
    have, and the one that was meant, where that is plain.
    """
    accepted = f"{SSE_S3}, {SSE_KMS} or {DSSE_KMS}"
    if algorithm in _FOR_ACCESS_POINTS:
        return f"{algorithm!r}, which is for access points; a bucket's default is {accepted}"
    meant = _meant_algorithm(algorithm)
    return f"{algorithm!r}, which S3 refuses: it accepts {accepted}{f'; {meant} is meant' if meant else ''}"


def _meant_algorithm(algorithm: str) -> str | None:
    letters = "".join(filter(str.isalnum, algorithm.casefold()))
    if "dsse" in letters:
        return DSSE_KMS
    if "kms" in letters:
        return SSE_KMS
    return SSE_S3 if "aes" in letters or letters in {"sses3", "256"} else None


class KeyKind(StrEnum):
    """Who manages the key behind an SSE-KMS default."""

    AWS_MANAGED = "aws-managed"
    CUSTOMER_MANAGED = "customer-managed"
    UNKNOWN = "unknown"
    """A key is named and KMS was not asked (or did not say) whose it is."""


@dataclass(frozen=True, slots=True)
class Encryption:
    """The one rule of a bucket's default encryption, with all three of its parts (fact A1).

    A put replaces the whole rule (fact A19), so what is not understood here is still kept:
    a part that S3 did not mention is None, which is not the same as empty or false.
    """

    algorithm: str | None
    """`SSEAlgorithm` as S3 said it; None where the rule has no such part, or there is no rule."""
    key: str | None = None
    """`KMSMasterKeyID` as S3 said it: id, ARN, alias, alias ARN; None with `aws:kms` is aws/s3 (A12)."""
    bucket_key: bool | Unknown | None = None
    """`BucketKeyEnabled`; Unknown where the source cannot tell it."""
    blocked: tuple[str, ...] | Unknown | None = None
    """`BlockedEncryptionTypes.EncryptionType`; Unknown where the source cannot tell it."""
    other_parts: tuple[str, ...] = ()
    """The names of further parts that this version does not know: a put would drop them (fact A19)."""

    @property
    def is_kms(self) -> bool:
        """Whether a KMS key, of whatever kind, guards new objects."""
        return self.algorithm in KMS_ALGORITHMS

    @property
    def name(self) -> str:
        """AWS's name for people: `SSE-KMS`."""
        if self.algorithm is None:
            return "no default algorithm"
        return ALGORITHM_NAMES.get(self.algorithm, self.algorithm)

    @property
    def meaning(self) -> tuple[object, ...]:
        """What S3 does with it: "not mentioned", "false" and "nothing blocked" are one thing to S3."""
        blocked = tuple(sorted(set(known(self.blocked) or ()) - {"NONE"}))
        return (self.algorithm or SSE_S3, self.key, bool(known(self.bucket_key)), blocked)

    def means_the_same(self, other: "Encryption") -> bool:
        """Whether S3 treats new objects alike under both."""
        return self.meaning == other.meaning


NO_CONFIGURATION = Encryption(algorithm=None)
"""What a server says that knows no default at all (fact A7); AWS itself no longer does."""
