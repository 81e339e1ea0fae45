"""`s3kms undo`."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from s3kms import api
from s3kms.cli.change_output import callbacks_for, confirm, describe_outcome
from s3kms.cli.completion_values import TARGET
from s3kms.cli.option_groups import GroupedCommand, option
from s3kms.cli.options import (
    CHANGES,
    AwsOptions,
    apply_options,
    aws_options,
    journal_option,
    role_external_id_option,
)
from s3kms.cli.undo_output import question_of_undo, show_end, show_line, show_undo
from s3kms.model.exits import Exit

if TYPE_CHECKING:
    from s3kms.changes.apply import ChangeOutcome
    from s3kms.changes.undo import UndoResult

EPILOG = """\b
Examples:
  s3kms undo 20261123T114000Z-1a2b3c
  s3kms undo 20261123T114000Z-1a2b3c --apply --yes
  s3kms undo 20261123T114000Z-1a2b3c s3://logs --apply

\b
Exit codes: 0 restored or nothing left to restore, 4 refused and nothing changed, 5 some
buckets or files were not restored, 2 no such run or not a journal, 1 the tool failed.
"""


@click.command("undo", cls=GroupedCommand, epilog=EPILOG)
@click.argument("run")
@click.argument("targets", nargs=-1, type=TARGET, metavar="[TARGET]...")
@apply_options
@journal_option
@option(
    CHANGES,
    "--root",
    "root",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    envvar=None,  # it lets more be written, so that it is said each time
    help="Of a run of files before 0.2.0: restore below this folder alone [default: the current folder].",
)
@option(
    CHANGES,
    "--accept",
    "accept",
    multiple=True,
    type=click.Choice(["readers-lose"]),
    envvar=None,  # it harms somebody, so that it is said each time
    help="Of a run that prepared policies: put them back although buckets need them.",
)
@role_external_id_option
@aws_options
def command(
    run: str,
    targets: tuple[str, ...],
    *,
    accept: tuple[str, ...],
    is_apply: bool,
    yes: bool,
    journal: Path | None,
    root: Path | None,
    external_id: str | None,
    aws: AwsOptions,
) -> int:
    """Restore what a run changed, or show what would be restored.

    With targets, these buckets alone are restored, and the others stay as the run left them.

    A bucket that was changed since is skipped and reported. What is restored is
    exactly what was there, with a put; the undo is a run of its own, and can be undone.
    A run that edited files is restored in the files, byte for byte, without calling AWS.
    """
    from s3kms.changes.journal import default_journal_folder
    from s3kms.changes.undo import undo_run

    planned: list[UndoResult] = []

    def show_plan(undo: "UndoResult") -> None:
        planned.append(undo)
        show_undo(undo)

    def show_outcome(outcome: "ChangeOutcome") -> None:
        show_line(planned[-1], describe_outcome(outcome))

    undo = undo_run(
        run,
        journal or default_journal_folder(),
        api.Client(**aws.settings).connect,
        is_apply=is_apply,
        root=root or Path(),
        targets=api.parse_bucket_targets(targets),
        accept=accept,
        external_id=external_id,
        command=shlex.join(["undo", run, *targets]),
        callbacks=callbacks_for(lambda: confirm(question_of_undo(planned[-1]), yes=yes), show_outcome),
        on_plan=show_plan,
    )
    show_end(undo, is_apply=is_apply)
    return int(Exit.OK)
