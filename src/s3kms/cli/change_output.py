"""What the commands that write show: the changes, the question, each result, and the sum."""

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from s3kms.cli.messages import notify
from s3kms.cli.stop_signals import StopSignals
from s3kms.cli.wording import cli_wording
from s3kms.model.advice import Advice, Option
from s3kms.model.change import Change
from s3kms.model.errors import Refused
from s3kms.text.count import count
from s3kms.text.sanitize import printable

if TYPE_CHECKING:
    from s3kms.changes.apply import Callbacks, ChangeOutcome, RunResult
    from s3kms.iac.editing.patch import Patch


BUCKETS = "buckets"
FILES = "files"
"""The medium whose results go to stderr, because stdout carries the diff."""


def show_changes(changes: Sequence[Change]) -> None:
    """One line a bucket: where, what was, what will be."""
    from s3kms.remedies.description import describe_change

    names = [printable(f"s3://{change.bucket}") for change in changes]
    width = max((len(name) for name in names), default=0)
    place = max((len(change.region) for change in changes), default=0)
    for name, change in zip(names, changes, strict=True):
        words = printable(describe_change(change))
        click.echo(f"{name:<{width}}  {printable(change.region):<{place}}  {words}")


def show_diff(patches: "Sequence[Patch]", tell: Callable[[str], None]) -> None:
    """To a terminal with every control character spelled out; else byte for byte, for `git apply`."""
    from s3kms.iac.editing.patch import unified_diff

    here = Path(os.path.realpath(Path.cwd()))
    base = here
    if any(not patch.path.is_relative_to(here) for patch in patches):
        base = Path(os.path.commonpath([here, *(patch.path.parent for patch in patches)]))
        tell(f"note: the paths of the diff begin in {base}; apply it there")
    for patch in patches:
        text = unified_diff(patch, base)
        if sys.stdout.isatty():
            for line in text.decode(errors="backslashreplace").removesuffix("\n").split("\n"):
                click.echo("\t".join(printable(part) for part in line.split("\t")))  # tabs indent code
        else:
            click.echo(text, nl=False)


def confirm(question: str, *, yes: bool) -> None:
    """Ask a person. Raises Refused where there is none, or who says no."""
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise Refused(
            "stdin is not a terminal, so --apply needs --yes; nothing was changed",
            advice=Advice("add {yes}", {"yes": Option("yes")}),
        )
    if not click.confirm(question, err=True):
        raise Refused("nothing was changed")


def callbacks_for(confirm: Callable[[], object], show: "Callable[[ChangeOutcome], object]") -> "Callbacks":
    """Say which run it is, show each result, and stop between two changes at a signal."""
    from s3kms.changes.apply import Callbacks

    signals = StopSignals()

    def show_result(outcome: "ChangeOutcome") -> None:
        with suppress(
            OSError
        ):  # a reader who has gone does not end the run: the journal says what became of each
            show(outcome)
            if outcome.advice:
                notify(f"  hint: {outcome.advice.worded(cli_wording)}")

    return Callbacks(
        confirm=confirm,
        on_run=lambda run, journal: notify(f"run {run}, journal {journal}"),
        on_outcome=show_result,
        while_writing=signals.caught,
        should_stop=signals.is_received,
    )


def describe_outcome(outcome: "ChangeOutcome") -> str:
    """`done   s3://logs`."""
    why = f": {outcome.why}" if outcome.why else ""
    return f"{outcome.result.value:<6} {printable(f'{outcome.subject}{why}')}"


def describe_run(result: "RunResult", kind: str, noun: str) -> str:
    """What came of a whole run."""
    if kind == FILES:
        return f"run {result.run}: written and read back; s3kms undo {result.run} restores what was there"
    kept = f", {result.kept} skipped" if result.kept else ""
    return f"run {result.run}: {count(result.changed, noun)} changed and read back{kept}"
