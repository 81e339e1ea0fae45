"""`jsonl`: one finding a line, as soon as it is known."""

import json
from collections.abc import Iterable, Iterator

from s3kms.model.findings import GoneFinding
from s3kms.model.stream import ScanEvent, findings_in
from s3kms.reports.interface import ReportStyle
from s3kms.results.v1 import finding_v1, gone_v1


def render(events: Iterable[ScanEvent], style: ReportStyle) -> Iterator[str]:
    """The findings of the JSON document, one a line; then what is gone, where something was compared."""
    for event in events:
        for finding in findings_in(event):
            yield json.dumps(finding_v1(finding, style.wording)) + "\n"
        if isinstance(event, GoneFinding):
            yield json.dumps(gone_v1(event)) + "\n"
