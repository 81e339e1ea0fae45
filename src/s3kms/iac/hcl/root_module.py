"""A root module, loaded: its resources, their instances, and the worlds in which they may come out.

`RootModule.instances(root.certain, …)` are the instances of a resource; `ResourceInstance.scope(part)` is where an
expression of its block stands. An editor follows an expression from its `ExpressionScope` as the evaluator does:
`var.x` leads to `ModuleInstance.call` (whose arguments stand in `ModuleInstance.caller`), in the root to
`ModuleLoader.given`, else to the default in `Module.variables`; `local.x` leads to `Module.locals`; `module.m.x` to
the child's `Module.outputs`.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from s3kms.iac.budget import BudgetExhausted, WorkBudget, within_bounds
from s3kms.iac.files import Files
from s3kms.iac.hcl.evaluation import Evaluation
from s3kms.iac.hcl.interface import Schema
from s3kms.iac.hcl.module import Module, ResourceDeclaration
from s3kms.iac.hcl.module_loader import CallNames, ModuleLoader
from s3kms.iac.hcl.module_surroundings import ModuleSurroundings
from s3kms.iac.hcl.scope import ModuleInstance, ResourceInstance
from s3kms.iac.hcl.syntax_tree import Attribute
from s3kms.iac.hcl.values import Value
from s3kms.iac.values import Rejected
from s3kms.iac.worlds import ImpossibleWorld, NeedsChoice, NoChoices, World, explore_worlds
from s3kms.model.code_inputs import CodeInputs

T = TypeVar("T")


class RootModule:
    """A root module and all the modules that it calls, with its evaluations."""

    def __init__(
        self,
        folder: Path,
        files: Files,
        inputs: CodeInputs,
        schema: Schema,
        *,
        budget: WorkBudget | None = None,
        surroundings: ModuleSurroundings | None = None,
        checks_conditions: bool = True,
        values: Mapping[str, Value] | None = None,
    ) -> None:
        """`values` are those that a tool around Terraform gives its variables."""
        self.loader = ModuleLoader(folder, files, inputs, budget, surroundings, values=values)
        self.loader.checks_conditions = checks_conditions
        self._schema = schema
        self.undecided = Evaluation(self.loader, schema)
        """Chooses nothing: what depends on an unknown condition is unknown."""
        self.certain = Evaluation(self.loader, schema, NoChoices(), self.undecided)
        """Knows what is the same in all worlds, and raises NeedsChoice for anything else."""
        self.loader.evaluate_source = self._evaluate_source
        self.modules = tuple(self.loader.walk())

    def _evaluate_source(self, names: CallNames, module: Module, source: Attribute) -> str | None:
        """The source of a call, as OpenTofu evaluates it; None where it is not known."""
        call = module.calls[names[-1]]
        try:
            with within_bounds():
                for caller in self.module_instances(self.undecided, names[:-1]):
                    scope = caller.scope(module.path_of(source, call.path))
                    found = self.undecided.value(source.expression, scope)
                    return found if isinstance(found, str) else None
        except (Rejected, BudgetExhausted):
            return None
        return None

    def worlds(self, ask: Callable[[Evaluation], T]) -> Iterator[tuple[Mapping[str, str], T]]:
        """Every answer that `ask` may have, each with what was chosen on the way to it, as words by expression.

        One answer where nothing is unknown, none where every choice is rejected. Raises TooManyWorlds after the
        answers of as many worlds as are looked at, where there are more.
        """
        try:
            answer = ask(self.certain)
        except NeedsChoice:
            for world, found in explore_worlds(lambda world: self._ask_in(world, ask)):
                yield world.said, found
        except ImpossibleWorld:
            return
        else:
            yield {}, answer

    def _ask_in(self, world: World, ask: Callable[[Evaluation], T]) -> T:
        evaluation = Evaluation(self.loader, self._schema, world, self.undecided, self.certain)
        try:
            return ask(evaluation)
        finally:
            evaluation.forget()

    def evaluate_undecided(self) -> Evaluation:
        """A new evaluation that chooses nothing, and knows nothing yet."""
        return Evaluation(self.loader, self._schema)

    def resources(
        self, types: Collection[str], mode: str = "managed"
    ) -> Iterator[tuple[CallNames, ResourceDeclaration]]:
        """The resources of these types, in every module that is called, each after the names of the calls."""
        for names, module in self.modules:
            for resource in filter_resources(module, types, mode):
                yield names, resource

    def is_declared_in(self, file: Path, names: CallNames, declared: Path) -> bool:
        """Whether what stands in the file `declared` of the module at `names` belongs to one file of the root: it
        stands there itself, or in a module that this file calls.
        """
        return (self.modules[0][1].calls[names[0]].path if names else declared) == file

    def module_instances(self, evaluation: Evaluation, names: CallNames) -> Iterator[ModuleInstance]:
        """The instances of a module in an evaluation; in the undecided one none of those whose number is unknown."""
        found = [evaluation.root]
        for name in names:
            below: list[ModuleInstance] = []
            for module_instance in found:
                child_instances = evaluation.child_instances(module_instance, name)
                below += child_instances.values() if isinstance(child_instances, dict) else ()
            found = below
        yield from found

    def instances(
        self, evaluation: Evaluation, names: CallNames, resource: ResourceDeclaration
    ) -> Iterator[ResourceInstance]:
        """The instances of a resource in an evaluation; where their number is unknown, one that stands for all."""
        for module_instance in self.module_instances(evaluation, names):
            resource_instances = evaluation.resource_instances(module_instance, resource)
            yield from resource_instances.values() if isinstance(resource_instances, dict) else ()


def filter_resources(
    module: Module, types: Collection[str], mode: str = "managed"
) -> Iterator[ResourceDeclaration]:
    """The resources of a module that are of these types, in the order of its files."""
    return (found for found in module.resources.values() if found.mode == mode and found.type in types)
