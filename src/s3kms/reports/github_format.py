"""`github`: annotations of a run of GitHub Actions, as workflow commands on stdout.

- A failure is as grave as its rule: high `error`, medium `warning`, low `notice`. What could not be judged is a
  `warning`. What passes or is exempt has none, nor what is as it was in the result or baseline it is compared with.
- A finding of code stands in its file and line, from the root of the repository; that of a live bucket has no file,
  and stands with the run.
- The last one is a `notice` with the sum, the notes, and as whom, when and of what the check was made.

GitHub shows ten errors, ten warnings and ten notices of a step. The whole list is for the step summary:
`s3kms report RESULT --format markdown >> "$GITHUB_STEP_SUMMARY"`.
"""

from collections.abc import Iterable, Iterator

from s3kms.model.findings import Difference, Finding, Verdict
from s3kms.model.scan_context import RuleText, Severity
from s3kms.model.stream import ScanEvent
from s3kms.reports.describe import describe_context, describe_controls, describe_summary, note_lines
from s3kms.reports.interface import EventFold, ReportStyle
from s3kms.reports.places import file_of, name_finding, path_from_root
from s3kms.text.sanitize import workflow_data, workflow_property

_LEVELS = {Severity.HIGH: "error", Severity.MEDIUM: "warning", Severity.LOW: "notice"}
_SHOWN = {Verdict.FAIL, Verdict.UNKNOWN}


def render(events: Iterable[ScanEvent], style: ReportStyle) -> Iterator[str]:
    """A command a finding, and one for the sum."""
    fold = EventFold()
    for finding in fold.findings(events):
        if finding.verdict in _SHOWN and finding.difference is not Difference.UNCHANGED:
            yield _annotation(finding, fold.rule_text(finding.rule), style)
    summary = fold.summary
    told = (describe_summary(summary), *note_lines(summary, style.wording), describe_context(summary.context))
    yield _command("notice", {"title": "s3kms"}, ". ".join(filter(None, told)))


def _annotation(finding: Finding, text: RuleText | None, style: ReportStyle) -> str:
    level = _LEVELS[finding.severity] if finding.verdict is Verdict.FAIL else "warning"
    properties: dict[str, str] = {}
    if place := file_of(finding):
        properties["file"] = path_from_root(place.uri, style.source)
        if place.line is not None and place.line > 0:
            properties["line"] = str(place.line)
            if place.column is not None and place.column > 0:
                properties["col"] = str(place.column)
    properties["title"] = f"{finding.verdict.value.upper()} {text.title if text else finding.rule}"
    advice = finding.advice.worded(style.wording)
    told = [f"{name_finding(finding)}: {finding.message}"]
    if advice:
        told.append(f"What to do: {advice}")
    if controls := describe_controls(text):
        told.append(f"Controls: {controls}")
    return _command(level, properties, ". ".join(told))


def _command(level: str, properties: dict[str, str], message: str) -> str:
    said = ",".join(f"{name}={workflow_property(value)}" for name, value in properties.items())
    return f"::{level} {said}::{workflow_data(message)}\n"
