"""A root module, loaded: its resources, their instances, and the worlds in which they may come out.

For whoever edits: `RootModule.instances(root.base, …)` are the instances of a resource (a `ResourceInstance`
each: the instance of its module in `placed`, its block, and by `path_of` the file of each part of the block);
`ResourceInstance.scope(part)` is where an expression of the block stands. From a `Scope` an expression is
followed by hand as the evaluator does it: `var.x` leads to `ModuleInstance.call` (its argument stands in
`ModuleInstance.above`), in the root to `ModuleLoader.given`, else to the default in `Module.variables`;
`local.x` to `Module.locals`; `module.m.x` to the child's `Module.outputs`. Which configurations are for a
bucket tells `terraform.code.joins`: `Joins(root).of(root.base, thing).certain` are their Things. In the base
run, what differs between worlds raises Asked; `root.worlds` asks in each.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from s3kms.iac.hcl.evaluation import Evaluation, NeedsChoice, NoChoices
from s3kms.iac.hcl.module import Module, ResourceDeclaration
from s3kms.iac.hcl.module_loader import ModuleLoader
from s3kms.iac.hcl.scope import ModuleInstance, ResourceInstance
from s3kms.iac.interface import ReadContext
from s3kms.iac.worlds import ImpossibleWorld, explore_worlds

T = TypeVar("T")
CallNames = tuple[str, ...]
"""Of the calls that lead to a module."""


class RootModule:
    """A root module and everything that it calls."""

    def __init__(self, folder: Path, context: ReadContext) -> None:
        self.project = ModuleLoader(folder, context)
        self.undecided = Evaluation(self.project)
        """Chooses nothing: what hangs on an open condition is open."""
        self.certain = Evaluation(self.project, NoChoices(), self.undecided)
        """Knows what is the same in all worlds, and raises Asked for anything else."""
        self.modules = tuple(self.project.walk())

    def worlds(self, ask: Callable[[Evaluation], T]) -> Iterator[tuple[Mapping[str, str], T]]:
        """Every answer there may be, and what was chosen on the way to it, in words; one where nothing
        is open, and none where Terraform refuses everything that may be chosen. After `worlds.MOST` comes one more,
        to tell that there are.
        """
        try:
            answer = ask(self.certain)
        except NeedsChoice:
            for world, found in explore_worlds(
                lambda world: ask(Evaluation(self.project, world, self.undecided, self.certain))
            ):
                yield world.said, found
        except ImpossibleWorld:
            return
        else:
            yield {}, answer

    def resources(
        self, types: Collection[str], mode: str = "managed"
    ) -> Iterator[tuple[CallNames, ResourceDeclaration]]:
        """The resources of these types, in every module that is called, by the names of the calls."""
        for names, module in self.modules:
            for resource in filter_resources(module, types, mode):
                yield names, resource

    def module_instance(self, run: Evaluation, names: CallNames) -> Iterator[ModuleInstance]:
        """The instances of a module in a run; none of those whose number is open, in the run without a world."""
        found = [run.root]
        for name in names:
            below: list[ModuleInstance] = []
            for module_instance in found:
                child_instances = run.child_instances(module_instance, name)
                below += child_instances.values() if isinstance(child_instances, dict) else ()
            found = below
        yield from found

    def instances(
        self, run: Evaluation, names: CallNames, resource: ResourceDeclaration
    ) -> Iterator[ResourceInstance]:
        """The instances of a resource in a run; of those whose number is open one, which stands for all."""
        for module_instance in self.module_instance(run, names):
            resource_instances = run.resource_instances(module_instance, resource)
            yield from resource_instances.values() if isinstance(resource_instances, dict) else ()


def filter_resources(
    module: Module, types: Collection[str], mode: str = "managed"
) -> Iterator[ResourceDeclaration]:
    """The resources of a module that are of these types, in the order of its files."""
    return (found for found in module.resources.values() if found.mode == mode and found.type in types)
