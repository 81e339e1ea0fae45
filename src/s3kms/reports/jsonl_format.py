"""`--format jsonl`: one finding a line, as soon as it is known."""

import json
from collections.abc import Iterator

from s3kms.reports.interface import Format, Report, ReportStyle
from s3kms.results.v1 import finding_v1, gone_v1


def render(report: Report, style: ReportStyle) -> Iterator[str]:
    """The findings of the JSON document, one a line; then what is gone, where something was compared."""
    for finding in report.findings:
        yield json.dumps(finding_v1(finding, style.wording)) + "\n"
    for gone in report.since.gone() if report.since else ():
        yield json.dumps(gone_v1(gone)) + "\n"


FORMAT = Format("jsonl", "one JSON object a line and finding, streamed", render)
