"""`json`: one document. Written as a stream, so its size does not matter."""

import json
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any

from s3kms.model.findings import DifferenceSummary, GoneFinding
from s3kms.model.stream import ScanEvent
from s3kms.reports.interface import NOT_STARTED, EventFold, ReportStyle
from s3kms.results.run_v1 import run_v1
from s3kms.results.v1 import (
    OPENING,
    OPENING_END,
    OPENING_RUN,
    difference_summary_v1,
    finding_v1,
    gone_v1,
    summary_v1,
)


def render(events: Iterable[ScanEvent], style: ReportStyle) -> Iterator[str]:
    """`{"version": 1, "run": {...}, "findings": [...], "summary": {...}}`; `since` where it was compared."""
    fold = EventFold()
    findings = fold.findings(events)
    first = list(islice(findings, 1))
    yield _opening(fold)
    yield from _items(finding_v1(finding, style.wording) for finding in chain(first, findings))
    if since := fold.summary.since:
        yield from _since(since, fold.gone)
    yield f', "summary": {json.dumps(summary_v1(fold.summary, style.wording))}}}\n'


def _opening(fold: EventFold) -> str:
    if fold.started is NOT_STARTED:
        return OPENING
    return f"{OPENING_RUN}{json.dumps(run_v1(fold.started))}{OPENING_END}"


def _since(since: DifferenceSummary, gone: list[GoneFinding]) -> Iterator[str]:
    sums = json.dumps(difference_summary_v1(since))
    yield f', "since": {sums.removesuffix("}")}, "gone": ['
    yield from _items(map(gone_v1, gone))
    yield "}"


def _items(items: Iterable[dict[str, Any]]) -> Iterator[str]:
    """The inside of a list, one item a line, and its end."""
    separator = "\n"
    for item in items:
        yield f"{separator}  {json.dumps(item)}"
        separator = ",\n"
    yield "\n]"
