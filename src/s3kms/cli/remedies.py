"""A change in another form than ours: printed, or written into a folder."""

from collections.abc import Sequence
from pathlib import Path

import click

from s3kms.cli.folder import write_files
from s3kms.cli.messages import say
from s3kms.estate.changes import Change
from s3kms.estate.errors import Refused
from s3kms.fixes import FORMS
from s3kms.fixes.interface import File, Form, Remedy
from s3kms.fixes.words import change_words

NAMES = tuple(form.name for form in FORMS)


def find_form(name: str) -> Form:
    """The form of that name."""
    return next(form for form in FORMS if form.name == name)


def remedy_of(form: Form, changes: Sequence[Change]) -> Remedy:
    """The changes of existing buckets in that form. Raises Refused where it has no words for one of them."""
    if unfit := [change for change in changes if change.kind not in form.kinds]:
        names = ", ".join(f"s3://{change.bucket}" for change in unfit)
        raise Refused(
            f"the {form.title} form does not change {unfit[0].kind} buckets: {names}",
            hint="leave them out, or use --as cli",
        )
    return form.remedy(changes)


def remedy_of_new(form: Form, change: Change) -> Remedy:
    """The form's text for a bucket that is yet to be made, and the commands that make it."""
    if form.run is None:
        forms = " or ".join(f"--as {form.name}" for form in FORMS if form.run)
        raise Refused(f"the {form.title} form makes no new bucket", hint=f"use {forms}")
    script = f'#!/bin/sh\nset -eu\ncd "$(dirname "$0")"\n\n{form.run(change)}'
    files = (File(form.saved_as, form.render(change)), File("deploy.sh", script, is_program=True))
    return Remedy(files, (f"sh deploy.sh: makes s3://{change.bucket} with {change_words(change)}",))


def hand_over(remedy: Remedy, folder: Path | None, *, quiet: bool) -> None:
    """Print the files, or write them; say what to do with them."""
    if folder is None:
        _print([file for file in remedy.files if not file.is_spare])
    else:
        write_files(folder, remedy.files)
        for file in remedy.files:
            click.echo(str(folder / file.name))
    for step in () if quiet else remedy.steps:
        say(step)


def _print(files: Sequence[File]) -> None:
    """One file as it is; several with their names between them, as a comment."""
    for file in files:
        if len(files) > 1:
            click.echo(f"# ==> {file.name} <==")
        click.echo(file.text, nl=False)
