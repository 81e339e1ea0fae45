"""A change in another form than ours: printed, or written into a folder."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from s3kms.cli.messages import notify
from s3kms.cli.options import Command
from s3kms.model.change import Change
from s3kms.model.errors import BadInput, Refused
from s3kms.model.targets import check_region
from s3kms.remedies import REMEDIES
from s3kms.remedies.folder import write_files
from s3kms.remedies.interface import Remedy, RemedyFile, RemedyFiles


@dataclass(frozen=True, slots=True)
class RemedyOptions:
    """`--as`: the form, the folder for its files, and whether the bucket is yet to be made."""

    form: Remedy
    folder: Path | None
    is_new: bool

    def show(self, changes: Sequence[Change], *, quiet: bool) -> None:
        """The changes of existing buckets. Raises Refused, and what `write_files` raises."""
        if changes:
            _hand_over(_remedy(self.form, changes), self.folder, quiet=quiet)
        elif not quiet:
            notify("there is no change to print")

    def show_new(self, change: Change, *, quiet: bool) -> None:
        """The same for a bucket that is yet to be made."""
        _hand_over(_remedy_of_new(self.form, change), self.folder, quiet=quiet)


def remedy_options(function: Command) -> Command:
    """`--as`, `--out`, `--new`; the command gets `printed: Printed | None`."""
    forms = {form.name: form for form in REMEDIES}

    @click.option(
        "--as",
        "form",
        type=click.Choice(list(forms)),
        help="Print the remedy in this form instead; change nothing.",
    )
    @click.option(
        "--out",
        type=click.Path(path_type=Path),
        metavar="DIR",
        help="With --as: put its files into this folder; none of that name may be there.",
    )
    @click.option("--new", is_flag=True, help="With --as: the named bucket is yet to be made, in --region.")
    @functools.wraps(function)
    def wrapper(*args: Any, form: str | None, out: Path | None, new: bool, **kwargs: Any) -> Any:
        if form is None and (out or new):
            raise BadInput(
                f"{'--out' if out else '--new'} goes with --as", advice=f"add --as {'|'.join(forms)}"
            )
        return function(*args, printed=RemedyOptions(forms[form], out, new) if form else None, **kwargs)

    return wrapper


def require_one_region(regions: Sequence[str]) -> str:
    """Where a bucket is to be made. Raises BadInput."""
    if len(regions) != 1:
        raise BadInput("--new needs the region of the bucket to be", advice="add one --region")
    return check_region(regions[0])


def _remedy(form: Remedy, changes: Sequence[Change]) -> RemedyFiles:
    """The changes of existing buckets in that form. Raises Refused where it has no words for one of them."""
    if unfit := [change for change in changes if change.kind not in form.kinds]:
        names = ", ".join(f"s3://{change.bucket}" for change in unfit)
        raise Refused(
            f"the {form.title} form does not change {unfit[0].kind} buckets: {names}",
            advice="leave them out, or use --as cli",
        )
    return form.remedy(changes)


def _remedy_of_new(form: Remedy, change: Change) -> RemedyFiles:
    """What makes a bucket that is yet to be made. Raises Refused where the form makes none."""
    if form.remedy_of_new is None:
        forms = " or ".join(f"--as {form.name}" for form in REMEDIES if form.remedy_of_new)
        raise Refused(f"the {form.title} form makes no new bucket", advice=f"use {forms}")
    return form.remedy_of_new(change)


def _hand_over(remedy: RemedyFiles, folder: Path | None, *, quiet: bool) -> None:
    """Print the files, or write them; say what to do with them."""
    if folder is None:
        _print([file for file in remedy.files if not file.is_spare])
    else:
        write_files(folder, remedy.files)
        for file in remedy.files:
            click.echo(str(folder / file.name))
    for step in () if quiet else remedy.steps:
        notify(step)


def _print(files: Sequence[RemedyFile]) -> None:
    """One file as it is; several with their names between them, as a comment."""
    for file in files:
        if len(files) > 1:
            click.echo(f"# ==> {file.name} <==")
        click.echo(file.text, nl=False)
