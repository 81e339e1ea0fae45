"""Where the repository of a folder begins."""

from pathlib import Path

_MARKS = (".git", ".hg")


def find_repository_root(folder: Path) -> Path | None:
    """The nearest of the folder and its parents that is the root of a repository; None where there is none."""
    return next(
        (one for one in (folder, *folder.parents) if any((one / mark).exists() for mark in _MARKS)), None
    )
