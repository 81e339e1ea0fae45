"""Which configuration file counts: the nearest one, from the targets upward."""

import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

from s3kms.model.advice import Advice, Option
from s3kms.model.errors import BadInput
from s3kms.text.repository import find_repository_root

FILE_NAME = "s3kms.toml"
PYPROJECT = "pyproject.toml"
PYPROJECT_TABLE = ("tool", "s3kms")
"""The keys that lead to our table there."""


def find_configuration(code_paths: Iterable[Path] = ()) -> Path | None:
    """The configuration of these files and folders of code; without any, that of the current folder.

    Of each target: `s3kms.toml`, or `pyproject.toml` with a table `tool.s3kms`, of its folder or the nearest parent
    up to the repository's root, else of the current folder. None where there is none. Raises BadInput where targets
    lead to different files.
    """
    here = Path.cwd()
    found = {path: _nearest(_folder_of(path)) or _in_folder(here) for path in code_paths}
    if not found:
        return _nearest(here)
    (one, first), *others = found.items()
    different = next((pair for pair in others if pair[1] != first), None)
    if different:
        other, second = different
        raise BadInput(
            f"{one} is configured by {first or 'no file'} and {other} by {second or 'no file'}",
            advice=Advice(
                "check them one after the other, or choose with {option}", {"option": Option("config")}
            ),
        )
    return first


def _folder_of(path: Path) -> Path:
    return path if path.is_dir() else path.parent


def _nearest(folder: Path) -> Path | None:
    return next(filter(None, map(_in_folder, _upward(folder.absolute()))), None)


def _upward(folder: Path) -> Iterator[Path]:
    """The folder and its parents, up to the repository's root; the folder alone where there is no repository."""
    root = find_repository_root(folder)
    for place in (folder, *folder.parents):
        yield place
        if place == root or root is None:
            return


def _in_folder(folder: Path) -> Path | None:
    own = folder / FILE_NAME
    if own.is_file():
        return own
    project = folder / PYPROJECT
    return project if project.is_file() and has_table(project) else None


def has_table(project: Path) -> bool:
    """Whether a pyproject.toml has a table `tool.s3kms`; one that cannot be read has none."""
    try:
        tool = tomllib.loads(project.read_text(encoding="utf-8")).get("tool")
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(tool, dict) and "s3kms" in tool
