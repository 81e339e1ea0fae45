"""`--format json`: one document. Written as a stream, so its size does not matter."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from s3kms.reports.interface import Format, Report, ReportStyle
from s3kms.results.comparison import Comparison
from s3kms.results.v1 import OPENING, finding_v1, gone_v1, summary_v1, sums_v1


def render(report: Report, style: ReportStyle) -> Iterator[str]:
    """`{"version": 1, "findings": [...], "summary": {...}}`, and `since` where something was compared."""
    yield OPENING
    yield from _items(finding_v1(finding, style.wording) for finding in report.findings)
    if report.since:
        yield from _since(report.since)
    yield f', "summary": {json.dumps(summary_v1(report.summary(), style.wording))}}}\n'


def _since(since: Comparison) -> Iterator[str]:
    sums = json.dumps(sums_v1(since.source, since.sums()))
    yield f', "since": {sums.removesuffix("}")}, "gone": ['
    yield from _items(map(gone_v1, since.gone()))
    yield "}"


def _items(items: Iterable[dict[str, Any]]) -> Iterator[str]:
    """The inside of a list, one item a line, and its end."""
    separator = "\n"
    for item in items:
        yield f"{separator}  {json.dumps(item)}"
        separator = ",\n"
    yield "\n]"


FORMAT = Format("json", "one JSON document, with a published schema", render)
