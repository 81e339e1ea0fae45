"""Reading and replacing a file that is edited: only a plain file, through no link, over the very bytes planned on."""

import contextlib
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from s3kms.iac.editing.writable_roots import file_refusal
from s3kms.model.errors import Refused, S3kmsError
from s3kms.text.replace_file import replace_file
from s3kms.text.take_place import OvertakenError, kept_name

_PLANNED_ANEW = "run again: it is planned anew"


def read_now(path: Path) -> bytes:
    """What is in the file of this real path. Raises Refused where it is no file that is written."""
    with _folder(path) as at:
        return _read(at, path)[0]


def edit_file(path: Path, before: bytes, after: bytes, run: str | None = None) -> None:
    """Put `after` in the place of `before`; mode and owner stay, and the bytes are read back.

    `run` is the one that the journal keeps this edit of, so that what a killed run left can be found.
    Raises Refused where something else is there by now, or what may not be written: the file is as it was.
    Raises S3kmsError where it went wrong: the file has the old bytes or the new ones, and never a part.
    """
    with _folder(path) as at:
        now, found = _read(at, path)
        if now != before:
            raise Refused(f"{path} was changed since it was read", advice=_PLANNED_ANEW)
        try:
            temporary = None if run is None else leftover_name(path, run)
            replace_file(at, path.name, after, like=found, temporary=temporary, before=before)
        except OvertakenError as error:
            raise Refused(
                f"{path} was changed by somebody else while it was written, and is as they left it",
                advice=_PLANNED_ANEW,
            ) from error
        except OSError as error:
            raise S3kmsError(f"{path} cannot be written: {error.strerror}") from error
        if _read(at, path)[0] != after:
            raise S3kmsError(f"{path} was written, and something else is in it already")


def make_file(path: Path, data: bytes) -> None:
    """A new file, whole or not at all. Raises Refused where there is one by now, S3kmsError."""
    with _folder(path) as at:
        try:
            replace_file(at, path.name, data, must_be_new=True)
        except FileExistsError as error:
            raise Refused(f"{path} was made by somebody else meanwhile", advice=_PLANNED_ANEW) from error
        except OSError as error:
            raise S3kmsError(f"{path} cannot be written: {error.strerror}") from error


def leftover_name(path: Path, run: str) -> str:
    """The name under which a run writes before the file appears; what a killed run leaves has it."""
    return f".s3kms-{run}-{hashlib.sha256(os.fsencode(path.name)).hexdigest()[:8]}"


def remove_leftover(path: Path, run: str) -> None:
    """Remove what a killed run left beside the file."""
    with contextlib.suppress(Refused), _folder(path) as at:
        for name in (leftover_name(path, run), kept_name(leftover_name(path, run))):
            with contextlib.suppress(OSError):
                os.unlink(name, dir_fd=at)


@contextmanager
def _folder(path: Path) -> Iterator[int]:
    """The folder, open: nobody can put another in its place. Raises Refused where a link leads to it."""
    try:
        descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise Refused(f"{path.parent} cannot be opened: {error.strerror}") from error
    try:
        is_same = os.path.samestat(path.parent.stat(), os.fstat(descriptor))
        if not is_same or os.path.realpath(path.parent) != str(path.parent):
            raise Refused(f"a link leads to {path.parent} by now", advice=_PLANNED_ANEW)
        yield descriptor
    finally:
        os.close(descriptor)


def _read(at: int, path: Path) -> tuple[bytes, os.stat_result]:
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        descriptor = os.open(path.name, flags, dir_fd=at)
    except OSError as error:
        raise Refused(f"{path} cannot be opened: {error.strerror}") from error
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if why := file_refusal(path, found):
            raise Refused(why)
        return file.read(), found
