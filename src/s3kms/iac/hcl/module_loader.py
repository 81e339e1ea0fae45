"""The modules of a root module, where their files are, and what evaluating them may cost."""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from s3kms.iac.files import Files
from s3kms.iac.hcl.composite_values import BudgetExhausted
from s3kms.iac.hcl.file_access import resolve_nearby_path
from s3kms.iac.hcl.module import Declaration, Module, read_literal_argument, read_module
from s3kms.iac.hcl.scalars import list_elements, make_too_large
from s3kms.iac.hcl.values import SetValue, Value
from s3kms.iac.hcl.variable_values import AssignedValue, AssignedValues, read_assigned_values
from s3kms.model.advice import Advice, Option
from s3kms.model.code_inputs import DEFAULT_CODE_INPUTS, CodeInputs
from s3kms.model.unknown import Unknown, UnknownCause

MAX_MODULE_DEPTH = 20
"""Modules in modules."""
MAX_EVALUATION_STEPS = 1_000_000
"""Expressions that are evaluated for one root module."""
MAX_MODULE_CALLS = 3_000
"""Calls of modules that are followed."""
MAX_VALUE_PARTS = 300_000
"""Parts of one value."""
_SHORTEST_SECRET = 3
SENSITIVE_PLACEHOLDER = "(sensitive)"
CORRECT_CODE = Advice("correct it; terraform validate and terraform plan say more")
_OTHER_WORKSPACE = Advice(
    "if another workspace is meant: {workspace}; otherwise correct it",
    {"workspace": Option("workspace", "NAME")},
)
INIT = "run terraform init, so that the module is there"


@dataclass(frozen=True, slots=True)
class MissingModule:
    """A module that is called and whose files are not there."""

    unknown: Unknown


class ModuleLoader:
    """A root module and all that it calls. It evaluates nothing."""

    def __init__(self, folder: Path, files: Files, inputs: CodeInputs) -> None:
        self.folder = folder
        self.files = files
        self._inputs = inputs
        self.steps = 0
        self._modules: dict[Path, Module] = {}
        self._installed: dict[str, str] | None = None
        self._folders: dict[tuple[str, ...], Path] = {(): folder}
        self._weights: dict[int, tuple[Value, int]] = {}
        """By identity, with the value itself, so that it stays the only one of that identity."""
        self._secrets: set[str] = set()
        self._has_assumed_workspace = False

    @property
    def rejection_advice(self) -> Advice:
        """What to do about rejected code: only in the default workspace it may be, which is seldom the one in use."""
        return _OTHER_WORKSPACE if self._has_assumed_workspace else CORRECT_CODE

    @property
    def workspace(self) -> str:
        """What `terraform.workspace` is."""
        found = self._inputs.workspace
        self._has_assumed_workspace |= found == DEFAULT_CODE_INPUTS.workspace
        return found

    @property
    def given(self) -> dict[str, AssignedValue]:
        """The values alone, by the variable's name."""
        return self.values.given

    @cached_property
    def values(self) -> AssignedValues:
        """The values of the root's variables, where there are some beside the defaults."""
        return read_assigned_values(self.folder, self.files, self._inputs)

    def step(self, number: int = 1) -> None:
        """Counts expressions that are evaluated, and instances that are made. Raises BudgetExhausted."""
        self.steps += number
        if self.steps > MAX_EVALUATION_STEPS:
            raise BudgetExhausted

    def bounded(self, value: Value) -> Value:
        """The value, or an open one where it has more parts than are looked at: a name costs nothing, but what it
        stands for may be twice as much each time.
        """
        weight = self._weigh(value)
        if isinstance(value, list | dict | SetValue):
            self._weights[id(value)] = value, weight
        return value if weight <= MAX_VALUE_PARTS else make_too_large("a value")

    def _weigh(self, value: Value) -> int:
        if not isinstance(value, list | dict | SetValue):
            return 1
        known = self._weights.get(id(value))
        return known[1] if known else 1 + sum(self._weigh(part) for part in list_elements(value))

    def module(self, folder: Path) -> Module:
        """What is declared in a folder, read once."""
        if folder not in self._modules:
            self._modules[folder] = read_module(self.files, folder)
        return self._modules[folder]

    def load_called_module(
        self, names: tuple[str, ...], module: Module, call: Declaration
    ) -> Module | MissingModule:
        """The module that a call means; `names` are those of the calls that lead to it, its own included."""
        if len(names) > MAX_MODULE_DEPTH:
            return MissingModule(
                Unknown(
                    UnknownCause.UNRESOLVED,
                    f"modules are nested more than {MAX_MODULE_DEPTH} levels deep",
                    Advice("look whether they call themselves"),
                )
            )
        name, source = ".".join(names), read_literal_argument(call.block, "source")
        if source is None:
            return MissingModule(
                Unknown(
                    UnknownCause.UNRESOLVED,
                    f"the source of module.{name} is computed",
                    Advice("write it out"),
                )
            )
        folder = self._local(module, source) if is_local_source(source) else self._installed_at(name)
        if folder is None:
            return MissingModule(
                Unknown(
                    UnknownCause.UNRESOLVED,
                    f"the module {source}, which module.{name} calls, is not there",
                    Advice(INIT),
                )
            )
        found = self.module(folder)
        self._folders[names] = folder
        if any(self._folders.get(names[:n]) == folder for n in range(len(names))):
            why = f"module.{'.module.'.join(names[:-1])} calls itself, or a module that does"
            return MissingModule(
                Unknown(UnknownCause.UNRESOLVED, why, Advice("take the call out that closes the circle"))
            )
        if not found.data:
            return MissingModule(
                Unknown(
                    UnknownCause.UNRESOLVED,
                    f"module.{name} calls {source}, and {folder} has no Terraform files",
                    Advice(
                        "correct its source, or check code that is whole" if is_local_source(source) else INIT
                    ),
                )
            )
        return found

    def _local(self, module: Module, source: str) -> Path:
        return Path(os.path.normpath(module.folder / source))

    def _installed_at(self, name: str) -> Path | None:
        """Where `terraform init` has put the module of a call."""
        if self._installed is None:
            data = self.files.read(self.folder / ".terraform" / "modules" / "modules.json")
            self._installed = dict(_entries(data or b""))
        found = self._installed.get(name)
        return None if found is None else Path(os.path.normpath(self.folder / found))

    def walk(self) -> Iterator[tuple[tuple[str, ...], Module]]:
        """Every module that is called from somewhere, by the names of the calls; the root first."""
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

    def file(self, text: str) -> bytes | None:
        """A file that a function reads, relative to the root module; None where it may not, or there is none."""
        path = self.path_of(text)
        return None if path is None else self.files.read(path)

    def path_of(self, text: str) -> Path | None:
        """The same, its path."""
        return resolve_nearby_path(self.folder, text)

    def add_secret(self, value: object) -> None:
        """What must not be shown, nor any text that it is part of."""
        if isinstance(value, str) and len(value) >= _SHORTEST_SECRET:
            self._secrets.add(value)
        elif isinstance(value, dict):
            for item in value.values():
                self.add_secret(item)
        elif isinstance(value, list | SetValue):
            for item in value if isinstance(value, list) else value.items:
                self.add_secret(item)

    def add_made_secret(self, sources: Iterable[Value], made: Value) -> None:
        """What a function makes of something that must not be shown must not be shown, either."""
        if not self._secrets or not isinstance(made, str | list | dict | SetValue):
            return
        if any(isinstance(source, str) and self.is_secret(source) for source in sources):
            self.add_secret(made)

    def is_secret(self, text: str) -> bool:
        """Whether it has something sensitive in it."""
        return any(secret in text for secret in self._secrets)

    def redact(self, text: str) -> str:
        """The text, fit to be shown."""
        for secret in self._secrets:
            text = text.replace(secret, SENSITIVE_PLACEHOLDER)
        return text


def is_local_source(source: str) -> bool:
    """Whether a module's source is a folder."""
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
