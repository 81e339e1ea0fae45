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

from s3kms.cli.messages import notify
from s3kms.cli.wording import cli_wording
from s3kms.model.change import Change
from s3kms.model.describe import count_buckets
from s3kms.model.errors import Refused
from s3kms.text.sanitize import printable

if TYPE_CHECKING:
    from s3kms.aws.connection import Connection
    from s3kms.changes.apply import ChangeOutcome


@dataclass(frozen=True, slots=True)
class ApplyOptions:
    """Whether a fix is carried out, how far it may go, and what is said."""

    is_apply: bool
    yes: bool
    max_changes: int
    journal: Path | None
    quiet: bool
    is_check: bool = False
    """Of code: only whether something would change."""


def journal_folder(journal: Path | None) -> Path:
    """Where the journals are."""
    from s3kms.changes.journal import default_journal_folder

    return journal or default_journal_folder()


def show_changes(changes: Sequence[Change]) -> None:
    """One line a bucket: where, what was, what will be."""
    from s3kms.remedies.description import describe_change

    names = [printable(f"s3://{change.bucket}") for change in changes]
    width = max((len(name) for name in names), default=0)
    place = max((len(change.region) for change in changes), default=0)
    for name, change in zip(names, changes, strict=True):
        words = printable(describe_change(change))
        click.echo(f"{name:<{width}}  {printable(change.region):<{place}}  {words}")


def confirm(question: str, *, yes: bool) -> None:
    """Ask a person. Raises Refused where there is none, or who says no."""
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise Refused("there is no terminal to ask at, so nothing was changed", advice="give --yes")
    if not click.confirm(question, err=True):
        raise Refused("nothing was changed")


def apply_changes(
    changes: Sequence[Change], connection: "Connection", folder: Path, command: str, *, undoes: str | None
) -> str:
    """Apply the changes under a new journal, a line each; the run. Raises Stopped, Refused."""
    from s3kms.changes.apply import Callbacks, apply
    from s3kms.changes.buckets.store import S3EncryptionStore
    from s3kms.changes.journal import Journal, RunHeader, new_run_id

    now = datetime.now(UTC)
    header = RunHeader(new_run_id(now), now, command, connection.account, connection.endpoint, undoes)
    with Journal.create(folder, header) as journal, stop_on_signal() as should_stop:
        notify(f"run {journal.run}, journal {journal.path}")
        outcomes = apply(changes, S3EncryptionStore(connection), journal, Callbacks(_tell, should_stop))
    click.echo(f"run {header.run}: {_counted(outcomes)}")
    return header.run


def _counted(outcomes: "Sequence[ChangeOutcome]") -> str:
    done = sum(outcome.result == "done" for outcome in outcomes)
    kept = len(outcomes) - done
    return f"{count_buckets(done)} changed and read back" + (f", {kept} left alone" if kept else "")


def _tell(outcome: "ChangeOutcome") -> None:
    """A reader who has gone does not end the run half-way: the journal says what became of each bucket."""
    why = f": {outcome.why}" if outcome.why else ""
    with suppress(OSError):
        click.echo(f"{outcome.result.value:<6} {printable(f's3://{outcome.change.bucket}{why}')}")
        if outcome.advice:
            notify(f"  hint: {outcome.advice.worded(cli_wording)}")


@contextmanager
def stop_on_signal() -> Iterator[Callable[[], bool]]:
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
