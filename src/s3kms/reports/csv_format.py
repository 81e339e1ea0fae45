"""`csv`: one finding a row, for a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Iterator

from s3kms.model.advice import Wording
from s3kms.model.describe import describe_encryption
from s3kms.model.encryption import Encryption, KeyKind
from s3kms.model.findings import Before, Difference, Finding, GoneFinding
from s3kms.model.scan_context import ScanStarted
from s3kms.model.stream import ScanEvent, findings_in
from s3kms.model.unknown import known
from s3kms.reports.describe import describe_controls
from s3kms.reports.interface import NOT_STARTED, ReportStyle
from s3kms.text.sanitize import csv_cell

COLUMNS = (
    *("rule", "severity", "verdict", "bucket", "account", "region", "arn", "resource"),
    *("algorithm", "key", "key_kind", "bucket_key", "blocked", "message", "remedy"),
    *("file", "line"),
)
RUN_COLUMNS = ("controls", "checked_at", "s3kms", "identity", "scope")
"""As whom and when, and which controls the rule answers: the last ones, in each row."""
SINCE_COLUMNS = ("change", "was_verdict", "was_encryption")
"""Further ones, where something was compared."""


def render(events: Iterable[ScanEvent], style: ReportStyle) -> Iterator[str]:
    """A header, then a row a finding; no cell is ever a formula."""
    since_columns = SINCE_COLUMNS if style.is_compared else ()
    yield _line((*COLUMNS, *since_columns, *RUN_COLUMNS))
    run = _RunCells(NOT_STARTED)
    for event in events:
        if isinstance(event, ScanStarted):
            run = _RunCells(event)
        for finding in findings_in(event):
            since = _since_cells(finding.difference, finding.before) if style.is_compared else ()
            yield _line((*_cells(finding, style.wording), *since, *run.of(finding.rule)))
        if isinstance(event, GoneFinding):
            gone = _since_cells(Difference.GONE, event.before)
            yield _line((*_gone_cells(event), *gone, *run.of(event.rule)))


class _RunCells:
    """As whom and when, and the controls of each rule."""

    def __init__(self, started: ScanStarted) -> None:
        context = started.context
        scope = context.scope.describe(context.account) if context and context.scope else ""
        self._controls = {text.id: describe_controls(text) for text in started.rules}
        self._cells = (
            context.at.isoformat(timespec="seconds") if context else "",
            (context.version if context else None) or "",
            (context.identity if context else None) or "",
            scope,
        )

    def of(self, rule: str) -> tuple[str, ...]:
        return (self._controls.get(rule, ""), *self._cells)


def _cells(finding: Finding, wording: Wording) -> tuple[str, ...]:
    return (
        finding.rule,
        finding.severity.value,
        finding.verdict.value,
        finding.bucket or "",
        finding.account or "",
        finding.region or "",
        finding.arn or "",
        finding.resource or "",
        *_encryption_cells(finding.encryption, finding.key_kind),
        finding.message,
        finding.advice.worded(wording),
        *_place_cells(finding),
    )


def _place_cells(finding: Finding) -> tuple[str, str]:
    """The first place in code; empty for a live bucket."""
    place = finding.places[0] if finding.places else None
    if place is None or place.line is None:
        return "", ""
    return place.uri, str(place.line)


def _encryption_cells(e: Encryption | None, key_kind: KeyKind | None) -> tuple[str, ...]:
    if e is None:
        return ("", "", "", "", "")
    on = known(e.bucket_key)
    bucket_key = "" if on is None else str(on).lower()
    kind = key_kind.value if key_kind else ""
    return e.algorithm or "", e.key or "", kind, bucket_key, " ".join(known(e.blocked) or ())


def _gone_cells(gone: GoneFinding) -> tuple[str, ...]:
    """It has no verdict: there is nothing to judge."""
    before = gone.before
    where = (gone.bucket, before.account, before.region, gone.arn, gone.resource)
    return (
        gone.rule,
        "",
        "",
        *(cell or "" for cell in where),
        *_encryption_cells(None, None),
        "",
        "",
        gone.file or "",
        "",
    )


def _since_cells(found: Difference | None, before: Before | None) -> tuple[str, ...]:
    if found is None or before is None:
        return (found.value if found else "", "", "")
    words = describe_encryption(before.encryption) if before.encryption else "not known"
    return found.value, before.verdict.value, words


def _line(cells: tuple[str, ...]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow([csv_cell(cell) for cell in cells])
    return text.getvalue()
