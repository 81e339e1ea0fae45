"""Which files functions of the code may read: their content could be shown, and the code may come from anyone."""

import os
from pathlib import Path

_CLIMBS = 4
"""Folders above the root module up to which a function may read a file."""
_INSTALLED = (".terraform", "modules")
"""Where `terraform init` puts the modules that it fetches: hidden, and still code."""


def resolve_nearby_path(folder: Path, text: str) -> Path | None:
    """The path of a file that a function names relative to a folder.

    None for a path that is absolute, too far away, or hidden, also by way of a link.
    """
    if not text or "\0" in text or text.startswith(("/", "~")):
        return None
    steps, path = Path(os.path.normpath(text)), Path(os.path.normpath(folder / text))
    if steps.parts.count("..") > _CLIMBS or _has_hidden(steps) or is_outside(folder, path):
        return None
    return path


def is_outside(folder: Path, path: Path) -> bool:
    """Whether a path, its links resolved, shares no more than the root of the disk with a folder, or is hidden below
    it.
    """
    here = os.path.realpath(folder)
    steps = Path(os.path.relpath(os.path.realpath(path), here))
    climbs = steps.parts.count("..")
    return _has_hidden(steps) or (climbs > 0 and climbs >= len(Path(here).parts) - 1)


def _has_hidden(steps: Path) -> bool:
    below = steps.parts[2:] if steps.parts[:2] == _INSTALLED else steps.parts
    return any(step.startswith(".") and step not in {".", ".."} for step in below)
