"""A trend as text: a line a run, and what is open longest."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from s3kms.model.findings import Verdict
from s3kms.reports.interface import ReportStyle
from s3kms.results.trend import OpenFinding, Trend, TrendRun
from s3kms.results.trend_v1 import trend_v1
from s3kms.text.count import count
from s3kms.text.sanitize import csv_cell, markdown_cell, printable

MAX_OPEN_SHOWN = 20
"""Open findings that are listed for people; json and csv have all, or all runs."""
_GAP = "   "
_TITLES = (
    *(
        "date",
        "fail",
        "unknown",
        "exempt",
        "pass",
        "new",
        "fixed",
        "accepted",
        "reopened",
        "not seen",
        "open",
    ),
    "result",
)
_OPEN_TITLES = ("open since", "days", "bucket", "account", "region", "rule")


def render_table(trend: Trend, _: ReportStyle) -> Iterator[str]:
    """For a person."""
    yield from _columns([_TITLES, *map(_run_cells, trend.runs)], numbers=range(1, 11))
    yield "\n"
    if not trend.open:
        yield "no finding is open\n"
    if shown := trend.open[:MAX_OPEN_SHOWN]:
        rows = [_open_cells(one, trend.runs[-1].at) for one in shown]
        yield from _columns([_OPEN_TITLES, *rows], numbers=range(1, 2))
    yield from (f"{line}\n" for line in _notes(trend))


def render_markdown(trend: Trend, _: ReportStyle) -> Iterator[str]:
    """For a ticket."""
    yield from _markdown(_TITLES, map(_run_cells, trend.runs))
    if trend.open:
        yield "\n"
        rows = (_open_cells(one, trend.runs[-1].at) for one in trend.open[:MAX_OPEN_SHOWN])
        yield from _markdown(_OPEN_TITLES, rows)
    yield "\n"
    yield from (f"- {markdown_cell(line)}\n" for line in _notes(trend))


def render_json(trend: Trend, _: ReportStyle) -> Iterator[str]:
    """One document."""
    yield f"{json.dumps(trend_v1(trend), indent=2)}\n"


def render_csv(trend: Trend, _: ReportStyle) -> Iterator[str]:
    """A row a run, for a chart in a spreadsheet."""
    for row in (_TITLES, *map(_run_cells, trend.runs)):
        yield ",".join(f'"{csv_cell(cell).replace(chr(34), chr(34) * 2)}"' for cell in row) + "\r\n"


TREND_FORMATS: Mapping[str, Callable[[Trend, ReportStyle], Iterator[str]]] = {
    "table": render_table,
    "json": render_json,
    "csv": render_csv,
    "markdown": render_markdown,
}


def _run_cells(run: TrendRun) -> tuple[str, ...]:
    verdicts = (Verdict.FAIL, Verdict.UNKNOWN, Verdict.EXEMPT, Verdict.PASS)
    counts = (
        *(run.verdicts[one] for one in verdicts),
        *(run.new, run.fixed, run.accepted, run.reopened, run.not_seen, run.open),
    )
    return (f"{run.at:%Y-%m-%d %H:%M}{'' if run.is_dated else '*'}", *map(str, counts), run.source)


def _open_cells(one: OpenFinding, now: datetime) -> tuple[str, ...]:
    days = (now - one.since).days
    name = one.bucket or one.resource or one.arn or "-"
    return f"{one.since:%Y-%m-%d}", str(days), name, one.account or "-", one.region or "-", one.rule


def _notes(trend: Trend) -> Iterator[str]:
    more = len(trend.open) - MAX_OPEN_SHOWN
    if more > 0:
        yield f"{count(more, 'more open finding')}: json lists them"
    if undated := [run for run in trend.runs if not run.is_dated]:
        yield f"* {count(len(undated), 'result')} without a date of their own: that of the file is taken"
    first, last = trend.runs[0], trend.runs[-1]
    yield (
        f"{count(len(trend.runs), 'run')} from {first.at:%Y-%m-%d} to {last.at:%Y-%m-%d}: "
        f"{first.open} open after the first, {last.open} after the last"
    )


def _columns(rows: Sequence[Sequence[str]], numbers: range) -> Iterator[str]:
    shown = [tuple(map(printable, row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    for row in shown:
        cells = (
            f"{cell:>{width}}" if at in numbers else f"{cell:<{width}}"
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield f"{_GAP.join(cells).rstrip()}\n"


def _markdown(
    titles: Sequence[str], rows: "Iterator[tuple[str, ...]] | map[tuple[str, ...]]"
) -> Iterator[str]:
    yield f"| {' | '.join(titles)} |\n|{' --- |' * len(titles)}\n"
    for row in rows:
        yield f"| {' | '.join(map(markdown_cell, row))} |\n"
