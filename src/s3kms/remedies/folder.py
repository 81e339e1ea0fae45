"""Files into a folder that was named: all of them or none, none replaced, and none outside."""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from s3kms.model.advice import Advice, Option
from s3kms.model.errors import BadInput, Refused, S3kmsError
from s3kms.remedies.interface import RemedyFile
from s3kms.text.replace_file import DATA_MODE, PROGRAM_MODE, open_folder, replace_file

_NAME_ANOTHER = Advice("name another folder with {folder}", {"folder": Option("folder")})


def write_files(folder: Path, files: Sequence[RemedyFile]) -> None:
    """Write each file whole; the folder is made where there is none.

    Raises BadInput where it cannot be written, Refused where one of the files is there already, S3kmsError on a full
    disk: then the files that were written are removed again.
    """
    with _opened(folder) as at:
        there = set(os.listdir(at))  # noqa: PTH208 - a path could be another folder by now
        if taken := sorted(file.name for file in files if file.name in there):
            raise Refused(f"{folder} has {', '.join(taken)} already", advice=_NAME_ANOTHER)
        done: list[str] = []
        try:
            for file in files:
                mode = PROGRAM_MODE if file.is_program else DATA_MODE
                replace_file(at, file.name, file.text.encode(), mode=mode, must_be_new=True)
                done.append(file.name)
        except OSError as error:
            for name in done:
                with suppress(OSError):
                    os.unlink(name, dir_fd=at)
            raise S3kmsError(f"{folder} could not be written: {error.strerror}") from error


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    with ExitStack() as stack:
        try:
            with suppress(FileExistsError):  # opening it says whether it is a folder
                folder.mkdir()
            at = stack.enter_context(open_folder(folder))
        except OSError as error:
            raise BadInput(f"{folder} is not writable: {error.strerror}", advice=_NAME_ANOTHER) from error
        yield at
