"""The units in a file or a folder: what is read at once."""

import os
from collections.abc import Iterator
from pathlib import Path

from s3kms.estate.errors import BadInput
from s3kms.sources.code.files import LARGEST
from s3kms.sources.code.interface import Document, Unit

_ASSEMBLY, _STAGED = "cdk.out", "asset."
"""A file that the CDK writes into each folder of stacks, and how it names what it uploads for them."""
_NOT_CODE = {"node_modules", "__pycache__", "venv"}


def units_of(path: Path) -> Iterator[Unit]:
    """The file; or those below the folder, links and hidden folders left out, in a fixed order.

    Raises BadInput for a path that cannot be read.
    """
    if not path.is_dir():
        yield _read(path)
        return
    for folder, folders, names in os.walk(path):
        if _ASSEMBLY in names:
            folders[:] = [name for name in folders if not name.startswith(_STAGED)]
            names = [name for name in names if not name.startswith(_STAGED)]  # noqa: PLW2901 - what is left of it
        folders[:] = sorted(name for name in folders if name not in _NOT_CODE and not name.startswith("."))
        for name in sorted(names):
            found = Path(folder) / name
            if found.is_file() and not found.is_symlink() and found.stat().st_size <= LARGEST:
                yield _read(found)


def _read(path: Path) -> Document:
    try:
        return Document(path, path.read_bytes())
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from error
