"""The medium of files: code that declares buckets, edited where it is."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from s3kms.changes.files.edited_file import edit_file, read_now, remove_leftover
from s3kms.changes.files.file_edit import CODE_ACCOUNT, FileEdit, digest, edit_of, patch_back
from s3kms.changes.files.kind import FILES
from s3kms.changes.interface import Standing
from s3kms.iac.editing.patch import Patch
from s3kms.iac.editing.splices import SpliceError
from s3kms.iac.editing.writable_roots import WritableRoots
from s3kms.model.advice import Advice
from s3kms.model.errors import Refused


class FileMedium:
    """The files below some folders. A `Patch` is planned, a `FileEdit` is what the journal keeps of it."""

    kind = FILES
    account = CODE_ACCOUNT
    endpoint = ""
    is_one_unit = True
    """The patches of a plan were proven together: a bucket comes out right when all of them are written."""
    read_back_waits_seconds: Sequence[float] = ()
    ignored_write_advice = Advice("look at the file: somebody else writes it at the same time")

    def __init__(self, roots: Sequence[Path | str] = ()) -> None:
        """`roots` are real paths of folders; without any, a file may be anywhere."""
        self.roots = tuple(map(str, roots))
        self._writable = WritableRoots(tuple(map(Path, roots))) if roots else None

    @classmethod
    def below(cls, root: Path) -> Self:
        """The files below a folder that was chosen for a run which does not say where its files are."""
        real = Path(os.path.realpath(root))
        medium = cls((real,))
        medium._writable = WritableRoots(
            (real,),
            f"{real}, and the run does not say which folders were named: it is restored only below the current "
            "folder, or the one that is named as its root",
        )
        return medium

    def entry_of(self, change: Patch) -> FileEdit:
        """Digests of the file before and after, and the splices that lead back."""
        return edit_of(change)

    def describe(self, entry: FileEdit) -> str:
        """The file's path."""
        return str(entry.path)

    def describe_difference(self, entry: FileEdit, state: bytes) -> str:  # noqa: ARG002 - bytes are not shown
        """One sentence, whatever the difference is."""
        return "the file has other contents than were written"

    def compare(self, entry: FileEdit, state: bytes) -> Standing:
        """Byte for byte, by digest."""
        found = digest(state)
        if found == entry.after:
            return Standing.AFTER
        return Standing.BEFORE if found == entry.before else Standing.OTHER

    def read(self, entry: FileEdit) -> bytes:
        """What is in the file now. Raises Refused where it may not be written: a link, a pipe, outside the roots."""
        if self._writable is not None and (why := self._writable.refusal(entry.path)):
            raise Refused(why)
        return read_now(entry.path)

    def found_instead(self, entry: FileEdit, state: bytes) -> None:
        """None: what somebody else wrote into a file at the same time is not ours to restore."""

    def rebase(self, change: Patch, state: bytes) -> Patch:  # noqa: ARG002 - the bytes are those of the plan
        """The patch itself: a file that stands BEFORE has the very bytes that were planned on."""
        return change

    def write(self, change: Patch, run: str) -> None:
        """Replace the file whole, if it still has the bytes that were planned on. Raises Refused, S3kmsError."""
        edit_file(change.path, change.before, change.after, run)

    def reverse(self, entry: FileEdit, state: bytes) -> Patch:
        """The patch back. Raises Refused where it does not lead to what was there, byte for byte."""
        try:
            return patch_back(entry, state)
        except SpliceError as error:
            raise Refused(f"{entry.path}: {error}") from error

    def remove_leftovers(self, entry: FileEdit, run: str) -> None:
        """The temporary file that a killed run left in the folder."""
        if self._writable is None or not self._writable.refusal(entry.path):
            remove_leftover(entry.path, run)
