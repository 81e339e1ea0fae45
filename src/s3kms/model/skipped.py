"""A bucket that is not changed, and why: the other answer of every plan, of buckets in an account and of code."""

from dataclasses import dataclass

from s3kms.model.advice import NO_ADVICE, Advice
from s3kms.model.bucket import Bucket


@dataclass(frozen=True, slots=True)
class Skipped:
    """Why a bucket is not changed, and what a person can do about it."""

    reason: str
    """In a sentence whose subject is the bucket: `is exempt: …`, `has SSE-KMS already`."""
    remedy: Advice = NO_ADVICE
    is_unknown: bool = False
    """It may well need a change, or needs one that cannot be made."""
    is_compliant: bool = False
    """It is as it was asked for already."""
    is_refusal: bool = False
    """What is asked cannot be done to it; where the bucket itself was named, nothing is done at all."""
    hazards: tuple[str, ...] = ()
    """The ids of the hazards that keep it from being changed; `unread` for facts that could not be read."""


@dataclass(frozen=True, slots=True)
class SkippedBucket:
    """A bucket that is not changed, and why."""

    bucket: Bucket
    skipped: Skipped
    snippet: str = ""
    """Code to paste, where an editor offers some."""
