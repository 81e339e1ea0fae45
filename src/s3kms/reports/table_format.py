"""`table`: for a person at a terminal, and in a pipe.

Findings stand in groups of one verdict and one reason, the gravest first. A bucket's name is never broken: where a
row is wider than the terminal, its other cells go to a line of their own.
"""

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from s3kms.model.describe import count_findings
from s3kms.model.findings import Difference, Finding, Summary, Verdict
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
from s3kms.reports.differences import DifferenceRow, difference_rows
from s3kms.reports.frameworks import CONTROL_TITLES, ControlTally
from s3kms.reports.interface import EventFold, ReportStyle
from s3kms.text.sanitize import printable

_COLORS = {Verdict.FAIL: "31", Verdict.UNKNOWN: "33", Verdict.EXEMPT: "36", Verdict.PASS: "32"}
"""SGR codes of ANSI terminals: red, yellow, cyan, green."""
_DIFFERENCE_COLORS = {
    Difference.WORSE: "31",
    Difference.CHANGED: "33",
    Difference.UNCOMPARED: "33",
    Difference.GONE: "36",
    Difference.BETTER: "32",
}
"""What is new or unchanged has the color of its verdict."""
MAX_ROWS = 1000
"""Rows that are shown of findings: nobody reads more in a table, and the other formats have them all."""
_OTHER_REASONS = "for other reasons"
_GAP = 3
_INDENT = 2
_Group = tuple[str, str, str]
"""Mark, color and reason."""
_ORDER = {mark: place for place, mark in enumerate(MARKS.values())}


@dataclass(frozen=True, slots=True)
class _Row:
    """One finding: its mark and reason, by which it is grouped, and its cells."""

    mark: str
    color: str
    why: str
    cells: tuple[str, ...]


def render(events: Iterable[ScanEvent], style: ReportStyle) -> Iterator[str]:
    """What does not pass, or what changed, then what to do about it, the notes, and the sum."""
    fold, tally = EventFold(), ControlTally()
    if style.by_control:
        events = tally.watch(events)
    yield from _differences(fold, events, style) if style.is_compared else _findings(fold, events, style)
    yield from _controls(tally)
    yield from _conclusion(fold.summary, style)


def _controls(tally: ControlTally) -> Iterator[str]:
    """How each control stands; a line each, the framework where it changes."""
    rows = [tuple(map(printable, row)) for row in tally.rows()]
    if not rows:
        return
    widths = [
        max(map(len, column)) for column in zip(CONTROL_TITLES[1:], *(row[1:] for row in rows), strict=True)
    ]
    framework = ""
    for row in rows:
        if row[0] != framework:
            yield from _control_row(
                (row[0], *CONTROL_TITLES[2:]), [max(widths[0] + _INDENT, len(row[0])), *widths[1:]]
            )
            framework = row[0]
        yield from _control_row(
            (f"{' ' * _INDENT}{row[1]}", *row[2:]), [max(widths[0] + _INDENT, len(framework)), *widths[1:]]
        )
    yield "\n"


def _control_row(cells: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    name, *others = cells
    counts = [f"{cell:>{width}}" for cell, width in zip(others[:-1], widths[1:-1], strict=True)]
    yield f"{(' ' * _GAP).join((f'{name:<{widths[0]}}', *counts, others[-1])).rstrip()}\n"


def _findings(fold: EventFold, events: Iterable[ScanEvent], style: ReportStyle) -> Iterator[str]:
    kept = _Kept()
    for finding in fold.findings(events):
        if style.passes or finding.verdict is not Verdict.PASS:
            kept.add(finding, style)
    shown = kept.shown()
    columns = _Columns.of(shown)
    titles = columns.titles("default encryption")
    yield from _table(titles, [_finding_row(finding, columns) for finding in shown], style, kept.groups)
    yield from _advice(kept.remedies)


class _Kept:
    """The rows that are shown, and the numbers of all: memory does not grow with the estate."""

    def __init__(self) -> None:
        self.groups: Counter[_Group] = Counter()
        self.remedies: Counter[str] = Counter()
        self._reasons: Counter[str] = Counter()
        """How many there are for each mark."""
        self._findings: dict[str, list[Finding]] = {mark: [] for mark in _ORDER}

    def add(self, finding: Finding, style: ReportStyle) -> None:
        """Count it, and keep it where it may be among the first."""
        mark = MARKS[finding.verdict]
        group = (mark, _COLORS[finding.verdict], finding.message)
        if group not in self.groups:
            self._reasons[mark] += 1
            if self._reasons[mark] > MAX_ROWS:  # a reason may name its bucket; those of the rows come first
                group = (mark, _COLORS[finding.verdict], _OTHER_REASONS)
        self.groups[group] += 1
        self.remedies[finding.advice.worded(style.wording)] += 1
        same = self._findings[mark]
        if len(same) < MAX_ROWS:
            same.append(finding)

    def shown(self) -> list[Finding]:
        """The first ones, the gravest before all."""
        first = [finding for mark in _ORDER for finding in self._findings[mark]][:MAX_ROWS]
        return sorted(first, key=lambda finding: (_ORDER[MARKS[finding.verdict]], finding.account or ""))


def _finding_row(finding: Finding, columns: "_Columns") -> _Row:
    where = columns.cells(finding.account, describe_bucket(finding), finding.region, finding.rule)
    cells = (*where, describe_finding_encryption(finding, short=True))
    return _Row(MARKS[finding.verdict], _COLORS[finding.verdict], finding.message, cells)


def _differences(fold: EventFold, events: Iterable[ScanEvent], style: ReportStyle) -> Iterator[str]:
    shown = difference_rows(fold, events, style, short=True)
    columns = _Columns.of(shown)
    yield from _table(
        columns.titles("before", "now"), [_difference_row(row, columns) for row in shown], style
    )
    yield from _advice(Counter(row.remedy for row in shown))


def _difference_row(row: DifferenceRow, columns: "_Columns") -> _Row:
    cells = (*columns.cells(row.account, row.bucket, row.region, row.rule), row.before, row.now)
    return _Row(row.mark, _DIFFERENCE_COLORS.get(row.difference, _COLORS[row.verdict]), row.why, cells)


def _conclusion(summary: Summary, style: ReportStyle) -> Iterator[str]:
    for line in note_lines(summary, style.wording):
        yield f"note: {printable(line)}\n"
    if summary.since:
        yield f"{printable(describe_comparison(summary.since))}\n"
    yield f"{describe_summary(summary)}\n"
    if context := describe_context(summary.context):
        yield f"{printable(context)}\n"


@dataclass(frozen=True, slots=True)
class _Columns:
    """A column that would say the same in every row is left out."""

    accounts: bool
    rules: bool

    @classmethod
    def of(cls, shown: "Sequence[Finding] | Sequence[DifferenceRow]") -> "_Columns":
        return cls(len({one.account for one in shown}) > 1, len({one.rule for one in shown}) > 1)

    def titles(self, *others: str) -> tuple[str, ...]:
        return (*self._chosen("account", "bucket", "region", "rule"), *others)

    def cells(self, account: str | None, bucket: str, region: str | None, rule: str) -> tuple[str, ...]:
        return self._chosen(account or "-", bucket, region or "-", rule)

    def _chosen(self, account: str, bucket: str, region: str, rule: str) -> tuple[str, ...]:
        """The bucket first: where a row is folded, it stands alone."""
        return (bucket, *((account,) if self.accounts else ()), region, *((rule,) if self.rules else ()))


def _table(
    titles: Sequence[str],
    rows: Sequence[_Row],
    style: ReportStyle,
    counts: Mapping[_Group, int] | None = None,
) -> Iterator[str]:
    """The rows in their groups; `counts` are those of all rows, where not all are shown."""
    if not rows:
        return
    safe = [tuple(map(printable, row.cells)) for row in rows]
    widths = [max(map(len, column)) for column in zip(titles, *safe, strict=True)]
    groups: dict[_Group, list[tuple[str, ...]]] = {}
    for row, cells in zip(rows, safe, strict=True):
        groups.setdefault((row.mark, row.color, row.why), []).append(cells)
    yield from _row(titles, widths, style.width)
    counts = counts or {group: len(members) for group, members in groups.items()}
    unseen = sorted((group for group in counts if group not in groups), key=lambda group: _ORDER[group[0]])
    for group in (*groups, *unseen):
        mark, color, why = group
        members = groups.get(group, [])
        yield "\n"
        yield from _heading(mark, color, why, counts[group], style)
        for cells in members:
            yield from _row(cells, widths, style.width)
        if left := counts[group] - len(members):
            yield f"{' ' * _INDENT}… {left} more: csv and the other formats list them\n"
    yield "\n"


def _heading(mark: str, color: str, why: str, count: int, style: ReportStyle) -> Iterator[str]:
    """`FAIL (6): new objects are encrypted with SSE-S3, not with a KMS key`."""
    counted = f" ({count})" if count > 1 else ""
    text = f"{mark}{counted}: {printable(why)}" if why else f"{mark}{counted}"
    lines = textwrap.wrap(
        text, style.width, subsequent_indent=" " * _INDENT, break_long_words=False, break_on_hyphens=False
    )
    painted = f"\x1b[{color}m{mark}\x1b[0m" if style.color else mark
    yield f"{painted}{lines[0].removeprefix(mark)}\n"
    yield from (f"{line}\n" for line in lines[1:])


def _row(cells: Sequence[str], widths: Sequence[int], width: int) -> Iterator[str]:
    """One line; or the bucket, and below it the rest, where the table is wider than the terminal."""
    gap = " " * _GAP
    if _INDENT + sum(widths) + _GAP * (len(widths) - 1) <= width:
        line = gap.join(f"{cell:<{size}}" for cell, size in zip(cells, widths, strict=True))
        yield f"{' ' * _INDENT}{line.rstrip()}\n"
        return
    bucket, *others = cells
    yield f"{' ' * _INDENT}{bucket}\n"
    yield f"{' ' * _INDENT * 2}{gap.join(others)}\n"


def _advice(remedies: Counter[str]) -> Iterator[str]:
    counted = Counter({remedy: count for remedy, count in remedies.items() if remedy})
    if counted:
        yield "what to do:\n"
    for remedy, count in counted.most_common():
        yield f"  {count_findings(count)}: {printable(remedy)}\n"
    if counted:
        yield "\n"
