"""With an earlier result, a report for a person lists what is different: the rows of table and Markdown."""

from collections.abc import Iterable
from dataclasses import dataclass

from s3kms.model.advice import Wording
from s3kms.model.findings import Difference, Finding, GoneFinding, Verdict
from s3kms.model.stream import ScanEvent
from s3kms.reports.describe import MARKS, describe_bucket, describe_state
from s3kms.reports.interface import EventFold, ReportStyle

NOT_THERE = "-"
_URGENT_FIRST = {found: place for place, found in enumerate(Difference)}
_FAILING_FIRST = {verdict: place for place, verdict in enumerate(MARKS)}


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """One difference, in words."""

    difference: Difference
    verdict: Verdict
    bucket: str
    account: str | None
    region: str | None
    rule: str
    before: str
    now: str
    why: str = ""
    remedy: str = ""

    @property
    def mark(self) -> str:
        """What became of it, to be found at a glance."""
        return self.difference.value.upper()


def difference_rows(
    fold: EventFold, events: Iterable[ScanEvent], style: ReportStyle, *, short: bool = False
) -> list[DifferenceRow]:
    """What became different, the most urgent first; with `style.passes` the rest, too. Reads the stream."""
    findings = fold.findings(events)
    listed = [_row(f, style.wording, short=short) for f in findings if style.passes or _is_listed(f)]
    listed += [_gone_row(gone, short=short) for gone in fold.gone]
    return sorted(listed, key=lambda row: (_URGENT_FIRST[row.difference], _FAILING_FIRST[row.verdict]))


def _is_listed(finding: Finding) -> bool:
    """What cannot be compared is listed as in a report of its own: where it does not pass."""
    if finding.difference is Difference.UNCOMPARED:
        return finding.verdict is not Verdict.PASS
    return finding.difference is not Difference.UNCHANGED


def _row(finding: Finding, wording: Wording, *, short: bool) -> DifferenceRow:
    return DifferenceRow(
        difference=finding.difference or Difference.UNCOMPARED,
        verdict=finding.verdict,
        bucket=describe_bucket(finding),
        account=finding.account,
        region=finding.region,
        rule=finding.rule,
        before=describe_state(finding.before, short=short) if finding.before else NOT_THERE,
        now=describe_state(finding, short=short),
        why=finding.message,
        remedy=finding.advice.worded(wording),
    )


def _gone_row(gone: GoneFinding, *, short: bool) -> DifferenceRow:
    return DifferenceRow(
        difference=Difference.GONE,
        verdict=gone.before.verdict,
        bucket=gone.bucket or gone.resource or "(not listed)",
        account=gone.before.account,
        region=gone.before.region,
        rule=gone.rule,
        before=describe_state(gone.before, short=short),
        now=NOT_THERE,
    )
