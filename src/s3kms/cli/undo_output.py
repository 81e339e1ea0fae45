"""What `undo` shows: what would be restored, and what was."""

from typing import TYPE_CHECKING

import click

from s3kms.changes.policies.kind import POLICY_KINDS
from s3kms.cli.change_output import BUCKETS, FILES, describe_run, show_changes, show_diff
from s3kms.cli.messages import notify
from s3kms.cli.policy_diff import policy_diff
from s3kms.text.count import count

if TYPE_CHECKING:
    from s3kms.changes.undo import UndoResult


def show_line(undo: "UndoResult", text: str) -> None:
    """Where the results go: stdout carries the diff where files are restored."""
    click.echo(text, err=undo.medium.kind.name == FILES)


def show_undo(undo: "UndoResult") -> None:
    """What would be restored, and why the rest is not."""
    run, plan, medium = undo.run, undo.plan, undo.medium
    if run.cut:
        notify(
            f"note: run {run.header.run} died while it wrote its journal; the last line is not whole and is ignored"
        )
    if medium.kind.name == FILES:
        show_diff(plan.restore, notify)
    elif medium.kind.name in POLICY_KINDS:
        for change in plan.restore:
            for line in policy_diff(change.title, change.before, change.after):
                click.echo(line, nl=False)
    else:
        show_changes(plan.restore)
    for entry, why in plan.refused:
        notify(f"refused: {medium.describe(entry)}: {why}")
    for entry in plan.nothing_to_do if plan.restore or plan.refused else ():
        notify(f"nothing to do: {medium.describe(entry)} is as it was before the run")


def question_of_undo(undo: "UndoResult") -> str:
    """What a person is asked before anything is written."""
    things = count(len(undo.plan.restore), undo.medium.kind.noun)
    return f"Restore {'the default encryption of ' if undo.medium.kind.name == BUCKETS else ''}{things}?"


def show_end(undo: "UndoResult", *, is_apply: bool) -> None:
    """What came of it."""
    noun, name = undo.medium.kind.noun, undo.run.header.run
    if undo.result:
        show_line(undo, describe_run(undo.result, undo.medium.kind.name, noun))
    elif not undo.plan.restore:
        click.echo(f"nothing left to undo: every {noun} of run {name} is as it was before")
    elif not is_apply:
        notify(
            f"{count(len(undo.plan.restore), noun)} would be restored; nothing was written. Do it with --apply"
        )
