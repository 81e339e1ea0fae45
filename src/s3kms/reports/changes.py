"""With an earlier result, a report for a person lists what is different: the rows of table and Markdown."""

from collections.abc import Iterator
from dataclasses import dataclass

from s3kms.estate.advice import Wording
from s3kms.estate.earlier import GoneFinding
from s3kms.estate.findings import Difference, Finding, Verdict
from s3kms.reports.interface import Report, Style
from s3kms.reports.words import MARKS, name_words, state_words

NOT_THERE = "-"
_URGENT_FIRST = {found: place for place, found in enumerate(Difference)}
_FAILING_FIRST = {verdict: place for place, verdict in enumerate(MARKS)}


@dataclass(frozen=True, slots=True)
class Row:
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


def rows(report: Report, style: Style, *, short: bool = False) -> list[Row]:
    """What became different, the most urgent first; with `style.passes` the rest, too. Reads the stream."""
    listed = [_row(f, style.wording, short=short) for f in report.findings if style.passes or _is_listed(f)]
    listed += _gone(report, short=short)
    return sorted(listed, key=lambda row: (_URGENT_FIRST[row.difference], _FAILING_FIRST[row.verdict]))


def _is_listed(finding: Finding) -> bool:
    """What cannot be compared is listed as in a report of its own: where it does not pass."""
    if finding.difference is Difference.UNCOMPARED:
        return finding.verdict is not Verdict.PASS
    return finding.difference is not Difference.UNCHANGED


def _row(finding: Finding, wording: Wording, *, short: bool) -> Row:
    return Row(
        difference=finding.difference or Difference.UNCOMPARED,
        verdict=finding.verdict,
        bucket=name_words(finding),
        account=finding.account,
        region=finding.region,
        rule=finding.rule,
        before=state_words(finding.before, short=short) if finding.before else NOT_THERE,
        now=state_words(finding, short=short),
        why=finding.message,
        remedy=finding.advice.worded(wording),
    )


def _gone(report: Report, *, short: bool) -> Iterator[Row]:
    for gone in report.since.gone() if report.since else ():
        yield _gone_row(gone, short=short)


def _gone_row(gone: GoneFinding, *, short: bool) -> Row:
    return Row(
        difference=Difference.GONE,
        verdict=gone.before.verdict,
        bucket=gone.bucket or gone.resource or "(not listed)",
        account=gone.before.account,
        region=gone.before.region,
        rule=gone.rule,
        before=state_words(gone.before, short=short),
        now=NOT_THERE,
    )
