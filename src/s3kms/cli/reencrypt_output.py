"""What `reencrypt` shows while it runs, and how it is paused and stopped."""

import json
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from s3kms import api
from s3kms.cli.change_output import confirm
from s3kms.cli.options import OutputOptions
from s3kms.cli.output import opened
from s3kms.cli.stop_signals import StopSignals
from s3kms.cli.wording import cli_wording
from s3kms.model.errors import S3kmsError
from s3kms.model.exits import Exit
from s3kms.text.sanitize import printable

if TYPE_CHECKING:
    from s3kms.api import ReencryptCallbacks, ReencryptProgress

SECONDS_BETWEEN_LINES = 30.0
"""Between two progress lines, where stderr is not a terminal."""


class PauseSignal:
    """SIGUSR1 pauses the run; a second one resumes it."""

    def __init__(self, tell: Callable[[str], object]) -> None:
        self._is_paused = False
        self._tell = tell

    def is_paused(self) -> bool:
        """Whether the run is paused."""
        return self._is_paused

    @contextmanager
    def caught(self) -> Iterator[None]:
        """Handle the signal until the block ends; a system without SIGUSR1 cannot pause."""
        number = getattr(signal, "SIGUSR1", None)
        if number is None:
            yield
            return
        before = signal.signal(number, self._receive)
        try:
            yield
        finally:
            signal.signal(number, before)

    def _receive(self, _: int, __: FrameType | None) -> None:
        self._is_paused = not self._is_paused


class ProgressLine:
    """The progress of a run: one line that is overwritten on a terminal, else a line every 30 seconds."""

    def __init__(self) -> None:
        self._is_terminal = sys.stderr.isatty()
        self._last = 0.0
        self._is_open = False

    def show(self, progress: "ReencryptProgress") -> None:
        """Show the progress, at most one line per 30 seconds where stderr is not a terminal."""
        text = api.describe_reencrypt_progress(progress)
        if self._is_terminal:
            click.echo(f"\r\x1b[K{text}", nl=False, err=True)
            self._is_open = True
        elif time.monotonic() - self._last >= SECONDS_BETWEEN_LINES:
            self._last = time.monotonic()
            click.echo(text, err=True)

    def end(self) -> None:
        """End the open line, so that the next output starts on its own."""
        if self._is_open:
            click.echo(err=True)
            self._is_open = False


def callbacks_for_run(question: str, *, yes: bool, tell: Callable[[str], None]) -> "ReencryptCallbacks":
    """Callbacks that ask for confirmation, show progress, and handle signals."""
    stop, pause, line = StopSignals(), PauseSignal(tell), ProgressLine()

    def note(text: str) -> None:
        line.end()
        tell(text)

    @contextmanager
    def while_writing() -> Iterator[None]:
        with stop.caught(), pause.caught():
            try:
                yield
            finally:
                line.end()

    return api.reencrypt_callbacks(
        confirm=lambda: confirm(question, yes=yes),
        on_run=lambda run, journal: tell(f"run {run}, journal {journal}"),
        on_progress=line.show,
        on_note=note,
        while_writing=while_writing,
        is_paused=pause.is_paused,
        should_stop=stop.is_received,
    )


def show_document(document: Mapping[str, Any], out: OutputOptions) -> Iterator[str]:
    """A plan or a result as a table."""
    from s3kms.reports.interface import ReportStyle
    from s3kms.reports.reencrypt_table import render_plan, render_result

    style = ReportStyle(out.width, out.color, wording=cli_wording)
    yield from (render_plan if document["kind"] == "reencrypt-plan" else render_result)(document, style)


def is_objects_run(run: str, journal: Path | None) -> bool:
    """Whether a run re-encrypted objects; False for a run that cannot be read, which is reported elsewhere."""
    from s3kms.changes.journal import default_journal_folder
    from s3kms.changes.runs import read_run
    from s3kms.changes.stored_objects.kind import OBJECTS

    try:
        return read_run(journal or default_journal_folder(), run).header.kind == OBJECTS.name
    except S3kmsError:
        return False


def verify_objects_run(client: api.Client, run: str, out: OutputOptions) -> int:
    """Verify the objects of a run again, and show the result."""
    found = client.verify_objects(run)
    with opened(out.output) as write:
        if (out.format or "table") == "json":
            write(f"{json.dumps({'run': run, **found.to_record(), 'is_sample': found.is_sample})}\n")
        else:
            write(f"{found}\n")
            for example in found.examples:
                write(f"  {printable(example)}\n")
    return int(Exit.OK if found.is_clean else Exit.FINDINGS)
