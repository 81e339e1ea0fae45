"""`--format csv`: one finding a row, for a spreadsheet."""

import csv
import io
from collections.abc import Iterator

from s3kms.estate.findings import Finding
from s3kms.reports.interface import Format, Report, Style
from s3kms.reports.safe import csv_cell

COLUMNS = (
    *("rule", "severity", "verdict", "bucket", "account", "region", "arn", "resource"),
    *("algorithm", "key", "key_kind", "bucket_key", "blocked", "message", "remedy"),
)


def render(report: Report, _: Style) -> Iterator[str]:
    """A header, then a row a finding; no cell is ever a formula."""
    yield _line(COLUMNS)
    for finding in report.findings:
        yield _line(_cells(finding))


def _cells(finding: Finding) -> tuple[str, ...]:
    e = finding.encryption
    bucket_key = "" if e is None or e.bucket_key is None else str(e.bucket_key).lower()
    return (
        finding.rule,
        finding.severity.value,
        finding.verdict.value,
        finding.bucket or "",
        finding.account or "",
        finding.region or "",
        finding.arn or "",
        finding.resource or "",
        (e.algorithm or "") if e else "",
        (e.key or "") if e else "",
        finding.key_kind.value if finding.key_kind else "",
        bucket_key,
        " ".join(e.blocked or ()) if e else "",
        finding.message,
        finding.remedy,
    )


def _line(cells: tuple[str, ...]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow([csv_cell(cell) for cell in cells])
    return text.getvalue()


FORMAT = Format("csv", "one row a finding, safe to open in a spreadsheet", render)
