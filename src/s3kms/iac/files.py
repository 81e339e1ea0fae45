"""The files that code may refer to: those of the disk, and those as they would be after an edit."""

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

MAX_FILE_BYTES = 64 * 1024 * 1024
"""Bytes; what is larger is no code that a person or a tool wrote."""


@dataclass(frozen=True, slots=True)
class UnreadFile:
    """A file that is there and not read: who takes it for absent may call a bucket clean that it changes."""

    why: str
    """What follows its path: `cannot be read: Permission denied`."""
    is_outside: bool = False
    """Whether it is outside the folders below which files are read."""


class Files(Protocol):
    """The files that a unit may refer to. A reader opens nothing by itself, so that an edit can be tried before
    it is written.
    """

    def read(self, path: Path) -> bytes | UnreadFile | None:
        """The bytes of a file, or why they are not read; None where there is no such file."""
        ...

    def names(self, folder: Path) -> tuple[str, ...]:
        """The names of the files in a folder, also of those that cannot be read, sorted; empty where there is no such
        folder.
        """
        ...


@dataclass(frozen=True, slots=True)
class DiskFiles:
    """What is on the disk, below some folders alone: code may come from anyone, and what it reads may be shown."""

    roots: tuple[Path, ...] = ()
    """The real paths of these folders; without any, everything is read."""
    named: frozenset[Path] = frozenset()
    """The real paths of files that the user named, wherever they are."""

    def read(self, path: Path) -> bytes | UnreadFile | None:
        """The bytes of a file."""
        try:
            path.lstat()
        except (OSError, ValueError):
            return None
        if why := self._refusal(path):
            is_folder = os.path.isdir(path)  # noqa: PTH112 - Path raises for a closed folder
            return None if is_folder else UnreadFile(why, is_outside=True)
        try:
            found = path.stat()
            if not stat.S_ISREG(found.st_mode):
                return None if stat.S_ISDIR(found.st_mode) else UnreadFile("is no regular file")
            if found.st_size > MAX_FILE_BYTES:
                return UnreadFile(f"is larger than {MAX_FILE_BYTES // 1024**2} MiB")
            return path.read_bytes()
        except FileNotFoundError:
            return UnreadFile("is a link to a file that is not there")
        except OSError as error:
            return UnreadFile(f"cannot be read: {error.strerror}")

    def _refusal(self, path: Path) -> str | None:
        """Why a path is not read that leads out of the folders, also by way of a link; None where it does not."""
        real = Path(os.path.realpath(path))
        if not self.roots or real in self.named or any(real.is_relative_to(root) for root in self.roots):
            return None
        return f"is outside {' and '.join(map(str, self.roots))}, and is not read"

    def names(self, folder: Path) -> tuple[str, ...]:
        """The files of a folder."""
        try:
            with os.scandir(folder) as entries:
                return tuple(sorted(entry.name for entry in entries if not _is_folder(entry)))
        except (OSError, ValueError):
            return ()


_MAX_KEPT_FILES = 4096
_MAX_KEPT_BYTES = 8 * 1024**2
"""Of all of them."""


class RecentFiles:
    """Files of which the last small ones are kept: a tree is walked several times, and a unit asks several times."""

    def __init__(self, below: Files) -> None:
        self.below = below
        self._read: dict[Path, bytes | UnreadFile | None] = {}
        self._names: dict[Path, tuple[str, ...]] = {}
        self._kept_bytes = 0

    def read(self, path: Path) -> bytes | UnreadFile | None:
        """The bytes of a file."""
        if path in self._read:
            return self._read[path]
        found = self.below.read(path)
        self._kept_bytes += len(found) if isinstance(found, bytes) else 0
        self._read[path] = found
        while len(self._read) > _MAX_KEPT_FILES or self._kept_bytes > _MAX_KEPT_BYTES:
            oldest = self._read.pop(next(iter(self._read)))
            self._kept_bytes -= len(oldest) if isinstance(oldest, bytes) else 0
        return found

    def names(self, folder: Path) -> tuple[str, ...]:
        """The files of a folder."""
        found = self._names.get(folder)
        if found is None:
            found = self._names[folder] = self.below.names(folder)
            if len(self._names) > _MAX_KEPT_FILES:
                del self._names[next(iter(self._names))]
        return found


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Also by way of a link; a link that leads to itself leads to no folder."""
    try:
        return entry.is_dir()
    except OSError:
        return False


@dataclass(frozen=True, slots=True)
class OverlayFiles:
    """Other files, some of them as they would be after an edit."""

    below: Files
    changed: Mapping[Path, bytes]

    def read(self, path: Path) -> bytes | UnreadFile | None:
        """The bytes of a file."""
        found = self.changed.get(path)
        return self.below.read(path) if found is None else found

    def names(self, folder: Path) -> tuple[str, ...]:
        """The files of a folder."""
        new = {path.name for path in self.changed if path.parent == folder}
        return tuple(sorted({*self.below.names(folder), *new}))
