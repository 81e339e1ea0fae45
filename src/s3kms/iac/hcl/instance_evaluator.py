"""The instances of resources and modules in one world."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Self

from s3kms.iac.hcl.element_evaluator import Absent, ElementEvaluator
from s3kms.iac.hcl.evaluation_cache import CachedResult, EvaluationCache
from s3kms.iac.hcl.expansion import expand_instances, stand_for_all
from s3kms.iac.hcl.guarded_items import NeedsWhole
from s3kms.iac.hcl.interface import Schema
from s3kms.iac.hcl.module import Declaration, Module, ResourceDeclaration
from s3kms.iac.hcl.module_loader import MissingModule, ModuleLoader
from s3kms.iac.hcl.scope import (
    ExpressionScope,
    InstanceKey,
    Instances,
    ModuleInstance,
    ModulePath,
    Repetition,
    ResourceInstance,
    module_names,
    qualify_address,
)
from s3kms.iac.hcl.syntax_tree import SPLAT_ELEMENT, GetAttribute, GetIndex, RootName, Splat
from s3kms.iac.hcl.unknown_instances import MODULE_TYPE, refer_to_instance, refers_to_itself
from s3kms.iac.hcl.values import Value
from s3kms.iac.values import Rejected, UnknownValue
from s3kms.iac.worlds import World

STEPS_PER_INSTANCE = 5
_MAX_SHARED_INSTANCES = 5000
"""Instances of one block that are made at the cost of the whole root."""
BYTES_PER_INSTANCE = 1500
"""About what an instance takes in memory, with its address and its place in the caches."""


class InstanceEvaluator(ElementEvaluator, ABC):
    """Makes the instances of a root module's resources and modules, each once."""

    undecided: Self | None
    """The evaluation without a world; None for itself."""
    leaves_numbers_open: bool = False
    """Of the undecided evaluation: whether no world decides a number of instances that is open in it. One instance
    stands for all then, of which less is known: what comes out is so whatever that number is.
    """
    _certain: Self | None
    """The evaluation whose world refuses to choose; None for itself and for the undecided one."""

    def __init__(
        self,
        loader: ModuleLoader,
        schema: Schema,
        world: World | None = None,
        undecided: Self | None = None,
        certain: Self | None = None,
    ) -> None:
        super().__init__(world, loader.nesting)
        self.loader = loader
        self.schema = schema
        self.undecided = undecided
        self._certain = certain
        self.expansions: EvaluationCache[Instances | UnknownValue] = EvaluationCache(
            refers_to_itself, loader.budget
        )
        self._instances: dict[tuple[ModulePath, str], dict[InstanceKey, ResourceInstance]] = {}
        self._children: dict[tuple[ModulePath, str], dict[InstanceKey, ModuleInstance] | MissingModule] = {}
        self._found_children: dict[ModulePath, ModuleInstance] = {}
        """Those that were found without the others."""
        self._bytes_of_instances = 0
        self.known_resources: dict[str, ResourceInstance] = {}
        """By address, those made so far."""
        self.known_modules: dict[str, ModuleInstance] = {}
        """By address, those made so far."""
        self.root = ModuleInstance((), loader.module(loader.folder))

    @abstractmethod
    def attribute(self, resource_instance: ResourceInstance, name: str) -> Value:
        """The value of an attribute of a resource instance. Raises Rejected."""

    @property
    def is_undecided(self) -> bool:
        """Whether this is the evaluation that chooses nothing."""
        return self.undecided is None

    def without_choices(self) -> Self:
        """The evaluation that chooses nothing: the undecided one."""
        return self if self.undecided is None else self.undecided

    @contextmanager
    def choosing_nothing_new(self) -> Iterator[None]:
        """For as long as it is entered, what this world has not chosen yet is not chosen: NeedsChoice is raised."""
        world = self.world
        self.world = None if world is None else world.frozen()
        try:
            yield
        finally:
            self.world = world

    def resource_instances(
        self, module_instance: ModuleInstance, resource: ResourceDeclaration
    ) -> dict[InstanceKey, ResourceInstance] | UnknownValue:
        """The instances of a resource, by key; an UnknownValue where their number is unknown and nothing is chosen.

        Raises Rejected and BudgetExhausted.
        """
        mark = module_instance.module_path, resource.address
        if mark not in self._instances:
            expansion = self._expand(module_instance, resource.declared, resource.address)
            if isinstance(expansion, UnknownValue):
                return expansion
            told = module_instance.is_certain and expansion.is_certain
            resource_instances = [
                ResourceInstance(module_instance, resource, repetition, told, expansion)
                for repetition in expansion.instances
            ]
            self._count_instances(len(resource_instances))
            self._instances[mark] = {
                resource_instance.repetition.key: resource_instance
                for resource_instance in resource_instances
            }
            self.known_resources.update(
                (resource_instance.address, resource_instance) for resource_instance in resource_instances
            )
        return self._instances[mark]

    def child_instances(
        self, module_instance: ModuleInstance, name: str
    ) -> dict[InstanceKey, ModuleInstance] | MissingModule | UnknownValue:
        """The instances of a module that another calls, by key; an UnknownValue where their number is unknown and
        nothing is chosen. Raises Rejected.
        """
        mark = module_instance.module_path, name
        if mark not in self._children:
            call = module_instance.module.calls.get(name)
            if call is None:
                raise Rejected(f"module.{name} is not declared")
            expansion = self._expand(module_instance, call, f"module.{name}")
            if isinstance(expansion, UnknownValue):
                return expansion
            module = self.loader.load_called_module(
                (*module_names(module_instance.module_path), name), module_instance.module, call
            )
            self._children[mark] = (
                module
                if isinstance(module, MissingModule)
                else self._place(module_instance, call, module, expansion)
            )
        return self._children[mark]

    def _place(
        self, module_instance: ModuleInstance, call: Declaration, module: Module, expansion: Instances
    ) -> dict[InstanceKey, ModuleInstance]:
        name = call.block.labels[0]
        told = module_instance.is_certain and expansion.is_certain
        found = {
            repetition.key: ModuleInstance(
                (*module_instance.module_path, (name, repetition.key)),
                module,
                module_instance,
                call,
                repetition,
                told,
                expansion,
            )
            for repetition in expansion.instances
        }
        self._count_instances(len(found))
        self.known_modules.update((child.address, child) for child in found.values())
        return found

    def _count_instances(self, number: int) -> None:
        """Counts the work and the memory of instances. Raises BudgetExhausted.

        Where they are the same in all worlds they are made once, for all who ask, and not from the part of one.
        """
        budget, is_for_all = self.loader.budget, self.undecided is None or self._certain is None
        with budget.shared() if is_for_all and number <= _MAX_SHARED_INSTANCES else nullcontext():
            budget.spend(number * STEPS_PER_INSTANCE)
        self.loader.budget.hold(number * BYTES_PER_INSTANCE)
        self._bytes_of_instances += number * BYTES_PER_INSTANCE

    def forget_instances(self) -> None:
        """Gives back the memory of the instances."""
        self._found_children.clear()
        self.loader.budget.hold(-self._bytes_of_instances)
        self._bytes_of_instances = 0

    def expand_call(self, module_instance: ModuleInstance, name: str) -> Instances | UnknownValue:
        """What `count` and `for_each` of a call of a module come to."""
        return self._expand(module_instance, module_instance.module.calls[name], f"module.{name}")

    def expand(
        self, module_instance: ModuleInstance, declared: Declaration, address: str
    ) -> Instances | UnknownValue:
        """The instances that a block makes in this evaluation, computed once. Raises Rejected."""
        return self.expansions.get_or_compute(
            ("expanded", module_instance.module_path, address),
            lambda: expand_instances(self, module_instance, declared, address),
        ).get()

    def _expand(
        self, module_instance: ModuleInstance, declared: Declaration, address: str
    ) -> Instances | UnknownValue:
        key = "expanded", module_instance.module_path, address
        if self.undecided is not None and module_instance.is_certain and key not in self.expansions.known:
            found = self.undecided.expand(module_instance, declared, address)
            answer = self.undecided.expansions.known[key]
            if isinstance(found, UnknownValue) and (
                self.undecided.leaves_numbers_open or self.loader.undeclared.name_in(found)
            ):
                # No world knows more of it, or is to: its number is decided by what is not there.
                found = stand_for_all(
                    qualify_address(module_instance, address), found, declared, module_instance.module
                )
                answer = CachedResult(found)
            if not isinstance(found, UnknownValue):
                self.expansions.known[key] = answer
        return self.expand(module_instance, declared, address)

    def find_resource_instance(
        self, module_path: ModulePath, resource: ResourceDeclaration, key: InstanceKey
    ) -> ResourceInstance | None:
        """One instance of a resource; None where this world does not have it."""
        module_instance = self.find_module_instance(module_path)
        if module_instance is None or resource.declared.block.type not in {"resource", "data"}:
            return None
        return self.find_instance_of(module_instance, resource, key)

    def find_module_instance(self, module_path: ModulePath) -> ModuleInstance | None:
        """One instance of a module; None where this world does not have it."""
        module_instance = self.root
        for name, key in module_path:
            child = self.find_child(module_instance, name, key)
            if child is None:
                return None
            module_instance = child
        return module_instance

    def find_instance_of(
        self, module_instance: ModuleInstance, resource: ResourceDeclaration, key: InstanceKey
    ) -> ResourceInstance | None:
        """One instance of a resource, found without the others where that is possible; None where it is not there.

        Raises Rejected.
        """
        try:
            return self._one_instance(module_instance, resource, key)
        except NeedsWhole:
            resource_instances = self.resource_instances(module_instance, resource)
        return None if isinstance(resource_instances, UnknownValue) else resource_instances.get(key)

    def find_child(
        self, module_instance: ModuleInstance, name: str, key: InstanceKey
    ) -> ModuleInstance | None:
        """One instance of a module that another calls, found without the others where that is possible; None where it
        is not there. Raises Rejected.
        """
        try:
            return self._one_child(module_instance, name, key)
        except NeedsWhole:
            child_instances = self.child_instances(module_instance, name)
        return child_instances.get(key) if isinstance(child_instances, dict) else None

    def _index(self, expression: GetIndex, scope: ExpressionScope) -> Value:
        try:
            return self._indexed(expression, scope)
        except NeedsWhole:
            if isinstance(expression.of, Splat):
                return self._index_of_splat(expression, expression.of, scope)
            return super()._index(expression, scope)

    def _index_of_splat(self, expression: GetIndex, splat: Splat, scope: ExpressionScope) -> Value:
        """An element of `of.*.a`, which is `a` of that element also where nobody knows how many there are."""
        of, key = self.value(splat.of, scope), self.value(expression.key, scope)
        is_open = isinstance(of, UnknownValue) and self.stands_for_many(of)
        if isinstance(of, UnknownValue) and is_open and isinstance(key, UnknownValue):
            one = self.get_unknown_element(of, key)
            return self.value(splat.each, scope.with_names({SPLAT_ELEMENT: one}))
        return super()._index(expression, scope)

    def stands_for_many(self, found: UnknownValue) -> bool:
        """Whether an unknown value is the one instance of a resource or a module that stands for any number."""
        if found.reference is None or found.reference.attribute:
            return False
        is_module = found.reference.type == MODULE_TYPE
        find = self.module_instance_at if is_module else self.resource_instance
        one = find(found.reference.address)
        return one is not None and one.expansion.kind == "many" and one.repetition.key is None

    def _indexed(self, expression: GetIndex, scope: ExpressionScope) -> Value:
        """An element of a local, a resource or a module whose others are left open. Raises NeedsWhole."""
        of, module_instance = expression.of, scope.module_instance
        if self.is_undecided or not isinstance(of, GetAttribute) or not isinstance(of.of, RootName):
            raise NeedsWhole
        root, name = of.of.name, of.name
        if root in scope.names:
            raise NeedsWhole
        if root == "module":
            child = self._one_child(module_instance, name, self._text(expression.key, scope))
            if child is not None:
                return refer_to_instance(child.address, MODULE_TYPE, f"module.{name}")
        elif (resource := module_instance.module.resources.get(("managed", root, name))) is not None:
            one = self._one_instance(module_instance, resource, self._text(expression.key, scope))
            if one is not None:
                return refer_to_instance(one.address, resource.type, resource.address)
        elif self._open_local(of, scope) is not None:
            item = self.element(of, self._text(expression.key, scope), scope)
            if not isinstance(item, Absent):
                return item
        raise NeedsWhole  # it is not there, and the whole says what that means

    def _one_instance(
        self, module_instance: ModuleInstance, resource: ResourceDeclaration, key: InstanceKey
    ) -> ResourceInstance | None:
        if (module_instance.module_path, resource.address) in self._instances:
            raise NeedsWhole
        expansion = self._expand_one(module_instance, resource.declared, resource.address, key)
        if expansion is None:
            return None
        made = ResourceInstance(module_instance, resource, expansion.instances[0], False, expansion)
        if made.address not in self.known_resources:
            self._count_instances(1)
        return self.known_resources.setdefault(made.address, made)

    def _one_child(
        self, module_instance: ModuleInstance, name: str, key: InstanceKey
    ) -> ModuleInstance | None:
        call = module_instance.module.calls.get(name)
        if call is None or (module_instance.module_path, name) in self._children:
            raise NeedsWhole
        expansion = self._expand_one(module_instance, call, f"module.{name}", key)
        return None if expansion is None else self._place_one(module_instance, call, expansion)

    def _place_one(
        self, module_instance: ModuleInstance, call: Declaration, expansion: Instances
    ) -> ModuleInstance | None:
        name, [repetition] = call.block.labels[0], expansion.instances
        path = (*module_instance.module_path, (name, repetition.key))
        if (known := self._found_children.get(path)) is not None:
            return known
        names = (*module_names(module_instance.module_path), name)
        module = self.loader.load_called_module(names, module_instance.module, call)
        if isinstance(module, MissingModule):
            return None
        [child] = self._place(module_instance, call, module, expansion).values()
        self._found_children[path] = child
        return child

    def _expand_one(
        self, module_instance: ModuleInstance, declared: Declaration, address: str, key: InstanceKey
    ) -> Instances | None:
        """The instance with this key alone; None where it is not there. Raises NeedsWhole where the others are known,
        or are needed.
        """
        for_each = declared.block.body.attributes.get("for_each")
        if for_each is None or not isinstance(key, str) or self.is_undecided:
            raise NeedsWhole
        mark = "expanded", module_instance.module_path, address
        if mark in self.expansions.known or not self._is_open_expansion(module_instance, declared, address):
            raise NeedsWhole
        path = module_instance.module.path_of(for_each, declared.path)
        try:
            item = self.element(for_each.expression, key, module_instance.scope(path))
        except Rejected:
            raise NeedsWhole from None  # the whole tells the reason
        if isinstance(item, Absent):
            return None
        repetition = Repetition(key, {"each": {"key": key, "value": item}})
        return Instances("for_each", (repetition,), is_certain=False)

    def _is_open_expansion(
        self, module_instance: ModuleInstance, declared: Declaration, address: str
    ) -> bool:
        if not module_instance.is_certain or self.undecided is None:
            return True
        found = self.undecided.expand(module_instance, declared, address)
        return isinstance(found, UnknownValue) and self.loader.undeclared.name_in(found) is None

    def resource_instance(self, address: str) -> ResourceInstance | None:
        """The resource instance with an address that a Reference has; None where none was made."""
        for evaluation in (self, self._certain, self.undecided):
            if evaluation is not None and (found := evaluation.known_resources.get(address)):
                return found
        return None

    def module_instance_at(self, address: str) -> ModuleInstance | None:
        """The module instance with an address that a Reference has; None where none was made."""
        for evaluation in (self, self._certain, self.undecided):
            if evaluation is not None and (found := evaluation.known_modules.get(address)):
                return found
        return None
