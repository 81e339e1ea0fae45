"""What the configuration of one unit comes to: its own file, merged over those that it includes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from s3kms.iac.budget import BudgetExhausted, WorkBudget
from s3kms.iac.files import Files
from s3kms.iac.hcl.syntax_tree import Block, Expression, Literal
from s3kms.iac.hcl.value_sources import parts_of
from s3kms.iac.hcl.values import Value
from s3kms.iac.terragrunt.evaluation import FileEvaluator, shown_path, unknown_value
from s3kms.iac.terragrunt.extra_arguments import ExtraArguments, read_extra_arguments
from s3kms.iac.terragrunt.functions import Surroundings, make_functions
from s3kms.iac.terragrunt.remote_state import read_state_bucket
from s3kms.iac.terragrunt.syntax import TerragruntFile, parse_file
from s3kms.iac.values import UnknownValue
from s3kms.model.bucket import Bucket

MAX_DEPTH = 10
"""Files that read files."""
MAX_READS = 1000
"""Files that are read for one unit, those included that are read again."""
_DEEP, _NO_MERGE = "deep", "no_merge"


@dataclass(frozen=True, slots=True)
class GeneratedFile:
    """A file that Terragrunt writes into the module before Terraform runs."""

    name: Value
    contents: Value
    written: str
    """The text of the contents as it is written, without what is filled in."""


@dataclass(frozen=True, slots=True)
class StackMember:
    """A unit or a stack within a stack."""

    kind: str
    name: str
    line: int
    source: Value
    path: Value
    values: Value


@dataclass(frozen=True, slots=True)
class UnitConfiguration:
    """One file of Terragrunt, with what it includes."""

    file: TerragruntFile
    locals: dict[str, Value]
    inputs: Mapping[str, Value] = field(default_factory=dict)
    other_inputs: UnknownValue | None = None
    """Why there may be more inputs than these; None where there are no more."""
    source: Value = None
    generated: Mapping[str, GeneratedFile] = field(default_factory=dict)
    """By the name of the block."""
    extra: ExtraArguments = field(default_factory=ExtraArguments)
    state_buckets: tuple[Bucket, ...] = ()
    """Those of the file itself; those of an included file are read where it stands."""
    members: tuple["StackMember", ...] = ()
    """Of a stack file: its units and stacks."""

    @property
    def path(self) -> Path:
        """The path of the file itself."""
        return self.file.path

    def as_value(self) -> dict[str, Value]:
        """What `read_terragrunt_config` and `include` give of it."""
        return {
            "locals": dict(self.locals),
            "inputs": dict(self.inputs) if self.other_inputs is None else self.other_inputs,
            "terraform": {"source": self.source},
            "dependency": unknown_value(
                "dependency", f"the dependencies of {self.path} are known when it is applied"
            ),
        }


class ConfigurationReader:
    """Reads the files of one unit, each once."""

    def __init__(self, files: Files, budget: WorkBudget) -> None:
        self.files = files
        self.budget = budget
        self.problems: list[tuple[Path, int, str]] = []
        """What cannot be read in the files: the file, the line, and why."""
        self._depth = 0
        self._count = 0

    def read(
        self,
        path: Path,
        around: Surroundings,
        values: Value = None,
    ) -> UnitConfiguration | None:
        """The configuration of a file; None where there is no such file, or it may not be read. Raises
        BudgetExhausted.
        """
        data = self.files.read(path)
        if not isinstance(data, bytes) or self._depth >= MAX_DEPTH:
            return None
        self._count += 1
        if self._count > MAX_READS:
            raise BudgetExhausted(f"it reads more than {MAX_READS} files")
        self._depth += 1
        try:
            file = parse_file(path, data)
            self.problems += [(path, found.span.line, found.why) for found in file.content.diagnostics[:1]]
            return self._evaluate(file, around, values)
        finally:
            self._depth -= 1

    def _evaluate(self, file: TerragruntFile, around: Surroundings, values: Value) -> UnitConfiguration:
        evaluator = FileEvaluator(file, self.files, self.budget, make_functions(self, around, file.path))
        dependencies: dict[str, Value] = {
            name: unknown_value(
                f"dependency.{name}", f"the outputs of dependency.{name} are known when it is applied"
            )
            for name in (_label(block) for block in file.blocks("dependency"))
        }
        features: dict[str, Value] = {
            _label(block): {"value": _value(evaluator, block, "default")} for block in file.blocks("feature")
        }
        stack = unknown_value("values", "values are given by the stack that uses the unit")
        given = stack if values is None else values
        evaluator.add_names({"dependency": dependencies, "feature": features, "values": given})
        included = dict(self._included(file, evaluator, around))
        paths = {name: parent.path for name, (parent, _) in included.items() if parent.path != file.path}
        first = around.include or next(iter(paths.values()), None)
        inner = replace(around, include=first, includes=paths)
        evaluator.use_functions(make_functions(self, inner, file.path))
        shown = {name: parent.as_value() for name, (parent, _) in included.items()}
        bare: dict[str, Value] = shown.pop("", {})
        evaluator.add_names({"include": {**bare, **shown}})
        terraform = next(file.blocks("terraform"), None)
        inputs = _inputs(file, evaluator)
        found = UnitConfiguration(
            file,
            {name: evaluator.local(name) for name in evaluator.local_names()},
            inputs if isinstance(inputs, dict) else {},
            inputs if isinstance(inputs, UnknownValue) else None,
            _value(evaluator, terraform, "source") if terraform else None,
            {_label(block): _generated(evaluator, block) for block in file.blocks("generate")},
            read_extra_arguments(evaluator, terraform),
            tuple(read_state_bucket(file, evaluator)),
            tuple(_member(evaluator, block) for kind in ("unit", "stack") for block in file.blocks(kind)),
        )
        for parent, strategy in included.values():
            found = _merge(parent, found, strategy)
        return found

    def _included(
        self, file: TerragruntFile, evaluator: FileEvaluator, around: Surroundings
    ) -> Iterator[tuple[str, tuple[UnitConfiguration, str]]]:
        for block in file.blocks("include"):
            path, strategy = _value(evaluator, block, "path"), _value(evaluator, block, "merge_strategy")
            name = _label(block)
            where = shown_path(file.path.parent, path) if isinstance(path, str) else None
            inner = replace(around, include=where) if where else around
            parent = self.read(where, inner) if where else None
            if parent is None:
                missing = unknown_value(f"include.{name}", f"{file.path} includes {_describe(path)}")
                parent = UnitConfiguration(file, {}, {}, missing, missing)
            yield name, (parent, strategy if isinstance(strategy, str) else "shallow")


def _merge(parent: UnitConfiguration, child: UnitConfiguration, strategy: str) -> UnitConfiguration:
    """The child over the parent, as Terragrunt merges them."""
    if strategy == _NO_MERGE:
        return child
    inputs: dict[str, Value] = {**parent.inputs, **child.inputs}
    if strategy == _DEEP:
        inputs |= {
            name: _merged_deep(parent.inputs[name], value)
            for name, value in child.inputs.items()
            if name in parent.inputs
        }
    return replace(
        child,
        inputs=inputs,
        other_inputs=child.other_inputs or parent.other_inputs,
        source=parent.source if child.source is None else child.source,
        generated={**parent.generated, **child.generated},
        extra=parent.extra.merged(child.extra),
    )


def _merged_deep(parent: Value, child: Value) -> Value:
    if isinstance(parent, list) and isinstance(child, list):
        return [*parent, *child]
    if isinstance(parent, dict) and isinstance(child, dict):
        same = {name: _merged_deep(parent[name], child[name]) for name in child if name in parent}
        return {**parent, **child, **same}
    return child


def _describe(path: Value) -> str:
    if isinstance(path, UnknownValue):
        return f"a file that is not known: {path.unknown.why}"
    return f"{path}, which is not there or is not read"


def _inputs(file: TerragruntFile, evaluator: FileEvaluator) -> Value:
    """The inputs of a file."""
    found = file.attribute("inputs")
    return {} if found is None else evaluator.members(found.expression, "inputs")


def _member(evaluator: FileEvaluator, block: Block) -> StackMember:
    source, path, values = (_value(evaluator, block, name) for name in ("source", "path", "values"))
    return StackMember(block.type, _label(block), block.span.line, source, path, values)


def _generated(evaluator: FileEvaluator, block: Block) -> GeneratedFile:
    found = block.body.attributes.get("contents")
    written = "".join(_texts_of(found.expression)) if found else ""
    return GeneratedFile(_value(evaluator, block, "path"), _value(evaluator, block, "contents"), written)


def _texts_of(expression: Expression) -> Iterator[str]:
    waiting = [expression]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Literal) and isinstance(one.value, str):
            yield one.value
        waiting += parts_of(one)


def _value(evaluator: FileEvaluator, block: Block, name: str) -> Value:
    found = block.body.attributes.get(name)
    return None if found is None else evaluator.value(found.expression, f"{block.type}.{name}")


def _label(block: Block) -> str:
    return block.labels[0] if block.labels else ""
