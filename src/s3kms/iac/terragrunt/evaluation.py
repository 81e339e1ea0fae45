"""Evaluates the expressions of one Terragrunt file, with the names and functions that Terragrunt has."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from s3kms.iac.budget import WorkBudget
from s3kms.iac.files import Files
from s3kms.iac.hcl.evaluation import Evaluation
from s3kms.iac.hcl.module import Module
from s3kms.iac.hcl.module_loader import ModuleLoader
from s3kms.iac.hcl.scope import ExpressionScope, ModuleInstance
from s3kms.iac.hcl.syntax_tree import Expression, Literal, ObjectConstructor, RootName
from s3kms.iac.hcl.values import Value
from s3kms.iac.terraform.code.aws_schema import AWS_SCHEMA
from s3kms.iac.terragrunt.syntax import TerragruntFile
from s3kms.iac.values import Rejected, UnknownValue
from s3kms.model.advice import Advice, Command
from s3kms.model.code_inputs import CodeInputs
from s3kms.model.unknown import Unknown, UnknownCause

Functions = Mapping[str, Callable[[tuple[Value, ...], ExpressionScope], Value]]
CHECK_PLAN = Advice("check a plan of the unit, or the deployed buckets: {check}", {"check": Command("check")})


class _FileLoader(ModuleLoader):
    """Loads no module: it is the file around an expression, whose functions may name files by their full path."""

    def path_of(self, text: str) -> Path | None:
        """The path of a file that a function names: a full one, or one relative to the file."""
        return shown_path(self.folder, text)


def full_path(path: Path) -> str:
    """The path as Terragrunt's functions give it."""
    return os.path.abspath(path)  # noqa: PTH100 - it keeps links


def shown_path(folder: Path, text: str) -> Path | None:
    """The path of a file in the form that the paths of units have; None for one that is hidden."""
    if not text or "\0" in text or text.startswith("~"):
        return None
    relative = os.path.relpath(text, full_path(folder)) if text.startswith("/") else text
    if any(step.startswith(".") and step not in {".", ".."} for step in Path(relative).parts):
        return None
    return Path(os.path.normpath(folder / relative))


class FileEvaluator:
    """The expressions of one file."""

    def __init__(
        self,
        file: TerragruntFile,
        files: Files,
        budget: WorkBudget,
        functions: Functions,
    ) -> None:
        self._file = file
        loader = _FileLoader(file.path.parent, files, CodeInputs(), budget)
        loader.functions = functions
        module = Module(file.path.parent, data={})
        for block in file.blocks("locals"):
            module.locals |= {name: (found, file.path) for name, found in block.body.attributes.items()}
        self._loader, self._module = loader, module
        self._evaluation = Evaluation(loader, AWS_SCHEMA)
        self._instance = ModuleInstance((), module)

    def add_names(self, names: Mapping[str, Value]) -> None:
        """From now on `include`, `dependency`, `feature` or `values` is there, too."""
        self._loader.names = {**self._loader.names, **names}

    def use_functions(self, functions: Functions) -> None:
        """From now on these are the functions: what the file includes is known."""
        self._loader.functions = functions

    def local_names(self) -> tuple[str, ...]:
        """The names of the file's locals."""
        return tuple(self._module.locals)

    def local(self, name: str) -> Value:
        """The value of a local. Raises BudgetExhausted."""
        try:
            return self._evaluation.local(self._instance, name)
        except Rejected as rejected:
            return self._rejected(f"local.{name}", rejected)

    def value(self, expression: Expression, what: str) -> Value:
        """What an expression comes to; `what` names it in a sentence. Raises BudgetExhausted."""
        try:
            return self._evaluation.value(expression, self._instance.scope(self._file.path))
        except Rejected as rejected:
            return self._rejected(what, rejected)

    def members(self, expression: Expression, what: str) -> Value:
        """What an object comes to; where it cannot be evaluated as a whole, each member by itself. Raises
        BudgetExhausted.
        """
        found = self.value(expression, what)
        if not isinstance(found, UnknownValue) or not isinstance(expression, ObjectConstructor):
            return found
        each: dict[str, Value] = {}
        for key, value in expression.items:
            name = key.name if isinstance(key, RootName) else key.value if isinstance(key, Literal) else None
            if not isinstance(name, str):
                return found
            each[name] = self.value(value, f"{what}.{name}")
        return each

    def _rejected(self, what: str, rejected: Rejected) -> UnknownValue:
        return unknown_value(what, f"{what} of {self._file.path} cannot be evaluated: {rejected.why}")


def unknown_value(expression: str, why: str) -> UnknownValue:
    """A value that the code of the unit does not tell."""
    return UnknownValue(expression, Unknown(UnknownCause.UNRESOLVED, why, CHECK_PLAN), symbol=expression)
