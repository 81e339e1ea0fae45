"""Files into a folder that was named: all of them or none, none replaced, and none outside."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from s3kms.model.errors import BadInput, Refused, S3kmsError
from s3kms.remedies.interface import RemedyFile


def write_files(folder: Path, files: Sequence[RemedyFile]) -> None:
    """Write each file whole. Raises BadInput, Refused where one is there already, S3kmsError on a full disk.

    The folder is opened once and everything happens below that descriptor, so that nobody can put a link in
    its place meanwhile; a file appears under its name only when it is complete, and never over another.
    """
    with _opened(folder) as at:
        there = set(os.listdir(at))  # noqa: PTH208 - a path could be another folder by now
        if taken := sorted(file.name for file in files if file.name in there):
            raise Refused(f"{folder} has {', '.join(taken)} already", advice="name another folder with --out")
        done: list[str] = []
        try:
            for file in files:
                _write(at, file)
                done.append(file.name)
            os.fsync(at)
        except OSError as error:
            for name in done:
                with suppress(OSError):
                    os.unlink(name, dir_fd=at)
            raise S3kmsError(f"{folder} could not be written: {error.strerror}") from error


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    try:
        with suppress(FileExistsError):  # what is no folder is said by opening it
            folder.mkdir()
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise BadInput(
            f"{folder} is no folder to write to: {error.strerror}", advice="name another with --out"
        ) from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _write(at: int, file: RemedyFile) -> None:
    """Through a file of another name: a link does not replace what appeared there meanwhile."""
    temporary = f".{file.name}.{os.getpid()}"
    mode = 0o777 if file.is_program else 0o666
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode, dir_fd=at)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as stream:
            stream.write(file.text)
            stream.flush()
            os.fsync(stream.fileno())
        os.link(temporary, file.name, src_dir_fd=at, dst_dir_fd=at)
    finally:
        os.unlink(temporary, dir_fd=at)
