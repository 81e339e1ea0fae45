"""The files that code may refer to: those of the disk, and those as they would be after an edit."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

MAX_FILE_BYTES = 64 * 1024 * 1024
"""Bytes; what is larger is no code that a person or a tool wrote."""


class Files(Protocol):
    """The files that a unit may refer to. A reader opens nothing by itself, so that an edit can be tried before
    it is written.
    """

    def read(self, path: Path) -> bytes | None:
        """The bytes of a file; None where there is none that may be read."""
        ...

    def names(self, folder: Path) -> tuple[str, ...]:
        """The names of the files in a folder, sorted; empty where there is no such folder."""
        ...


@dataclass(frozen=True, slots=True)
class DiskFiles:
    """What is on the disk. A file that cannot be read is as good as none."""

    def read(self, path: Path) -> bytes | None:
        """The bytes of a file."""
        try:
            if not path.is_file() or path.stat().st_size > MAX_FILE_BYTES:
                return None
            return path.read_bytes()
        except (OSError, ValueError):
            return None

    def names(self, folder: Path) -> tuple[str, ...]:
        """The files of a folder."""
        try:
            with os.scandir(folder) as entries:
                return tuple(sorted(entry.name for entry in entries if entry.is_file()))
        except (OSError, ValueError):
            return ()


@dataclass(frozen=True, slots=True)
class OverlayFiles:
    """Other files, some of them as they would be after an edit."""

    below: Files
    changed: Mapping[Path, bytes]

    def read(self, path: Path) -> bytes | None:
        """The bytes of a file."""
        found = self.changed.get(path)
        return self.below.read(path) if found is None else found

    def names(self, folder: Path) -> tuple[str, ...]:
        """The files of a folder."""
        new = {path.name for path in self.changed if path.parent == folder}
        return tuple(sorted({*self.below.names(folder), *new}))
