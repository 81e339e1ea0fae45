"""An edit of a file, as the journal keeps it: what undoes it, and no more of the file than that."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from s3kms.iac.editing.patch import Patch
    from s3kms.iac.interface import Splice

CODE_ACCOUNT = "code"
"""What stands in the place of the account, in the journal of a run that edited files."""


@dataclass(frozen=True, slots=True)
class FileEdit:
    """One file that was about to be written."""

    path: Path
    """Its real path."""
    before: str
    """SHA-256 of the file, in hexadecimal digits; like the next one."""
    after: str
    reverse: "tuple[Splice[bytes], ...]"
    """What restores what was there."""
    buckets: tuple[str, ...] = ()
    """The addresses of the buckets that it was about."""


def edit_of(patch: "Patch") -> FileEdit:
    """The edit that a patch makes."""
    return FileEdit(patch.path, digest(patch.before), digest(patch.after), patch.reverse, patch.buckets)


def digest(data: bytes) -> str:
    """SHA-256 in hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def patch_back(edit: FileEdit, now: bytes) -> "Patch":
    """The patch that undoes an edit. Raises SpliceError where it does not lead to what was there."""
    from s3kms.iac.editing.patch import make_patch  # the list of runs needs none of it
    from s3kms.iac.editing.splices import SpliceError

    patch = make_patch(edit.path, now, edit.reverse, edit.buckets)
    if digest(patch.after) != edit.before:
        raise SpliceError("what the journal keeps does not lead back to what was there")
    return patch
