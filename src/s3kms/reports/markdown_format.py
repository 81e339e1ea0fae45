"""`--format markdown`: a table for a ticket or a pull request."""

from collections.abc import Iterator, Sequence

from s3kms.estate.findings import Verdict
from s3kms.reports.changes import rows
from s3kms.reports.interface import Format, Report, Style
from s3kms.reports.safe import markdown_cell
from s3kms.reports.words import (
    MARKS,
    encryption_words,
    name_words,
    note_lines,
    since_words,
    summary_words,
)


def render(report: Report, style: Style) -> Iterator[str]:
    """The same as the table, in Markdown."""
    yield from _changes(report, style) if report.since else _findings(report, style)
    summary = report.summary()
    yield "\n"
    for line in note_lines(summary, style.wording):
        yield f"- note: {markdown_cell(line)}\n"
    if report.since:
        yield f"- {markdown_cell(since_words(report.since))}\n"
    yield f"- {summary_words(summary)}\n"


def _findings(report: Report, style: Style) -> Iterator[str]:
    yield "| verdict | bucket | account | region | rule | default encryption | why | what to do |\n"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |\n"
    for finding in report.findings:
        if finding.verdict is Verdict.PASS and not style.passes:
            continue
        cells = (
            MARKS[finding.verdict],
            name_words(finding),
            finding.account or "-",
            finding.region or "-",
            finding.rule,
            encryption_words(finding),
            finding.message,
            finding.advice.worded(style.wording),
        )
        yield _line(cells)


def _changes(report: Report, style: Style) -> Iterator[str]:
    yield "| change | bucket | account | region | rule | before | now | why | what to do |\n"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n"
    for row in rows(report, style):
        where = (row.bucket, row.account or "-", row.region or "-", row.rule)
        yield _line((row.mark, *where, row.before, row.now, row.why, row.remedy))


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(markdown_cell(cell) for cell in cells) + " |\n"


FORMAT = Format("markdown", "a table for a ticket or a pull request", render)
