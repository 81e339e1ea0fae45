"""`baseline`: what a check found, to be accepted by later ones: JSON version 1, and nothing in it that changes daily.

Passes, exemptions, dates, request ids and lines are left out, paths begin at the root of the repository, and the
findings are sorted: two checks of the same code write the same file.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from s3kms.model.findings import Finding, Verdict
from s3kms.model.place import Place
from s3kms.model.stream import ScanEvent
from s3kms.reports.interface import EventFold, ReportStyle
from s3kms.results.v1 import OPENING, encryption_v1


def render(events: Iterable[ScanEvent], style: ReportStyle) -> Iterator[str]:
    """One document, a finding a line. What fails or is unknown is held until the end, to be sorted."""
    fold = EventFold()
    kept = (
        _entry(one, style) for one in fold.findings(events) if one.verdict in {Verdict.FAIL, Verdict.UNKNOWN}
    )
    lines = sorted(set(map(json.dumps, kept)))
    _ = fold.summary  # raises for a stream that was cut short
    yield OPENING
    separator = "\n"
    for line in lines:
        yield f"{separator}  {line}"
        separator = ",\n"
    yield f'\n], "summary": {{"baseline": true, "findings": {len(lines)}}}}}\n'


def _entry(finding: Finding, style: ReportStyle) -> dict[str, Any]:
    """A finding as `check-v1.schema.json` has it, by what it is found again."""
    is_file = finding.bucket is None and finding.resource is None
    return {
        "rule": finding.rule,
        "verdict": finding.verdict.value,
        "places": [_place(one, style, is_file=is_file) for one in finding.places],
        "resource": finding.resource,
        "bucket": finding.bucket,
        "account": finding.account,
        "region": finding.region,
        "arn": finding.arn,
        "encryption": encryption_v1(finding.encryption, finding.key_kind),
        "message": "accepted",
        "remedy": "",
        "evidence": None,
    }


def _place(place: Place, style: ReportStyle, *, is_file: bool) -> dict[str, Any]:
    """Of a file that could not be read, that there is a line tells that it is a file."""
    uri = (style.source and style.source.relative(place.uri)) or place.uri
    return {"uri": uri, "line": 1 if is_file and place.line is not None else None, "column": None}
