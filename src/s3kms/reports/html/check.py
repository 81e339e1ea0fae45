"""The page of a check: its findings as rows, and what stands above them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from s3kms.model.advice import Command
from s3kms.model.findings import Finding, GoneFinding, Summary, Verdict
from s3kms.model.scan_context import RuleText, ScanContext
from s3kms.model.stream import ScanEvent
from s3kms.model.targets import is_bucket_name
from s3kms.reports.describe import (
    describe_comparison,
    describe_controls,
    describe_finding_encryption,
    describe_state,
    describe_summary,
    note_lines,
)
from s3kms.reports.html.context_facts import context_facts
from s3kms.reports.html.document import page_body, page_head, page_rows
from s3kms.reports.html.fields import Field, FieldKind, Status
from s3kms.reports.html.flow import Flow
from s3kms.reports.html.steps import NextSteps
from s3kms.reports.html.tallies import StatusTally, segments
from s3kms.reports.html.text_table import TextTable, shown_name
from s3kms.reports.interface import EventFold, ReportStyle
from s3kms.text.sanitize import printable

STATUSES = (
    Status(Verdict.FAIL.value, "fail", "bad"),
    Status(Verdict.UNKNOWN.value, "unknown", "unsure"),
    Status(Verdict.EXEMPT.value, "exempt", "calm"),
    Status(Verdict.PASS.value, "pass", "good"),
)
"""The gravest first."""
_PLACE = {Verdict(status.id): place for place, status in enumerate(STATUSES)}
TITLE = "Default encryption of S3 buckets"
MAX_CODE_PLACES, MAX_GONE = 5, 200


@dataclass(slots=True)
class _Fold:
    """What is kept of the findings while they become rows."""

    style: ReportStyle
    texts: TextTable = field(default_factory=TextTable)
    accounts: StatusTally = field(default_factory=lambda: StatusTally("account", STATUSES))
    regions: StatusTally = field(default_factory=lambda: StatusTally("region", STATUSES))
    reasons: StatusTally = field(default_factory=lambda: StatusTally("reason", STATUSES))
    rules: StatusTally = field(default_factory=lambda: StatusTally("rule", STATUSES))
    steps: NextSteps = field(default_factory=NextSteps)
    flow: Flow = field(default_factory=Flow)
    has_code: bool = False

    def row(self, finding: Finding) -> list[Any]:
        """The finding as a row, counted."""
        status, reason = _PLACE[finding.verdict], reason_of(finding)
        self.accounts.add(finding.account, status)
        self.regions.add(finding.region, status)
        self.rules.add(finding.rule, status)
        if finding.verdict is not Verdict.PASS:
            self.reasons.add(reason, status)
        target = plan_target(finding) if finding.verdict is Verdict.FAIL else ""
        command = self.style.wording(Command("plan", (target,))) if target else ""
        self.steps.add(finding, reason, self.style.wording, target)
        if self.style.is_compared:
            self.flow.add(finding)
        return self._cells(finding, status, reason, command)

    def _cells(self, finding: Finding, status: int, reason: str, command: str) -> list[Any]:
        name, evidence, number = finding.bucket, finding.evidence, self.texts.number
        place = describe_places(finding)
        self.has_code = self.has_code or bool(place)
        return [
            status,
            shown_name(finding.bucket or finding.resource or "(not listed)"),
            number(finding.account),
            number(finding.region),
            number(finding.rule),
            number(finding.difference and finding.difference.value),
            number(describe_finding_encryption(finding, short=True), name),
            *((0, 0) if finding.verdict is Verdict.PASS else (number(reason), number(finding.message, name))),
            number(finding.message, name),
            number(finding.advice.worded(self.style.wording), name),
            number(command, name),
            number(describe_state(finding.before), name) if finding.before else 0,
            number(place),
            number(finding.arn, name),
            number(evidence.operation if evidence else ""),
            printable(evidence.request_id or "")[:100] if evidence else "",
            f"{evidence.at:%Y-%m-%d %H:%M:%S} UTC" if evidence else "",
        ]

    def fields(self) -> list[Field]:
        """What the places of a row are; columns without news are left out."""
        several_rules = "wide" if len(self.rules) > 1 else ""
        compared = "wide" if self.style.is_compared else ""
        accounts = "wide" if len(self.accounts) > 1 else ""
        return [
            Field("verdict", "Verdict", FieldKind.STATUS, "always"),
            Field("bucket", "Bucket", FieldKind.NAME, "always"),
            Field("account", "Account", column=accounts, is_filter=True),
            Field("region", "Region", column="wide", is_filter=True),
            Field("rule", "Rule", column=several_rules, is_filter=len(self.rules) > 1),
            Field("change", "Change", column=compared, is_filter=self.style.is_compared),
            Field("encryption", "Default encryption", column="wide"),
            Field("reason", "Reason", is_filter=True, is_detail=False),
            Field("why", "Why", column="wide", is_detail=False),
            Field("message", "Verdict"),
            Field("advice", "What to do"),
            Field("command", "What would change, and break", FieldKind.COMMAND),
            Field("before", "Before"),
            Field("place", "In code"),
            Field("arn", "ARN"),
            Field("operation", "Evidence"),
            Field("request", "Request id", FieldKind.PLAIN),
            Field("at", "Time", FieldKind.PLAIN),
        ]


def render(events: Iterable[ScanEvent], style: ReportStyle) -> Iterator[str]:
    """The whole page, the rows as the findings come. Raises ValueError for a stream without a summary."""
    events_fold, fold = EventFold(), _Fold(style)
    title = style.title or TITLE
    yield page_head(title)
    yield from page_rows(map(fold.row, events_fold.findings(events)))
    summary, context = events_fold.summary, events_fold.started.context or events_fold.summary.context
    for gone in events_fold.gone:
        fold.flow.add_gone(gone)
    data = {
        "fields": [one.data() for one in fold.fields()],
        "statuses": [one.data() for one in STATUSES],
        "texts": fold.texts.texts,
        "identity": _identity(context),
    }
    rules = [rule for rule in events_fold.started.rules or summary.rules if rule.id in fold.rules]
    asked = [(rule, describe_controls(rule)) for rule in rules]
    values = _values(summary, fold)
    if style.by_control:
        values["charts"].insert(0, ("By control", _controls(rules, fold.rules)))
    values["gone"] = [_describe_gone(one) for one in events_fold.gone[:MAX_GONE]]
    values["gone_left"] = max(0, len(events_fold.gone) - MAX_GONE)
    yield page_body("check.html", data, title=title, facts=_facts(summary, context), rules=asked, **values)


def _values(summary: Summary, fold: _Fold) -> dict[str, Any]:
    counts = [summary.verdicts[Verdict(status.id)] for status in STATUSES]
    wording = fold.style.wording
    return {
        "headline": _headline(summary),
        "sum": describe_summary(summary),
        "verdicts": segments(counts, STATUSES),
        "steps": fold.steps.ordered(wording),
        "steps_left": fold.steps.left,
        "charts": [
            ("By account", fold.accounts),
            ("By region", fold.regions),
            ("By reason", fold.reasons),
            *([("By rule", fold.rules)] if len(fold.rules) > 1 else []),
        ],
        "flow": fold.flow.drawn(summary.since) if summary.since else None,
        "since": describe_comparison(summary.since) if summary.since else "",
        "notes": note_lines(summary, wording),
        "missing": summary.missing,
        "statuses": STATUSES,
        "noun": "finding" if sum(counts) != summary.buckets else "bucket",
    }


def _headline(summary: Summary) -> str:
    """The answer, in one sentence."""
    fail, unknown = summary.verdicts[Verdict.FAIL], summary.verdicts[Verdict.UNKNOWN]
    total = sum(summary.verdicts.values())
    missing = f"{len(summary.missing):,} named {'is' if len(summary.missing) == 1 else 'are'} not there"
    if not total:
        return f"{missing}." if summary.missing else "Nothing was checked."
    noun = "bucket" if total == summary.buckets else "finding"
    if total == 1:
        verb = "fails" if fail else "could not be checked" if unknown else "does not fail"
        parts = [f"The {noun} {verb}"]
    elif fail == total:
        parts = [f"All {total:,} {noun}s fail"]
    else:
        some = f"{fail:,} of {total:,} {noun}s {'fails' if fail == 1 else 'fail'}"
        parts = [some if fail else f"None of {total:,} {noun}s fails"]
        parts += [f"{unknown:,} could not be checked"] if unknown else []
    parts += [missing] if summary.missing else []
    return f"{', '.join(parts)}."


def _identity(context: ScanContext | None) -> dict[str, str] | None:
    """Who made the calls in the account of the credentials."""
    if context is None or not context.identity:
        return None
    return {"name": printable(context.identity), "account": context.account or ""}


def _controls(rules: Sequence[RuleText], by_rule: StatusTally) -> StatusTally:
    """Findings by what frameworks ask: of all rules that answer it together."""
    controls = StatusTally("rule", STATUSES)
    for rule in rules:
        for one in rule.compliance:
            for control in one.ids:
                controls.add_counts_of(f"{one.framework} {control}", by_rule, rule.id)
    return controls


def _describe_gone(gone: GoneFinding) -> str:
    name = gone.bucket or gone.resource or gone.arn or "(not listed)"
    where = ", ".join(one for one in (gone.before.account, gone.before.region) if one)
    return (
        f"{name} ({where}; was {gone.before.verdict.value})"
        if where
        else f"{name} (was {gone.before.verdict.value})"
    )


def _facts(summary: Summary, context: ScanContext | None) -> list[tuple[str, str]]:
    """What was looked at, as whom, when and by which s3kms."""
    return [("Buckets", f"{summary.buckets:,}"), *context_facts(context)]


def reason_of(finding: Finding) -> str:
    """The message without the bucket's name, so that buckets with the same trouble are one reason."""
    name = finding.bucket or finding.resource
    if not name:
        return finding.message
    return finding.message.replace(f"s3://{name}", "the bucket").replace(name, "the bucket")


def plan_target(finding: Finding) -> str:
    """What a plan calls the bucket of a finding: `s3://name`, or the file that declares it; empty for neither."""
    place = next((one for one in finding.places if one.line is not None), None)
    if place is not None and printable(place.uri) == place.uri:
        return place.uri
    service = (finding.arn or "").split(":")[2:3]
    is_live = service in (["s3"], ["s3express"]) and finding.resource is None
    if is_live and finding.bucket and is_bucket_name(finding.bucket):
        return f"s3://{finding.bucket}"
    return ""


def describe_places(finding: Finding) -> str:
    """Where code declares it: `infra/logs.yaml:12`."""
    places = [one for one in (*finding.places, *finding.code_places) if one.line is not None]
    return ", ".join(f"{one.uri}:{one.line}" for one in places[:MAX_CODE_PLACES])
