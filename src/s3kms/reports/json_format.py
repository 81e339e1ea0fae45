"""`--format json`: one document. Written as a stream, so its size does not matter."""

import json
from collections.abc import Iterator

from s3kms.reports.interface import Format, Report, Style
from s3kms.reports.v1 import VERSION, finding_v1, summary_v1


def render(report: Report, _: Style) -> Iterator[str]:
    """`{"version": 1, "findings": [...], "summary": {...}}`."""
    yield f'{{"version": {VERSION}, "findings": ['
    separator = "\n"
    for finding in report.findings:
        yield f"{separator}  {json.dumps(finding_v1(finding))}"
        separator = ",\n"
    yield f'\n], "summary": {json.dumps(summary_v1(report.summary()))}}}\n'


FORMAT = Format("json", "one JSON document, with a published schema", render)
