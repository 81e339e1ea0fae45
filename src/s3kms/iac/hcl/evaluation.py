"""A root module, evaluated in one world: what its names refer to.

There are three kinds of evaluation. The undecided one has no world and chooses nothing: what depends on an unknown
condition is unknown, as in a plan of Terraform. The certain one has a world that refuses to choose (`NoChoices`): it
finds what is the same in all worlds, and raises NeedsChoice elsewhere. The others are one way each in which the code
may come out.
"""

from collections.abc import Callable

from s3kms.iac.hcl import builtins, variables
from s3kms.iac.hcl.attributes import evaluate_attribute
from s3kms.iac.hcl.evaluation_cache import CachedResult, EvaluationCache
from s3kms.iac.hcl.expansion import expand_instances
from s3kms.iac.hcl.expression_evaluator import ExpressionEvaluator
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
    format_instance_key,
    module_names,
)
from s3kms.iac.hcl.symbols import derive_unknown, is_known
from s3kms.iac.hcl.syntax_tree import Expression
from s3kms.iac.hcl.values import Value
from s3kms.iac.values import Reference, Rejected, UnknownValue
from s3kms.iac.worlds import World
from s3kms.model.advice import Advice
from s3kms.model.unknown import Unknown, UnknownCause

MODULE_TYPE = "module"
"""The type of what is meant by a module's instance."""
_PLAN = "check a plan: terraform show -json PLAN > plan.json"
_LOOP = "the code leads back to it"


class Evaluation(ExpressionEvaluator):
    """A root module in one world."""

    def __init__(
        self,
        loader: ModuleLoader,
        schema: Schema,
        world: World | None = None,
        undecided: "Evaluation | None" = None,
        certain: "Evaluation | None" = None,
    ) -> None:
        """`undecided` is the evaluation without a world, None for itself; `certain` that of `NoChoices`."""
        super().__init__(world)
        self.loader = loader
        self.schema = schema
        self.undecided = undecided
        self._certain = certain
        self.values: EvaluationCache[Value] = EvaluationCache(
            lambda name: UnknownValue(
                name, Unknown(UnknownCause.UNRESOLVED, f"{name}: {_LOOP}", Advice("correct it"))
            )
        )
        self.expansions: EvaluationCache[Instances | UnknownValue] = EvaluationCache(
            lambda name: UnknownValue(name, Unknown(UnknownCause.UNRESOLVED, _LOOP, Advice("correct it")))
        )
        self._made: dict[tuple[ModulePath, str], dict[InstanceKey, ResourceInstance]] = {}
        self._placed: dict[tuple[ModulePath, str], dict[InstanceKey, ModuleInstance] | MissingModule] = {}
        self.made_things: dict[str, ResourceInstance] = {}
        self.made_modules: dict[str, ModuleInstance] = {}
        self._wholes: dict[tuple[ModulePath, str], Value] = {}
        self.root = ModuleInstance((), loader.module(loader.folder))

    @property
    def is_undecided(self) -> bool:
        """Whether this is the evaluation that chooses nothing."""
        return self.undecided is None

    def step(self) -> None:
        """Counts an expression. Raises Exhausted."""
        self.loader.step()

    # Names.

    def resolve_reference(self, root: str, names: tuple[str, ...], scope: ExpressionScope) -> Value:
        """What a reference leads to. Raises Rejected."""
        module_instance, name = scope.module_instance, names[-1]
        match root:
            case "var":
                return self.variable(module_instance, name)
            case "local":
                return self.local(module_instance, name)
            case "module":
                return self._module_value(module_instance, name)
            case "path" | "terraform" | "tofu":
                return builtins.surroundings(self.loader, module_instance, root, name)
            case "each" | "count":
                raise Rejected(f"{root}.{name} stands where there is no {root}")
            case "self" | "ephemeral" | "action":
                return UnknownValue(
                    f"{root}.{name}",
                    Unknown(
                        UnknownCause.UNRESOLVED, f"{root}.{name} is known only after apply", Advice(_PLAN)
                    ),
                )
            case "data":
                return self._resource_value(module_instance, ("data", names[0], name))
        return self._resource_value(module_instance, ("managed", root, name))

    def variable(self, module_instance: ModuleInstance, name: str) -> Value:
        """A variable of a module. Raises Rejected."""
        key = "var", module_instance.module_path, name
        found = self._value(
            key,
            module_instance.is_certain,
            lambda evaluation: variables.evaluate_variable(evaluation, module_instance, name),
        )
        return self.settle(found) if isinstance(found, UnknownValue) else found

    def local(self, module_instance: ModuleInstance, name: str) -> Value:
        """A local value. Raises Rejected."""
        found = module_instance.module.locals.get(name)
        if found is None:
            raise Rejected(f"local.{name} is not declared")
        attribute, path = found
        return self._value(
            ("local", module_instance.module_path, name),
            module_instance.is_certain,
            lambda evaluation: evaluation.value(attribute.expression, module_instance.scope(path)),
        )

    def output(self, module_instance: ModuleInstance, name: str) -> Value:
        """What a module gives back. Raises Rejected."""
        declared = module_instance.module.outputs.get(name)
        found = declared.block.body.attributes.get("value") if declared else None
        if declared is None or found is None:
            raise Rejected(f"{module_instance.address} has no output {name}")
        path = module_instance.module.path_of(found, declared.path)
        return self._value(
            ("output", module_instance.module_path, name),
            module_instance.is_certain,
            lambda evaluation: evaluation.value(found.expression, module_instance.scope(path)),
        )

    def attribute(self, resource_instance: ResourceInstance, name: str) -> Value:
        """An attribute of an instance. Raises Rejected."""
        return self._value(
            ("of", resource_instance.address, name),
            resource_instance.is_certain,
            lambda evaluation: evaluate_attribute(evaluation, resource_instance, name),
        )

    def _value(
        self, key: tuple[object, ...], is_certain: bool, compute: Callable[["Evaluation"], Value]
    ) -> Value:
        if self.undecided is not None and key not in self.values.known:
            if is_certain:
                undecided = self.undecided
                answer = undecided.values.answer(key, lambda: self.loader.bounded(compute(undecided)))
                if answer.error is not None or is_known(answer.get()):
                    return self._keep(key, answer)
            if self._certain is not None and (known := self._certain.values.known.get(key)):
                return self._keep(key, known)
        return self.values.answer(key, lambda: self.loader.bounded(compute(self))).get()

    def _keep(self, key: tuple[object, ...], answer: CachedResult[Value]) -> Value:
        self.values.known[key] = answer
        return answer.get()

    # Instances.

    def resource_instances(
        self, module_instance: ModuleInstance, resource: ResourceDeclaration
    ) -> dict[InstanceKey, ResourceInstance] | UnknownValue:
        """The instances of a resource, by key; open where it is open how many, and there is no world."""
        mark = module_instance.module_path, resource.address
        if mark not in self._made:
            expansion = self._expand(module_instance, resource.declared, resource.address)
            if isinstance(expansion, UnknownValue):
                return expansion
            told = module_instance.is_certain and expansion.is_certain
            resource_instances = [
                ResourceInstance(module_instance, resource, repetition, told, expansion)
                for repetition in expansion.instances
            ]
            self.loader.step(len(resource_instances))
            self._made[mark] = {
                resource_instance.repetition.key: resource_instance
                for resource_instance in resource_instances
            }
            self.made_things.update(
                (resource_instance.address, resource_instance) for resource_instance in resource_instances
            )
        return self._made[mark]

    def child_instances(
        self, module_instance: ModuleInstance, name: str
    ) -> dict[InstanceKey, ModuleInstance] | MissingModule | UnknownValue:
        """The instances of a module that is called there, by key."""
        mark = module_instance.module_path, name
        if mark not in self._placed:
            call = module_instance.module.calls.get(name)
            if call is None:
                raise Rejected(f"module.{name} is not declared")
            expansion = self._expand(module_instance, call, f"module.{name}")
            if isinstance(expansion, UnknownValue):
                return expansion
            module = self.loader.load_called_module(
                (*module_names(module_instance.module_path), name), module_instance.module, call
            )
            self._placed[mark] = (
                module
                if isinstance(module, MissingModule)
                else self._place(module_instance, call, module, expansion)
            )
        return self._placed[mark]

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
        self.made_modules.update((child.address, child) for child in found.values())
        return found

    def expand_call(self, module_instance: ModuleInstance, name: str) -> Instances | UnknownValue:
        """What `count` and `for_each` of a module's call come to."""
        return self._expand(module_instance, module_instance.module.calls[name], f"module.{name}")

    def _expand(
        self, module_instance: ModuleInstance, declared: Declaration, address: str
    ) -> Instances | UnknownValue:
        key = "expanded", module_instance.module_path, address
        if self.undecided is not None and module_instance.is_certain and key not in self.expansions.known:
            undecided = self.undecided
            answer = undecided.expansions.answer(
                key, lambda: expand_instances(undecided, module_instance, declared, address)
            )
            if not isinstance(answer.get(), UnknownValue):
                self.expansions.known[key] = answer
        return self.expansions.answer(
            key, lambda: expand_instances(self, module_instance, declared, address)
        ).get()

    def find_resource_instance(
        self, module_path: ModulePath, resource: ResourceDeclaration, key: InstanceKey
    ) -> ResourceInstance | None:
        """That instance, if it is there in this world."""
        module_instance = self.find_module_instance(module_path)
        if module_instance is None or resource.declared.block.type not in {"resource", "data"}:
            return None
        resource_instances = self.resource_instances(module_instance, resource)
        return None if isinstance(resource_instances, UnknownValue) else resource_instances.get(key)

    def find_module_instance(self, module_path: ModulePath) -> ModuleInstance | None:
        """That instance of a module, if it is there in this world."""
        module_instance = self.root
        for name, key in module_path:
            child_instances = self.child_instances(module_instance, name)
            if not isinstance(child_instances, dict) or key not in child_instances:
                return None
            module_instance = child_instances[key]
        return module_instance

    def resource_instance(self, address: str) -> ResourceInstance | None:
        """What was meant by that address."""
        for evaluation in (self, self._certain, self.undecided):
            if evaluation is not None and (found := evaluation.made_things.get(address)):
                return found
        return None

    def _placed_at(self, address: str) -> ModuleInstance | None:
        for evaluation in (self, self._certain, self.undecided):
            if evaluation is not None and (found := evaluation.made_modules.get(address)):
                return found
        return None

    def _resource_value(self, module_instance: ModuleInstance, key: tuple[str, str, str]) -> Value:
        resource = module_instance.module.resources.get(key)
        if resource is None:
            raise Rejected(f"{key[1]}.{key[2]} is not declared")
        resource_instances = self.resource_instances(module_instance, resource)
        if isinstance(resource_instances, UnknownValue):
            return UnknownValue(resource.address, resource_instances.unknown)
        mark = module_instance.module_path, resource.address
        if mark not in self._wholes:
            whole = {
                k: _whole(one.address, resource.type, resource.address)
                for k, one in resource_instances.items()
            }
            expansion = self._expand(module_instance, resource.declared, resource.address)
            self._wholes[mark] = _as_made(whole, expansion)
        return self._wholes[mark]

    def _module_value(self, module_instance: ModuleInstance, name: str) -> Value:
        child_instances = self.child_instances(module_instance, name)
        if isinstance(child_instances, MissingModule):
            return UnknownValue(
                f"module.{name}", child_instances.unknown, symbol=f"{module_instance.address}.module.{name}"
            )
        if isinstance(child_instances, UnknownValue):
            return UnknownValue(f"module.{name}", child_instances.unknown)
        mark = module_instance.module_path, f"module.{name}"
        if mark not in self._wholes:
            whole = {
                k: _whole(child.address, MODULE_TYPE, f"module.{name}")
                for k, child in child_instances.items()
            }
            self._wholes[mark] = _as_made(whole, self.expand_call(module_instance, name))
        return self._wholes[mark]

    def get_unknown_attribute(self, found: UnknownValue, name: str) -> Value:
        """An attribute of an open value: of an instance, of a module's, or of what is open itself."""
        if found.reference and not found.reference.attribute:
            if found.reference.type == MODULE_TYPE:
                child = self._placed_at(found.reference.address)
                return _step(found, f".{name}") if child is None else self.output(child, name)
            resource_instance = self.resource_instance(found.reference.address)
            if resource_instance is not None:
                return self.attribute(resource_instance, name)
        return _step(found, f".{name}")

    def get_unknown_element(self, found: UnknownValue, key: Value) -> Value:
        """An element of an open value. Raises Rejected."""
        if found.reference and not found.reference.attribute:
            return self._instance(found, key)
        return (
            _step(found, format_instance_key(key))
            if isinstance(key, str | int)
            else derive_unknown("", (found,))
        )

    def _instance(self, found: UnknownValue, key: Value) -> Value:
        reference = found.reference
        if reference is None or reference.type == MODULE_TYPE:
            return found
        resource_instance = self.resource_instance(reference.address)
        if (
            resource_instance is not None
            and isinstance(key, str)
            and (resource_instance.expansion.kind == "one" or resource_instance.repetition.key is not None)
        ):
            return self.attribute(resource_instance, key)
        if resource_instance is None or resource_instance.expansion.kind == "one":
            raise Rejected(f"{found.expression} has neither count nor for_each")
        if isinstance(key, bool) or not isinstance(key, str | int):
            return found
        if resource_instance.repetition.key is not None:
            raise Rejected(f"{found.expression} is one instance already")
        one = ResourceInstance(
            resource_instance.module_instance,
            resource_instance.resource,
            Repetition(key, resource_instance.repetition.names),
            False,
            resource_instance.expansion,
        )
        self.made_things.setdefault(one.address, one)
        return _whole(one.address, reference.type, f"{found.expression}{format_instance_key(key)}")

    # Choices.

    def settle(self, found: UnknownValue) -> Value:
        """What this world takes an open value for, if it does."""
        return builtins.settle(self.world, found)

    def decide(self, found: UnknownValue, expression: Expression, scope: ExpressionScope) -> bool:
        """Which of true and false this world takes it for."""
        text = self.loader.redact(scope.module_instance.module.excerpt(expression.span, scope.path))
        place = f"{text}@{scope.path}:{expression.span.start}@{scope.module_instance.address}@{scope.names.keys()}"
        return builtins.decide(self.world, found, text, place)

    def is_same(self, found: UnknownValue, other: Value) -> bool | None:
        """Whether this world takes it for that."""
        return builtins.is_same(self.world, found, other)

    def call_function(self, name: str, args: tuple[Value, ...], scope: ExpressionScope) -> Value:
        """What a function makes of its arguments. Raises Rejected."""
        return builtins.call_function(self, name, args, scope)

    def _apart(self, expression: Expression, scope: ExpressionScope) -> Value:
        if self.undecided is None:
            return self.value(expression, scope)
        if not scope.is_certain:
            raise Rejected("it hangs on the world")
        return self.undecided.value(expression, scope)


def _as_made(whole: dict[InstanceKey, UnknownValue], expansion: Instances | UnknownValue) -> Value:
    """One, a list or a map, as `count` and `for_each` make it."""
    match expansion:
        case Instances(kind="count"):
            return list(whole.values())
        case Instances(kind="for_each"):
            return {str(key): one for key, one in whole.items()}
    return next(iter(whole.values()), None)


def _whole(address: str, kind: str, expression: str) -> UnknownValue:
    unknown = Unknown(UnknownCause.UNRESOLVED, f"{expression} is known only after apply", Advice(_PLAN))
    return UnknownValue(expression, unknown, Reference(address, kind, ""), symbol=address)


def _step(found: UnknownValue, step: str) -> UnknownValue:
    symbol = f"{found.symbol}{step}" if found.symbol else ""
    return UnknownValue(f"{found.expression}{step}", found.unknown, symbol=symbol)
