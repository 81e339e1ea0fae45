"""The one writer of files: a file appears whole or not at all.

It is written under another name in the same folder, synced to disk, and renamed. Everything happens below the
descriptor of the folder, so that nobody can put another folder in its place meanwhile, and no link is followed:
one that has the file's name is replaced, one that has the temporary name is refused.
"""

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from s3kms.text.take_place import take_place

DATA_MODE, PROGRAM_MODE, PRIVATE_MODE = 0o666, 0o777, 0o600
"""What a new file may be, before the umask takes away from it."""
_HAS_DESCRIPTORS_OF_FOLDERS = os.open in os.supports_dir_fd
"""Windows has none, and so no way to write beside links that somebody else makes."""


@contextmanager
def open_folder(path: Path) -> Iterator[int]:
    """A descriptor of a folder. Raises OSError where there is none, also where the system has no such thing."""
    if not _HAS_DESCRIPTORS_OF_FOLDERS:
        raise OSError(
            errno.ENOTSUP,
            "this system lacks what writing a file safely takes (on Windows: use WSL, or > FILE)",
        )
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def replacing_file(
    folder: int,
    name: str,
    *,
    mode: int = DATA_MODE,
    like: os.stat_result | None = None,
    temporary: str | None = None,
    must_be_new: bool = False,
    before: bytes | None = None,
) -> Iterator[BinaryIO]:
    """A file to write to, which gets its name when the block ends well, and is removed when it does not.

    `folder` is a descriptor. With `like`, mode and owner are those of that file, and extended attributes (access
    control lists are some) those of the one that is replaced; else the mode is `mode` less the umask.
    `temporary` is the name meanwhile, for a caller that finds what a killed process left; by default it is random.
    With `must_be_new`, a file that has the name already is never replaced; with `before`, none with other bytes than
    these: it stays, or is restored. Raises OSError, and OvertakenError for such a file.
    """
    meanwhile = temporary or f".s3kms-{secrets.token_hex(8)}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(meanwhile, flags, PRIVATE_MODE if like else mode, dir_fd=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if like is not None:
                _take_after(descriptor, like)
                _copy_attributes(folder, name, descriptor)
            yield file
            file.flush()
            os.fsync(descriptor)
        if must_be_new:
            os.link(meanwhile, name, src_dir_fd=folder, dst_dir_fd=folder)  # fails where the name is taken
            os.unlink(meanwhile, dir_fd=folder)
        elif before is not None:
            take_place(folder, meanwhile, name, before)
        else:
            os.rename(meanwhile, name, src_dir_fd=folder, dst_dir_fd=folder)
        os.fsync(folder)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(meanwhile, dir_fd=folder)
        raise


def replace_file(
    folder: int,
    name: str,
    data: bytes,
    *,
    mode: int = DATA_MODE,
    like: os.stat_result | None = None,
    temporary: str | None = None,
    must_be_new: bool = False,
    before: bytes | None = None,
) -> None:
    """Put these bytes in the place of a file, or make it; as `replacing_file`.

    Raises OSError, OvertakenError.
    """
    with replacing_file(
        folder,
        name,
        mode=mode,
        like=like,
        temporary=temporary,
        must_be_new=must_be_new,
        before=before,
    ) as file:
        file.write(data)


def _take_after(descriptor: int, like: os.stat_result) -> None:
    made = os.fstat(descriptor)
    if (made.st_uid, made.st_gid) != (like.st_uid, like.st_gid):
        os.fchown(descriptor, like.st_uid, like.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(like.st_mode))


def _copy_attributes(folder: int, name: str, descriptor: int) -> None:
    """The extended attributes of the file that is replaced. Raises OSError where the new one cannot have one."""
    if not hasattr(os, "listxattr"):  # only Linux has them in the standard library
        return
    source = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    try:
        attributes = {key: os.getxattr(source, key) for key in os.listxattr(source)}
        given = set(os.listxattr(descriptor))
        for key, value in attributes.items():
            if key not in given or os.getxattr(descriptor, key) != value:
                os.setxattr(descriptor, key, value)
    except OSError as error:
        if error.errno != errno.ENOTSUP:  # then there are none
            raise
    finally:
        os.close(source)
