"""The frame of a command that judges: where its report goes and in which format, and how it ends."""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice

from s3kms.cli.messages import notify
from s3kms.cli.options import OutputOptions
from s3kms.cli.output import opened
from s3kms.cli.wording import cli_wording
from s3kms.model.errors import NothingToCheck
from s3kms.model.exits import Exit
from s3kms.model.findings import Finding, Summary, Tally
from s3kms.reports import find_format
from s3kms.reports.describe import describe_comparison
from s3kms.reports.interface import Report, ReportStyle, RuleText
from s3kms.results.comparison import Comparison
from s3kms.rules.interface import Rule


def report(
    findings: Callable[[Tally], Iterator[Finding]],
    out: OutputOptions,
    *,
    passes: bool,
    since: Comparison | None = None,
    rules: Sequence[Rule] = (),
) -> int:
    """Write the findings as they come, and return the exit code. Raises NothingToCheck.

    `findings` is called when the output is open, and counts in the tally; with `passes` those are listed, too.
    With `since`, each says what became of it. `rules` are those whose findings they are, where rules judge.
    """
    form = find_format(out.format_name)
    tally = Tally()
    with opened(out.output) as write:
        found = findings(tally)
        begun = _begun(_compared(found, since, tally) if since else found)
        stream = Report(begun, tally.summary, since, tuple(map(_text_of, rules)))
        for text in form.render(stream, ReportStyle(out.width, out.color, passes, cli_wording)):
            write(text)
    noted = form.name in {"table", "markdown"}
    code = _conclude(tally.summary(), quiet=out.quiet, noted=noted)
    if since and not out.quiet and not noted:
        notify(describe_comparison(since))
    return code


def _text_of(rule: Rule) -> RuleText:
    doc = rule.doc
    return RuleText(
        id=rule.id,
        title=rule.title,
        severity=rule.severity,
        overview=doc.overview,
        risk=doc.risk,
        exceptions=doc.exceptions,
        remedy=doc.remedy,
        verification=doc.verification,
        notes=doc.notes,
    )


def _compared(findings: Iterator[Finding], since: Comparison, tally: Tally) -> Iterator[Finding]:
    yield from since.compare(findings)
    for text in since.notes():
        tally.note(text)


def _begun(findings: Iterator[Finding]) -> Iterator[Finding]:
    """The same, with the first one there: what fails at once leaves no half-written result."""
    first = list(islice(findings, 1))
    return chain(first, findings)


def _conclude(summary: Summary, *, quiet: bool, noted: bool) -> int:
    """Notes to stderr where the format has none, and the exit code."""
    if summary.exit is Exit.NOTHING:
        why = summary.notes[0].worded(cli_wording) if len(summary.notes) == 1 else "no bucket matches"
        raise NothingToCheck(f"there was no bucket to check: {why}")
    if not quiet and not noted:
        for line in _notes(summary):
            notify(f"note: {line}")
    return int(summary.exit)


def _notes(summary: Summary) -> Iterator[str]:
    yield from (note.worded(cli_wording) for note in summary.notes)
    if summary.gone:
        yield f"deleted while we looked, not counted: {', '.join(summary.gone)}"
