"""What became of findings over many saved results: what is new, fixed and reopened in each, what is open longest.

A finding is open from the run in which it fails until one in which it passes or is exempt. That it is unknown in a
run, or that a run has nothing of it, closes nothing: not looked at is not fixed.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from s3kms.model.findings import Finding, Verdict
from s3kms.model.scan_context import ScanContext
from s3kms.results.earlier import Key, finding_key

TREND_RULES = """\
A finding is new in the run in which it first fails, and reopened where it fails after it passed or was exempt. It is
fixed in the run in which it passes after it failed, and accepted where it is exempt then. Unknown closes nothing, nor
does a run that has nothing of the bucket: not seen counts the open ones of which a run has nothing. Runs are ordered
by their date; results of different accounts and scopes may be mixed, for a finding is found again by its rule and the
ARN of its bucket, in code by its address and file."""
"""For the manual."""


@dataclass(frozen=True, slots=True)
class TrendRun:
    """One saved result in a series."""

    source: str
    at: datetime
    is_dated: bool
    """Whether the result says when it was made; else the date is that of its file."""
    context: ScanContext | None
    verdicts: Mapping[Verdict, int]
    new: int = 0
    fixed: int = 0
    accepted: int = 0
    reopened: int = 0
    not_seen: int = 0
    """Findings that were open before, and of which it has nothing."""
    open: int = 0
    """Findings that are open after it."""


@dataclass(frozen=True, slots=True)
class OpenFinding:
    """A finding that failed, and of which no later run says that it passes or is exempt."""

    rule: str
    bucket: str | None
    account: str | None
    region: str | None
    arn: str | None
    resource: str | None
    since: datetime
    """The run in which it failed first, or again after it had been closed."""
    last_seen: datetime
    """The last run that had it, failing or unknown."""
    reopened: int = 0
    """How often it came back."""


@dataclass(frozen=True, slots=True)
class Trend:
    """A series of results, the oldest first."""

    runs: tuple[TrendRun, ...]
    open: tuple[OpenFinding, ...]
    """Those that are open after the last run, the oldest first."""


@dataclass(frozen=True, slots=True)
class SeriesResult:
    """One result to be added to a series."""

    source: str
    at: datetime
    is_dated: bool
    context: ScanContext | None
    findings: Iterable[Finding]


@dataclass(slots=True, eq=False)
class _State:
    """What is remembered of one finding."""

    bucket: str | None
    account: str | None
    region: str | None
    resource: str | None
    since: datetime | None = None
    """Since when it is open; None where it is not."""
    last_seen: datetime | None = None
    has_failed: bool = False
    reopened: int = 0
    run: int = -1
    """The number of the last run that had it."""


@dataclass(slots=True)
class TrendBuilder:
    """Adds results up, the oldest first. Keeps one small record a bucket and rule."""

    _states: dict[tuple[str, Key], _State] = field(default_factory=dict)
    _runs: list[TrendRun] = field(default_factory=list)

    def add(self, result: SeriesResult) -> None:
        """One result, later than those before. Raises what reading its findings raises."""
        verdicts, changes = Counter[Verdict](), Counter[str]()
        number = len(self._runs)
        for finding in result.findings:
            verdicts[finding.verdict] += 1
            if finding.bucket is not None or finding.resource is not None:
                changes[self._step(finding, result.at, number)] += 1
        opened = [state for state in self._states.values() if state.since is not None]
        self._runs.append(
            TrendRun(
                result.source,
                result.at,
                result.is_dated,
                result.context,
                {one: verdicts[one] for one in Verdict},
                changes["new"],
                changes["fixed"],
                changes["accepted"],
                changes["reopened"],
                sum(state.run != number for state in opened),
                len(opened),
            )
        )

    def _step(self, finding: Finding, at: datetime, number: int) -> str:
        """What becomes of a finding in a run."""
        key = (finding.rule, finding_key(finding))
        state = self._states.get(key)
        if state is None:
            state = self._states[key] = _State(
                finding.bucket, finding.account, finding.region, finding.resource
            )
        state.run = number
        if finding.verdict is Verdict.FAIL:
            return self._fails(state, at)
        if state.since is None:
            return ""
        if finding.verdict is Verdict.UNKNOWN:
            state.last_seen = at
            return ""
        state.since = None
        return "fixed" if finding.verdict is Verdict.PASS else "accepted"

    def _fails(self, state: _State, at: datetime) -> str:
        state.last_seen = at
        if state.since is not None:
            return ""
        state.since = at
        if not state.has_failed:
            state.has_failed = True
            return "new"
        state.reopened += 1
        return "reopened"

    def build(self) -> Trend:
        """The series so far."""
        found = [
            OpenFinding(
                rule,
                state.bucket,
                state.account,
                state.region,
                key if isinstance(key, str) else None,
                state.resource,
                state.since,
                state.last_seen or state.since,
                state.reopened,
            )
            for (rule, key), state in self._states.items()
            if state.since is not None
        ]
        found.sort(key=lambda one: (one.since, one.account or "", one.bucket or one.resource or "", one.rule))
        return Trend(tuple(self._runs), tuple(found))
