"""Which folders of Terraform files are root modules: those that no other calls."""

import os
import re
from collections.abc import Iterable
from pathlib import Path

from s3kms.sources.code.hcl.module import SUFFIXES

_LOCAL_SOURCE = re.compile(rb"""["']?source["']?\s*[=:]\s*"(\.\.?/[^"\n$]*|\.\.?)\"""")


def is_module_file(name: str) -> bool:
    """Whether a file of that name is part of a module."""
    return name.endswith(SUFFIXES) and not name.startswith((".", "#"))


def roots_in(named: Path, folders: Iterable[Path]) -> frozenset[Path]:
    """Of these folders, the roots: the named one itself, those that none calls, and one of each circle."""
    found = list(folders)
    calls = {folder: _called_from(folder) for folder in found}
    called = {other for folder, others in calls.items() for other in others if other != folder}
    roots = [folder for folder in found if folder == named or folder not in called]
    reached = _reached(roots, calls)
    for folder in found:
        if folder not in reached:  # a circle, which nobody enters
            roots.append(folder)
            reached |= _reached([folder], calls)
    return frozenset(roots)


def _reached(roots: Iterable[Path], calls: dict[Path, set[Path]]) -> set[Path]:
    waiting, reached = list(roots), set[Path]()
    while waiting:
        folder = waiting.pop()
        if folder not in reached:
            reached.add(folder)
            waiting += calls.get(folder, ())
    return reached


def _called_from(folder: Path) -> set[Path]:
    """The folders whose modules are called, found quickly: the files are not parsed."""
    found: set[Path] = set()
    try:
        with os.scandir(folder) as entries:
            paths = [Path(entry.path) for entry in entries if is_module_file(entry.name) and entry.is_file()]
        for path in paths:
            data = path.read_bytes()
            if b"module" in data:
                found |= {_beside(folder, source[1]) for source in _LOCAL_SOURCE.finditer(data)}
    except OSError:
        return found
    return found


def _beside(folder: Path, source: bytes) -> Path:
    return Path(os.path.normpath(folder / os.fsdecode(source)))
