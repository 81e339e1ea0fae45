"""A scan's stream of events without a scan, and what a format makes of it."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import chain

from s3kms.desired.configuration import Configuration
from s3kms.model.advice import Sentence
from s3kms.model.findings import Finding, SummaryBuilder
from s3kms.model.scan_context import RuleText, ScanContext, ScanScope, ScanStarted, ScopeKind
from s3kms.model.stream import Note, ScanEvent
from s3kms.reports import find_format
from s3kms.reports.interface import ReportStyle
from s3kms.results.comparison import Comparison, ComparisonScope
from s3kms.results.earlier import EarlierResult
from s3kms.rules import RULES
from s3kms.rules.interface import Rule
from s3kms.scan.evaluation import BucketEvaluator


def events_of(
    findings: Iterable[Finding],
    *,
    notes: Iterable[str] = (),
    since: Comparison | None = None,
    rules: tuple[RuleText, ...] = (),
    context: ScanContext | None = None,
) -> Iterator[ScanEvent]:
    """The findings as they come, compared where there is something to compare with; the summary last."""
    total, buckets = SummaryBuilder(), set[tuple[str | None, ...]]()
    for one in findings:
        found = since.compare(one) if since else one
        total.add_finding(found)
        buckets.add((found.account, found.arn, found.bucket, found.resource))
        yield found
    total.buckets = sum(1 for _, *names in buckets if any(names))
    for sentence in (*map(Sentence, notes), *(since.notes() if since else ())):
        total.add_note(sentence)
        yield Note(sentence)
    if since:
        yield from since.gone()
    yield total.build(since=since.summary() if since else None, rules=rules, context=context)


def default_evaluator(*rules: Rule, configuration: Configuration | None = None) -> BucketEvaluator:
    """The default rule, or these, on a fixed day."""
    return BucketEvaluator(rules or (RULES[0],), configuration or Configuration(), date(2026, 11, 23))


def compared_with(earlier: Iterable[Finding], *rules: str) -> Comparison:
    """A comparison with `old.json`, by these rules, of everything."""
    return Comparison(EarlierResult("old.json", earlier), ComparisonScope(rules))


def pieces(
    form: str,
    findings: Iterable[Finding],
    style: ReportStyle | None = None,
    *,
    notes: Iterable[str] = (),
    since: Comparison | None = None,
    rules: tuple[RuleText, ...] = (),
    context: ScanContext | None = None,
) -> Iterator[str]:
    """What a format makes of the findings, piece by piece."""
    events = events_of(findings, notes=notes, since=since, rules=rules, context=context)
    return find_format(form).render(events, replace(style or ReportStyle(), is_compared=since is not None))


REPORT_AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
REPORT_IDENTITY = "arn:aws:iam::111122223333:user/auditor"
REPORT_CONTEXT = ScanContext(
    REPORT_AT,
    "111122223333",
    REPORT_IDENTITY,
    "0.3.0",
    ScanScope(ScopeKind.ACCOUNT, regions=("eu-central-1",)),
)


def report(
    form: str,
    findings: Iterable[Finding],
    style: ReportStyle | None = None,
    *,
    notes: Iterable[str] = (),
    context: ScanContext | None = REPORT_CONTEXT,
) -> str:
    """What a format makes of a whole scan, which says as whom, when and of what it was made."""
    texts = (RULES[0].text,)
    events = events_of(findings, notes=notes, rules=texts, context=context)
    return "".join(
        find_format(form).render(chain([ScanStarted(context, texts)], events), style or ReportStyle())
    )
