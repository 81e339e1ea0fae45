"""A policy that a plan needs and that is not written: why, and what it would be. Pure."""

from dataclasses import dataclass

from s3kms.model.advice import NO_ADVICE, Advice
from s3kms.model.policy_checks import CheckedKind


@dataclass(frozen=True, slots=True)
class LeftPolicy:
    """A document that somebody else has to write."""

    title: str
    """`the policy of s3://logs`, `policy arn:aws:iam::…:policy/readers`."""
    kind: CheckedKind | None
    """None for a configuration that is no policy."""
    region: str
    why: str
    advice: Advice = NO_ADVICE
    before: str = ""
    """Empty where nothing is there yet."""
    after: str = ""
    """Empty where it could not be read or merged."""
    subject: str = ""
    """The ARN of a key, `s3://logs`; empty for what is neither."""
