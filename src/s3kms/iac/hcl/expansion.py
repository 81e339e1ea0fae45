"""How many instances a block makes: `count`, `for_each`, and the `enabled` of OpenTofu."""

from dataclasses import replace

from s3kms.iac.hcl.advice import CHECK_PLAN
from s3kms.iac.hcl.blocks import find_nested_blocks
from s3kms.iac.hcl.interface import Evaluator
from s3kms.iac.hcl.module import Declaration, Module
from s3kms.iac.hcl.scope import (
    SINGLE_INSTANCE,
    ExpressionScope,
    Instances,
    ModuleInstance,
    Repetition,
    qualify_address,
)
from s3kms.iac.hcl.syntax_tree import Attribute, Expression, FunctionCall, GetAttribute, RootName
from s3kms.iac.hcl.type_constraints import to_bool, to_number
from s3kms.iac.hcl.value_sources import stand_in_for_default
from s3kms.iac.hcl.values import SetValue, Value
from s3kms.iac.values import Rejected, UnknownValue
from s3kms.model.unknown import Unknown, UnknownCause

MAX_INSTANCES = 10_000
"""Instances of one resource or of one call of a module."""


_SETS = frozenset({"toset", "setunion", "setintersection", "setsubtract"})
_MAX_STEPS = 8
"""Locals that are followed to a set."""


class _TooManyInstances(Rejected):
    """Terraform would make them; they are more than are evaluated."""


def expand_instances(
    evaluator: Evaluator, module_instance: ModuleInstance, declared: Declaration, address: str
) -> Instances | UnknownValue:
    """The instances that a block makes, of a resource or of a call of a module.

    An UnknownValue where their number is unknown and nothing is chosen; in a world, one instance stands for all then.
    So it does where a default of the root's variables cannot be a number of instances: the value is given elsewhere.
    """
    address = qualify_address(module_instance, address)
    try:
        return _expand(evaluator, module_instance, declared, address)
    except Rejected as error:
        why = f"count or for_each of {address} cannot be evaluated: {error}"
        is_budget = isinstance(error, _TooManyInstances)
        if not is_budget and (found := _given_elsewhere(evaluator, module_instance, declared, why)):
            return stand_for_all(address, found, declared, module_instance.module)
        cause = UnknownCause.BUDGET if is_budget else UnknownCause.UNRESOLVED
        rejection = Unknown(cause, why, CHECK_PLAN if is_budget else evaluator.loader.rejection_advice)
        repetition = Repetition(None, {"each": {"key": _broken(rejection), "value": _broken(rejection)}})
        return Instances("many", (repetition,), evaluator.is_undecided, rejection=rejection)


def _broken(rejection: Unknown) -> UnknownValue:
    return UnknownValue("for_each", rejection)


def _expand(
    evaluator: Evaluator, module_instance: ModuleInstance, declared: Declaration, address: str
) -> Instances | UnknownValue:
    attributes = declared.block.body.attributes
    is_certain = evaluator.is_undecided
    if (count := attributes.get("count")) is not None:
        number = to_number(evaluator.value(count.expression, _scope(module_instance, count, declared)))
        if isinstance(number, UnknownValue):
            number = _with_symbol(number, module_instance, count, declared)
            return number if is_certain else stand_for_all(address, number, declared, module_instance.module)
        if not isinstance(number, int) or number < 0:
            raise Rejected("count is not a whole number of at least 0")
        check_instance_count(number)
        return Instances(
            "count", tuple(Repetition(n, {"count": {"index": n}}) for n in range(number)), is_certain
        )
    if (for_each := attributes.get("for_each")) is not None:
        found = evaluator.value(for_each.expression, _scope(module_instance, for_each, declared))
        if isinstance(found, UnknownValue):
            found = _with_symbol(found, module_instance, for_each, declared)
            return found if is_certain else stand_for_all(address, found, declared, module_instance.module)
        return Instances("for_each", tuple(_each(found)), is_certain)
    for lifecycle in find_nested_blocks(declared.block.body, "lifecycle"):
        if (enabled := lifecycle.body.attributes.get("enabled")) is not None:
            is_there = to_bool(
                evaluator.value(enabled.expression, _scope(module_instance, enabled, declared))
            )
            if isinstance(is_there, UnknownValue):
                return is_there if is_certain else SINGLE_INSTANCE
            return Instances("one", SINGLE_INSTANCE.instances if is_there else (), is_certain)
    return SINGLE_INSTANCE


def _scope(module_instance: ModuleInstance, part: Attribute, declared: Declaration) -> ExpressionScope:
    return module_instance.scope(module_instance.module.path_of(part, declared.path))


def _each(found: Value) -> "list[Repetition]":
    if isinstance(found, dict):
        check_instance_count(len(found))
        return [Repetition(key, {"each": {"key": key, "value": item}}) for key, item in found.items()]
    if isinstance(found, SetValue):
        check_instance_count(len(found.items))
        return [Repetition(_key(item), {"each": {"key": item, "value": item}}) for item in found.items]
    raise Rejected("for_each is neither a map nor a set")


def _key(item: Value) -> str:
    if isinstance(item, UnknownValue):
        return item.expression  # Terraform makes these once their values are known
    if isinstance(item, str):
        return item
    raise Rejected("for_each is a set of something other than strings")


def check_instance_count(number: int) -> None:
    """Raises Rejected where there are more than MAX_INSTANCES."""
    if number > MAX_INSTANCES:
        raise _TooManyInstances(f"there are more than {MAX_INSTANCES} instances")


def _with_symbol(
    number: UnknownValue, module_instance: ModuleInstance, part: Attribute, declared: Declaration
) -> UnknownValue:
    """A number of instances with a symbol: two expressions that are written alike in one module make as many."""
    if number.symbol:
        return number
    path = module_instance.module.path_of(part, declared.path)
    data = module_instance.module.data.get(path, b"")[part.expression.span.start : part.expression.span.end]
    text = " ".join(data.decode("utf-8", "replace").split())
    return replace(number, symbol=f"{part.name}({text})@{module_instance.address}")


def _given_elsewhere(
    evaluator: Evaluator, module_instance: ModuleInstance, declared: Declaration, why: str
) -> UnknownValue | None:
    """The number of instances as an unknown value, where it hangs on a default that no value stands in for; None
    where the code itself is wrong.
    """
    attributes = declared.block.body.attributes
    part = attributes.get("count") or attributes.get("for_each")
    if part is None:
        return None
    found = stand_in_for_default(evaluator.loader.given, part.expression, module_instance, why)
    return found and _with_symbol(found, module_instance, part, declared)


def stand_for_all(
    address: str, unknown_value: UnknownValue, declared: Declaration, module: Module
) -> Instances:
    """One instance for all of a block, whose number is unknown: its keys and values are unknown, too."""

    def part(name: str, is_key: bool = False) -> UnknownValue:
        return UnknownValue(name, unknown_value.unknown, symbol=f"{'each.key' if is_key else name}@{address}")

    if "count" in declared.block.body.attributes:
        repetition = Repetition(None, {"count": {"index": part("count.index")}})
        return Instances("many", (repetition,), is_certain=False, unknown_value=unknown_value)
    is_instances = unknown_value.reference is not None and not unknown_value.reference.attribute
    for_each = declared.block.body.attributes.get("for_each")
    is_key = for_each is not None and _is_set(for_each.expression, module)
    value = unknown_value if is_instances else part("each.value", is_key)
    repetition = Repetition(None, {"each": {"key": part("each.key"), "value": value}})
    return Instances("many", (repetition,), is_certain=False, unknown_value=unknown_value)


def is_own_key(key: UnknownValue) -> bool:
    """Whether an unknown key is just that of the instance itself: what is made of it may be that of another one."""
    return key.symbol.startswith(("count.index@", "each.key@"))


def _is_set(expression: Expression, module: Module) -> bool:
    """Whether a `for_each` is certain to be a set, whose values are its keys."""
    for _ in range(_MAX_STEPS):
        match expression:
            case FunctionCall(name=name):
                return name in _SETS
            case GetAttribute(of=RootName(name="local"), name=name) if name in module.locals:
                expression = module.locals[name][0].expression
            case GetAttribute(of=RootName(name="var"), name=name) if name in module.variables:
                type_ = module.variables[name].block.body.attributes.get("type")
                return (
                    type_ is not None
                    and isinstance(type_.expression, FunctionCall)
                    and type_.expression.name == "set"
                )
            case _:
                return False
    return False
