"""As whom, when and of what a scan was made, and by which rules: what every report says of itself."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

MAX_TARGETS_NAMED = 20
"""As many targets of a scan are named in a report; the others are counted."""


class Severity(StrEnum):
    """How much a failing bucket matters, in Security Hub's words."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class ScopeKind(StrEnum):
    """The sorts of thing that a scan looks at."""

    ACCOUNT = "account"
    ORGANIZATION = "organization"
    AGGREGATOR = "aggregator"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class ScanScope:
    """What a scan was asked to look at."""

    kind: ScopeKind | None
    """None where a saved result tells it in a phrase alone."""
    targets: tuple[str, ...] = ()
    """The first of them, as they were named; empty where every bucket was meant."""
    target_count: int = 0
    accounts: tuple[str, ...] = ()
    excluded_accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    phrase: str | None = None
    """As JSON lines tell it."""

    def describe(self, account: str | None = None) -> str:
        """In a phrase: `every bucket of account 111122223333 in eu-central-1`."""
        if self.phrase is not None:
            return self.phrase
        shown = ", ".join(self.targets)
        if (rest := self.target_count - len(self.targets)) > 0:
            shown += f" and {rest} more"
        where = f" in {', '.join(self.regions)}" if self.regions else ""
        if self.kind is ScopeKind.CODE:
            return f"the code {shown}"
        what = shown or "every bucket"
        return f"{what}{self._owner(account)}{where}"

    def _owner(self, account: str | None) -> str:
        if self.kind is ScopeKind.AGGREGATOR:
            return ""
        if self.kind is ScopeKind.ORGANIZATION:
            but = f" but {', '.join(self.excluded_accounts)}" if self.excluded_accounts else ""
            return f" of the organization{but}"
        accounts = self.accounts or ((account,) if account else ())
        if not accounts:
            return " of the account"
        return f" of {'account' if len(accounts) == 1 else 'accounts'} {', '.join(accounts)}"


@dataclass(frozen=True, slots=True)
class ScanContext:
    """As whom a scan was made, when, by which s3kms and of what."""

    at: datetime
    account: str | None = None
    """None where AWS was not called."""
    identity: str | None = None
    """The ARN that called; None where nobody asked who that is."""
    version: str | None = None
    """Of s3kms; None where a saved result does not tell."""
    scope: ScanScope | None = None
    """None where a saved result does not tell."""


@dataclass(frozen=True, slots=True)
class ComplianceRequirement:
    """What a framework asks that a rule answers, and who says that it does."""

    framework: str
    ids: tuple[str, ...]
    by: str


@dataclass(frozen=True, slots=True)
class RuleText:
    """What a report says about a rule. It comes with the events, for a format knows no rules."""

    id: str
    title: str
    severity: Severity
    overview: str
    risk: tuple[str, ...]
    exceptions: tuple[str, ...]
    remedy: str
    verification: str
    notes: tuple[str, ...] = ()
    page: str | None = None
    """The address of AWS's page about it."""
    compliance: tuple[ComplianceRequirement, ...] = ()
    """What frameworks ask that it answers."""


@dataclass(frozen=True, slots=True)
class ScanStarted:
    """As whom a scan is made, and by which rules: comes once, before the first finding."""

    context: ScanContext | None
    """None where a saved result does not tell."""
    rules: tuple[RuleText, ...] = field(default=())
    """Those that may be evaluated."""
