"""`--format table`: for a person at a terminal."""

import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from s3kms.model.describe import count_findings
from s3kms.model.findings import Difference, Finding, Verdict
from s3kms.reports.describe import (
    MARKS,
    describe_bucket,
    describe_comparison,
    describe_finding_encryption,
    describe_summary,
    note_lines,
)
from s3kms.reports.differences import DifferenceRow, difference_rows
from s3kms.reports.interface import Format, Report, ReportStyle
from s3kms.text.sanitize import printable

_COLORS = {Verdict.FAIL: "red", Verdict.UNKNOWN: "yellow", Verdict.EXEMPT: "cyan", Verdict.PASS: "green"}
_CHANGE_COLORS = {
    Difference.WORSE: "red",
    Difference.CHANGED: "yellow",
    Difference.UNCOMPARED: "yellow",
    Difference.GONE: "cyan",
    Difference.BETTER: "green",
}
"""What is new or unchanged has the colour of its verdict."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A coloured mark, and what stands beside it."""

    mark: str
    color: str
    cells: tuple[str, ...]


def render(report: Report, style: ReportStyle) -> Iterator[str]:
    """What does not pass, or what changed, as a table, then what to do about it, then the sum."""
    yield from _changes(report, style) if report.since else _findings(report, style)
    summary = report.summary()
    for line in note_lines(summary, style.wording):
        yield f"note: {printable(line)}\n"
    if report.since:
        yield f"{printable(describe_comparison(report.since))}\n"
    yield f"{describe_summary(summary)}\n"


def _findings(report: Report, style: ReportStyle) -> Iterator[str]:
    shown = [f for f in report.findings if style.passes or f.verdict is not Verdict.PASS]
    shown.sort(key=lambda finding: finding.account or "")  # accounts are looked into several at once
    many = _Many.of(shown)
    titles = many.titles("verdict", "default encryption", "why")
    yield from _table(titles, [_finding_line(finding, many) for finding in shown], style)
    yield from _remedies(finding.advice.worded(style.wording) for finding in shown)


def _finding_line(finding: Finding, many: "_Many") -> _Line:
    name = describe_bucket(finding)
    where = many.cells(finding.account, name, finding.region, finding.rule)
    cells = (*where, describe_finding_encryption(finding, short=True), finding.message)
    return _Line(MARKS[finding.verdict], _COLORS[finding.verdict], cells)


def _changes(report: Report, style: ReportStyle) -> Iterator[str]:
    shown = difference_rows(report, style, short=True)
    many = _Many.of(shown)
    titles = many.titles("change", "before", "now", "why")
    yield from _table(titles, [_change_line(row, many) for row in shown], style)
    yield from _remedies(row.remedy for row in shown)


def _change_line(row: DifferenceRow, many: "_Many") -> _Line:
    cells = (*many.cells(row.account, row.bucket, row.region, row.rule), row.before, row.now, row.why)
    return _Line(row.mark, _CHANGE_COLORS.get(row.difference, _COLORS[row.verdict]), cells)


@dataclass(frozen=True, slots=True)
class _Many:
    """A column that would say the same in every line is left out."""

    accounts: bool
    rules: bool

    @classmethod
    def of(cls, shown: "Sequence[Finding] | Sequence[DifferenceRow]") -> "_Many":
        return cls(len({one.account for one in shown}) > 1, len({one.rule for one in shown}) > 1)

    def titles(self, mark: str, *others: str) -> tuple[str, ...]:
        return (mark, *self._chosen("account", "bucket", "region", "rule"), *others)

    def cells(self, account: str | None, bucket: str, region: str | None, rule: str) -> tuple[str, ...]:
        return self._chosen(account or "-", bucket, region or "-", rule)

    def _chosen(self, account: str, bucket: str, region: str, rule: str) -> tuple[str, ...]:
        return (*((account,) if self.accounts else ()), bucket, region, *((rule,) if self.rules else ()))


def _table(titles: Sequence[str], lines: Sequence[_Line], style: ReportStyle) -> Iterator[str]:
    if not lines:
        return
    from rich import box  # noqa: PLC0415 - only when a table is drawn
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=False)
    for title in titles:
        if title in {"verdict", "change", "account", "region", "rule"}:
            table.add_column(title, no_wrap=True)
        else:
            table.add_column(title, overflow="fold")
    for line in lines:
        table.add_row(Text(line.mark, style=line.color), *(Text(printable(cell)) for cell in line.cells))
    text = io.StringIO()
    console = Console(
        file=text,
        width=style.width,
        force_terminal=style.color,
        color_system="standard" if style.color else None,
        highlight=False,
    )
    console.print(table)
    yield "\n".join(line.rstrip() for line in text.getvalue().splitlines()) + "\n"


def _remedies(remedies: Iterable[str]) -> Iterator[str]:
    counted = Counter(remedy for remedy in remedies if remedy)
    if counted:
        yield "what to do:\n"
    for remedy, count in counted.most_common():
        yield f"  {count_findings(count)}: {printable(remedy)}\n"


FORMAT = Format("table", "for a person; buckets that pass are counted, and listed with --verbose", render)
