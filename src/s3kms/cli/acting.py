"""What the commands that write have in common: the journal, the question, the interruption, the lines."""

import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from s3kms.cli.messages import say
from s3kms.cli.wording import cli_wording
from s3kms.estate.changes import Change
from s3kms.estate.errors import Refused
from s3kms.estate.words import bucket_words
from s3kms.reports.safe import printable

if TYPE_CHECKING:
    from s3kms.aws.connection import Connection
    from s3kms.fixes.apply import Outcome


@dataclass(frozen=True, slots=True)
class Doing:
    """Whether a fix is carried out, how far it may go, and what is said."""

    is_apply: bool
    yes: bool
    max_changes: int
    journal: Path | None
    quiet: bool
    is_check: bool = False
    """Of code: only whether something would change."""


def folder_of(journal: Path | None) -> Path:
    """Where the journals are."""
    from s3kms.fixes.journal import default_folder

    return journal or default_folder()


def show_changes(changes: Sequence[Change]) -> None:
    """One line a bucket: where, what was, what will be."""
    from s3kms.fixes.words import change_words

    names = [printable(f"s3://{change.bucket}") for change in changes]
    width = max((len(name) for name in names), default=0)
    place = max((len(change.region) for change in changes), default=0)
    for name, change in zip(names, changes, strict=True):
        words = printable(change_words(change))
        click.echo(f"{name:<{width}}  {printable(change.region):<{place}}  {words}")


def confirm(question: str, *, yes: bool) -> None:
    """Ask a person. Raises Refused where there is none, or who says no."""
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise Refused("there is no terminal to ask at, so nothing was changed", advice="give --yes")
    if not click.confirm(question, err=True):
        raise Refused("nothing was changed")


def carry_out(
    changes: Sequence[Change], connection: "Connection", folder: Path, command: str, *, undoes: str | None
) -> str:
    """Apply the changes under a new journal, a line each; the run. Raises Stopped, Refused."""
    from s3kms.fixes.apply import Watch, apply
    from s3kms.fixes.journal import Header, Journal, new_run
    from s3kms.fixes.store import S3Store

    now = datetime.now(UTC)
    header = Header(new_run(now), now, command, connection.account, connection.endpoint, undoes)
    with Journal.create(folder, header) as journal, interruption() as wants_to_stop:
        say(f"run {journal.run}, journal {journal.path}")
        outcomes = apply(changes, S3Store(connection), journal, Watch(_tell, wants_to_stop))
    click.echo(f"run {header.run}: {_counted(outcomes)}")
    return header.run


def _counted(outcomes: "Sequence[Outcome]") -> str:
    done = sum(outcome.result == "done" for outcome in outcomes)
    kept = len(outcomes) - done
    return f"{bucket_words(done)} changed and read back" + (f", {kept} left alone" if kept else "")


def _tell(outcome: "Outcome") -> None:
    """A reader who has gone does not end the run half-way: the journal says what became of each bucket."""
    why = f": {outcome.why}" if outcome.why else ""
    with suppress(OSError):
        click.echo(f"{outcome.result.value:<6} {printable(f's3://{outcome.change.bucket}{why}')}")
        if outcome.advice:
            say(f"  hint: {outcome.advice.worded(cli_wording)}")


@contextmanager
def interruption() -> Iterator[Callable[[], bool]]:
    """The first SIGINT or SIGTERM lets the bucket at hand end; a second one, of either, ends at once."""
    asked: list[int] = []
    before: dict[int, Any] = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def note(number: int, _: FrameType | None) -> None:
        asked.append(number)
        restore()

    for number in before:
        signal.signal(number, note)
    try:
        yield lambda: bool(asked)
    finally:
        restore()
