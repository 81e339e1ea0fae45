"""`gitlab`: a code quality report, as GitLab shows it in merge requests: a list, a finding an entry.

- What fails is as grave as its rule: high `critical`, medium `major`, low `minor`. What could not be judged is
  `info`. What passes or is exempt is left out: an entry that goes is what GitLab calls resolved.
- A finding of code stands in its file and line, from the root of the repository. GitLab wants a path in any case: a
  live bucket has its ARN there, and line 1.
- The fingerprint is that of SARIF: of the rule and the bucket, so that it stays when lines move.
- As whom, when and of what the check was made, and the controls, stand in each entry's `content.body`.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from s3kms.model.findings import Finding, Verdict
from s3kms.model.scan_context import Severity
from s3kms.model.stream import ScanEvent
from s3kms.reports.describe import describe_context, describe_controls
from s3kms.reports.interface import EventFold, ReportStyle
from s3kms.reports.places import file_of, fingerprint, name_finding, path_from_root, root_fingerprint
from s3kms.text.sanitize import markdown_cell, printable

_SEVERITIES = {Severity.HIGH: "critical", Severity.MEDIUM: "major", Severity.LOW: "minor"}
_SHOWN = {Verdict.FAIL, Verdict.UNKNOWN}


def render(events: Iterable[ScanEvent], style: ReportStyle) -> Iterator[str]:
    """One list, an entry a line."""
    fold = EventFold()
    yield "["
    separator = "\n"
    for finding in fold.findings(events):
        if finding.verdict in _SHOWN:
            yield f"{separator}  {json.dumps(_entry(finding, fold, style))}"
            separator = ",\n"
    _ = fold.summary  # raises for a stream that was cut short
    yield "\n]\n"


def _entry(finding: Finding, fold: EventFold, style: ReportStyle) -> dict[str, Any]:
    place = file_of(finding)
    path = path_from_root(place.uri, style.source) if place else finding.arn or name_finding(finding)
    line = place.line if place and place.line and place.line > 0 else 1
    severity = _SEVERITIES[finding.severity] if finding.verdict is Verdict.FAIL else "info"
    return {
        "type": "issue",
        "check_name": printable(finding.rule),
        "description": printable(f"{name_finding(finding)}: {finding.message}"),
        "content": {"body": _body(finding, fold, style)},
        "categories": ["Security"],
        "severity": severity,
        "fingerprint": root_fingerprint(finding) or fingerprint(finding),
        "location": {"path": printable(path) or "-", "lines": {"begin": line}},
    }


def _body(finding: Finding, fold: EventFold, style: ReportStyle) -> str:
    text = fold.rule_text(finding.rule)
    told = {
        "What to do": finding.advice.worded(style.wording),
        "Controls": describe_controls(text),
        "Checked": describe_context(fold.started.context),
        "More": text.page if text else None,
    }
    return "\n\n".join(f"{title}: {markdown_cell(value)}" for title, value in told.items() if value)
