"""A root module, loaded: its resources, their instances, and the worlds in which they may come out.

`RootModule.instances(root.certain, …)` are the instances of a resource; `ResourceInstance.scope(part)` is where an
expression of its block stands. An editor follows an expression from its `ExpressionScope` as the evaluator does:
`var.x` leads to `ModuleInstance.call` (whose arguments stand in `ModuleInstance.caller`), in the root to
`ModuleLoader.given`, else to the default in `Module.variables`; `local.x` leads to `Module.locals`; `module.m.x` to
the child's `Module.outputs`.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from copy import copy
from functools import partial
from pathlib import Path
from typing import TypeVar

from s3kms.iac.budget import BudgetExhausted, WorkBudget, within_bounds
from s3kms.iac.files import Files
from s3kms.iac.hcl.evaluation import Evaluation
from s3kms.iac.hcl.guarded_items import NeedsWhole
from s3kms.iac.hcl.interface import Schema
from s3kms.iac.hcl.module import Module, ResourceDeclaration
from s3kms.iac.hcl.module_loader import CallNames, ModuleLoader
from s3kms.iac.hcl.module_surroundings import ModuleSurroundings
from s3kms.iac.hcl.scope import ModuleInstance, ResourceInstance
from s3kms.iac.hcl.syntax_tree import Attribute
from s3kms.iac.hcl.values import Value
from s3kms.iac.values import Rejected, UnknownValue
from s3kms.iac.worlds import ImpossibleWorld, NeedsChoice, NoChoices, TooManyWorlds, World, explore_worlds
from s3kms.model.code_inputs import CodeInputs

T = TypeVar("T")

_MAX_WORLDS_TOGETHER = 32
"""Worlds in which all instances of a resource are looked at together, where they can be looked at one by one."""


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

    def leaving_numbers_open(self) -> "RootModule":
        """This root module in fewer worlds, which do not decide how many instances there are where that is open."""
        other = copy(self)
        other.undecided = Evaluation(self.loader, self._schema)
        other.undecided.leaves_numbers_open = True
        other.certain = Evaluation(self.loader, self._schema, NoChoices(), other.undecided)
        return other

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

    def worlds(
        self, ask: Callable[[Evaluation], T], only_within: int | None = None
    ) -> Iterator[tuple[Mapping[str, str], T]]:
        """Every answer that `ask` may have, each with what was chosen on the way to it, as words by expression.

        One answer where nothing is unknown, none where every choice is rejected. Raises TooManyWorlds after the
        answers of as many worlds as are looked at, where there are more; with `only_within`, as soon as it is certain
        that there are more than so many.
        """
        try:
            answer = ask(self.certain)
        except NeedsChoice:
            for world, found in explore_worlds(lambda world: self._ask_in(world, ask), only_within):
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

    def mark(self) -> tuple[tuple[int, ...], ...]:
        """How much its evaluations know now, to be rolled back to."""
        return self.undecided.mark(), self.certain.mark()

    def roll_back(self, mark: tuple[tuple[int, ...], ...]) -> None:
        """Lets go of the values that were computed since, and of their memory; not of what was given up."""
        for evaluation, one in zip((self.undecided, self.certain), mark, strict=True):
            evaluation.roll_back(one)

    def allow_retry(self) -> None:
        """Lets values that took more than the budget be tried again."""
        self.undecided.values.forget_given_up()
        self.certain.values.forget_given_up()

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

    def ask_of_instances(
        self,
        names: CallNames,
        resource: ResourceDeclaration,
        ask: Callable[[Evaluation, list[ResourceInstance]], T],
    ) -> Iterator[T]:
        """What `ask` makes of the instances of a resource, in all worlds; key by key of a `for_each` where all its
        keys together come out in too many ways. Raises TooManyWorlds after the answers of as many worlds as are
        looked at, where there are more.
        """

        def ask_whole(evaluation: Evaluation) -> T:
            return ask(evaluation, list(self.instances(evaluation, names, resource)))

        with suppress(TooManyWorlds):
            for _, found in self.worlds(ask_whole, _MAX_WORLDS_TOGETHER):
                yield found
            return
        try:
            for part in self._parts(names, resource):
                for _, found in self.worlds(partial(_ask_of_part, part, ask)):
                    yield found
        except (NeedsWhole, Rejected):
            for _, found in self.worlds(ask_whole):
                yield found

    def _parts(
        self, names: CallNames, resource: ResourceDeclaration
    ) -> Iterator[Callable[[Evaluation], list[ResourceInstance]]]:
        """The instances of a resource, one question for each key that the first open `for_each` on the way to it may
        have. Raises NeedsWhole where the keys hang on what is open, too.
        """
        undecided = self.undecided
        for depth in range(len(names) + 1):
            places = list(self.module_instances(undecided, names[:depth]))
            is_call = depth < len(names)
            declared = places[0].module.calls[names[depth]] if places and is_call else resource.declared
            address = f"module.{names[depth]}" if is_call else resource.address
            if not any(isinstance(undecided.expand(one, declared, address), UnknownValue) for one in places):
                continue
            for_each = declared.block.body.attributes.get("for_each")
            if for_each is None:
                break
            keys = {
                key: None
                for one in places
                for key in undecided.possible_keys(
                    for_each.expression, one.scope(one.module.path_of(for_each, declared.path))
                )
            }
            for key in keys:
                yield partial(self._instances_at, names, resource, depth, key)
            return
        raise NeedsWhole

    def _instances_at(
        self, names: CallNames, resource: ResourceDeclaration, depth: int, key: str, evaluation: Evaluation
    ) -> list[ResourceInstance]:
        """The instances of a resource below one key of the `for_each` at a depth of the way to it."""
        found = [evaluation.root]
        for number, name in enumerate(names):
            below: list[ModuleInstance] = []
            for place in found:
                if number == depth:
                    child = evaluation.find_child(place, name, key)
                    below += [] if child is None else [child]
                else:
                    children = evaluation.child_instances(place, name)
                    below += children.values() if isinstance(children, dict) else ()
            found = below
        instances: list[ResourceInstance] = []
        for place in found:
            if depth == len(names):
                one = evaluation.find_instance_of(place, resource, key)
                instances += [] if one is None else [one]
            else:
                made = evaluation.resource_instances(place, resource)
                instances += made.values() if isinstance(made, dict) else ()
        return instances


def _ask_of_part(
    part: Callable[[Evaluation], list[ResourceInstance]],
    ask: Callable[[Evaluation, list[ResourceInstance]], T],
    evaluation: Evaluation,
) -> T:
    return ask(evaluation, part(evaluation))


def filter_resources(
    module: Module, types: Collection[str], mode: str = "managed"
) -> Iterator[ResourceDeclaration]:
    """The resources of a module that are of these types, in the order of its files."""
    return (found for found in module.resources.values() if found.mode == mode and found.type in types)
