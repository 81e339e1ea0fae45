"""The names of the files of the checked tree: what code names by an address may stand there under the same name."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from s3kms.iac.units import walk_code
from s3kms.text.repository import find_repository_root

MAX_FILES = 200_000
"""Files of a tree that are found by name."""


@dataclass(slots=True)
class DiskTree:
    """The files below the named folders, and those of the repositories of the named files. It is walked when it is
    asked first.
    """

    paths: tuple[Path, ...]
    _found: Mapping[str, tuple[Path, ...]] | None = field(default=None, init=False)

    def named(self, name: str) -> tuple[Path, ...]:
        """The paths of the files of this name, those of the named folders first; a link is none of them."""
        if self._found is None:
            found: dict[str, list[Path]] = {}
            for path in islice(dict.fromkeys(self._files()), MAX_FILES):
                found.setdefault(path.name, []).append(path)
            self._found = {key: tuple(paths) for key, paths in found.items()}
        return tuple(path for path in self._found.get(name, ()) if not path.is_symlink())

    def _files(self) -> Iterator[Path]:
        for path in self.paths:
            folder = path if path.is_dir() else _surroundings(path)
            for inner, names in walk_code(folder):
                yield from (Path(os.path.normpath(inner / name)) for name in names)


def _surroundings(file: Path) -> Path:
    """The repository of a file, on the way that the file was named; its folder where it is in none."""
    folder = Path(os.path.realpath(file)).parent
    root = find_repository_root(folder)
    if root is None:
        return file.parent
    way = Path(os.path.normpath(file.parent.joinpath(*[".."] * len(folder.relative_to(root).parts))))
    return way if way.exists() and way.samefile(root) else file.parent
