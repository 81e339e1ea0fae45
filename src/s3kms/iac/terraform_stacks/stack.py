"""The components of a stack: the files of one folder, evaluated once for each deployment."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from s3kms.iac.budget import BudgetExhausted, WorkBudget
from s3kms.iac.files import Files
from s3kms.iac.hcl.syntax_tree import Block, Body, HclFile
from s3kms.iac.hcl.values import SetValue, Value
from s3kms.iac.terragrunt.configuration import UnitConfiguration
from s3kms.iac.terragrunt.evaluation import FileEvaluator, unknown_value
from s3kms.iac.terragrunt.syntax import TerragruntFile, parse_file
from s3kms.iac.values import UnknownValue
from s3kms.model.place import Place

COMPONENT_FILES = (".tfstack.hcl", ".tfcomponent.hcl")
DEPLOYMENT_FILES = (".tfdeploy.hcl",)
_MAX_DEPLOYMENTS = 100
_MAX_INSTANCES = 100


@dataclass(frozen=True, slots=True)
class Component:
    """One instance of a component in one deployment, as a unit with a module and inputs."""

    name: str
    """`component.s3["eu-west-1"]`."""
    configuration: UnitConfiguration
    places: tuple[Place, ...]
    """Where it is written, and the deployment."""


@dataclass(frozen=True, slots=True)
class _Deployment:
    inputs: Mapping[str, Value] = field(default_factory=dict)
    other: UnknownValue | None = None
    """Why there may be more inputs than these."""
    place: Place | None = None


def find_components(
    path: Path, data: bytes, files: Files, budget: WorkBudget
) -> Iterator[Component | tuple[str, Place]]:
    """The components that one file of a stack declares, in each deployment; and the name and place of what is not
    evaluated: a stack within the stack. Raises BudgetExhausted.
    """
    own = parse_file(path, data)
    for block in own.blocks("stack"):
        yield f"stack.{_label(block)}", _place(path, block)
    everything = [own, *_others(path, COMPONENT_FILES, files)]
    whole = TerragruntFile(path, HclFile(_together(everything, own), ()))
    for deployment in list(_deployments(path, files, budget)) or [_Deployment()]:
        for block in own.blocks("component"):
            yield from _instances(block, whole, deployment, files, budget)


def has_components(folder: Path, files: Files) -> bool:
    """Whether a folder has files of components, for which its deployments are."""
    return any(name.endswith(COMPONENT_FILES) for name in files.names(folder))


def _others(path: Path, suffixes: tuple[str, ...], files: Files) -> Iterator[TerragruntFile]:
    for name in files.names(path.parent):
        other = path.parent / name
        if name.endswith(suffixes) and other != path and isinstance(data := files.read(other), bytes):
            yield parse_file(other, data)


def _deployments(path: Path, files: Files, budget: WorkBudget) -> Iterator[_Deployment]:
    count = 0
    for file in _others(path, DEPLOYMENT_FILES, files):
        evaluator = FileEvaluator(file, files, budget, {})
        for block in file.blocks("deployment"):
            count += 1
            if count > _MAX_DEPLOYMENTS:
                raise BudgetExhausted(f"it has more than {_MAX_DEPLOYMENTS} deployments")
            attribute = block.body.attributes.get("inputs")
            inputs = evaluator.members(attribute.expression, "inputs") if attribute else {}
            is_open = isinstance(inputs, UnknownValue)
            yield _Deployment(
                inputs if isinstance(inputs, dict) else {},
                inputs if is_open else None,  # type: ignore[arg-type]
                _place(file.path, block),
            )


def _instances(
    block: Block,
    whole: TerragruntFile,
    deployment: _Deployment,
    files: Files,
    budget: WorkBudget,
) -> Iterator[Component]:
    evaluator = FileEvaluator(whole, files, budget, {})
    later = unknown_value("component", "what a component gives back is known when it is applied")
    evaluator.add_names({"var": _variables(whole, evaluator, deployment), "component": later})
    for_each = block.body.attributes.get("for_each")
    for key, value in _keys(evaluator.value(for_each.expression, "for_each")) if for_each else [(None, None)]:
        inner = FileEvaluator(whole, files, budget, {})
        each: dict[str, Value] = {"key": key, "value": value}
        inner.add_names({"var": _variables(whole, inner, deployment), "component": later, "each": each})
        name = f"component.{_label(block)}" + (f'["{key}"]' if isinstance(key, str) else "")
        places = [_place(whole.path, block), *([deployment.place] if deployment.place else [])]
        yield Component(name, _configuration(whole, block, inner), tuple(places))


def _configuration(whole: TerragruntFile, block: Block, evaluator: FileEvaluator) -> UnitConfiguration:
    attributes = block.body.attributes
    found = attributes.get("inputs")
    inputs = evaluator.members(found.expression, "inputs") if found else {}
    source = attributes.get("source")
    return UnitConfiguration(
        whole,
        {},
        inputs if isinstance(inputs, dict) else {},
        inputs if isinstance(inputs, UnknownValue) else None,
        evaluator.value(source.expression, "source") if source else None,
    )


def _together(everything: list[TerragruntFile], own: TerragruntFile) -> Body:
    blocks = tuple(block for file in everything for block in file.content.body.blocks)
    return Body({}, blocks, own.content.body.span)


def _variables(whole: TerragruntFile, evaluator: FileEvaluator, deployment: _Deployment) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for block in whole.blocks("variable"):
        name, default = _label(block), block.body.attributes.get("default")
        if name in deployment.inputs:
            found[name] = deployment.inputs[name]
        elif deployment.other is not None:
            found[name] = deployment.other
        elif default is not None:
            found[name] = evaluator.value(default.expression, f"var.{name}")
        else:
            found[name] = unknown_value(f"var.{name}", f"no deployment gives var.{name} a value")
    return found


def _keys(value: Value) -> list[tuple[Value, Value]]:
    """The instances of a `for_each`; one that stands for all where they are not known. Raises BudgetExhausted."""
    pairs: list[tuple[Value, Value]] = [(value, value)]
    if isinstance(value, dict):
        pairs = [*value.items()]
    elif isinstance(value, SetValue | list):
        pairs = [(item, item) for item in (value.items if isinstance(value, SetValue) else value)]
    if len(pairs) > _MAX_INSTANCES:
        raise BudgetExhausted(f"it has a component with more than {_MAX_INSTANCES} instances")
    return pairs


def _place(path: Path, block: Block) -> Place:
    return Place(str(path), block.span.line, 1)


def _label(block: Block) -> str:
    return block.labels[0] if block.labels else ""
