"""`junit`: one test a bucket and rule, as CI systems show tests.

- A failure is a `failure`, what could not be judged an `error`, what is exempt `skipped`, and a pass a test that
  passed. Compared with an earlier result, what failed or was unknown before is `skipped`, too: CI systems fail a job
  for each `failure`, and a baseline accepts these.
- A test of code names its file and line, and stands in the class of that file; that of a live bucket stands in the
  class of its account and region.
- As whom, when, by which s3kms and of what the check was made, and the controls of each rule, are properties of the
  suite.

The counts come first, so that the tests are held until the last is known.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from s3kms.model.advice import Wording
from s3kms.model.findings import Difference, Finding, GoneFinding, Verdict
from s3kms.model.scan_context import ScanStarted
from s3kms.model.stream import ScanEvent
from s3kms.reports.describe import describe_controls, describe_finding_encryption, note_lines
from s3kms.reports.interface import EventFold, ReportStyle
from s3kms.reports.places import file_of, name_finding, path_from_root
from s3kms.text.sanitize import xml_text


def render(events: Iterable[ScanEvent], style: ReportStyle) -> Iterator[str]:
    """One document with one suite."""
    fold = EventFold()
    outcomes, cases, names = Counter[str | None](), list[str](), Counter[tuple[str, str]]()
    for finding in fold.findings(events):
        outcomes[_element(finding)] += 1
        cases.append(_case(finding, style, names))
    summary = fold.summary
    counts = _attributes(
        name="s3kms",
        tests=str(len(cases)),
        failures=str(outcomes["failure"]),
        errors=str(outcomes["error"]),
        skipped=str(outcomes["skipped"]),
        time="0",
    )
    context = fold.started.context
    at = f' timestamp="{context.at:%Y-%m-%dT%H:%M:%S}"' if context else ""
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites{counts}>\n<testsuite{counts}{at}>\n'
    yield from _properties(fold.started)
    yield from cases
    lines = [*note_lines(summary, style.wording), *map(_gone, fold.gone)]
    if lines:
        yield f"<system-out>{xml_text('. '.join(lines))}</system-out>\n"
    yield "</testsuite>\n</testsuites>\n"


def _properties(started: ScanStarted) -> Iterator[str]:
    context = started.context
    scope = context.scope.describe(context.account) if context and context.scope else None
    told = {
        "checked_at": context and context.at.isoformat(timespec="seconds"),
        "s3kms": context and context.version,
        "account": context and context.account,
        "identity": context and context.identity,
        "scope": scope,
        **{f"controls.{text.id}": describe_controls(text) for text in started.rules},
    }
    found = [f"<property{_attributes(name=name, value=value)}/>" for name, value in told.items() if value]
    if found:
        yield "<properties>" + "".join(found) + "</properties>\n"


def _case(finding: Finding, style: ReportStyle, names: Counter[tuple[str, str]]) -> str:
    place = file_of(finding)
    file = path_from_root(place.uri, style.source) if place else None
    where = file or ".".join(filter(None, (finding.account, finding.region))) or "s3kms"
    name = f"{name_finding(finding)} {finding.rule}"
    names[where, name] += 1
    if (number := names[where, name]) > 1:  # CI systems find a test again by its name
        name = f"{name} ({number})"
    attributes = _attributes(classname=where, name=name, time="0")
    if file:
        attributes += _attributes(file=file)
        attributes += f' line="{place.line}"' if place and place.line and place.line > 0 else ""
    if (element := _element(finding)) is None:
        return f"<testcase{attributes}/>\n"
    return f"<testcase{attributes}>{_outcome(element, finding, style.wording)}</testcase>\n"


_ELEMENTS = {Verdict.PASS: None, Verdict.FAIL: "failure", Verdict.UNKNOWN: "error", Verdict.EXEMPT: "skipped"}


def _element(finding: Finding) -> str | None:
    """What stands within the test of a finding; nothing where it passes."""
    element = _ELEMENTS[finding.verdict]
    is_accepted = element is not None and finding.difference is Difference.UNCHANGED
    return "skipped" if is_accepted else element


def _outcome(element: str, finding: Finding, wording: Wording) -> str:
    if element == "skipped":
        is_exempt = finding.verdict is Verdict.EXEMPT
        known = f"{finding.verdict.value} before, too: {finding.message}"
        return f"<skipped{_attributes(message=finding.message if is_exempt else known)}/>"
    message = _attributes(message=finding.message)
    advice = finding.advice.worded(wording)
    lines = [
        f"severity: {finding.severity.value}",
        f"default encryption: {describe_finding_encryption(finding)}",
        *([f"bucket: {finding.arn}"] if finding.arn else []),
        *([f"what to do: {advice}"] if advice else []),
    ]
    body = "\n".join(map(xml_text, lines))
    if element == "error":
        cause = finding.unknown.cause.value if finding.unknown else "unknown"
        return f"<error{message}{_attributes(type=cause)}>{body}</error>"
    return f"<failure{message}{_attributes(type=finding.rule)}>{body}</failure>"


def _gone(gone: GoneFinding) -> str:
    return f"{gone.arn or gone.bucket or gone.resource or 'a bucket'} is gone"


def _attributes(**values: str) -> str:
    return "".join(f' {name}="{xml_text(value)}"' for name, value in values.items())
