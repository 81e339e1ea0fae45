"""`--format markdown`: a table for a ticket or a pull request."""

from collections.abc import Iterator, Sequence

from s3kms.model.findings import Verdict
from s3kms.reports.describe import (
    MARKS,
    describe_bucket,
    describe_comparison,
    describe_finding_encryption,
    describe_summary,
    note_lines,
)
from s3kms.reports.differences import difference_rows
from s3kms.reports.interface import Format, Report, ReportStyle
from s3kms.text.sanitize import markdown_cell


def render(report: Report, style: ReportStyle) -> Iterator[str]:
    """The same as the table, in Markdown."""
    yield from _changes(report, style) if report.since else _findings(report, style)
    summary = report.summary()
    yield "\n"
    for line in note_lines(summary, style.wording):
        yield f"- note: {markdown_cell(line)}\n"
    if report.since:
        yield f"- {markdown_cell(describe_comparison(report.since))}\n"
    yield f"- {describe_summary(summary)}\n"


def _findings(report: Report, style: ReportStyle) -> Iterator[str]:
    yield "| verdict | bucket | account | region | rule | default encryption | why | what to do |\n"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |\n"
    for finding in report.findings:
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


def _changes(report: Report, style: ReportStyle) -> Iterator[str]:
    yield "| change | bucket | account | region | rule | before | now | why | what to do |\n"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n"
    for row in difference_rows(report, style):
        where = (row.bucket, row.account or "-", row.region or "-", row.rule)
        yield _line((row.mark, *where, row.before, row.now, row.why, row.remedy))


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(markdown_cell(cell) for cell in cells) + " |\n"


FORMAT = Format("markdown", "a table for a ticket or a pull request", render)
