"""What a rule says of a bucket, and the sum of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from s3kms.model.advice import NO_ADVICE, Advice, Sentence
from s3kms.model.bucket import Bucket, Evidence
from s3kms.model.encryption import Encryption, KeyKind
from s3kms.model.exits import Exit
from s3kms.model.place import Place
from s3kms.model.scan_context import RuleText, ScanContext, Severity
from s3kms.model.unknown import Unknown


class Verdict(StrEnum):
    """The four answers."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    UNKNOWN = "unknown"
    EXEMPT = "exempt"

    @property
    def meaning(self) -> str:
        """In words. The manual's tables are generated from here."""
        return _VERDICT_MEANINGS[self]


_VERDICT_MEANINGS = {
    Verdict.PASS: "new objects are encrypted as the rule asks",
    Verdict.FAIL: "they are not",
    Verdict.UNKNOWN: "a fact that decides could not be read; the reason and what to do are in the finding",
    Verdict.EXEMPT: "it would fail, and `s3kms.toml` or a comment in code exempts it, with a reason",
}


class Difference(StrEnum):
    """What became of a finding since an earlier result, the most urgent first."""

    WORSE = "worse"
    NEW = "new"
    CHANGED = "changed"
    GONE = "gone"
    UNCOMPARED = "uncompared"
    BETTER = "better"
    UNCHANGED = "unchanged"

    @property
    def meaning(self) -> str:
        """In words. The manual's table is generated from here."""
        return _MEANINGS[self]


_MEANINGS = {
    Difference.WORSE: "it passed or was exempt and is no longer, or it was unknown and fails",
    Difference.NEW: "the earlier result says nothing of the bucket",
    Difference.CHANGED: "not the same, and neither better nor worse: another default encryption under the same "
    "verdict, a pass that became exempt or the other way round, or a failure that became unknown",
    Difference.GONE: "the earlier result has it, and this check would have come across it and did not",
    Difference.UNCOMPARED: "the earlier result did not look: it has no finding of this rule, or could not list "
    "such buckets",
    Difference.BETTER: "it failed or was unknown, and now passes or is exempt",
    Difference.UNCHANGED: "the same verdict, and the same default encryption",
}


@dataclass(frozen=True, slots=True)
class Before:
    """What an earlier result said of a bucket under one rule."""

    verdict: Verdict
    encryption: Encryption | None = None
    key_kind: KeyKind | None = None
    account: str | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Why a failure is exempt."""

    why: str
    place: Place | None = None
    """Where it is said beside the code; None where the configuration says it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule's verdict on one bucket. Passes are findings too."""

    rule: str
    severity: Severity
    verdict: Verdict
    bucket: str | None
    message: str
    advice: Advice = NO_ADVICE
    account: str | None = None
    region: str | None = None
    arn: str | None = None
    resource: str | None = None
    places: tuple[Place, ...] = ()
    code_places: tuple[Place, ...] = ()
    """Where the code declares what a plan has; empty where `places` are in the code, or it is not known."""
    encryption: Encryption | None = None
    """None where it could not be read."""
    key_kind: KeyKind | None = None
    evidence: Evidence | None = None
    difference: Difference | None = None
    """None where nothing was compared."""
    before: Before | None = None
    """None where the earlier result says nothing of it, or there is none."""
    acceptance: Acceptance | None = None
    """None where it is not exempt, or where a saved result does not tell."""
    unknown: Unknown | None = None
    """The fact that decides and is not known; None where the verdict is not UNKNOWN."""


@dataclass(frozen=True, slots=True)
class GoneFinding:
    """A finding of the earlier result whose bucket did not come up again."""

    rule: str
    bucket: str | None
    arn: str | None
    resource: str | None
    before: Before
    file: str | None = None
    """None where it has an ARN."""


def make_finding(
    bucket: Bucket,
    *,
    rule: str,
    severity: Severity,
    verdict: Verdict,
    message: str,
    advice: Advice,
    acceptance: Acceptance | None = None,
    unknown: Unknown | None = None,
) -> Finding:
    """A finding on a bucket, with what is known of the bucket, and how well."""
    return Finding(
        rule=rule,
        severity=severity,
        verdict=verdict,
        bucket=bucket.name,
        message=f"{message}; {bucket.caveat}" if bucket.caveat else message,
        advice=advice,
        account=bucket.account,
        region=bucket.region,
        arn=bucket.arn,
        resource=bucket.resource,
        places=bucket.places,
        code_places=bucket.code_places,
        encryption=bucket.encryption if isinstance(bucket.encryption, Encryption) else None,
        key_kind=bucket.key_kind,
        evidence=bucket.evidence,
        acceptance=acceptance,
        unknown=unknown,
    )


@dataclass(frozen=True, slots=True)
class DifferenceSummary:
    """How often each difference from an earlier result was found."""

    source: str
    """What a reader calls the earlier result: the name of its file."""
    differences: Mapping[Difference, int]
    unseen: int
    """Findings of the earlier result that this check could not have come across."""


@dataclass(frozen=True, slots=True)
class Summary:
    """The sum of a scan, and its last event."""

    buckets: int
    verdicts: Mapping[Verdict, int]
    gone: tuple[str, ...] = ()
    """Buckets deleted during the scan: not counted."""
    missing: tuple[str, ...] = ()
    """Buckets that were named and are not there."""
    notes: tuple[Sentence, ...] = ()
    """What a reader must know to read the result right: an expired exemption, say."""
    since: DifferenceSummary | None = None
    """None where nothing was compared."""
    rules: tuple[RuleText, ...] = ()
    """The rules that were evaluated, where rules were."""
    context: ScanContext | None = None

    @property
    def exit(self) -> Exit:
        """Three questions have different answers: anything checked, anything found, everything known."""
        if not self.buckets and not any(self.verdicts.values()):
            return Exit.NOTHING
        if self.verdicts[Verdict.FAIL]:
            return Exit.FINDINGS
        if self.verdicts[Verdict.UNKNOWN] or self.missing:
            return Exit.UNKNOWNS
        return Exit.OK


class SummaryBuilder:
    """Adds up a scan as its events flow by, so that nobody has to keep them."""

    def __init__(self) -> None:
        self._verdicts = dict.fromkeys(Verdict, 0)
        self._gone: list[str] = []
        self._missing: list[str] = []
        self._notes: list[Sentence] = []
        self.buckets = 0

    @property
    def failing(self) -> int:
        """Findings that fail or are unknown."""
        return self._verdicts[Verdict.FAIL] + self._verdicts[Verdict.UNKNOWN]

    @property
    def has_missing(self) -> bool:
        """Whether a bucket that was named is not there."""
        return bool(self._missing)

    def add_finding(self, finding: Finding) -> None:
        """Count one finding."""
        self._verdicts[finding.verdict] += 1

    def add_gone(self, name: str) -> None:
        """A bucket that was deleted during the scan."""
        self._gone.append(name)

    def add_missing(self, name: str) -> None:
        """A bucket that was named and is not there."""
        self._missing.append(name)

    def add_note(self, sentence: Sentence) -> None:
        """Something a reader must know."""
        self._notes.append(sentence)

    def build(
        self,
        *,
        since: DifferenceSummary | None = None,
        rules: tuple[RuleText, ...] = (),
        context: ScanContext | None = None,
    ) -> Summary:
        """The sum so far."""
        return Summary(
            self.buckets,
            dict(self._verdicts),
            tuple(self._gone),
            tuple(self._missing),
            tuple(self._notes),
            since,
            rules,
            context,
        )
