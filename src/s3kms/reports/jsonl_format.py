"""`jsonl`: one finding a line, as soon as it is known."""

import json
from collections.abc import Iterable, Iterator

from s3kms.model.findings import GoneFinding
from s3kms.model.scan_context import ScanStarted
from s3kms.model.stream import ScanEvent, findings_in
from s3kms.reports.interface import NOT_STARTED, ReportStyle
from s3kms.results.run_v1 import controls_v1, line_v1
from s3kms.results.v1 import finding_v1, gone_v1


def render(events: Iterable[ScanEvent], style: ReportStyle) -> Iterator[str]:
    """The findings of the JSON document, one a line; then what is gone, where something was compared.

    Each line says as whom and when, and which controls its rule answers: lines are taken apart.
    """
    endings = _Endings(NOT_STARTED)
    for event in events:
        if isinstance(event, ScanStarted):
            endings = _Endings(event)
        for finding in findings_in(event):
            yield json.dumps(finding_v1(finding, style.wording))[:-1] + endings.of(finding.rule)
        if isinstance(event, GoneFinding):
            yield json.dumps(gone_v1(event))[:-1] + endings.of(event.rule)


class _Endings:
    """How the line of each rule ends: made once a rule, for lines are many."""

    def __init__(self, started: ScanStarted) -> None:
        self._started = started
        self._texts = {text.id: text for text in started.rules}
        self._made: dict[str, str] = {}

    def of(self, rule: str) -> str:
        if rule not in self._made:
            controls = controls_v1(self._texts.get(rule))
            more = {**({"compliance": controls} if controls else {}), **line_v1(self._started)}
            self._made[rule] = f", {json.dumps(more)[1:]}\n" if more else "}\n"
        return self._made[rule]
