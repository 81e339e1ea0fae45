"""`s3kms undo` of a run that edited files."""

from pathlib import Path

import click

from s3kms.changes.files.apply import FileUndo, plan_file_undo
from s3kms.changes.files.replace_file import tidy
from s3kms.changes.runs import Run
from s3kms.cli.acting import confirm
from s3kms.cli.code_acting import apply_patches, show_diff
from s3kms.cli.messages import notify
from s3kms.model.describe import count_files
from s3kms.model.errors import Refused, Stopped
from s3kms.model.exits import Exit


def undo_code(run: Run, folder: Path, *, is_apply: bool, yes: bool) -> int:
    """Put back what stood in the files, or show it as a diff. Raises Refused, Stopped."""
    name = run.header.run
    plan = plan_file_undo(run)
    show_diff(plan.restore, notify)
    for edit, why in plan.refused:
        notify(f"refused: {edit.path}: {why}")
    for edit in plan.nothing_to_do if plan.restore or plan.refused else ():
        notify(f"nothing to do: {edit.path} is as it was before the run")
    if not is_apply and plan.restore:
        notify(f"{count_files(len(plan.restore))} would be put back; nothing was written. Do it with --apply")
        return int(Exit.OK)
    if plan.restore:
        confirm(f"Put back {count_files(len(plan.restore))}?", yes=yes)
    if is_apply:
        for edit in run.edits:
            tidy(edit.path, name)
    if not plan.restore:
        return _nothing(plan, name)
    apply_patches(plan.restore, folder, f"undo {name}", undoes=None if plan.refused else name)
    if plan.refused:
        raise Stopped(
            f"run {name} is undone in part: {count_files(len(plan.refused))} left alone",
            advice="look at each and decide; the lines above say why",
        )
    return int(Exit.OK)


def _nothing(plan: FileUndo, name: str) -> int:
    if plan.refused:
        raise Refused(
            f"no file of run {name} can be put back; nothing was changed",
            advice="look at each and decide; the lines above say why",
        )
    click.echo(f"nothing left to undo: every file of run {name} is as it was before")
    return int(Exit.OK)
