"""`sarif`: SARIF 2.1.0, as code scanning takes it. Written as a stream; the rules come after the results.

- A failure is a result of kind `fail`, as grave as its rule: high `error`, medium `warning`, low `note`.
- What could not be judged is of kind `open`, and level `none` is all that this kind may have.
- What is exempt is a failure with a suppression: `inSource` where it is said beside the code, else `external`.
  The others have none, and say so, for SARIF wants all results of a run to tell, or none.
- Passes are there with --verbose only: a result there may become an alert.

A failure of code carries as `fixes` what a fix would write, and the buckets that it skips have none.

A file is a path below %SRCROOT%, the root of the repository, or an absolute one; a finding of a plan stands in the
code that it was made of. A live bucket is in no file, and code scanning wants one for each result: its ARN stands
there, as a relative path, and in `logicalLocations`.
Fingerprints are made of the rule and of what the bucket is called, so that an alert stays the same one when lines
move.
"""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC
from typing import Any

from s3kms._version import VERSION
from s3kms.model.code_fixes import CodeFix, TextEdit
from s3kms.model.findings import Difference, Finding, GoneFinding, Summary, Verdict
from s3kms.model.place import Place
from s3kms.model.scan_context import RuleText, ScanContext, Severity
from s3kms.model.stream import ScanEvent
from s3kms.reports.describe import note_lines
from s3kms.reports.interface import EventFold, ReportStyle, SourceRoot
from s3kms.reports.places import (
    fingerprint,
    is_file,
    name_finding,
    path_from_root,
    percent_encoded,
    places_of,
    root_fingerprint,
)
from s3kms.text.sanitize import printable

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "%SRCROOT%"
_FINGERPRINT = "s3kmsBucket/v1"
_ROOT_FINGERPRINT = "s3kmsBucketInRoot/v1"
_LEVELS = {Severity.HIGH: "error", Severity.MEDIUM: "warning", Severity.LOW: "note"}
_SCORES = {Severity.HIGH: "8.0", Severity.MEDIUM: "5.5", Severity.LOW: "2.0"}
"""GitHub's `security-severity`: the middle of the same words there."""
_KINDS = {Verdict.FAIL: "fail", Verdict.EXEMPT: "fail", Verdict.UNKNOWN: "open", Verdict.PASS: "pass"}
_BASELINE = {
    Difference.NEW: "new",
    Difference.UNCHANGED: "unchanged",
    Difference.WORSE: "updated",
    Difference.BETTER: "updated",
    Difference.CHANGED: "updated",
    Difference.UNCOMPARED: "new",
}
"""What code scanning calls it; where one result says it, all do."""


def render(events: Iterable[ScanEvent], style: ReportStyle) -> Iterator[str]:
    """One document with one run."""
    fold = EventFold()
    rules: dict[str, int] = {}
    """The rules of the results, in the order in which they came, and their places."""
    severities: dict[str, Severity] = {}
    yield f'{{"$schema": "{SCHEMA}", "version": "2.1.0", "runs": [{{"columnKind": "unicodeCodePoints", "results": ['
    separator = "\n"
    for finding in fold.findings(events):
        at = rules.setdefault(printable(finding.rule), len(rules))
        severities.setdefault(printable(finding.rule), finding.severity)
        if finding.verdict is not Verdict.PASS or style.passes:
            yield f"{separator}  {json.dumps(_result(finding, at, style, _fix_for(finding, fold)))}"
            separator = ",\n"
    for gone in fold.gone:
        at = rules.setdefault(printable(gone.rule), len(rules))
        yield f"{separator}  {json.dumps(_gone(gone, at))}"
        separator = ",\n"
    yield f"\n], {_rest(fold.summary, rules, severities, style)}}}]}}\n"


def _rest(
    summary: Summary, rules: dict[str, int], severities: dict[str, Severity], style: ReportStyle
) -> str:
    """What is said of the run."""
    texts = {printable(text.id): _descriptor(text) for text in summary.rules}
    names = dict.fromkeys((*rules, *texts))
    descriptors = [texts.get(name) or _bare_descriptor(name, severities.get(name)) for name in names]
    lines = dict.fromkeys(_plain(line) for line in note_lines(summary, style.wording))
    notes = [{"level": "note", "message": {"text": line}} for line in lines]
    context = summary.context
    version = (context.version if context else None) or VERSION
    run = {
        "tool": {"driver": {"name": "s3kms", "version": version, "rules": descriptors}},
        "invocations": [
            {
                "executionSuccessful": True,
                "exitCode": int(summary.exit),
                **(_invocation(context) if context else {}),
                "toolExecutionNotifications": notes,
            }
        ],
        "originalUriBaseIds": {_ROOT: {"description": {"text": _describe_root(style.source)}}},
    }
    return json.dumps(run)[1:-1]


def _invocation(context: ScanContext) -> dict[str, Any]:
    """As whom and when, and what was looked at."""
    scope = context.scope.describe(context.account) if context.scope else ""
    return {
        "startTimeUtc": context.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        **({"account": _plain(context.identity)} if context.identity else {}),
        **({"properties": {"scope": _plain(scope)}} if scope else {}),
    }


def _describe_root(source: SourceRoot | None) -> str:
    if source is None or source.root == source.folder:
        return "The folder where s3kms ran."
    return "The root of the repository."


def _fix_for(finding: Finding, fold: EventFold) -> CodeFix | None:
    """What `fix` would write for a failure; the edits are planned when the first is asked for."""
    return fold.code_fixes.fix_for(finding) if fold.code_fixes and finding.verdict is Verdict.FAIL else None


def _result(finding: Finding, at: int, style: ReportStyle, fix: CodeFix | None) -> dict[str, Any]:
    kind = _KINDS[finding.verdict]
    advice = finding.advice.worded(style.wording)
    said = f"{finding.message}. What to do: {advice}" if advice else finding.message
    places = places_of(finding)
    result = {
        **_identity(finding.rule, at, kind, finding.severity),
        "message": {"text": _plain(f"{name_finding(finding)}: {said}")},
        "locations": [_location(finding, places[0] if places else None, style.source)],
        "partialFingerprints": _fingerprints(finding),
        "suppressions": [_suppression(finding, style.source)] if finding.verdict is Verdict.EXEMPT else [],
    }
    if others := dict.fromkeys(places[1:]):
        result["relatedLocations"] = [_location(finding, place, style.source) for place in others]
    if fix:
        result["fixes"] = [_fix(fix, style.source)]
    if finding.difference in _BASELINE:
        result["baselineState"] = _BASELINE[finding.difference]
    return result


def _fix(fix: CodeFix, source: SourceRoot | None) -> dict[str, Any]:
    changes: dict[str, list[dict[str, Any]]] = {}
    for edit in fix.edits:
        changes.setdefault(edit.path, []).append(_replacement(edit))
    return {
        "description": {"text": _plain(f"Edit the code: {fix.why}")},
        "artifactChanges": [
            {"artifactLocation": _artifact(path, source), "replacements": replacements}
            for path, replacements in changes.items()
        ],
    }


def _replacement(edit: TextEdit) -> dict[str, Any]:
    region = {
        "startLine": edit.line,
        "startColumn": edit.column,
        "endLine": edit.end_line,
        "endColumn": edit.end_column,
    }
    return {"deletedRegion": region, "insertedContent": {"text": edit.text}}


def _suppression(finding: Finding, source: SourceRoot | None) -> dict[str, Any]:
    accepted = finding.acceptance
    if accepted is None:
        return {"kind": "external", "justification": _plain(finding.message)}
    if accepted.place is None:
        return {"kind": "external", "justification": _plain(accepted.why)}
    location = {"physicalLocation": _physical(accepted.place, source)}
    return {"kind": "inSource", "justification": _plain(accepted.why), "location": location}


def _identity(rule: str, at: int, kind: str, severity: Severity) -> dict[str, Any]:
    level = _LEVELS[severity] if kind == "fail" else "none"
    return {"ruleId": printable(rule), "ruleIndex": at, "kind": kind, "level": level}


def _gone(gone: GoneFinding, at: int) -> dict[str, Any]:
    """A bucket of the earlier result that is no longer there."""
    name = gone.arn or gone.bucket or gone.resource or "a bucket"
    return {
        **_identity(gone.rule, at, "notApplicable", Severity.LOW),
        "message": {"text": _plain(f"{name} is gone")},
        "locations": [_named(name)],
        "suppressions": [],
        "baselineState": "absent",
    }


def _location(finding: Finding, place: Place | None, source: SourceRoot | None) -> dict[str, Any]:
    if place is None or not is_file(finding, place):
        return _named(finding.arn or (place.uri if place else None) or name_finding(finding))
    location: dict[str, Any] = {"physicalLocation": _physical(place, source)}
    if finding.resource:
        location["logicalLocations"] = [_logical(finding.resource)]
    return location


def _physical(place: Place, source: SourceRoot | None) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": _artifact(place.uri, source)}
    if place.line is not None and place.line > 0:
        physical["region"] = {"startLine": place.line}
        if place.column is not None and place.column > 0:
            physical["region"]["startColumn"] = place.column
    return physical


def _named(name: str) -> dict[str, Any]:
    """What is in no file."""
    return {
        "physicalLocation": {"artifactLocation": {"uri": percent_encoded(name)}},
        "logicalLocations": [_logical(name)],
    }


def _logical(name: str) -> dict[str, str]:
    return {"fullyQualifiedName": printable(name), "kind": "resource"}


def _artifact(path: str, source: SourceRoot | None) -> dict[str, str]:
    path = path_from_root(path, source)
    if path.startswith("/"):
        return {"uri": f"file://{percent_encoded(path)}"}
    return {"uri": percent_encoded(path), "uriBaseId": _ROOT}


def _fingerprints(finding: Finding) -> dict[str, str]:
    found = {_FINGERPRINT: fingerprint(finding)}
    if of_root := root_fingerprint(finding):
        found[_ROOT_FINGERPRINT] = of_root
    return found


_LINK = re.compile(r"\]\(")
_PLACEHOLDER = re.compile(r"\{(\d+)\}")


def _plain(text: str) -> str:
    """A message in which nothing is a link, a placeholder or a control character to whoever shows it."""
    return _PLACEHOLDER.sub(r"{{\1}}", _LINK.sub(r"\\](", printable(text)))


def _descriptor(text: RuleText) -> dict[str, Any]:
    parts = [("Risk", text.risk), ("When to leave a bucket alone", text.exceptions), ("Notes", text.notes)]
    plain = "\n".join((text.overview, *text.risk, f"What to do: {text.remedy}", text.verification))
    lists = [f"## {title}\n\n" + "\n".join(f"- {line}" for line in lines) for title, lines in parts if lines]
    lists.insert(1, f"## What to do\n\n{text.remedy}\n\n## Verification\n\n{text.verification}")
    return {
        "id": printable(text.id),
        **({"helpUri": text.page} if text.page else {}),
        "shortDescription": {"text": printable(text.title)},
        "fullDescription": {"text": text.overview},
        "help": {"text": plain, "markdown": "\n\n".join((text.overview, *lists))},
        "defaultConfiguration": {"level": _LEVELS[text.severity]},
        "properties": {
            "tags": ["security", *(f"{one.framework} {', '.join(one.ids)}" for one in text.compliance)],
            "security-severity": _SCORES[text.severity],
        },
    }


def _bare_descriptor(name: str, severity: Severity | None) -> dict[str, Any]:
    """Of a rule of which no more than its findings is known."""
    level = _LEVELS[severity or Severity.MEDIUM]
    title = {"text": printable(name) or "a rule"}
    return {
        "id": printable(name),
        "shortDescription": title,
        "help": title,
        "defaultConfiguration": {"level": level},
    }


ABOUT_FIXES = """
In SARIF, a bucket of code that fails carries as `fixes` the edit that a fix of the same target would write: for each
file, `replacements` by lines and columns of the file as it is, columns in code points, as `columnKind` says. What a
fix skips has none: a bucket that a hazard or an exemption keeps as it is, a value that is not a literal, a
plan; nor has a finding that would not pass with the edit. Where the edits cannot be planned at all, no finding has
any. Edits of several buckets may share a replacement, which is made once. Edits are planned when SARIF is rendered,
and for no other format; a saved result in JSON has none, for it keeps no code, and `s3kms report` says so on stderr.
"""
"""The manual's section. Generated from here."""
