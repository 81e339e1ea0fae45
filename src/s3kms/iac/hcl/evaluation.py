"""A root module, evaluated in one world: what its names refer to.

There are three kinds of evaluation. The undecided one has no world and chooses nothing: what depends on an unknown
condition is unknown, as in a plan of Terraform. The certain one has a world that refuses to choose (`NoChoices`): it
finds what is the same in all worlds, and raises NeedsChoice elsewhere. The others are one way each in which the code
may come out.
"""

from collections.abc import Callable
from dataclasses import replace

from s3kms.iac.budget import BudgetExhausted
from s3kms.iac.hcl import builtins, choices, variables
from s3kms.iac.hcl.advice import CHECK_PLAN
from s3kms.iac.hcl.attributes import evaluate_attribute
from s3kms.iac.hcl.condition_text import write_condition
from s3kms.iac.hcl.evaluation_cache import CachedResult, EvaluationCache, GivenUpResult, Key
from s3kms.iac.hcl.expansion import is_own_key
from s3kms.iac.hcl.instance_evaluator import InstanceEvaluator
from s3kms.iac.hcl.interface import Schema
from s3kms.iac.hcl.module_loader import MissingModule, ModuleLoader
from s3kms.iac.hcl.nesting import PendingValue
from s3kms.iac.hcl.scope import (
    ExpressionScope,
    ModuleInstance,
    ModulePath,
    Repetition,
    ResourceInstance,
    format_instance_key,
    module_names,
    qualify_address,
)
from s3kms.iac.hcl.symbols import derive_unknown
from s3kms.iac.hcl.syntax_tree import Expression
from s3kms.iac.hcl.unknown_instances import (
    MODULE_TYPE,
    refer_to_instance,
    refers_to_itself,
    shape_instances,
    step_into,
    unknown_after_apply,
)
from s3kms.iac.hcl.value_weights import ValueWeights
from s3kms.iac.hcl.values import Value
from s3kms.iac.values import Reference, Rejected, UnknownValue
from s3kms.iac.worlds import World

_ANY = "*"
"""In place of the key of one of many instances."""
_OF_ONE = frozenset({"one", "join"})
"""What makes the identity of a resource of a list of one alone."""


class Evaluation(InstanceEvaluator):
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
        super().__init__(loader, schema, world, undecided, certain)
        self.values: EvaluationCache[Value] = EvaluationCache(refers_to_itself, loader.budget, _given_up)
        self.weights = ValueWeights(loader.budget, None if undecided is None else undecided.weights)
        self._instance_values: dict[tuple[ModulePath, str], Value] = {}

    def step(self) -> None:
        """Counts one expression against the budget. Raises BudgetExhausted."""
        self.loader.budget.spend()

    def forget(self) -> None:
        """Lets go of all values, so that the memory of one world is not held in the next."""
        self.values.forget()
        self._instance_values.clear()
        self.weights.forget()
        self.forget_elements()
        self.forget_instances()

    def mark(self) -> tuple[int, ...]:
        """How much it knows now, to be rolled back to."""
        return (len(self.values.known), *self.weights.mark())

    def roll_back(self, mark: tuple[int, ...]) -> None:
        """Lets go of the values that were computed since, and of their memory; not of what was given up."""
        known, *weights = mark
        self.values.forget_after(known)
        self._instance_values.clear()
        self.weights.roll_back(*weights)
        self.forget_elements()

    # Names.

    def resolve_reference(self, root: str, names: tuple[str, ...], scope: ExpressionScope) -> Value:
        """The value of `ROOT.NAME`, of a data source `data.TYPE.NAME`. Raises Rejected."""
        module_instance, name = scope.module_instance, names[-1]
        if root in self.loader.names:
            return self.get_attribute(self.loader.names[root], name)
        match root:
            case "var":
                return self.variable(module_instance, name)
            case "local":
                return self.local(module_instance, name)
            case "module":
                return self._module_value(module_instance, name)
            case "path" | "terraform" | "tofu":
                return builtins.evaluate_surroundings(self.loader, module_instance, root, name)
            case "each" | "count":
                raise Rejected(f"{root}.{name} is used where {root} is not set")
            case "self" | "ephemeral" | "action":
                return UnknownValue(
                    f"{root}.{name}",
                    unknown_after_apply(f"{root}.{name}"),
                )
            case "data":
                return self._resource_value(module_instance, ("data", names[0], name))
        return self._resource_value(module_instance, ("managed", root, name))

    def variable(self, module_instance: ModuleInstance, name: str) -> Value:
        """The value of a variable of a module, as far as this world knows it. Raises Rejected."""
        key = "var", module_instance.module_path, name
        found = self._value(
            key,
            module_instance.is_certain,
            lambda evaluation: variables.evaluate_variable(evaluation, module_instance, name),
        )
        return self.settle(found) if isinstance(found, UnknownValue) else found

    def local(self, module_instance: ModuleInstance, name: str) -> Value:
        """The value of a local of a module. Raises Rejected."""
        found = module_instance.module.locals.get(name)
        if found is None:
            return self.loader.undeclared.value(module_instance, f"local.{name}")
        attribute, path = found
        return self._value(
            ("local", module_instance.module_path, name),
            module_instance.is_certain,
            lambda evaluation: evaluation.value(attribute.expression, module_instance.scope(path)),
        )

    def is_open(self, module_instance: ModuleInstance, local: str) -> bool:
        """Whether the value of a local hangs on what is still to be chosen. Raises Rejected."""
        if self.undecided is None or ("local", module_instance.module_path, local) in self.values.known:
            return False
        if not module_instance.is_certain:
            return True
        return isinstance(self.undecided.local(module_instance, local), UnknownValue)

    def output(self, module_instance: ModuleInstance, name: str) -> Value:
        """The value of an output of a module. Raises Rejected."""
        declared = module_instance.module.outputs.get(name)
        found = declared.block.body.attributes.get("value") if declared else None
        if declared is None or found is None:
            elsewhere = self.loader.elsewhere.get(module_names(module_instance.module_path))
            if elsewhere is not None and elsewhere.is_stand_in:
                written = f"{module_instance.address}.{name}"
                return UnknownValue(written, elsewhere.unknown, symbol=written)
            if self._trying:  # `try` catches a missing attribute, but no undeclared name
                raise Rejected(f"{module_instance.address} has no output {name}")
            return self.loader.undeclared.value(module_instance, f"output {name}")
        path = module_instance.module.path_of(found, declared.path)
        return self._value(
            ("output", module_instance.module_path, name),
            module_instance.is_certain,
            lambda evaluation: evaluation.value(found.expression, module_instance.scope(path)),
        )

    def attribute(self, resource_instance: ResourceInstance, name: str) -> Value:
        """The value of an attribute of a resource instance. Raises Rejected."""
        return self._value(
            ("of", resource_instance.address, name),
            resource_instance.is_certain,
            lambda evaluation: evaluate_attribute(evaluation, resource_instance, name),
        )

    def _value(self, key: Key, is_certain: bool, compute: Callable[["Evaluation"], Value]) -> Value:
        if found := self.values.known.get(key):
            return found.get()

        def find() -> Value:
            return self._find_value(key, is_certain, compute)

        pending = PendingValue((id(self), key), find, lambda: self.values.close_cycle(key))
        return self.loader.nesting.compute(pending, find)

    def _find_value(self, key: Key, is_certain: bool, compute: Callable[["Evaluation"], Value]) -> Value:
        """The value that is the same in all worlds, where it is, else that of this one."""
        if self.undecided is not None:
            if is_certain:
                answer = self.undecided.compute_value(key, compute)
                is_final = answer.error is not None or isinstance(answer, GivenUpResult)
                if is_final or self.undecided.weights.weigh(answer.get()).is_known:
                    return self._keep(key, answer)
            if self._certain is not None and (known := self._certain.values.known.get(key)):
                return self._keep(key, known)
        return self.compute_value(key, compute).get()

    def compute_value(self, key: Key, compute: Callable[["Evaluation"], Value]) -> CachedResult[Value]:
        """What a name stands for in this evaluation, computed once. Raises BudgetExhausted."""
        return self.values.get_or_compute(key, lambda: self.weights.limit_size(compute(self)))

    def _keep(self, key: Key, answer: CachedResult[Value]) -> Value:
        self.values.known[key] = answer
        return answer.get()

    # Instances as values.

    def _resource_value(self, module_instance: ModuleInstance, key: tuple[str, str, str]) -> Value:
        resource = module_instance.module.resources.get(key)
        if resource is None:
            return self._undeclared_resource(module_instance, *key)
        resource_instances = self.resource_instances(module_instance, resource)
        if isinstance(resource_instances, UnknownValue):
            return UnknownValue(resource.address, resource_instances.unknown)
        mark = module_instance.module_path, resource.address
        if mark not in self._instance_values:
            whole = {
                k: refer_to_instance(one.address, resource.type, resource.address)
                for k, one in resource_instances.items()
            }
            expansion = self._expand(module_instance, resource.declared, resource.address)
            self._instance_values[mark] = shape_instances(whole, expansion)
        return self._instance_values[mark]

    def _undeclared_resource(
        self, module_instance: ModuleInstance, mode: str, resource_type: str, name: str
    ) -> UnknownValue:
        written = f"{'data.' if mode == 'data' else ''}{resource_type}.{name}"
        reference = Reference(qualify_address(module_instance, written), resource_type)
        return self.loader.undeclared.value(module_instance, written, reference)

    def _module_value(self, module_instance: ModuleInstance, name: str) -> Value:
        if name not in module_instance.module.calls:
            return self.loader.undeclared.value(module_instance, f"module.{name}")
        child_instances = self.child_instances(module_instance, name)
        if isinstance(child_instances, MissingModule):
            return UnknownValue(
                f"module.{name}", child_instances.unknown, symbol=f"{module_instance.address}.module.{name}"
            )
        if isinstance(child_instances, UnknownValue):
            return UnknownValue(f"module.{name}", child_instances.unknown)
        mark = module_instance.module_path, f"module.{name}"
        if mark not in self._instance_values:
            whole = {
                k: refer_to_instance(child.address, MODULE_TYPE, f"module.{name}")
                for k, child in child_instances.items()
            }
            self._instance_values[mark] = shape_instances(whole, self.expand_call(module_instance, name))
        return self._instance_values[mark]

    def get_unknown_attribute(self, found: UnknownValue, name: str) -> Value:
        """An attribute of an unknown value: of a resource instance, of a module instance, or unknown itself.

        Raises Rejected.
        """
        if found.reference and not found.reference.attribute:
            if found.reference.type == MODULE_TYPE:
                child = self.module_instance_at(found.reference.address)
                return step_into(found, f".{name}") if child is None else self.output(child, name)
            resource_instance = self.resource_instance(found.reference.address)
            if resource_instance is not None:
                return self.attribute(resource_instance, name)
            return self._undeclared_attribute(found, found.reference, name)
        return step_into(found, f".{name}")

    def _undeclared_attribute(self, found: UnknownValue, reference: Reference, name: str) -> UnknownValue:
        is_never_empty = self.schema.is_never_empty(name)
        reference = replace(reference, attribute=name, is_never_empty=is_never_empty)
        return replace(step_into(found, f".{name}"), reference=reference)

    def get_unknown_element(self, found: UnknownValue, key: Value) -> Value:
        """An element of an unknown value. Raises Rejected."""
        if found.reference and not found.reference.attribute:
            return self._instance(found, key)
        return (
            step_into(found, format_instance_key(key))
            if isinstance(key, str | int)
            else derive_unknown("", (found,))
        )

    def _instance(self, found: UnknownValue, key: Value) -> Value:
        reference = found.reference
        if reference is None:
            return found
        if reference.type == MODULE_TYPE:
            return self._called_instance(found, reference, key)
        resource_instance = self.resource_instance(reference.address)
        if (
            resource_instance is not None
            and isinstance(key, str)
            and (resource_instance.expansion.kind == "one" or resource_instance.repetition.key is not None)
        ):
            return self.attribute(resource_instance, key)
        if self.loader.undeclared.name_in(found):
            return self._undeclared_element(found, reference, key)
        if resource_instance is None or resource_instance.expansion.kind == "one":
            raise Rejected(f"{found.expression} has neither count nor for_each")
        if isinstance(key, UnknownValue) and resource_instance.repetition.key is None and not is_own_key(key):
            key = key.expression  # of one of them, nobody knows which
        if isinstance(key, bool) or not isinstance(key, str | int):
            return found
        if resource_instance.repetition.key is not None:
            raise Rejected(f"{found.expression} is a single instance already")
        one = ResourceInstance(
            resource_instance.module_instance,
            resource_instance.resource,
            Repetition(key, resource_instance.repetition.names),
            False,
            resource_instance.expansion,
        )
        self.known_resources.setdefault(one.address, one)
        return refer_to_instance(one.address, reference.type, f"{found.expression}{format_instance_key(key)}")

    def _called_instance(self, found: UnknownValue, reference: Reference, key: Value) -> UnknownValue:
        """The instance of a module at a key, where one stands for any number of them."""
        child = self.module_instance_at(reference.address)
        if child is None or child.expansion.kind != "many" or child.repetition.key is not None:
            return found
        if isinstance(key, UnknownValue) and not is_own_key(key):
            key = key.expression  # of one of them, nobody knows which
        if isinstance(key, bool) or not isinstance(key, str | int):
            return found
        one = replace(
            child,
            module_path=(*child.module_path[:-1], (child.module_path[-1][0], key)),
            repetition=Repetition(key, child.repetition.names),
            is_certain=False,
        )
        self.known_modules.setdefault(one.address, one)
        return refer_to_instance(one.address, MODULE_TYPE, f"{found.expression}{format_instance_key(key)}")

    def _undeclared_element(self, found: UnknownValue, reference: Reference, key: Value) -> Value:
        if isinstance(key, bool) or not isinstance(key, str | int):
            return found
        address = f"{reference.address}{format_instance_key(key)}"
        return replace(
            step_into(found, format_instance_key(key)), reference=replace(reference, address=address)
        )

    def any_instance(self, found: UnknownValue) -> Value:
        """One of the instances of a resource whose number is unknown; the instance itself of any other."""
        return self._instance(found, _ANY) if self.stands_for_many(found) else found

    def _only_instance(self, found: Value) -> Value:
        """The instance that a value is part of, where a second one would be an error: it is all that there are."""
        reference = found.reference if isinstance(found, UnknownValue) else None
        key = format_instance_key(_ANY)
        if not isinstance(found, UnknownValue) or reference is None or key not in reference.address:
            return found
        whole = replace(reference, address=reference.address.replace(key, "", 1))
        return replace(found, reference=whole, symbol=found.symbol.replace(key, "", 1))

    def is_one_instance(self, found: UnknownValue) -> bool:
        """Whether an unknown value is a whole instance; of an undeclared name nobody knows how many there are."""
        is_whole = found.reference is not None and not found.reference.attribute
        return is_whole and self.loader.undeclared.name_in(found) is None

    # Choices.

    def settle(self, found: UnknownValue) -> Value:
        """What this world takes an unknown value for; the value itself where it does not choose."""
        return choices.settle(self.world, found)

    def decide(self, found: UnknownValue, expression: Expression, scope: ExpressionScope) -> bool:
        """Whether this world takes an unknown condition for true. Raises Rejected where nothing is chosen."""
        text = self.loader.sensitive.redact(write_condition(expression, scope))
        place = f"{text}@{scope.path}:{expression.span.start}@{scope.module_instance.address}"
        return choices.decide(self.world, found, text, place)

    def is_same(self, found: UnknownValue, other: Value) -> bool | None:
        """Whether this world takes an unknown value for that one; None where it cannot say."""
        return choices.is_same(self.world, found, other)

    def call_function(self, name: str, args: tuple[Value, ...], scope: ExpressionScope) -> Value:
        """What a function makes of its arguments. Raises Rejected."""
        found = builtins.call_function(self, name, args, scope)
        return self._only_instance(found) if name in _OF_ONE else found

    def _value_aside(self, expression: Expression, scope: ExpressionScope) -> Value:
        if self.undecided is None:
            return self.value(expression, scope)
        if not scope.is_certain:
            raise Rejected("it depends on a choice")
        return self.undecided.value(expression, scope)


def _given_up(name: str, error: BudgetExhausted) -> UnknownValue:
    """What stands for a value whose computation takes more than the budget."""
    return error.unknown_value(name, CHECK_PLAN)
