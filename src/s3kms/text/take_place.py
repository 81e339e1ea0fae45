"""Taking the place of a file that has to have certain bytes: what somebody else put there meanwhile is kept.

Between the last look at a file and the rename that replaces it another process may write. So the comparison comes
after the rename, of the file that really was replaced.
"""

import contextlib
import ctypes
import errno
import os
import stat
import sys
from collections.abc import Callable

_LINUX, _MACOS = ("renameat2", 2), ("renameatx_np", 2)
"""The call that exchanges two names, and its flag: RENAME_EXCHANGE, RENAME_SWAP."""
_CANNOT = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EPERM}
"""How a kernel or a file system says that it exchanges no names."""


class OvertakenError(Exception):
    """Something else was in the place of the file by then; it is there again."""


def exchange_names(folder: int, one: str, other: str) -> bool:
    """Let two names of a folder change places, at once; False where that does not exist here. Raises OSError."""
    name, flag = _MACOS if sys.platform == "darwin" else _LINUX
    call = getattr(ctypes.CDLL(None, use_errno=True), name, None)
    if call is None:
        return False
    call.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint)
    if call(folder, os.fsencode(one), folder, os.fsencode(other), flag) == 0:
        return True
    number = ctypes.get_errno()
    if number in _CANNOT:
        return False
    raise OSError(number, os.strerror(number), other)


def take_place(
    folder: int,
    new: str,
    name: str,
    before: bytes,
    exchange: Callable[[int, str, str], bool] = exchange_names,
) -> None:
    """Give the file `new` the name of one that has the bytes `before`. Raises OSError, OvertakenError.

    Where names cannot be exchanged, a second link keeps the old file meanwhile.
    """
    if exchange(folder, new, name):
        if _bytes_of(folder, new) != before:
            exchange(folder, new, name)
            raise OvertakenError
        os.unlink(new, dir_fd=folder)
        return
    old = kept_name(new)
    has_link = _keep(folder, name, old)
    try:
        if _bytes_of(folder, name) != before:
            raise OvertakenError
        os.rename(new, name, src_dir_fd=folder, dst_dir_fd=folder)
        if has_link and _bytes_of(folder, old) != before:
            os.rename(old, name, src_dir_fd=folder, dst_dir_fd=folder)
            raise OvertakenError
    finally:
        if has_link:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(old, dir_fd=folder)


def kept_name(new: str) -> str:
    """The name of the second link; what a killed process leaves has it."""
    return f"{new}.old"


def _keep(folder: int, name: str, old: str) -> bool:
    """Give the file a second name; False where the file system has no such thing."""
    try:
        os.link(name, old, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    except OSError as error:
        if error.errno in _CANNOT:
            return False
        raise
    return True


def _bytes_of(folder: int, name: str) -> bytes | None:
    """What is in a file; None for what is no file, and for what cannot be read."""
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
        with os.fdopen(descriptor, "rb") as file:
            return file.read() if stat.S_ISREG(os.fstat(descriptor).st_mode) else None
    except OSError:
        return None
