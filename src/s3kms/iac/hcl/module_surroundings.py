"""What is around a root module in its repository: modules that are called by an address, and git submodules."""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from s3kms.iac.files import Files
from s3kms.iac.hcl.module import list_module_files
from s3kms.iac.hcl.module_sources import RemoteModule, parse_repository_address
from s3kms.text.repository import find_repository_root

_REMOTE_URL = re.compile(r"^\s*url\s*=\s*(\S+)\s*$", re.MULTILINE)
_SUBMODULE_PATH = re.compile(r"^\s*path\s*=\s*(.+?)\s*$", re.MULTILINE)
_MAX_PARENTS = 30


@dataclass(frozen=True, slots=True)
class ModuleSurroundings:
    """Where modules may be that are not where a call says."""

    named: tuple[Path, ...] = ()
    """The folders that were named: what is around a root module is looked for in them, or in its repository."""
    stand_in: Callable[[RemoteModule], str | None] = lambda _: None
    """The code that a well-known module comes to, as far as it matters here; None for every other module."""


@dataclass(frozen=True, slots=True)
class ModuleOfTree:
    """A folder of the checked tree that is a module which is called by its address, or may be it."""

    folder: Path
    is_certain: bool
    """Whether the address is that of this repository."""


def find_module_in_tree(
    remote: RemoteModule, folder: Path, surroundings: ModuleSurroundings, files: Files
) -> ModuleOfTree | None:
    """The folder of the tree around a root module that has the path of a module which is called by its address."""
    for around in _folders_around(folder, surroundings.named):
        found = Path(os.path.normpath(around / remote.path))
        if not list_module_files(files, found):
            continue
        is_certain = remote.repository in _remotes(around, files)
        has_name = Path(os.path.realpath(around)).name.lower() == remote.repository_name
        if is_certain or remote.path or has_name:
            return ModuleOfTree(found, is_certain)
    return None


def find_folder_of_repository(
    remote: RemoteModule, folder: Path, surroundings: ModuleSurroundings, files: Files
) -> Path | None:
    """The folder that an address leads to, where the address is that of the repository around; None elsewhere."""
    for around in _folders_around(folder, surroundings.named):
        if remote.repository in _remotes(around, files):
            return Path(os.path.normpath(around / remote.path))
    return None


def find_missing_submodule(
    module: Path, folder: Path, surroundings: ModuleSurroundings, files: Files
) -> Path | None:
    """The git submodule in which a folder without files stands; None where it is in none."""
    for around in _folders_around(folder, surroundings.named):
        data = files.read(around / ".gitmodules")
        text = data.decode("utf-8", "replace") if isinstance(data, bytes) else ""
        for path in _SUBMODULE_PATH.findall(text):
            submodule = Path(os.path.normpath(around / path))
            is_there = isinstance(files.read(submodule / ".git"), bytes)
            if module.is_relative_to(submodule) and not is_there:
                return submodule
    return None


def _folders_around(folder: Path, named: tuple[Path, ...]) -> Iterator[Path]:
    """The folder and its parents, as it was named, up to the root of its repository; without one, up to what was
    named.
    """
    here = Path(os.path.realpath(folder))
    root = find_repository_root(here)
    limits = [root] if root else [Path(os.path.realpath(one)) for one in named]
    for steps in range(min(len(here.parts), _MAX_PARENTS)):
        if steps and not any(here.is_relative_to(limit) for limit in limits):
            return
        yield Path(os.path.normpath(folder.joinpath(*[".."] * steps)))
        here = here.parent


def _remotes(folder: Path, files: Files) -> frozenset[str]:
    data = files.read(folder / ".git" / "config")
    text = data.decode("utf-8", "replace") if isinstance(data, bytes) else ""
    return frozenset(filter(None, map(parse_repository_address, _REMOTE_URL.findall(text))))
