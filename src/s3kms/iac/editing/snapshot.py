"""The files of a plan, each read once, so that everything that plans sees one content under every path."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from s3kms.iac.files import Files, UnreadFile


def real_path(path: Path) -> Path:
    """The one path of a file that may be reached by several."""
    return Path(os.path.realpath(path))


@dataclass(slots=True)
class FilesSnapshot:
    """Files as they were when they were first read."""

    below: Files
    _kept: dict[Path, bytes | UnreadFile | None] = field(default_factory=dict)
    _real_paths: dict[Path, Path] = field(default_factory=dict)

    def real_path(self, path: Path) -> Path:
        """The real path of a file, as it was when it was asked for first."""
        found = self._real_paths.get(path)
        if found is None:
            found = self._real_paths[path] = real_path(path)
        return found

    def keep(self, path: Path, data: bytes) -> None:
        """Records the bytes of a file that was read before the snapshot was made."""
        self._kept.setdefault(self.real_path(path), data)

    def read(self, path: Path) -> bytes | UnreadFile | None:
        """The bytes of a file."""
        name = self.real_path(path)
        if name not in self._kept:
            self._kept[name] = self.below.read(path)
        return self._kept[name]

    def names(self, folder: Path) -> tuple[str, ...]:
        """The files of a folder."""
        return self.below.names(folder)


@dataclass(slots=True)
class RecordingFiles:
    """Files with changes laid over some of them, which records what was read."""

    below: Files
    changed: Mapping[Path, bytes] = field(default_factory=dict)
    """By their real paths."""
    seen: set[Path] = field(default_factory=set)

    def read(self, path: Path) -> bytes | UnreadFile | None:
        """The bytes of a file."""
        below = self.below
        name = below.real_path(path) if isinstance(below, FilesSnapshot) else real_path(path)
        self.seen.add(name)
        found = self.changed.get(name)
        return self.below.read(path) if found is None else found

    def names(self, folder: Path) -> tuple[str, ...]:
        """The files of a folder."""
        return self.below.names(folder)
