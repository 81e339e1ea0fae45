"""A fact that nobody could establish, as a value."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from s3kms.model.advice import Advice

T = TypeVar("T")


class UnknownCause(StrEnum):
    """Why a fact is not known, for programs: the sort of obstacle."""

    DENIED = "denied"
    NOT_FOUND = "not_found"
    THROTTLED = "throttled"
    UNREACHABLE = "unreachable"
    BAD_ANSWER = "bad_answer"
    CREDENTIALS = "credentials"
    NOT_LISTED = "not_listed"
    FILE_UNREAD = "file_unread"
    UNSUPPORTED = "unsupported"
    UNRESOLVED = "unresolved"
    BUDGET = "budget"
    NOT_READ = "not_read"

    @property
    def meaning(self) -> str:
        """In words. The manual's table is generated from here."""
        return _CAUSE_MEANINGS[self]


_CAUSE_MEANINGS = {
    UnknownCause.DENIED: "AWS refused the call to this identity",
    UnknownCause.NOT_FOUND: "the bucket, key or alias does not exist where it was looked for",
    UnknownCause.THROTTLED: "AWS was still asking to slow down when the retries ran out",
    UnknownCause.UNREACHABLE: "no connection, or no complete answer in time",
    UnknownCause.BAD_ANSWER: "an answer that AWS would not give",
    UnknownCause.CREDENTIALS: "no credentials, or AWS does not accept them",
    UnknownCause.NOT_LISTED: "the listing that would name it failed, or does not hold it",
    UnknownCause.FILE_UNREAD: "a file is there and was not read",
    UnknownCause.UNSUPPORTED: "s3kms does not evaluate it",
    UnknownCause.UNRESOLVED: "code leaves it open: a value that only a deployment tells",
    UnknownCause.BUDGET: "it would take more work or memory than is allowed",
    UnknownCause.NOT_READ: "it was not requested, or the source does not report it",
}


@dataclass(frozen=True, slots=True)
class Unknown:
    """It is neither yes nor no: it says why it is not known, and how to find out.

    It travels to every report; no rule may turn it into a pass or a fail.
    """

    cause: UnknownCause
    why: str
    """What stood in the way: `AccessDenied from GetBucketEncryption`."""
    advice: Advice
    """What a person does about it: `allow s3:GetEncryptionConfiguration on …`."""
    code: str | None = None
    """AWS's own error code, where there was one: `AccessDenied`."""
    operation: str | None = None
    """The call that got no usable answer: `GetBucketEncryption`."""


def known(value: "T | Unknown | None") -> "T | None":
    """The value; None where it is Unknown. For places that only show it, never for a verdict."""
    return None if isinstance(value, Unknown) else value


NOT_READ = Unknown(
    UnknownCause.NOT_READ, "this fact was not read", Advice("a rule that uses it must name it in its `needs`")
)
"""The value of a fact that no rule asked for, so that forgetting to ask is loud."""
