"""The files that a source of logs means: one file, a folder, or a prefix of a bucket."""

import io
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from s3kms.aws.connection import Connection
from s3kms.aws.stored_logs import StoredLogs
from s3kms.sources.observed.budget import UnreadableLog
from s3kms.sources.observed.source_names import is_stored, split_stored


@dataclass(frozen=True, slots=True)
class LogFile:
    """One file, not opened yet."""

    name: str
    """For a sentence."""
    open: Callable[[], BinaryIO]
    """Raises OSError, AwsError, UnreadableLog."""


def files_of(
    source: str, connect: Callable[[], Connection], passed_over: Callable[[str, str], None]
) -> Iterator[LogFile]:
    """The files of one source, in order; `passed_over` is told of what is there and no file: its name and why.

    Raises AwsError where a bucket cannot be listed.
    """
    if is_stored(source):
        logs = StoredLogs(connect(), *split_stored(source))
        for key in logs.keys():  # noqa: SIM118 - it is no mapping
            yield LogFile(f"s3://{logs.bucket}/{key}", lambda key=key: cast(BinaryIO, logs.open(key)))  # type: ignore[misc]
        return
    path = Path(source)
    if path.is_dir():
        yield from _below(path, passed_over)
    else:
        yield LogFile(source, lambda: _open(path, follow=True))


def _below(root: Path, passed_over: Callable[[str, str], None]) -> Iterator[LogFile]:
    """Every file below a folder. Links are not followed: they may lead out, or round."""

    def fail(error: OSError) -> None:
        passed_over(str(error.filename), f"cannot be read: {error.strerror}")

    for folder, folders, names in os.walk(root, onerror=fail, followlinks=False):
        folders.sort()
        for name in list(folders):
            if (Path(folder) / name).is_symlink():
                passed_over(str(Path(folder) / name), "is a link, which is not followed")
        for name in sorted(names):
            path = Path(folder) / name
            if path.is_symlink():
                passed_over(str(path), "is a link, which is not followed")
            else:
                yield LogFile(str(path), lambda path=path: _open(path, follow=False))  # type: ignore[misc]


def _open(path: Path, *, follow: bool) -> BinaryIO:
    """A plain file, opened so that a pipe or a device does not keep the reader waiting. Raises OSError."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags if follow else flags | getattr(os, "O_NOFOLLOW", 0))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise UnreadableLog("is no plain file")
    return cast(BinaryIO, io.FileIO(descriptor))
