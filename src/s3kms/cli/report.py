"""`s3kms report`."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO

import click

from s3kms import api
from s3kms.cli.messages import notify, notify_written
from s3kms.cli.option_groups import GroupedCommand, option
from s3kms.cli.options import OutputOptions, framework_option, out_options
from s3kms.cli.output import Write, opened
from s3kms.cli.wording import cli_wording
from s3kms.model.errors import BadInput
from s3kms.model.findings import Finding, Summary, Verdict
from s3kms.model.stream import ScanEvent
from s3kms.reports import FORMAT_NAMES, find_format, format_of_file
from s3kms.reports.describe import describe_summary
from s3kms.reports.frameworks import within_framework
from s3kms.reports.interface import ReportStyle
from s3kms.text.count import count

EPILOG = """\b
Examples:
  s3kms report result.json --format markdown
  s3kms report result.jsonl -o findings.ocsf.json
  s3kms report result.json --framework 'NIST SP 800-53'
  s3kms report plan.json -o plan.html
  s3kms check --format json | s3kms report - -o s3kms.junit.xml
  s3kms report account-1.json account-2.json -o all.html
  s3kms report --since results/
  s3kms report --since october.json --since november.json --format json

\b
Exit codes: 0 the report was made, whatever it says; 2 the file is not a saved result. More: docs/formats.md
"""

NO_FIXES = (
    "a saved result keeps no code, so that this SARIF has no fixes; "
    "s3kms check PATH --format sarif, or --also FILE.sarif.json, has them"
)


@click.command("report", cls=GroupedCommand, epilog=EPILOG)
@click.argument(
    "results",
    nargs=-1,
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    metavar="[RESULT]...",
)
@option(
    "Over time",
    "--since",
    "since",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="PATH",
    envvar=None,
    help="Show the trend over this result, or the results in this folder (repeatable): new, fixed, reopened, "
    "longest open.",
)
@framework_option
@out_options(FORMAT_NAMES)
def command(
    results: tuple[Path, ...], since: tuple[Path, ...], framework: str | None, out: OutputOptions
) -> int:
    """Render a saved result in any format, or show the trend over many.

    A RESULT is what check, verify, plan, objects or reencrypt wrote as json, or check and verify as jsonl; - is
    stdin. Results of older versions are read, too: what they did not write down is left out. AWS is not called.
    Several results of checks become one report, of accounts that were checked one by one, say; of a bucket in two
    the later one counts.

    With --since, results are put in the order of their dates, and each is compared with those before it.
    """
    if since:
        if framework is not None:
            raise BadInput(
                "--framework is about one result, and --since tells a trend", advice="leave one out"
            )
        return _trend((*since, *results), out)
    if not results:
        raise BadInput("no result is named", advice="name one, or several with --since to see the trend")
    if sum(str(path) == "-" for path in results) > 1:
        raise BadInput("stdin is named twice", advice="name - once; other results by their files")
    if len(results) > 1:
        return _merged(results, framework, out)
    with ExitStack() as stack:
        file, name = _opened(results[0], stack)
        return _report(file, name, framework, out)


def _opened(path: Path, stack: ExitStack) -> tuple[BinaryIO, str]:
    from s3kms.saved_results import opened_result

    if str(path) == "-":
        return sys.stdin.buffer, "stdin"
    return stack.enter_context(opened_result(path)), str(path)


def _report(file: BinaryIO, name: str, framework: str | None, out: OutputOptions) -> int:
    from s3kms.saved_results import HEAD_LINES, ResultKind, kind_of, read_result_lines

    head = list(islice(file, HEAD_LINES))
    kind = kind_of(b"".join(head))
    if kind is not ResultKind.CHECK:
        from s3kms.cli.report_saved import report_other

        if framework is not None:
            raise BadInput(f"--framework is about findings, and {name} has none", advice="leave it out")
        return report_other(kind, chain(head, file), name, out)
    events = read_result_lines(chain(head, file), name)
    return _check_report(
        within_framework(events, framework) if framework is not None else events, framework, out
    )


def _merged(paths: tuple[Path, ...], framework: str | None, out: OutputOptions) -> int:
    """One report of several results of checks."""
    from s3kms.saved_results import merge_results, read_result_lines

    with ExitStack() as stack:
        files = [_of_a_check(*_opened(path, stack)) for path in paths]
        events = merge_results(read_result_lines(lines, name) for lines, name in files)
        return _check_report(
            within_framework(events, framework) if framework is not None else events, framework, out
        )


def _of_a_check(file: BinaryIO, name: str) -> tuple[Iterator[bytes], str]:
    """The lines of a result of check or verify. Raises BadInput for a document of another kind."""
    from s3kms.saved_results import HEAD_LINES, ResultKind, kind_of

    head = list(islice(file, HEAD_LINES))
    if kind_of(b"".join(head)) is not ResultKind.CHECK:
        raise BadInput(
            f"{name} is a document of another kind: only results of check and verify are merged",
            advice="name it alone",
        )
    return chain(head, file), name


def _check_report(events: Iterator[ScanEvent], framework: str | None, out: OutputOptions) -> int:
    form = find_format(out.format or format_of_file(out.output))
    events, is_compared = _is_compared(events)
    source = api.find_source_root()
    by_control = framework is not None
    style = ReportStyle(
        out.width, out.color, out.verbose, cli_wording, is_compared, source, by_control=by_control
    )
    with opened(out.output) as write:
        seen = _Seen()
        for text in form.render(seen.watch(events), style):
            write(text)
    notes = [] if form.has_notes else seen.notes
    if form.name == "sarif" and seen.has_failing_code:
        notes.append(NO_FIXES)
    if not out.quiet:
        for note in notes:
            notify(f"note: {note}")
    notify_written(out.output, form.name, seen.sum, quiet=out.quiet)
    return 0


def _is_compared(events: Iterator[ScanEvent]) -> tuple[Iterator[ScanEvent], bool]:
    """Whether the findings say what became of them: the first one tells."""
    seen: list[ScanEvent] = []
    for event in events:
        seen.append(event)
        if isinstance(event, Finding | Summary):
            found = event.difference if isinstance(event, Finding) else event.since
            return chain(seen, events), found is not None
    return iter(seen), False


@dataclass(slots=True)
class _Seen:
    """What a reader of the report is told beside it."""

    notes: list[str] = field(default_factory=list)
    sum: str = ""
    has_failing_code: bool = False

    def watch(self, events: Iterator[ScanEvent]) -> Iterator[ScanEvent]:
        """The events as they go by."""
        for event in events:
            if isinstance(event, Summary):
                self.notes += (note.worded(cli_wording) for note in event.notes)
                self.sum = describe_summary(event)
            elif isinstance(event, Finding) and event.resource is not None:
                self.has_failing_code |= event.verdict is Verdict.FAIL
            yield event


def _trend(paths: tuple[Path, ...], out: OutputOptions) -> int:
    from s3kms.reports.trend import TREND_FORMATS
    from s3kms.saved_results import read_trend

    name = out.format or format_of_file(out.output)
    if name not in TREND_FORMATS:
        raise BadInput(
            f"a trend has no format {name!r}", advice=f"the formats are {', '.join(TREND_FORMATS)}"
        )
    trend = read_trend(*paths)
    write: Write
    with opened(out.output) as write:
        for text in TREND_FORMATS[name](trend, ReportStyle(out.width, out.color, wording=cli_wording)):
            write(text)
    notify_written(out.output, name, count(len(trend.runs), "run"), quiet=out.quiet)
    return 0
