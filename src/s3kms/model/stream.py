"""What flows: from a source to the scan (`ScanItem`), and from the scan to whoever asked (`ScanEvent`)."""

from dataclasses import dataclass
from typing import TypeAlias

from s3kms.model.advice import Advice, Sentence
from s3kms.model.bucket import Bucket, BucketKind
from s3kms.model.code_fixes import CodeFixes
from s3kms.model.findings import Finding, GoneFinding, Summary
from s3kms.model.place import Place
from s3kms.model.scan_context import ScanStarted
from s3kms.model.unknown import Unknown


@dataclass(frozen=True, slots=True)
class DeletedDuringScan:
    """A bucket that was listed and deleted before it was read: noted, not counted."""

    name: str
    region: str | None = None


@dataclass(frozen=True, slots=True)
class TargetNotFound:
    """A bucket that was named as a target and is not there."""

    name: str
    advice: Advice


@dataclass(frozen=True, slots=True)
class AccountComplete:
    """An account whose buckets have all been yielded, and none of whose listings failed."""

    account: str


@dataclass(frozen=True, slots=True)
class UnlistedScope:
    """Which buckets could not be listed, as far as it is known."""

    account: str | None = None
    kind: BucketKind | None = None
    """None where it may be any."""
    places: tuple[Place, ...] = ()
    """An ARN with wildcards, or the file that was not read."""


@dataclass(frozen=True, slots=True)
class Unlisted:
    """Buckets that could not even be listed: of an account, of a region, of a file. Never "there are none"."""

    scope: UnlistedScope
    unknown: Unknown
    findings: tuple[Finding, ...] = ()
    """UNKNOWN under every rule that was asked, without a bucket; the scan adds them, a source leaves it empty."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something a reader must know to read the result right."""

    sentence: Sentence


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a scan has come. A snapshot; it does not change afterwards."""

    buckets: int = 0
    findings: int = 0
    """Those that fail or are unknown."""
    accounts: int = 0
    """Accounts that are through."""
    accounts_known: int = 0
    all_accounts_known: bool = False
    """Whether the list of accounts has been read to its end."""
    retries: int = 0
    throttled: int = 0
    """Answers that asked for less."""
    seconds: float = 0.0
    """Since the scan began."""


ScanItem: TypeAlias = (
    Bucket | DeletedDuringScan | TargetNotFound | Unlisted | AccountComplete | Note | Progress
)
"""What a source yields. Its Progress knows of accounts, retries and throttling; the scan adds the rest."""

ScanEvent: TypeAlias = (
    ScanStarted | Finding | Unlisted | GoneFinding | CodeFixes | Note | AccountComplete | Progress | Summary
)
"""What a scan yields. ScanStarted comes before the first finding; the Summary is the last. Each comes once."""


def findings_in(event: ScanEvent) -> tuple[Finding, ...]:
    """The findings that an event is or brings: what could not be listed is UNKNOWN under every rule."""
    if isinstance(event, Finding):
        return (event,)
    return event.findings if isinstance(event, Unlisted) else ()
