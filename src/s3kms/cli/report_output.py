"""The frame of a command that reports findings: where the report goes, in which format, and how it ends."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import chain, islice
from pathlib import Path

from s3kms import api
from s3kms.cli.messages import notify, notify_written
from s3kms.cli.options import PLAIN_REPORT, OutputOptions, ReportOptions
from s3kms.cli.output import opened
from s3kms.cli.progress import show_progress
from s3kms.cli.wording import cli_wording
from s3kms.model.advice import Advice, Option
from s3kms.model.errors import BadInput, NothingToCheck
from s3kms.model.exits import Exit
from s3kms.model.findings import Difference, Finding, Summary, Verdict
from s3kms.model.stream import ScanEvent, findings_in
from s3kms.reports import find_format, format_of_file
from s3kms.reports.describe import describe_comparison, describe_summary
from s3kms.reports.frameworks import within_framework
from s3kms.reports.interface import Format, ReportStyle

_NEW = {Difference.NEW, Difference.WORSE}


class FailOn(StrEnum):
    """What makes a pipeline fail."""

    FINDING = "finding"
    NEW = "new"
    NEVER = "never"


@dataclass(slots=True)
class _Watched:
    """What the events say besides the report: the sum, and the findings that are new."""

    summary: Summary | None = None
    new_failures: int = 0
    new_unknowns: int = 0

    def watch(self, events: Iterable[ScanEvent]) -> Iterator[ScanEvent]:
        for event in events:
            if isinstance(event, Summary):
                self.summary = event
            for finding in findings_in(event):
                self._count(finding)
            yield event

    def _count(self, finding: Finding) -> None:
        if finding.difference in _NEW:
            self.new_failures += finding.verdict is Verdict.FAIL
            self.new_unknowns += finding.verdict is Verdict.UNKNOWN

    def exit(self, summary: Summary, fail_on: FailOn) -> Exit:
        """Codes 1 to 5 never change; `never` makes success of findings and unknowns."""
        if summary.exit not in {Exit.FINDINGS, Exit.UNKNOWNS}:
            return summary.exit
        if fail_on is FailOn.NEVER:
            return Exit.OK
        if fail_on is FailOn.NEW:
            unknown = Exit.UNKNOWNS if self.new_unknowns else Exit.OK
            return Exit.FINDINGS if self.new_failures else unknown
        return summary.exit


def write_report(
    events: Callable[[], Iterator[ScanEvent]],
    out: OutputOptions,
    *,
    passes: bool,
    is_compared: bool = False,
    fail_on: FailOn = FailOn.FINDING,
    allow_empty: bool = False,
    code: Iterable[Path] = (),
    title: str = "",
    report: ReportOptions = PLAIN_REPORT,
) -> int:
    """Write the report as the events come, and return the exit code. Raises NothingToCheck.

    `events` is called when the output is open; with `passes`, findings that pass are listed, too. `code` are the
    files and folders of code that were named. With `allow_empty`, that there is no bucket is success, unless
    one was named that is not there. `title` is what a page is called that is not about a check. Of a
    framework that `report` names, findings of rules that answer none of its controls are left out, and do not count;
    for the further files that it names, every event is held.
    """
    form = find_format(out.format or format_of_file(out.output))
    watched, framework = _Watched(), report.framework
    _refuse_same_files(out.output, report.also)
    with ExitStack() as stack:
        write = stack.enter_context(opened(out.output))
        others = [
            (_format_of(path), stack.enter_context(opened(path, option="also"))) for path in report.also
        ]
        source = api.find_source_root(code)
        style = ReportStyle(
            out.width, out.color, passes, cli_wording, is_compared, source, title, framework is not None
        )
        shown = show_progress(events(), shown=_wants_progress(form.name, out))
        stream = watched.watch(within_framework(shown, framework) if framework is not None else shown)
        held = [*stream] if others else _begun(stream)
        for text in form.render(held, style):
            write(text)
        for other, write_other in others:
            for text in other.render(held, replace(style, color=False)):
                write_other(text)
    summary = watched.summary
    if summary is None:
        raise AssertionError("a scan ends with its summary")
    files = [(form, out.output), *zip((other for other, _ in others), report.also, strict=True)]
    for written, path in files:
        notify_written(path, written.name, describe_summary(summary), quiet=out.quiet)
    is_empty = summary.exit is Exit.NOTHING and allow_empty and not summary.missing
    _conclude(summary, quiet=out.quiet or form.has_notes, allow_empty=is_empty)
    return int(Exit.OK if is_empty else watched.exit(summary, fail_on))


def _format_of(path: Path) -> Format:
    """The format that a file's name asks for. Raises BadInput for a name that says none."""
    name = format_of_file(path)
    form = find_format(name)
    if not path.name.lower().endswith(form.suffixes):
        raise BadInput(
            f"the name of {path} says no format",
            advice=Advice(
                "end it with .sarif.json, .junit.xml, .md…; {output} takes any", {"output": Option("output")}
            ),
        )
    return form


def _refuse_same_files(output: Path | None, also: Iterable[Path]) -> None:
    """Two reports in one file would leave the last. Raises BadInput."""
    seen = {output.absolute()} if output else set()
    for path in also:
        if path.absolute() in seen:
            raise BadInput(f"two reports would be written to {path}", advice="name each file once")
        seen.add(path.absolute())


def _wants_progress(format_name: str, out: OutputOptions) -> bool:
    """Not where the results themselves run down the same terminal."""
    return not out.quiet and (format_name == "table" or not out.is_terminal)


def _begun(events: Iterator[ScanEvent]) -> Iterator[ScanEvent]:
    """The events, once the first of them is there: what fails at once leaves no half-written result."""
    first = list(islice(events, 1))
    return chain(first, events)


def _conclude(summary: Summary, *, quiet: bool, allow_empty: bool) -> None:
    """Notes to stderr where the format has none. Raises NothingToCheck."""
    notes = [note.worded(cli_wording) for note in summary.notes]
    if summary.exit is Exit.NOTHING and not allow_empty:
        for note in [] if quiet else notes[:-1]:
            notify(f"note: {note}")
        why = notes[-1] if notes else "no bucket matches"
        raise NothingToCheck(f"there was no bucket to check: {why}")
    if quiet:
        return
    if summary.gone:
        notes.append(f"deleted during the check, not counted: {', '.join(summary.gone)}")
    for note in notes:
        notify(f"note: {note}")
    if summary.since:
        notify(describe_comparison(summary.since))
