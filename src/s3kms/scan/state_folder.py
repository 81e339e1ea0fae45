"""The folder of a checkpoint: held by one process, its files only this user's, and none reached through a link."""

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from s3kms.model.advice import Advice, Option
from s3kms.model.errors import BadInput, S3kmsError
from s3kms.text.replace_file import PRIVATE_MODE, replace_file

try:
    import fcntl
except ImportError as error:
    raise BadInput(
        "a state needs file locks that this system does not have",
        advice=Advice("leave {option} out", {"option": Option("state")}),
    ) from error

HINT = Advice("name another folder with {option}", {"option": Option("state")})


class StateFolder:
    """An open folder. Everything happens below its descriptor, so nobody can put another in its place."""

    def __init__(self, path: Path) -> None:
        """Make it where there is none, and hold it. Raises BadInput."""
        self.path = path
        try:
            path.mkdir(mode=0o700, exist_ok=True)
            self._at = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise BadInput(f"{path} is no folder for a state: {error.strerror}", advice=HINT) from error
        try:
            fcntl.flock(self._at, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self.close()
            is_held = isinstance(error, BlockingIOError)
            why = "another process is at work in it" if is_held else f"it cannot be locked: {error.strerror}"
            raise BadInput(
                f"{path} cannot be used: {why}", advice=HINT.prefixed("wait until it has ended, or ")
            ) from error

    def close(self) -> None:
        """Let go of it."""
        if self._at >= 0:
            os.close(self._at)
            self._at = -1

    def has(self, name: str) -> bool:
        """Whether something of that name stands in it."""
        return name in os.listdir(self._at)  # noqa: PTH208 - a path could be another folder by now

    def open(self, name: str) -> int:
        """A descriptor of a plain file, made where there is none. Raises BadInput."""
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            descriptor = os.open(name, flags, 0o600, dir_fd=self._at)
        except OSError as error:
            self._refuse(name, error)
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
            os.close(descriptor)
            self._refuse(name, OSError(0, "it is no plain file, or it has a second name"))
        os.fchmod(descriptor, 0o600)
        return descriptor

    def lines(self, name: str, size: int | None = None) -> Iterator[bytes]:
        """The lines of a file, or of so many bytes of it, as they are asked for. Raises BadInput."""
        with os.fdopen(self.open(name), "rb") as file:
            left = os.fstat(file.fileno()).st_size if size is None else size
            while left > 0 and (line := file.readline()):
                left -= len(line)
                yield line

    def put(self, name: str, data: bytes) -> None:
        """A file that appears whole or not at all. Raises S3kmsError."""
        temporary = f".{name}.new"
        try:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary, dir_fd=self._at)
            replace_file(self._at, name, data, mode=PRIVATE_MODE, temporary=temporary)
        except OSError as error:
            raise S3kmsError(f"{self.path / name} cannot be written: {error.strerror}") from error

    def _refuse(self, name: str, error: OSError) -> NoReturn:
        raise BadInput(f"{self.path / name} cannot be used: {error.strerror}", advice=HINT) from error


def write_at(descriptor: int, data: bytes, offset: int) -> None:
    """All of it, at that place: done twice, it is as done once. Raises OSError."""
    while data:
        written = os.pwrite(descriptor, data, offset)
        data, offset = data[written:], offset + written
