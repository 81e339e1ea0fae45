"""`markdown`: a table for a ticket or a pull request."""

from collections.abc import Iterable, Iterator, Sequence

from s3kms.model.findings import Verdict
from s3kms.model.stream import ScanEvent
from s3kms.reports.describe import (
    MARKS,
    describe_bucket,
    describe_comparison,
    describe_context,
    describe_finding_encryption,
    describe_summary,
    note_lines,
)
from s3kms.reports.differences import difference_rows
from s3kms.reports.frameworks import CONTROL_TITLES, ControlTally
from s3kms.reports.interface import EventFold, ReportStyle
from s3kms.text.sanitize import markdown_cell


def render(events: Iterable[ScanEvent], style: ReportStyle) -> Iterator[str]:
    """What does not pass, or what changed, as a Markdown table, then the notes and the sum."""
    fold, tally = EventFold(), ControlTally()
    if style.by_control:
        events = tally.watch(events)
    yield from _changes(fold, events, style) if style.is_compared else _findings(fold, events, style)
    summary = fold.summary
    yield "\n"
    if rows := list(tally.rows()):
        yield f"| {' | '.join(CONTROL_TITLES)} |\n|{' --- |' * len(CONTROL_TITLES)}\n"
        yield from map(_line, rows)
        yield "\n"
    for line in note_lines(summary, style.wording):
        yield f"- note: {markdown_cell(line)}\n"
    if summary.since:
        yield f"- {markdown_cell(describe_comparison(summary.since))}\n"
    yield f"- {describe_summary(summary)}\n"
    if context := describe_context(summary.context):
        yield f"- {markdown_cell(context)}\n"


def _findings(fold: EventFold, events: Iterable[ScanEvent], style: ReportStyle) -> Iterator[str]:
    yield "| verdict | bucket | account | region | rule | default encryption | why | what to do |\n"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |\n"
    for finding in fold.findings(events):
        if finding.verdict is Verdict.PASS and not style.passes:
            continue
        cells = (
            MARKS[finding.verdict],
            describe_bucket(finding),
            finding.account or "-",
            finding.region or "-",
            finding.rule,
            describe_finding_encryption(finding),
            finding.message,
            finding.advice.worded(style.wording),
        )
        yield _line(cells)


def _changes(fold: EventFold, events: Iterable[ScanEvent], style: ReportStyle) -> Iterator[str]:
    yield "| change | bucket | account | region | rule | before | now | why | what to do |\n"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n"
    for row in difference_rows(fold, events, style):
        where = (row.bucket, row.account or "-", row.region or "-", row.rule)
        yield _line((row.mark, *where, row.before, row.now, row.why, row.remedy))


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(markdown_cell(cell) for cell in cells) + " |\n"
