"""Accepted risks that are written beside the code: in a comment, or in metadata."""

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from s3kms.model.encryption import Encryption
from s3kms.model.place import Place
from s3kms.model.unknown import Unknown

OWN_TOOL = "s3kms"
"""Who skips what is written for this tool."""


class HasEncryptions(Protocol):
    """A bucket, as far as a suppression looks at one."""

    @property
    def encryptions(self) -> tuple[Encryption | Unknown, ...]:
        """The default encryption in every way the bucket may come out."""
        ...


@dataclass(frozen=True, slots=True)
class Suppression:
    """One accepted risk: it says why, and may end. Written for this tool, or for another one."""

    rule: str | None
    """The id of our rule; None only where there is a flaw."""
    reason: str
    until: date | None
    """The last day it counts."""
    place: Place
    by: str = OWN_TOOL
    """The tool that it is written for."""
    other_id: str | None = None
    """What the other tool calls the rule."""
    unset_only: bool = False
    """Whether the other tool's rule is about buckets without any default encryption, and no more than that."""
    flaw: str | None = None
    """Why it cannot be understood. It then covers nothing, and is told."""

    @property
    def is_own(self) -> bool:
        """Whether it is written for this tool, so that it counts without being asked for."""
        return self.by == OWN_TOOL

    @property
    def where(self) -> str:
        """`infra/logs.tf:12`."""
        return f"{self.place.uri}:{self.place.line}"

    def covers(self, bucket: HasEncryptions, rule: str) -> bool:
        """Whether it is about this rule and what it finds of this bucket, expired or not."""
        if self.flaw is not None or self.rule != rule:
            return False
        return not self.unset_only or _says_nothing(bucket)

    def has_expired(self, today: date) -> bool:
        """Whether its last day is over."""
        return self.until is not None and today > self.until

    def describe(self) -> str:
        """In a sentence of a report."""
        until = f", until {self.until.isoformat()}" if self.until else ""
        if self.is_own:
            return f"{self.reason}{until} ({self.where})"
        reason = f": {self.reason}" if self.reason else ""
        return f"{self.by} skips {self.other_id}{reason}{until} ({self.where})"


def _says_nothing(bucket: HasEncryptions) -> bool:
    """Whether no default encryption is said, in every way it may come out without KMS."""
    return all(isinstance(e, Encryption) and (e.is_kms or e.algorithm is None) for e in bucket.encryptions)
