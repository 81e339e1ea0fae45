"""What goes to stderr: sentences for a person, made safe for a terminal."""

from pathlib import Path

import click

from s3kms.cli.wording import cli_wording
from s3kms.model.errors import S3kmsError
from s3kms.text.sanitize import printable


def show_error(error: S3kmsError) -> None:
    """What happened, and what to do."""
    first, *rest = error.sentence.worded(cli_wording).splitlines() or [""]
    click.echo(f"error: {printable(first)}", err=True)
    for line in rest:
        click.echo(printable(line), err=True)
    if error.advice:
        click.echo(f"  hint: {printable(error.advice.worded(cli_wording))}", err=True)


def notify(text: str) -> None:
    """One line."""
    click.echo(printable(text), err=True)


def notify_written(path: Path | None, form: str, what: str, *, quiet: bool) -> None:
    """Which file has a report, and what is in it; nothing of what went to stdout."""
    if path is not None and not quiet:
        notify(f"{form} report written to {path} ({what})")


def discard_message(_: str) -> None:
    """No line."""
