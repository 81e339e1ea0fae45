"""Which files code may have read: what a file holds could be shown, and code comes from others."""

import os
from pathlib import Path

_CLIMBS = 4
"""Folders above the root module from which a function may read a file."""
_INSTALLED = (".terraform", "modules")
"""Where `terraform init` puts the modules that it fetches: hidden, and code all the same."""


def resolve_nearby_path(folder: Path, text: str) -> Path | None:
    """The path that a function names, relative to a folder. None for one that is absolute or far away, or leads to
    something hidden; by a link, too.
    """
    if not text or "\0" in text or text.startswith(("/", "~")):
        return None
    steps, path = Path(os.path.normpath(text)), Path(os.path.normpath(folder / text))
    if steps.parts.count("..") > _CLIMBS or _has_hidden(steps) or is_outside(folder, path):
        return None
    return path


def is_outside(folder: Path, path: Path) -> bool:
    """Whether a path, its links followed, has no more in common with a folder than the disk, or is hidden from it."""
    here = os.path.realpath(folder)
    steps = Path(os.path.relpath(os.path.realpath(path), here))
    climbs = steps.parts.count("..")
    return _has_hidden(steps) or (climbs > 0 and climbs >= len(Path(here).parts) - 1)


def _has_hidden(steps: Path) -> bool:
    below = steps.parts[2:] if steps.parts[:2] == _INSTALLED else steps.parts
    return any(step.startswith(".") and step not in {".", ".."} for step in below)
