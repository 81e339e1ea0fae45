"""Buckets where they are defined: files and folders of code, read by whoever claims them."""

import os
from collections.abc import Iterator
from pathlib import Path

from s3kms.estate.bucket import BucketKind, Sighting
from s3kms.estate.errors import BadInput, NothingToCheck
from s3kms.estate.facts import Fact
from s3kms.estate.operations import Operation
from s3kms.sources.code import terraform
from s3kms.sources.code.cloudformation import READER as CLOUDFORMATION
from s3kms.sources.code.interface import Document, Reader

READERS: tuple[Reader, ...] = (CLOUDFORMATION, terraform.READER)
"""In the order in which they are asked."""

LARGEST = 64 * 1024 * 1024
"""Bytes; what is larger is no code that a person or a tool wrote."""
_NOT_CODE = {"node_modules", "__pycache__", "venv"}


class CodeSource:
    """The buckets that files declare. It asks nobody: no AWS, no network."""

    def __init__(self, paths: tuple[Path, ...], *, directory_buckets: bool = True) -> None:
        """`directory_buckets` is whether those are wanted, too."""
        self._paths = paths
        self._directory_buckets = directory_buckets

    def operations(self, _: frozenset[Fact]) -> frozenset[Operation]:
        """None."""
        return frozenset()

    def buckets(self, _: frozenset[Fact]) -> Iterator[Sighting]:
        """Every bucket of every file that some reader claims, in the order of the files.

        Raises BadInput for a path that cannot be read or that nobody claims, NothingToCheck where there is none.
        """
        claimed = 0
        for path in self._paths:
            for document in _documents(path):
                reader = next((reader for reader in READERS if reader.claims(document)), None)
                if reader is None:
                    if not path.is_dir():
                        known = ", ".join(reader.name for reader in READERS)
                        raise BadInput(f"{path} declares no buckets in a language that is known", hint=known)
                    continue
                claimed += 1
                for bucket in reader.read(document):
                    if self._directory_buckets or bucket.kind is not BucketKind.DIRECTORY:
                        yield bucket
        if not claimed:
            raise NothingToCheck("there was no file that declares buckets")


def _documents(path: Path) -> Iterator[Document]:
    """The file; or those below the folder, links and hidden folders left out, in a fixed order."""
    if not path.is_dir():
        yield _read(path)
        return
    for folder, folders, names in os.walk(path):
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
