"""What `reencrypt` shows while it runs, and how it is paused and stopped."""

import json
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from s3kms import api
from s3kms.cli.change_output import confirm
from s3kms.cli.messages import discard_message, notify
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

    def __init__(self) -> None:
        self._is_paused = False

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
    """The progress of a run: one line on a terminal, else a line every 30 seconds and at the end."""

    def __init__(self, *, is_quiet: bool = False) -> None:
        self._is_quiet = is_quiet
        self._waiting = ""
        """What was not shown yet, where stderr is not a terminal."""
        self._is_terminal = sys.stderr.isatty()
        self._last = 0.0
        self._is_open = False

    def show(self, progress: "ReencryptProgress") -> None:
        """Show the progress, at most one line per 30 seconds where stderr is not a terminal."""
        if self._is_quiet:
            return
        text = api.describe_reencrypt_progress(progress)
        if self._is_terminal:
            click.echo(f"\r\x1b[K{text}", nl=False, err=True)
            self._is_open = True
        elif time.monotonic() - self._last >= SECONDS_BETWEEN_LINES:
            self._last = time.monotonic()
            self._waiting = ""
            click.echo(text, err=True)
        else:
            self._waiting = text

    def close(self) -> None:
        """Show how far the run came in the end."""
        if self._waiting:
            click.echo(self._waiting, err=True)
            self._waiting = ""
        self.end()

    def end(self) -> None:
        """End the open line, so that the next output starts on its own."""
        if self._is_open:
            click.echo(err=True)
            self._is_open = False


def callbacks_for_run(question: str, *, yes: bool, is_quiet: bool) -> "ReencryptCallbacks":
    """Callbacks that ask for confirmation, show progress unless it is to be quiet, and handle signals."""
    stop, pause, line = StopSignals(), PauseSignal(), ProgressLine(is_quiet=is_quiet)
    tell = discard_message if is_quiet else notify

    def note(text: str) -> None:
        line.end()
        tell(text)

    @contextmanager
    def while_writing() -> Iterator[None]:
        with stop.caught(), pause.caught():
            try:
                yield
            finally:
                line.close()

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
            write(f"{json.dumps(found.to_document(run))}\n")
        else:
            write(f"{found}\n")
            for example in found.examples:
                write(f"  {printable(example)}\n")
    return int(Exit.OK if found.is_clean else Exit.FINDINGS)
