"""A root module, loaded: its resources, their instances, and the worlds in which they may come out.

For whoever edits: `Root.instances(root.base, …)` are the instances of a resource (a `Thing` each: the instance of
its module in `placed`, its block, and by `path_of` the file of each part of the block); `Thing.scope(part)` is where
an expression of the block stands. From a `Scope` an expression is followed by hand as the evaluator does it:
`var.x` leads to `Placed.call` (its argument stands in `Placed.above`), in the root to `Project.given`, else to the
default in `Module.variables`; `local.x` to `Module.locals`; `module.m.x` to the child's `Module.outputs`.
Which configurations are for a bucket tells `terraform.code.joins`: `Joins(root).of(root.base, thing).certain`
are their Things. In the base run, what differs between worlds raises Asked; `root.worlds` asks in each.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from s3kms.sources.code.hcl.module import Module, Resource
from s3kms.sources.code.hcl.project import Project
from s3kms.sources.code.hcl.run import Asked, Asking, Run
from s3kms.sources.code.hcl.scope import Placed, Thing
from s3kms.sources.code.interface import Context
from s3kms.sources.code.worlds import Impossible, explore

T = TypeVar("T")
Names = tuple[str, ...]
"""Of the calls that lead to a module."""


class Root:
    """A root module and everything that it calls."""

    def __init__(self, folder: Path, context: Context) -> None:
        self.project = Project(folder, context)
        self.lazy = Run(self.project)
        """Chooses nothing: what hangs on an open condition is open."""
        self.base = Run(self.project, Asking(), self.lazy)
        """Knows what is the same in all worlds, and raises Asked for anything else."""
        self.modules = tuple(self.project.walk())

    def worlds(self, ask: Callable[[Run], T]) -> Iterator[tuple[Mapping[str, str], T]]:
        """Every answer there may be, and what was chosen on the way to it, in words; one where nothing
        is open, and none where Terraform refuses everything that may be chosen. After `worlds.MOST` comes one more,
        to tell that there are.
        """
        try:
            answer = ask(self.base)
        except Asked:
            for world, found in explore(lambda world: ask(Run(self.project, world, self.lazy, self.base))):
                yield world.said, found
        except Impossible:
            return
        else:
            yield {}, answer

    def resources(self, types: Collection[str], mode: str = "managed") -> Iterator[tuple[Names, Resource]]:
        """The resources of these types, in every module that is called, by the names of the calls."""
        for names, module in self.modules:
            for resource in of_types(module, types, mode):
                yield names, resource

    def placed(self, run: Run, names: Names) -> Iterator[Placed]:
        """The instances of a module in a run; none of those whose number is open, in the run without a world."""
        found = [run.root]
        for name in names:
            below: list[Placed] = []
            for placed in found:
                children = run.children(placed, name)
                below += children.values() if isinstance(children, dict) else ()
            found = below
        yield from found

    def instances(self, run: Run, names: Names, resource: Resource) -> Iterator[Thing]:
        """The instances of a resource in a run; of those whose number is open one, which stands for all."""
        for placed in self.placed(run, names):
            things = run.things(placed, resource)
            yield from things.values() if isinstance(things, dict) else ()


def of_types(module: Module, types: Collection[str], mode: str = "managed") -> Iterator[Resource]:
    """The resources of a module that are of these types, in the order of its files."""
    return (found for found in module.resources.values() if found.mode == mode and found.type in types)
