"""`s3kms undo`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from s3kms.cli.change_output import (
    FILES,
    callbacks_for,
    confirm,
    describe_outcome,
    describe_run,
    show_changes,
    show_diff,
)
from s3kms.cli.messages import notify
from s3kms.cli.options import AwsOptions, apply_options, aws_options, journal_option
from s3kms.cli.selection import connect
from s3kms.model.exits import Exit
from s3kms.text.count import count

if TYPE_CHECKING:
    from s3kms.changes.apply import ChangeOutcome
    from s3kms.changes.undo import UndoResult

EPILOG = """\b
Examples:
  s3kms undo 20261123T114000Z-1a2b3c
  s3kms undo 20261123T114000Z-1a2b3c --apply --yes

\b
Exit codes: 0 put back or nothing left to put back, 4 refused and nothing changed, 5 some
buckets or files were not put back, 2 no such run or not a journal, 1 the tool failed.
"""


@click.command("undo", epilog=EPILOG)
@click.argument("run")
@apply_options
@journal_option
@aws_options
def command(run: str, is_apply: bool, yes: bool, journal: Path | None, aws: AwsOptions) -> int:
    """Put back what a run changed, or show what would be put back.

    A bucket that was changed since is left alone and reported. What is put back is
    exactly what was there, with a put; the undo is a run of its own, and can be undone.
    A run that edited files is put back in the files, byte for byte, without calling AWS.
    """
    from s3kms.changes.journal import default_journal_folder
    from s3kms.changes.undo import undo_run

    planned: list[UndoResult] = []

    def show_plan(undo: "UndoResult") -> None:
        planned.append(undo)
        _show(undo)

    def show_outcome(outcome: "ChangeOutcome") -> None:
        _line(planned[-1], describe_outcome(outcome))

    undo = undo_run(
        run,
        journal or default_journal_folder(),
        lambda: connect(aws),
        is_apply=is_apply,
        command=f"undo {run}",
        callbacks=callbacks_for(lambda: confirm(_question(planned[-1]), yes=yes), show_outcome),
        on_plan=show_plan,
    )
    _conclude(undo, is_apply=is_apply)
    return int(Exit.OK)


def _line(undo: "UndoResult", text: str) -> None:
    """Where the results go: stdout carries the diff where files are put back."""
    click.echo(text, err=undo.medium.kind.name == FILES)


def _show(undo: "UndoResult") -> None:
    run, plan, medium = undo.run, undo.plan, undo.medium
    if run.cut:
        notify(
            f"note: run {run.header.run} died while it wrote its journal; the last line is not whole and is ignored"
        )
    if medium.kind.name == FILES:
        show_diff(plan.restore, notify)
    else:
        show_changes(plan.restore)
    for entry, why in plan.refused:
        notify(f"refused: {medium.describe(entry)}: {why}")
    for entry in plan.nothing_to_do if plan.restore or plan.refused else ():
        notify(f"nothing to do: {medium.describe(entry)} is as it was before the run")


def _question(undo: "UndoResult") -> str:
    things = count(len(undo.plan.restore), undo.medium.kind.noun)
    return f"Put back {'the default encryption of ' if undo.medium.kind.name != FILES else ''}{things}?"


def _conclude(undo: "UndoResult", *, is_apply: bool) -> None:
    noun, name = undo.medium.kind.noun, undo.run.header.run
    if undo.result:
        _line(undo, describe_run(undo.result, undo.medium.kind.name, noun))
    elif not undo.plan.restore:
        click.echo(f"nothing left to undo: every {noun} of run {name} is as it was before")
    elif not is_apply:
        notify(
            f"{count(len(undo.plan.restore), noun)} would be put back; nothing was written. Do it with --apply"
        )
