"""The units in a file or a folder: what is read at once."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from s3kms.iac.files import DiskFiles, Files, UnreadFile
from s3kms.iac.hcl.root_discovery import find_root_modules, is_module_file
from s3kms.iac.interface import Document, Folder, ReadContext, Unit, UnreadUnit
from s3kms.model.advice import Advice, Option
from s3kms.model.errors import BadInput
from s3kms.text.repository import find_repository_root

_ASSEMBLY, _STAGED = "cdk.out", "asset."
"""A file that the CDK writes into each folder of stacks, and how it names what it uploads for them."""
_OUTSIDE = "is a link to another repository, and is not read"
_NOT_CODE = {"node_modules", "__pycache__", "venv"}
_VALUES = (".tfvars", ".tfvars.json")
_MAY_DECLARE = (
    ".yaml",
    ".yml",
    ".json",
    ".template",
    ".tfstack.hcl",
    ".tfcomponent.hcl",
    ".tfdeploy.hcl",
    "terragrunt.hcl",
)
"""How the names of documents end that may declare buckets; one that cannot be read is not passed over."""


def find_units(path: Path, context: ReadContext) -> Iterator[Unit]:
    """The file; or those below the folder, hidden folders left out, in a fixed order.

    A folder of Terraform files is one unit, and none where another below the named folder calls it as a module; a
    file of Terraform that is named stands for its folder. A link is followed to a file of the same repository that is
    not come across otherwise, and no further. What may declare buckets and is not read is a unit of its own.

    Raises BadInput for a named path that cannot be read.
    """
    if not path.is_dir():
        yield _named(path)
        return
    closed: list[UnreadUnit] = []

    def close(error: OSError) -> None:
        closed.append(UnreadUnit(Path(error.filename), f"cannot be read: {error.strerror}"))

    walked = list(walk_code(path, close))
    yield from closed
    modules = [folder for folder, names in walked if any(is_module_file(name) for name in names)]
    roots = find_root_modules(path, modules, context.files)
    for folder, names in walked:
        if folder in roots:
            yield Folder(folder)
        for name in names:
            found = folder / name
            if is_module_file(name) or name.endswith(_VALUES):
                continue
            unit = _linked(found, path, context) if found.is_symlink() else _document(found, context.files)
            if unit is not None:
                yield unit


def _document(path: Path, files: Files) -> Document | UnreadUnit | None:
    data = files.read(path)
    if isinstance(data, UnreadFile):
        return UnreadUnit(path, data.why) if path.name.endswith(_MAY_DECLARE) else None
    return None if data is None else Document(path, data)


def _linked(link: Path, named: Path, context: ReadContext) -> Document | UnreadUnit | None:
    """What a link leads to; None for what is come across where it stands."""
    target, inside = Path(os.path.realpath(link)), Path(os.path.realpath(named))
    if target.is_relative_to(inside) and _is_walked(target.relative_to(inside)) and os.path.isfile(target):  # noqa: PTH113 - Path raises for a closed folder
        return None
    root = context.inputs.root
    within = Path(os.path.realpath(root)) if root else find_repository_root(inside) or inside
    if os.path.exists(target) and not target.is_relative_to(within):  # noqa: PTH110 - as above
        is_code = link.name.endswith(_MAY_DECLARE)
        return (
            UnreadUnit(link, _OUTSIDE if root is None else f"is a link out of {root}, and is not read")
            if is_code
            else None
        )
    return _document(link, context.files)


def _is_walked(steps: Path) -> bool:
    return not any(step in _NOT_CODE or step.startswith(".") for step in steps.parts[:-1])


def walk_code(
    path: Path, onerror: Callable[[OSError], None] | None = None
) -> Iterator[tuple[Path, list[str]]]:
    """The folders of a tree of code in a fixed order, each with the names of its files: without hidden folders, and
    without what tools install or stage.
    """
    for folder, folders, names in os.walk(path, onerror=onerror):
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
    data = DiskFiles().read(path)
    if not isinstance(data, bytes):
        raise BadInput(
            f"{path} {data.why if data else 'cannot be read: No such file or directory'}",
            advice="check the path; a bucket is written s3://NAME",
        )
    return Document(path, data)
