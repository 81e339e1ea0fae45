"""Where results go: stdout, or a file that appears whole or not at all."""

import contextlib
import io
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from s3kms.model.advice import Advice, Option
from s3kms.model.errors import BadInput, S3kmsError
from s3kms.text.replace_file import DATA_MODE, PRIVATE_MODE, open_folder, replacing_file

Write = Callable[[str], object]


@contextlib.contextmanager
def opened(path: Path | None, *, private: bool = False, option: str = "output") -> Iterator[Write]:
    """A function that writes text; of a private file nobody else can read it. `option` names the file.

    Raises BadInput at once where the file cannot be written.
    """
    if path is None:
        yield sys.stdout.write
        return
    if path.is_dir():
        raise BadInput(
            f"{path} is a folder", advice=Advice("name a file with {output}", {"output": Option(option)})
        )
    with contextlib.ExitStack() as stack:
        try:
            if _is_stream(path):  # /dev/stdout, a pipe: nothing to replace
                yield stack.enter_context(path.open("w", encoding="utf-8")).write
                return
            at = stack.enter_context(open_folder(path.parent))
            mode = PRIVATE_MODE if private else DATA_MODE
            file = stack.enter_context(replacing_file(at, path.name, mode=mode))
        except OSError as error:
            raise BadInput(
                f"{path} is not writable: {error.strerror}",
                advice=Advice("name another with {output}", {"output": Option(option)}),
            ) from error
        text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        yield text.write
        try:
            text.detach()  # flushes, and leaves the file to whoever opened it
            stack.close()  # it gets its name now
        except OSError as error:
            raise S3kmsError(f"{path} could not be written: {error.strerror}") from error


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
