"""The variables of a module: their values, their types, and the few values that one without a value may have."""

import re
from collections.abc import Iterator
from contextlib import suppress

from s3kms.iac.hcl.advice import advise_value
from s3kms.iac.hcl.blocks import find_nested_blocks
from s3kms.iac.hcl.condition_blocks import evaluate_message, find_conditions
from s3kms.iac.hcl.interface import Evaluator
from s3kms.iac.hcl.module import Declaration
from s3kms.iac.hcl.scope import ExpressionScope, ModuleInstance
from s3kms.iac.hcl.symbols import is_known
from s3kms.iac.hcl.syntax_tree import (
    BinaryOperation,
    Expression,
    FunctionCall,
    GetAttribute,
    Literal,
    RootName,
)
from s3kms.iac.hcl.type_constraints import (
    ANY_TYPE,
    PrimitiveType,
    TypeConstraint,
    convert,
    parse_type_constraint,
)
from s3kms.iac.hcl.values import SetValue, Value
from s3kms.iac.values import Rejected, UnknownValue
from s3kms.model.advice import Advice
from s3kms.model.unknown import Unknown, UnknownCause

Options = tuple[str | int | float | bool | None, ...]
_MOST_OPTIONS = 32
_STEPS_PER_VARIABLE = 8
"""The time that its type, its options and its conditions take, in steps."""
_VARIABLE = re.compile(rb"\bvar\.([\w-]+)")


def evaluate_variable(evaluator: Evaluator, module_instance: ModuleInstance, name: str) -> Value:
    """The value of a variable: what it is given, its default, or an UnknownValue. Raises Rejected."""
    declared = module_instance.module.variables.get(name)
    if declared is None:
        return evaluator.loader.undeclared.value(module_instance, f"var.{name}")
    evaluator.loader.budget.spend(_STEPS_PER_VARIABLE)
    found = evaluate_given(evaluator, module_instance, declared, name)
    if _flag(evaluator, module_instance, declared, "sensitive") is True:
        evaluator.loader.sensitive.add(found)
    if not isinstance(found, UnknownValue):
        _check(evaluator, module_instance, declared, name, found)
    return found


def _check(
    evaluator: Evaluator, module_instance: ModuleInstance, declared: Declaration, name: str, value: Value
) -> None:
    """Raises Rejected where a validation is false; one that cannot be evaluated is passed over."""
    if not evaluator.loader.checks_conditions:
        return
    if message := find_failed_validation(evaluator, module_instance, declared, name, value):
        raise Rejected(f"a validation of var.{name} fails for its value: {message}")


def find_failed_validation(
    evaluator: Evaluator, module_instance: ModuleInstance, declared: Declaration, name: str, value: Value
) -> str | None:
    """The error message of the first validation that is false for a value; None where none is, as far as it can be
    evaluated without choosing anything.
    """
    module = module_instance.module
    for condition, message in find_conditions(declared.block.body, "validation"):
        text = module.data.get(declared.path, b"")[condition.span.start : condition.span.end]
        others = {found.decode() for found in _VARIABLE.findall(text)} - {name}
        scope = module_instance.scope(declared.path).with_names({"var": {name: value}})
        judge = evaluator
        if others:
            if not scope.is_certain:
                continue
            judge = evaluator.without_choices()
            values = {other: _value_of(judge, module_instance, declared, other) for other in others}
            scope = scope.with_names({"var": {**values, name: value}})
        with suppress(Rejected):
            if judge.value(condition, scope) is False:
                return evaluate_message(judge, message, scope)
    return None


def _value_of(
    evaluator: Evaluator, module_instance: ModuleInstance, declared: Declaration, name: str
) -> Value:
    """The value of another variable, which a validation may use since Terraform 1.9; None where it is rejected."""
    span = declared.block.span
    expression = GetAttribute(RootName("var", span), name, span)
    try:
        return evaluator.value(expression, module_instance.scope(declared.path))
    except Rejected:
        return None


def evaluate_given(
    evaluator: Evaluator, module_instance: ModuleInstance, declared: Declaration, name: str
) -> Value:
    """What a variable is given, else its default, whether its validations take it or not. Raises Rejected."""
    type_ = read_variable_type(declared)
    found, is_given = _passed(evaluator, module_instance, declared, name)
    if is_given and found is None and _flag(evaluator, module_instance, declared, "nullable") is False:
        is_given = False
    if is_given:
        return convert(found, type_)
    default = declared.block.body.attributes.get("default")
    if default is not None:
        return convert(evaluator.value(default.expression, module_instance.scope(declared.path)), type_)
    if module_instance.caller is not None:
        why = f"the call of {module_instance.address} does not pass {name}"
        return UnknownValue(
            f"var.{name}",
            Unknown(UnknownCause.UNRESOLVED, why, Advice(f"pass {name} in the call")),
            symbol=f"{module_instance.address}.var.{name}",
        )
    unknown = Unknown(UnknownCause.UNRESOLVED, f"var.{name} has no value", advise_value(name))
    return UnknownValue(
        f"var.{name}",
        unknown,
        symbol=f"var.{name}",
        options=_options(evaluator, module_instance, declared, name),
    )


def read_variable_type(declared: Declaration) -> TypeConstraint:
    """The type that a variable's value is converted to. Raises Rejected where it is not a type."""
    found = declared.block.body.attributes.get("type")
    return parse_type_constraint(found.expression) if found else ANY_TYPE


def _passed(
    evaluator: Evaluator, module_instance: ModuleInstance, declared: Declaration, name: str
) -> tuple[Value, bool]:
    """The value that the call of the module or the user gives, and whether there is one."""
    if module_instance.call is not None:
        attribute = module_instance.call.block.body.attributes.get(name)
        if attribute is None:
            return None, False
        caller = module_instance.caller or module_instance
        scope = module_instance.call_scope(caller.module.path_of(attribute, module_instance.call.path))
        return evaluator.value(attribute.expression, scope), True
    given = evaluator.loader.given.get(name)
    if given is None:
        return None, False
    if given.is_evaluated:
        return given.value, True
    as_written = (
        read_variable_type(declared) if "type" in declared.block.body.attributes else PrimitiveType.TEXT
    )
    expression = given.expression(as_written)
    if isinstance(expression, str):
        return expression, True
    scope = ExpressionScope(module_instance, given.path or declared.path, {}, is_certain=True)
    return _as_given(evaluator, expression, scope, name), True


def _as_given(evaluator: Evaluator, expression: Expression, scope: ExpressionScope, name: str) -> Value:
    """A value from beside the code. Raises Rejected with a text that does not show it, because it may be secret."""
    why = f"the value that var.{name} is given is not a valid expression"
    try:
        found = evaluator.value(expression, scope)
    except Rejected:
        raise Rejected(why) from None
    if is_known(found):
        return found
    unknown = Unknown(UnknownCause.UNRESOLVED, why, Advice("correct it; a string needs quotes"))
    return UnknownValue(f"var.{name}", unknown, symbol=f"var.{name}")


def _flag(evaluator: Evaluator, module_instance: ModuleInstance, declared: Declaration, name: str) -> Value:
    found = declared.block.body.attributes.get(name)
    return evaluator.value(found.expression, module_instance.scope(declared.path)) if found else None


def _options(
    evaluator: Evaluator, module_instance: ModuleInstance, declared: Declaration, name: str
) -> Options:
    """The only values that a variable may have, by its validations or as a bool; empty where there is no limit."""
    for validation in find_nested_blocks(declared.block.body, "validation"):
        condition = validation.body.attributes.get("condition")
        if condition is None:
            continue
        found = _allowed(evaluator, module_instance.scope(declared.path), condition.expression, name)
        if found is not None and 0 < len(found) <= _MOST_OPTIONS:
            return found
    return (True, False) if read_variable_type(declared) is PrimitiveType.BOOL else ()


def _allowed(
    evaluator: Evaluator, scope: ExpressionScope, condition: Expression, name: str
) -> Options | None:
    """The values that `contains([…], var.x)` or `var.x == "a" || …` allows; None for any other condition."""
    match condition:
        case FunctionCall(name="contains", args=(options, wanted)) if _is(wanted, name):
            return _scalars(evaluator.value(options, scope))
        case BinaryOperation(operator="||", left=left, right=right):
            one, other = (_allowed(evaluator, scope, side, name) for side in (left, right))
            return None if one is None or other is None else tuple(dict.fromkeys((*one, *other)))
        case BinaryOperation(operator="&&", left=left, right=right):
            sides = (_allowed(evaluator, scope, side, name) for side in (left, right))
            return next((side for side in sides if side is not None), None)
        case BinaryOperation(operator="==", left=left, right=Literal(value=value)) if _is(left, name):
            return (value,)
    return None


def _is(expression: Expression, name: str) -> bool:
    return (
        isinstance(expression, GetAttribute)
        and expression.name == name
        and (isinstance(expression.of, RootName) and expression.of.name == "var")
    )


def _scalars(value: Value) -> Options | None:
    items = value.items if isinstance(value, SetValue) else value
    if not isinstance(items, list | tuple) or not all(is_known(item) for item in items):
        return None
    return tuple(_plain(items)) if all(isinstance(item, str | int | float | None) for item in items) else None


def _plain(items: "list[Value] | tuple[Value, ...]") -> Iterator[str | int | float | bool | None]:
    for item in items:
        if item is None or isinstance(item, str | int | float):
            yield item
