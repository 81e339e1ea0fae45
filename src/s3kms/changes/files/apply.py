"""Patches carried out: each journalled, written, read back; and what undoing them comes to."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from s3kms.changes.files.file_edit import FileEdit, digest, edit_of, patch_back
from s3kms.changes.files.replace_file import read_now, replace_file
from s3kms.changes.journal import Journal
from s3kms.changes.runs import Run
from s3kms.iac.editing.patch import Patch
from s3kms.iac.editing.splices import SpliceError
from s3kms.model.errors import Refused, S3kmsError, Stopped


@dataclass(frozen=True, slots=True)
class FileCallbacks:
    """Who looks on: hears of each file, may ask to stop between two, and looks at the sum before the run ends."""

    tell: Callable[[Patch], object] = lambda _: None
    should_stop: Callable[[], bool] = lambda: False
    verdict: Callable[[], str | None] = lambda: None
    """What is wrong now that all is written; None where nothing is."""


def check_unchanged(patches: Sequence[Patch]) -> None:
    """Raises Refused where a file is not as it was planned on, or may not be written."""
    for patch in patches:
        if read_now(patch.path) != patch.before:
            raise Refused(
                f"{patch.path} was changed since it was read", advice="run again: it is planned anew"
            )


def write_patches(patches: Sequence[Patch], journal: Journal, watch: FileCallbacks) -> None:
    """Each file in turn; the journal is ended in every case but a crash.

    Raises Stopped where anything is not done.
    """
    waiting = list(patches)
    why: str | None = None
    try:
        while waiting and not watch.should_stop():
            _carry_out(waiting[0], journal)
            watch.tell(waiting.pop(0))
        why = "interrupted" if waiting else watch.verdict()
    except Stopped as full:
        with suppress(Stopped):  # the last line is the shortest, and may still find room
            journal.end(stopped=str(full))
        raise
    except S3kmsError as error:
        why = str(error)
    journal.end(stopped=why)
    if why is not None:
        done, left = len(patches) - len(waiting), len(waiting)
        sum_ = f"{done} of {done + left} files written"
        raise Stopped(
            f"run {journal.run} stopped: {why} ({sum_})",
            advice=f"s3kms undo {journal.run} puts back what was there",
        )


def _carry_out(patch: Patch, journal: Journal) -> None:
    journal.intend_edit(edit_of(patch))
    try:
        replace_file(patch.path, patch.before, patch.after, journal.run)
    except S3kmsError as error:
        journal.not_edited(patch.path, str(error))
        raise
    journal.edited(patch.path)


@dataclass(frozen=True, slots=True)
class FileUndo:
    """What undoing a run comes to, file by file."""

    restore: tuple[Patch, ...]
    nothing_to_do: tuple[FileEdit, ...]
    """They are as they were before the run: their write never came, or was undone."""
    refused: tuple[tuple[FileEdit, str], ...]
    """With the reason: somebody changed them since, or they may not be written."""


def plan_file_undo(run: Run) -> FileUndo:
    """Compares every announced edit with what the file has now; writes nothing.

    Whether a write was confirmed does not matter: a process can die between the write and its line.
    """
    restore: list[Patch] = []
    nothing: list[FileEdit] = []
    refused: list[tuple[FileEdit, str]] = []
    for edit in run.edits:
        try:
            now = read_now(edit.path)
            if digest(now) == edit.before:
                nothing.append(edit)
            elif digest(now) == edit.after:
                restore.append(patch_back(edit, now))
            else:
                why = "it has neither what the run wrote nor what was there before: somebody changed it since"
                refused.append((edit, why))
        except (Refused, SpliceError) as error:
            refused.append((edit, str(error)))
    return FileUndo(tuple(restore), tuple(nothing), tuple(refused))
