"""`s3kms undo`."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from s3kms.cli.acting import apply_changes, confirm, journal_folder, show_changes
from s3kms.cli.messages import notify
from s3kms.cli.options import AwsOptions, apply_options, aws_options, journal_option
from s3kms.cli.selection import connect
from s3kms.model.describe import count_buckets
from s3kms.model.errors import Refused, Stopped
from s3kms.model.exits import Exit

if TYPE_CHECKING:
    from s3kms.changes.runs import Run
    from s3kms.changes.undo import UndoPlan

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

    A bucket that somebody changed since is left alone and said so. What is put back is
    exactly what was there, with a put; the undo is a run of its own, and can be undone.
    A run that edited files is put back in the files, byte for byte; nobody is asked.
    """
    from s3kms.changes.runs import read_run
    from s3kms.changes.undo import hold_run

    folder = journal_folder(journal)
    read_run(folder, run)  # a wrong name or a changed file is said first
    with hold_run(folder, run):
        found = replace(read_run(folder, run), running=False)
        _tell_cut(found)
        if found.is_code:
            from s3kms.cli.undo_code import undo_code

            return undo_code(found, folder, is_apply=is_apply, yes=yes)
        return _undo(found, folder, aws, is_apply=is_apply, yes=yes)


def _tell_cut(run: "Run") -> None:
    if run.cut:
        name = run.header.run
        notify(
            f"note: run {name} died while it wrote its journal; the last line is not whole and counts for none"
        )


def _undo(run: "Run", folder: Path, aws: AwsOptions, *, is_apply: bool, yes: bool) -> int:
    from s3kms.changes.buckets.store import S3EncryptionStore
    from s3kms.changes.undo import plan_undo

    name = run.header.run
    connection = connect(aws)
    plan = plan_undo(run, S3EncryptionStore(connection), connection.account)
    _show(plan)
    if not plan.restore:
        return _nothing(plan, name)
    if not is_apply:
        notify(
            f"{count_buckets(len(plan.restore))} would be put back; nothing was written. Do it with --apply"
        )
        return int(Exit.OK)
    confirm(f"Put back the default encryption of {count_buckets(len(plan.restore))}?", yes=yes)
    apply_changes(
        plan.restore,
        connection,
        folder,
        f"undo {name}",
        undoes=None if plan.refused else name,
    )
    if plan.refused:
        raise Stopped(
            f"run {name} is undone in part: {count_buckets(len(plan.refused))} left alone",
            advice="look at each and decide; the lines above say why",
        )
    return int(Exit.OK)


def _show(plan: "UndoPlan") -> None:
    show_changes(plan.restore)
    for change, why in plan.refused:
        notify(f"refused: s3://{change.bucket}: {why}")
    for change in plan.nothing_to_do if plan.restore or plan.refused else ():
        notify(f"nothing to do: s3://{change.bucket} has what it had before the run")


def _nothing(plan: "UndoPlan", name: str) -> int:
    if plan.refused:
        raise Refused(
            f"no bucket of run {name} can be put back; nothing was changed",
            advice="look at each and decide; the lines above say why",
        )
    click.echo(f"nothing left to undo: every bucket of run {name} has what it had before")
    return int(Exit.OK)
