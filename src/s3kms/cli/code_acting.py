"""What the commands that edit files have in common: the diff, and the run."""

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import click

from s3kms.cli.acting import interruption
from s3kms.cli.messages import say
from s3kms.fixes.code.carrying import FileWatch, carry_out_patches, check_unchanged
from s3kms.fixes.code.edits import CODE
from s3kms.fixes.code.patch import Patch, diff
from s3kms.fixes.journal import Header, Journal, new_run
from s3kms.reports.safe import printable


def show_diff(patches: Sequence[Patch], tell: Callable[[str], None]) -> None:
    """To a terminal with every control character spelled out; else byte for byte, for `git apply`."""
    here = Path(os.path.realpath(Path.cwd()))
    base = here
    if any(not patch.path.is_relative_to(here) for patch in patches):
        base = Path(os.path.commonpath([here, *(patch.path.parent for patch in patches)]))
        tell(f"note: the paths of the diff begin in {base}; apply it there")
    for patch in patches:
        text = diff(patch, base)
        if sys.stdout.isatty():
            for line in text.decode(errors="backslashreplace").removesuffix("\n").split("\n"):
                click.echo(_shown(line))
        else:
            click.echo(text, nl=False)


def _shown(line: str) -> str:
    """Tabs stay: they are what code is indented with."""
    return "\t".join(printable(part) for part in line.split("\t"))


def carry_out_edits(
    patches: Sequence[Patch],
    folder: Path,
    command: str,
    *,
    undoes: str | None,
    tell: Callable[[str], None] = say,
    verdict: Callable[[], str | None] = lambda: None,
) -> str:
    """Write the files under a new journal; the run. Raises Stopped, Refused."""

    def done(patch: Patch) -> None:
        with suppress(OSError):  # a reader who has gone does not end the run half-way
            tell(f"done   {patch.path}")

    check_unchanged(patches)
    now = datetime.now(UTC)
    header = Header(new_run(now), now, command, CODE, "", undoes)
    with Journal.create(folder, header) as journal, interruption() as wants_to_stop:
        say(f"run {journal.run}, journal {journal.path}")
        carry_out_patches(patches, journal, FileWatch(done, wants_to_stop, verdict))
    say(f"run {header.run}: written and read back; s3kms undo {header.run} puts back what was there")
    return header.run
