"""What the commands that edit files have in common: the diff, and the run."""

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import click

from s3kms.changes.files.apply import FileCallbacks, check_unchanged, write_patches
from s3kms.changes.files.file_edit import CODE_ACCOUNT
from s3kms.changes.journal import Journal, RunHeader, new_run_id
from s3kms.cli.acting import stop_on_signal
from s3kms.cli.messages import notify
from s3kms.iac.editing.patch import Patch, unified_diff
from s3kms.text.sanitize import printable


def show_diff(patches: Sequence[Patch], tell: Callable[[str], None]) -> None:
    """To a terminal with every control character spelled out; else byte for byte, for `git apply`."""
    here = Path(os.path.realpath(Path.cwd()))
    base = here
    if any(not patch.path.is_relative_to(here) for patch in patches):
        base = Path(os.path.commonpath([here, *(patch.path.parent for patch in patches)]))
        tell(f"note: the paths of the diff begin in {base}; apply it there")
    for patch in patches:
        text = unified_diff(patch, base)
        if sys.stdout.isatty():
            for line in text.decode(errors="backslashreplace").removesuffix("\n").split("\n"):
                click.echo(_shown(line))
        else:
            click.echo(text, nl=False)


def _shown(line: str) -> str:
    """Tabs stay: they are what code is indented with."""
    return "\t".join(printable(part) for part in line.split("\t"))


def apply_patches(
    patches: Sequence[Patch],
    folder: Path,
    command: str,
    *,
    undoes: str | None,
    tell: Callable[[str], None] = notify,
    verdict: Callable[[], str | None] = lambda: None,
) -> str:
    """Write the files under a new journal; the run. Raises Stopped, Refused."""

    def done(patch: Patch) -> None:
        with suppress(OSError):  # a reader who has gone does not end the run half-way
            tell(f"done   {patch.path}")

    check_unchanged(patches)
    now = datetime.now(UTC)
    header = RunHeader(new_run_id(now), now, command, CODE_ACCOUNT, "", undoes)
    with Journal.create(folder, header) as journal, stop_on_signal() as should_stop:
        notify(f"run {journal.run}, journal {journal.path}")
        write_patches(patches, journal, FileCallbacks(done, should_stop, verdict))
    notify(f"run {header.run}: written and read back; s3kms undo {header.run} puts back what was there")
    return header.run
