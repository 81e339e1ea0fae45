"""One finding of another tool, as far as it decides whether its bucket is looked at."""

from dataclasses import dataclass
from enum import StrEnum


class ExternalOutcome(StrEnum):
    """What the other tool says of the bucket."""

    FAILED = "failed"
    PASSED = "passed"
    NOT_JUDGED = "not judged"
    """A warning, not available, not applicable, to be looked at by hand."""


@dataclass(frozen=True, slots=True)
class ExternalFinding:
    """A check of another tool and one resource that it is about."""

    checks: tuple[str, ...]
    """Every id that the record gives its check; empty where the file tells none (Cloud Custodian)."""
    outcome: ExternalOutcome
    is_closed: bool = False
    """Suppressed, muted, resolved or archived there."""
    resource: str | None = None
    """The ARN or name of a live resource."""
    is_bucket: bool = True
    """Whether the record says, by type or by ARN, that it is a bucket of S3."""
    path: str | None = None
    """The file of code that declares the resource."""
    account: str | None = None
    is_every_check: bool = False
    """Whether the file holds what a query of the user's own selected, with no check's id."""


class UnreadableFindings(Exception):
    """A file that is not in a known format, or that cannot be read to its end; `str()` ends the sentence "FILE …"."""
