"""The functions that Terragrunt has beside Terraform's."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from s3kms.iac.files import Files
from s3kms.iac.hcl.values import Value
from s3kms.iac.terragrunt.evaluation import Functions, full_path, shown_path, unknown_value
from s3kms.iac.terragrunt.syntax import UNIT_FILES
from s3kms.iac.values import Rejected, UnknownValue
from s3kms.text.repository import find_repository_root

_MAX_PARENTS = 30
_KNOWN_LATER = {
    "run_cmd": "it is what a command prints",
    "get_aws_account_id": "it is the account of the credentials",
    "get_aws_account_alias": "it is the account of the credentials",
    "get_aws_caller_identity_arn": "it is the caller of the credentials",
    "get_aws_caller_identity_user_id": "it is the caller of the credentials",
    "sops_decrypt_file": "it is encrypted",
    "get_platform": "it is the platform that it runs on",
    "get_terraform_command": "it is the command that is run",
    "get_terraform_cli_args": "it is the command that is run",
    "get_default_retryable_errors": "it is a list of Terragrunt's",
    "get_working_dir": "it is a folder that Terragrunt makes",
}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a file is evaluated."""

    folder: Path
    """That of the unit, or of the file that `read_terragrunt_config` reads."""
    original: Path
    """That of the unit."""
    include: Path | None = None
    """The file that is included, while it is evaluated; else the first one that the file includes."""
    includes: Mapping[str, Path] = field(default_factory=dict)
    """The files that the file includes, by name."""

    def include_folder(self, args: tuple[Value, ...]) -> Path:
        """The folder of the included file, or of the one that is named; that of the unit where there is none."""
        named = self.includes.get(args[0]) if args and isinstance(args[0], str) else self.include
        return named.parent if named else self.folder


class ReadFile(Protocol):
    """A file that was read, for those that read it."""

    def as_value(self) -> Value:
        """Its locals, inputs and the like."""
        ...


class FileReader(Protocol):
    """Reads other files, for `read_terragrunt_config`."""

    files: Files

    def read(self, path: Path, around: Surroundings) -> ReadFile | None:
        """What a file comes to; None where there is no such file, or it may not be read."""
        ...


def make_functions(reader: FileReader, around: Surroundings, path: Path) -> Functions:
    """The functions as one file sees them. Each raises Rejected."""
    calls = _Calls(reader, around, path)
    found: dict[str, Callable[[tuple[Value, ...]], Value]] = {
        "find_in_parent_folders": calls.find_in_parent_folders,
        "read_terragrunt_config": calls.read_terragrunt_config,
        "get_terragrunt_dir": lambda _: full_path(around.folder),
        "get_original_terragrunt_dir": lambda _: full_path(around.original),
        "get_parent_terragrunt_dir": lambda args: full_path(around.include_folder(args)),
        "path_relative_to_include": lambda args: _relative(around.folder, around.include_folder(args)),
        "path_relative_from_include": lambda args: _relative(around.include_folder(args), around.folder),
        "get_repo_root": lambda _: calls.repository(),
        "get_path_from_repo_root": lambda _: os.path.relpath(full_path(around.folder), calls.repository()),
        "get_path_to_repo_root": lambda _: os.path.relpath(calls.repository(), full_path(around.folder)),
        "get_env": _get_env,
        "mark_as_read": lambda args: args[0] if args else None,
        "mark_glob_as_read": lambda args: args[0] if args else None,
        **{name: _known_later(name, why) for name, why in _KNOWN_LATER.items()},
    }
    return {name: (lambda args, _scope, call=call: call(args)) for name, call in found.items()}  # type: ignore[misc]


def _known_later(name: str, why: str) -> Callable[[tuple[Value, ...]], Value]:
    return lambda args: unknown_value(f"{name}({', '.join(map(repr, args))})"[:80], f"{name}: {why}")


def _relative(path: Path, start: Path) -> str:
    return os.path.relpath(full_path(path), full_path(start))


def _get_env(args: tuple[Value, ...]) -> Value:
    if len(args) > 1:
        return args[1]
    name = args[0] if args else ""
    return unknown_value(f"get_env({name!r})", f"{name} is in the environment of the deployment")


class _Calls:
    def __init__(self, reader: FileReader, around: Surroundings, path: Path) -> None:
        self._reader = reader
        self._around = around
        self._path = path

    def repository(self) -> str:
        """The folder of the repository. Raises Rejected."""
        root = find_repository_root(Path(full_path(self._around.folder)))
        if root is None:
            raise Rejected("the repository is not here")
        return str(root)

    def find_in_parent_folders(self, args: tuple[Value, ...]) -> Value:
        """The full path of the nearest file of that name above the unit."""
        if any(isinstance(arg, UnknownValue) for arg in args[:1]):
            return args[0]
        names = (str(args[0]),) if args and args[0] else UNIT_FILES
        folder = self._around.folder
        for steps in range(1, _MAX_PARENTS):
            above = Path(os.path.normpath(folder / os.path.join(*[".."] * steps)))  # noqa: PTH118 - it may go above
            for name in names:
                found = Path(os.path.normpath(above / name))
                if isinstance(self._reader.files.read(found), bytes) or self._reader.files.names(found):
                    return full_path(found)
            if full_path(above) == "/":
                break
        if len(args) > 1:
            return args[1]
        raise Rejected(f"{names[0]} is in no folder above")

    def read_terragrunt_config(self, args: tuple[Value, ...]) -> Value:
        """The locals and inputs of another file; the second argument where there is none."""
        if not args or isinstance(args[0], UnknownValue):
            return args[0] if args else None
        path = shown_path(self._path.parent, str(args[0]))
        if path is not None and path.suffix not in {".hcl", ".json"}:
            return unknown_value(f"read_terragrunt_config({path.name!r})", f"{path} is not read")
        inner = Surroundings(path.parent, self._around.original) if path else self._around
        found = self._reader.read(path, inner) if path else None
        if found is not None:
            return found.as_value()
        if len(args) > 1:
            return args[1]
        return unknown_value("read_terragrunt_config", f"{args[0]} is not there, or is not read")
