"""The modules of a root module: where their files are, and which of them may be read."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from s3kms.iac.budget import WorkBudget
from s3kms.iac.files import Files, UnreadFile
from s3kms.iac.hcl.advice import CORRECT_CODE, CORRECT_CODE_OR_WORKSPACE, MAKE_READABLE, RUN_INIT
from s3kms.iac.hcl.file_access import resolve_nearby_path
from s3kms.iac.hcl.module import Declaration, Module, parse_module, read_literal_argument, read_module
from s3kms.iac.hcl.module_sources import parse_module_source
from s3kms.iac.hcl.module_surroundings import (
    ModuleSurroundings,
    find_missing_submodule,
    find_module_in_tree,
)
from s3kms.iac.hcl.nesting import Nesting
from s3kms.iac.hcl.scope import ExpressionScope
from s3kms.iac.hcl.sensitive_values import SensitiveValues
from s3kms.iac.hcl.syntax_tree import Attribute
from s3kms.iac.hcl.undeclared_names import UndeclaredNames
from s3kms.iac.hcl.values import Value
from s3kms.iac.hcl.variable_values import AssignedValue, AssignedValues, read_assigned_values
from s3kms.model.advice import Advice
from s3kms.model.code_inputs import DEFAULT_CODE_INPUTS, CodeInputs
from s3kms.model.unknown import Unknown, UnknownCause

MAX_MODULE_DEPTH = 20
"""Levels of modules that call modules."""
MAX_MODULE_CALLS = 3_000
"""Calls of modules that are followed from one root module."""
CallNames = tuple[str, ...]
"""The names of the calls that lead from the root to a module."""
_LITERAL_SOURCE = Advice("write the source as a literal, or give its variables values")
_CORRECT_SOURCE = Advice("correct its source, or check the complete code")


@dataclass(frozen=True, slots=True)
class MissingModule:
    """A module that is called and cannot be read, and why."""

    unknown: Unknown


@dataclass(frozen=True, slots=True)
class ModuleElsewhere:
    """A module that is called by an address and was not fetched, and what is read in its place."""

    source: str
    unknown: Unknown
    """Why what it gives back is not known."""
    caveat: str
    is_stand_in: bool
    """Whether what is read is no file of the tree, but what is known of the module."""


class ModuleLoader:
    """Loads a root module and all that it calls. It evaluates nothing."""

    def __init__(
        self,
        folder: Path,
        files: Files,
        inputs: CodeInputs,
        budget: WorkBudget | None = None,
        surroundings: ModuleSurroundings | None = None,
        *,
        values: Mapping[str, Value] | None = None,
    ) -> None:
        """Without `surroundings`, a module that was not fetched is missing, whatever is known of it. `values` are
        those that a tool around Terraform gives the root's variables.
        """
        self._values = values
        self.folder = folder
        self.files = files
        self.evaluate_source: Callable[[CallNames, Module, Attribute], str | None] | None = None
        """The value of a source that is not a literal, as OpenTofu has it; None while nothing evaluates."""
        self.elsewhere: dict[CallNames, ModuleElsewhere] = {}
        """By the names of the calls that lead to them."""
        self._surroundings = surroundings
        self._stand_ins: dict[str, Module] = {}
        self._sources: dict[CallNames, str | None] = {}
        self._inputs = inputs
        self.budget = budget or WorkBudget()
        self.nesting = Nesting()
        self.sensitive = SensitiveValues()
        self.undeclared = UndeclaredNames()
        self.functions: Mapping[str, Callable[[tuple[Value, ...], ExpressionScope], Value]] = {}
        """Functions that a tool around Terraform has beside Terraform's own."""
        self.names: Mapping[str, Value] = {}
        """What such a tool calls by a name of its own: `dependency`."""
        self.checks_conditions = True
        """Whether validations and preconditions count; not where a value is there only to see where it arrives."""
        self._modules: dict[Path, Module] = {}
        self._installed: dict[str, str] | None = None
        self._folders: dict[tuple[str, ...], Path] = {(): folder}
        self._has_assumed_workspace = False

    @property
    def rejection_advice(self) -> Advice:
        """What to do about rejected code: only in the default workspace it may be, which is seldom the one in use."""
        return CORRECT_CODE_OR_WORKSPACE if self._has_assumed_workspace else CORRECT_CODE

    @property
    def workspace(self) -> str:
        """The value of `terraform.workspace`."""
        found = self._inputs.workspace
        self._has_assumed_workspace |= found == DEFAULT_CODE_INPUTS.workspace
        return found

    @property
    def given(self) -> dict[str, AssignedValue]:
        """The values that the root's variables are given, by name."""
        return self.assigned_values.given

    @cached_property
    def assigned_values(self) -> AssignedValues:
        """What the root's variables are given, and what could not be read of it."""
        return read_assigned_values(self.folder, self.files, self._inputs, self._values)

    def module(self, folder: Path) -> Module:
        """The module in a folder, read once."""
        if folder not in self._modules:
            self._modules[folder] = read_module(self.files, folder)
        return self._modules[folder]

    def load_called_module(
        self, names: tuple[str, ...], module: Module, call: Declaration
    ) -> Module | MissingModule:
        """The module that a call leads to, or why it is not there.

        `names` are those of the calls that lead to it from the root, its own included.
        """
        if len(names) > MAX_MODULE_DEPTH:
            why = f"modules are nested more than {MAX_MODULE_DEPTH} levels deep"
            return _missing(UnknownCause.BUDGET, why, Advice("check whether they call themselves"))
        name, source = ".".join(names), self._source_of(names, module, call)
        if source is None:
            why = f"the source of module.{name} is not a literal string, and its value is not known"
            return _missing(UnknownCause.UNSUPPORTED, why, _LITERAL_SOURCE)
        folder = self._local(module, source) if is_local_source(source) else self._installed_at(name)
        if folder is None:
            return self._load_elsewhere(names, source)
        found = self.module(folder)
        self._folders[names] = folder
        if any(self._folders.get(names[:n]) == folder for n in range(len(names))):
            why = f"module.{'.module.'.join(names[:-1])} calls itself, or a module that does"
            return _missing(UnknownCause.UNRESOLVED, why, Advice("remove the call that closes the cycle"))
        if not found.data and is_local_source(source) and (submodule := self._submodule_of(folder)):
            why = f"module.{name} calls {source}, and {submodule} is a git submodule that is not checked out"
            return _missing(UnknownCause.FILE_UNREAD, why, _checkout(submodule))
        if not found.data and (unread := next((one for one in found.diagnostics if one.is_unread), None)):
            why = f"module.{name} calls {source}, and {unread.path} {unread.why}"
            return _missing(UnknownCause.FILE_UNREAD, why, MAKE_READABLE)
        if not found.data:
            why = f"module.{name} calls {source}, and {folder} has no Terraform files"
            return _missing(
                UnknownCause.FILE_UNREAD, why, _CORRECT_SOURCE if is_local_source(source) else RUN_INIT
            )
        return found

    def _source_of(self, names: CallNames, module: Module, call: Declaration) -> str | None:
        """The source of a call; None where it is not known. An expression is evaluated once."""
        attribute = call.block.body.attributes.get("source")
        literal = read_literal_argument(call.block, "source")
        if literal is not None or attribute is None or self.evaluate_source is None:
            return literal
        if names not in self._sources:
            self._sources[names] = None  # while it is evaluated, so that it does not lead to itself
            self._sources[names] = self.evaluate_source(names, module, attribute)
        return self._sources[names]

    def _load_elsewhere(self, names: CallNames, source: str) -> Module | MissingModule:
        """What is known of a module that was not fetched: it may be well known, or a folder of this repository."""
        name = ".".join(names)
        why = f"the module {source}, which module.{name} calls, is not installed"
        unknown = Unknown(UnknownCause.FILE_UNREAD, why, RUN_INIT)
        remote = parse_module_source(source) if self._surroundings else None
        if remote is None or self._surroundings is None:
            return MissingModule(unknown)
        in_tree = find_module_in_tree(remote, self.folder, self._surroundings, self.files)
        if in_tree and in_tree.is_certain:
            pinned = f", and the call pins {remote.ref}" if remote.ref else ""
            caveat = f"module.{name} is read from {in_tree.folder} in this repository{pinned}"
            self.elsewhere[names] = ModuleElsewhere(source, unknown, caveat, is_stand_in=False)
            self._folders[names] = in_tree.folder
            return self.module(in_tree.folder)
        text = self._surroundings.stand_in(remote)
        if text is not None:
            caveat = f"{source} is not installed: this is what every version of it makes of what it is given"
            self.elsewhere[names] = ModuleElsewhere(source, unknown, caveat, is_stand_in=True)
            if source not in self._stand_ins:
                self._stand_ins[source] = parse_module({f"{source}/main.tf": text.encode()})
            return self._stand_ins[source]
        if in_tree:
            why += f"; {in_tree.folder} in this tree may be that module"
        return _missing(UnknownCause.FILE_UNREAD, why, RUN_INIT)

    def _submodule_of(self, folder: Path) -> Path | None:
        surroundings = self._surroundings or ModuleSurroundings()
        return find_missing_submodule(folder, self.folder, surroundings, self.files)

    def _local(self, module: Module, source: str) -> Path:
        return Path(os.path.normpath(module.folder / source))

    def _installed_at(self, name: str) -> Path | None:
        """Where `terraform init` has put the module of a call."""
        if self._installed is None:
            data = self.files.read(self.folder / ".terraform" / "modules" / "modules.json")
            self._installed = dict(_entries(data if isinstance(data, bytes) else b""))
        found = self._installed.get(name)
        return None if found is None else Path(os.path.normpath(self.folder / found))

    def walk(self) -> Iterator[tuple[tuple[str, ...], Module]]:
        """Every module that is called from somewhere, after the names of the calls; the root first."""
        waiting: list[tuple[tuple[str, ...], Module]] = [((), self.module(self.folder))]
        number = 0
        while waiting and number < MAX_MODULE_CALLS:
            names, module = waiting.pop()
            number += 1
            yield names, module
            below = [
                ((*names, name), self.load_called_module((*names, name), module, call))
                for name, call in module.calls.items()
            ]
            waiting += [(path, found) for path, found in reversed(below) if isinstance(found, Module)]

    def read_file(self, text: str) -> bytes | UnreadFile | None:
        """The bytes of a file that a function names, relative to the root module, or why they are not read.

        None where there is no such file, or it may not be read.
        """
        path = self.path_of(text)
        return None if path is None else self.files.read(path)

    def path_of(self, text: str) -> Path | None:
        """The path of a file that a function names, relative to the root module; None where it may not read it."""
        return resolve_nearby_path(self.folder, text)


def _missing(cause: UnknownCause, why: str, advice: Advice) -> MissingModule:
    return MissingModule(Unknown(cause, why, advice))


def _checkout(submodule: Path) -> Advice:
    return Advice("check it out: git submodule update --init {submodule}", {"submodule": submodule})


def is_local_source(source: str) -> bool:
    """Whether the source of a module is a path of the disk, not a registry or a repository."""
    return source.startswith(("./", "../", "/", ".\\", "..\\")) or source in {".", ".."}


def _entries(data: bytes) -> Iterator[tuple[str, str]]:
    try:
        document = json.loads(data or b"{}")
    except (ValueError, RecursionError):
        return
    modules = document.get("Modules") if isinstance(document, dict) else None
    for entry in modules if isinstance(modules, list) else ():
        if isinstance(entry, dict):
            key, folder = entry.get("Key"), entry.get("Dir")
            if isinstance(key, str) and isinstance(folder, str):
                yield key, folder
