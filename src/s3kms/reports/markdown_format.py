"""`--format markdown`: a table for a ticket or a pull request."""

from collections.abc import Iterator

from s3kms.estate.findings import Verdict
from s3kms.reports.interface import Format, Report, Style
from s3kms.reports.safe import markdown_cell
from s3kms.reports.words import MARKS, encryption_words, note_lines, summary_words


def render(report: Report, style: Style) -> Iterator[str]:
    """The same as the table, in Markdown."""
    yield "| verdict | bucket | account | region | rule | default encryption | why | what to do |\n"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |\n"
    for finding in report.findings:
        if finding.verdict is Verdict.PASS and not style.passes:
            continue
        cells = (
            MARKS[finding.verdict],
            finding.bucket or finding.resource or "(not listed)",
            finding.account or "-",
            finding.region or "-",
            finding.rule,
            encryption_words(finding),
            finding.message,
            finding.remedy,
        )
        yield "| " + " | ".join(markdown_cell(cell) for cell in cells) + " |\n"
    summary = report.summary()
    yield "\n"
    for line in note_lines(summary):
        yield f"- note: {markdown_cell(line)}\n"
    yield f"- {summary_words(summary)}\n"


FORMAT = Format("markdown", "a table for a ticket or a pull request", render)
