"""The units in a file or a folder: what is read at once."""

import os
from collections.abc import Iterator
from pathlib import Path

from s3kms.iac.files import MAX_FILE_BYTES
from s3kms.iac.hcl.root_discovery import find_root_modules, is_module_file
from s3kms.iac.interface import Document, Folder, Unit
from s3kms.model.advice import Advice, Option
from s3kms.model.errors import BadInput

_ASSEMBLY, _STAGED = "cdk.out", "asset."
"""A file that the CDK writes into each folder of stacks, and how it names what it uploads for them."""
_NOT_CODE = {"node_modules", "__pycache__", "venv"}
_VALUES = (".tfvars", ".tfvars.json")


def find_units(path: Path) -> Iterator[Unit]:
    """The file; or those below the folder, links and hidden folders left out, in a fixed order.

    A folder of Terraform files is one unit, and none where another below the named folder calls it as a module; a
    file of Terraform that is named stands for its folder. Raises BadInput for a path that cannot be read.
    """
    if not path.is_dir():
        yield _named(path)
        return
    walked = list(_walk(path))
    modules = [folder for folder, names in walked if any(is_module_file(name) for name in names)]
    roots = find_root_modules(path, modules)
    for folder, names in walked:
        if folder in roots:
            yield Folder(folder)
        for name in names:
            found = folder / name
            if is_module_file(name) or name.endswith(_VALUES):
                continue
            if found.is_file() and not found.is_symlink() and found.stat().st_size <= MAX_FILE_BYTES:
                yield _read(found)


def _walk(path: Path) -> Iterator[tuple[Path, list[str]]]:
    for folder, folders, names in os.walk(path):
        if _ASSEMBLY in names:
            folders[:] = [name for name in folders if not name.startswith(_STAGED)]
            names = [name for name in names if not name.startswith(_STAGED)]  # noqa: PLW2901 - what is left of it
        folders[:] = sorted(name for name in folders if name not in _NOT_CODE and not name.startswith("."))
        yield Path(folder), sorted(names)


def _named(path: Path) -> Unit:
    if is_module_file(path.name):
        _read(path)
        return Folder(path.parent, only=path)
    if path.name.endswith(_VALUES):
        raise BadInput(
            f"{path} has values of variables and declares no buckets",
            advice=Advice(
                "check the folder of code with {file}", {"file": Option("variable_files", str(path))}
            ),
        )
    return _read(path)


def _read(path: Path) -> Document:
    try:
        return Document(path, path.read_bytes())
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from error
