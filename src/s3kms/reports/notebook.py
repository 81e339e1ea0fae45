"""What a notebook shows of a check and of a plan: a small table, worst first, and the sum."""

from collections.abc import Iterable
from heapq import nsmallest

from s3kms.model.describe import count_buckets
from s3kms.model.errors import S3kmsError
from s3kms.model.findings import Finding, Summary, Verdict
from s3kms.model.plan import PlanClass, PlanEvent, PlannedBucket, PlanSummary
from s3kms.model.stream import ScanEvent, findings_in
from s3kms.reports.describe import MARKS, describe_bucket, describe_finding_encryption, describe_summary
from s3kms.text.html_table import MAX_ROWS, html_paragraph, html_table

_ORDER = {
    verdict: rank
    for rank, verdict in enumerate((Verdict.FAIL, Verdict.UNKNOWN, Verdict.EXEMPT, Verdict.PASS))
}
_CHECK_TITLES = ("verdict", "bucket", "account", "region", "default encryption", "why")
_PLAN_TITLES = ("class", "bucket", "account", "region", "key", "why")


def check_html(events: Iterable[ScanEvent]) -> str:
    """The events of a whole check."""
    findings: list[Finding] = []
    summary: Summary | None = None
    for event in events:
        findings.extend(findings_in(event))
        if isinstance(event, Summary):
            summary = event
    first = nsmallest(MAX_ROWS, findings, key=lambda one: _ORDER[one.verdict])
    notes = [describe_summary(summary), *(note.worded() for note in summary.notes)] if summary else []
    return html_table(_CHECK_TITLES, map(_finding_row, first), total=len(findings), notes=notes)


def assessment_html(events: Iterable[PlanEvent]) -> str:
    """What a plan finds, bucket by bucket."""
    buckets: list[PlannedBucket] = []
    notes: list[str] = []
    for event in events:
        if isinstance(event, PlannedBucket):
            buckets.append(event)
        if isinstance(event, PlanSummary):
            classes = ", ".join(f"{event.classes.get(one, 0)} {one.value}" for one in PlanClass)
            notes = [f"{count_buckets(len(buckets))}: {classes}", *(note.worded() for note in event.notes)]
    first = nsmallest(MAX_ROWS, buckets, key=lambda one: -one.plan_class.gravity)
    return html_table(_PLAN_TITLES, map(_planned_row, first), total=len(buckets), notes=notes)


def error_html(error: S3kmsError) -> str:
    """An error in the place of a table."""
    return html_paragraph(
        f"{type(error).__name__}: {error}", *([error.advice.worded()] if error.advice else [])
    )


def _finding_row(finding: Finding) -> tuple[str, ...]:
    return (
        MARKS[finding.verdict],
        describe_bucket(finding),
        finding.account or "",
        finding.region or "",
        describe_finding_encryption(finding, short=True),
        finding.message,
    )


def _planned_row(planned: PlannedBucket) -> tuple[str, ...]:
    why = planned.hazards[0].why if planned.hazards else ""
    place = (planned.bucket, planned.account or "", planned.region or "")
    return (planned.plan_class.value, *place, planned.key or "", why)
