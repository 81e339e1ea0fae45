"""Where results go: stdout, or a file that appears whole or not at all."""

import contextlib
import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

from s3kms.model.errors import BadInput, S3kmsError

Write = Callable[[str], object]


@contextlib.contextmanager
def opened(path: Path | None) -> Iterator[Write]:
    """A function that writes text. Raises BadInput at once where the file cannot be written."""
    if path is None:
        yield sys.stdout.write
        return
    try:
        if _is_stream(path):
            with path.open("w", encoding="utf-8") as device:  # /dev/stdout, a pipe: nothing to replace
                yield device.write
            return
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise BadInput(
            f"{path} cannot be written: {error.strerror}", advice="name another with --output"
        ) from error
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            yield file.write
            _settle(file, path)
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)  # a link of that name is replaced, never followed
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _is_stream(path: Path) -> bool:
    """A pipe, a device, or a link into /dev or /proc such as /dev/stdout: written to, never replaced."""
    here = path.absolute()
    for _ in range(40):  # as many links as Linux follows
        if here.parts[:2] in {("/", "dev"), ("/", "proc")}:
            return True
        if not here.is_symlink():
            return here.exists() and not stat.S_ISREG(here.stat().st_mode) and not here.is_dir()
        here = here.parent / here.readlink()
    return False


def _settle(file: TextIO, path: Path) -> None:
    try:
        file.flush()
        os.fsync(file.fileno())
    except OSError as error:
        raise S3kmsError(f"{path} could not be written: {error.strerror}") from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
