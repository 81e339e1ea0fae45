"""`--format table`: for a person at a terminal."""

import io
from collections import Counter
from collections.abc import Iterator

from s3kms.estate.findings import Finding, Verdict
from s3kms.reports.interface import Format, Report, Style
from s3kms.reports.safe import printable
from s3kms.reports.words import MARKS, encryption_words, note_lines, summary_words

_COLORS = {Verdict.FAIL: "red", Verdict.UNKNOWN: "yellow", Verdict.EXEMPT: "cyan", Verdict.PASS: "green"}


def render(report: Report, style: Style) -> Iterator[str]:
    """What does not pass as a table, then what to do about it, then the sum."""
    shown = [f for f in report.findings if style.passes or f.verdict is not Verdict.PASS]
    summary = report.summary()
    if shown:
        yield _table(shown, style)
    yield from _remedies(shown)
    for line in note_lines(summary):
        yield f"note: {printable(line)}\n"
    yield f"{summary_words(summary)}\n"


def _table(findings: list[Finding], style: Style) -> str:
    from rich import box  # noqa: PLC0415 - only when a table is drawn
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    many_rules = len({finding.rule for finding in findings}) > 1
    many_accounts = len({finding.account for finding in findings}) > 1
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=False)
    table.add_column("verdict", no_wrap=True)
    if many_accounts:
        table.add_column("account", no_wrap=True)
    table.add_column("bucket", overflow="fold")
    table.add_column("region", no_wrap=True)
    if many_rules:
        table.add_column("rule", no_wrap=True)
    table.add_column("default encryption", overflow="fold")
    table.add_column("why", overflow="fold")
    for finding in findings:
        cells = [finding.account or "-"] if many_accounts else []
        cells += [finding.bucket or finding.resource or "(not listed)", finding.region or "-"]
        cells += [finding.rule] if many_rules else []
        cells += [encryption_words(finding, short=True), finding.message]
        mark = Text(MARKS[finding.verdict], style=_COLORS[finding.verdict])
        table.add_row(mark, *(Text(printable(cell)) for cell in cells))
    text = io.StringIO()
    console = Console(
        file=text,
        width=style.width,
        force_terminal=style.color,
        color_system="standard" if style.color else None,
        highlight=False,
    )
    console.print(table)
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines()) + "\n"


def _remedies(findings: list[Finding]) -> Iterator[str]:
    counted = Counter(f.remedy for f in findings if f.remedy)
    if counted:
        yield "what to do:\n"
    for remedy, count in counted.most_common():
        times = f"{count} findings" if count > 1 else "1 finding"
        yield f"  {times}: {printable(remedy)}\n"


FORMAT = Format("table", "for a person; buckets that pass are counted, and listed with --verbose", render)
