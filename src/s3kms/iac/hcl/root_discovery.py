"""Which folders of Terraform files are root modules: those that no other module calls."""

import os
import re
from collections.abc import Iterable
from pathlib import Path

from s3kms.iac.files import Files
from s3kms.iac.hcl.module import MODULE_FILE_SUFFIXES, parse_module_file, read_literal_argument
from s3kms.iac.hcl.module_loader import is_local_source

_LOCAL_SOURCE = re.compile(rb'source["\s/*]*[=:][^"\n]*"\.')


def is_module_file(name: str) -> bool:
    """Whether a file of that name is part of a module."""
    return name.endswith(MODULE_FILE_SUFFIXES) and not name.startswith((".", "#"))


def find_root_modules(named: Path, folders: Iterable[Path], files: Files) -> frozenset[Path]:
    """The root modules among folders: the named one itself, those that none calls, and one of each cycle of calls."""
    found = list(folders)
    calls = {folder: _called_from(folder, files) for folder in found}
    called = {other for folder, others in calls.items() for other in others if other != folder}
    roots = [folder for folder in found if folder == named or folder not in called]
    reached = _reached(roots, calls)
    for folder in found:
        if folder not in reached:  # a cycle of calls, which no other folder enters
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


def _called_from(folder: Path, files: Files) -> set[Path]:
    """The folders whose modules a folder calls. Only files that look as if they called any are parsed: a source in a
    comment, or of something else, is not a call.
    """
    found = set[Path]()
    for name in filter(is_module_file, files.names(folder)):
        data = files.read(folder / name)
        if isinstance(data, bytes) and b"module" in data and _LOCAL_SOURCE.search(data):
            calls = (block for block in parse_module_file(name, data).body.blocks if block.type == "module")
            sources = (read_literal_argument(call, "source") for call in calls)
            found |= {_beside(folder, source) for source in sources if source and is_local_source(source)}
    return found


def _beside(folder: Path, source: str) -> Path:
    return Path(os.path.normpath(folder / source))
