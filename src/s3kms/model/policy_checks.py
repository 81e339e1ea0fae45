"""What IAM Access Analyzer says of policy documents before they are written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum

from s3kms.model.operations import Operation
from s3kms.model.unknown import Unknown

VALIDATE_POLICY = Operation(
    "accessanalyzer",
    "ValidatePolicy",
    "access-analyzer:ValidatePolicy",
    why="what Access Analyzer says of a document before it is written",
)
CHECK_NO_NEW_ACCESS = Operation(
    "accessanalyzer",
    "CheckNoNewAccess",
    "access-analyzer:CheckNoNewAccess",
    why="whether a document gives more than the present one, charged per check",
)
CHECK_NO_PUBLIC_ACCESS = Operation(
    "accessanalyzer",
    "CheckNoPublicAccess",
    "access-analyzer:CheckNoPublicAccess",
    why="whether a document opens a key or bucket to the public, charged per check",
)
VALIDATE_OPERATIONS = frozenset({VALIDATE_POLICY})
PAID_CHECK_OPERATIONS = frozenset({CHECK_NO_NEW_ACCESS, CHECK_NO_PUBLIC_ACCESS})
DOLLARS_PER_PAID_CHECK = 0.0020
PAID_CHECK_PRICE = (
    f"${DOLLARS_PER_PAID_CHECK:.4f} a check (prices of IAM Access Analyzer, November 2026, "
    "https://aws.amazon.com/iam/access-analyzer/pricing/)"
)
"""For a sentence, with its date and its page."""


class CheckedKind(Enum):
    """What a document is attached to."""

    KEY = "a key policy"
    BUCKET = "a bucket policy"
    IDENTITY = "a policy of IAM"


class FindingSeverity(StrEnum):
    """How Access Analyzer ranks what it finds, the gravest first."""

    ERROR = "error"
    SECURITY_WARNING = "security warning"
    WARNING = "warning"
    SUGGESTION = "suggestion"


class PaidCheck(StrEnum):
    """What Access Analyzer proves for a charge."""

    NEW_ACCESS = "new access"
    PUBLIC_ACCESS = "public access"


@dataclass(frozen=True, slots=True)
class PolicyToCheck:
    """One document that would be written."""

    name: str
    """In a sentence: `the policy of key arn:…`."""
    kind: CheckedKind
    document: str
    """JSON."""
    before: str | None = None
    """What is there now; None where there is nothing, or nobody read it."""
    region: str = "us-east-1"
    """Where it is checked: the documents of IAM have no region."""

    @property
    def paid_checks(self) -> tuple[PaidCheck, ...]:
        """The checks that fit it: what is new needs something to compare with, and no identity is public."""
        new = (PaidCheck.NEW_ACCESS,) if self.before is not None else ()
        return new if self.kind is CheckedKind.IDENTITY else (*new, PaidCheck.PUBLIC_ACCESS)


@dataclass(frozen=True, slots=True)
class PolicyFinding:
    """One thing that ValidatePolicy says, in AWS's words."""

    severity: FindingSeverity
    code: str
    """AWS's own: `MISSING_VERSION`."""
    details: str
    link: str = ""
    line: int | None = None
    """Where in the document, from 1."""


@dataclass(frozen=True, slots=True)
class PaidAnswer:
    """What a paid check found."""

    is_found: bool
    """Whether there is such access. What is prepared only widens: new access is meant, public access is not."""
    message: str = ""
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckedPolicy:
    """What Access Analyzer says of one document; Unknown for what it did not answer."""

    policy: PolicyToCheck
    findings: tuple[PolicyFinding, ...] | Unknown
    paid: Mapping[PaidCheck, PaidAnswer | Unknown] = field(default_factory=dict)

    @property
    def is_refused(self) -> bool:
        """Whether a part of it does not work, in the judgment of Access Analyzer."""
        return not isinstance(self.findings, Unknown) and any(
            one.severity is FindingSeverity.ERROR for one in self.findings
        )
