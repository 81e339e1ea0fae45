"""Where a value comes from, without evaluating it: the variables of the root module that it is made of."""

from collections.abc import Container, Iterator
from dataclasses import dataclass

from s3kms.iac.hcl.advice import advise_value
from s3kms.iac.hcl.module import Declaration
from s3kms.iac.hcl.scope import ModuleInstance
from s3kms.iac.hcl.syntax_tree import (
    BinaryOperation,
    Conditional,
    Expression,
    ForExpression,
    FunctionCall,
    GetAttribute,
    GetIndex,
    ObjectConstructor,
    RootName,
    Splat,
    TemplateExpression,
    TemplateFor,
    TupleConstructor,
    UnaryOperation,
)
from s3kms.iac.values import UnknownValue
from s3kms.model.unknown import Unknown, UnknownCause

_MAX_EXPRESSIONS = 2_000
"""Expressions that are looked at for one value."""


@dataclass(frozen=True, slots=True)
class _Visit:
    expression: Expression
    module_instance: ModuleInstance
    owner: Declaration | None
    """The block whose `count` or `for_each` gives `each` and `count` their values."""


def find_root_variables(
    expression: Expression, module_instance: ModuleInstance, owner: Declaration | None = None
) -> tuple[str, ...]:
    """The names of the root's variables that a value is made of, by way of locals, of arguments of calls, and of
    `each` in the block `owner`. What comes out of a resource or of a called module is not followed.
    """
    waiting, found = [_Visit(expression, module_instance, owner)], dict[str, None]()
    seen = set[tuple[int, int]]()
    while waiting and len(seen) < _MAX_EXPRESSIONS:
        visit = waiting.pop()
        if (mark := (id(visit.expression), id(visit.module_instance))) in seen:
            continue
        seen.add(mark)
        if name := _root_variable(visit):
            found[name] = None
        waiting += reversed(list(_behind(visit)))
    return tuple(found)


def stand_in_for_default(
    given: Container[str],
    expression: Expression,
    module_instance: ModuleInstance,
    why: str,
    owner: Declaration | None = None,
) -> UnknownValue | None:
    """An unknown value for an expression that Terraform rejects, where it is made of a default of the root's
    variables: such code is meant to be given another value. None where the code itself is wrong.
    """
    names = (name for name in find_root_variables(expression, module_instance, owner) if name not in given)
    name = next(names, None)
    if name is None:
        return None
    return UnknownValue(f"var.{name}", Unknown(UnknownCause.UNRESOLVED, why, advise_value(name)))


def _root_variable(visit: _Visit) -> str | None:
    here = visit.expression
    is_variable = isinstance(here, GetAttribute) and here.of == RootName("var", here.of.span)
    is_root = visit.module_instance.caller is None
    return here.name if isinstance(here, GetAttribute) and is_variable and is_root else None


def _behind(visit: _Visit) -> Iterator[_Visit]:
    """What the value of an expression is made of: what a name stands for, or its parts."""
    here, module_instance = visit.expression, visit.module_instance
    match here:
        case GetAttribute(of=RootName(name="var"), name=name):
            yield from _variable(name, module_instance)
        case GetAttribute(of=RootName(name="local"), name=name):
            if found := module_instance.module.locals.get(name):
                yield _Visit(found[0].expression, module_instance, None)
        case GetAttribute(of=RootName(name="each" | "count")):
            yield from _repetition(visit)
        case _:
            for part in parts_of(here):
                yield _Visit(part, module_instance, visit.owner)


def _variable(name: str, module_instance: ModuleInstance) -> Iterator[_Visit]:
    """To the argument of the call; where there is none, to the default."""
    if module_instance.caller is not None and module_instance.call is not None:
        passed = module_instance.call.block.body.attributes.get(name)
        if passed is not None:
            yield _Visit(passed.expression, module_instance.caller, module_instance.call)
            return
    declared = module_instance.module.variables.get(name)
    default = declared.block.body.attributes.get("default") if declared else None
    if default is not None and module_instance.caller is not None:
        yield _Visit(default.expression, module_instance, None)


def _repetition(visit: _Visit) -> Iterator[_Visit]:
    for name in ("for_each", "count") if visit.owner else ():
        found = visit.owner.block.body.attributes.get(name) if visit.owner else None
        if found is not None:
            yield _Visit(found.expression, visit.module_instance, None)


def parts_of(expression: Expression) -> Iterator[Expression]:
    """The expressions that an expression is directly made of."""
    match expression:
        case TemplateExpression(parts=parts) | TupleConstructor(items=parts) | FunctionCall(args=parts):
            yield from parts
        case TemplateFor(collection=one, body=other) | GetIndex(of=one, key=other):
            yield from (one, other)
        case BinaryOperation(left=one, right=other) | Splat(of=one, each=other):
            yield from (one, other)
        case GetAttribute(of=one) | UnaryOperation(operand=one):
            yield one
        case Conditional(test=test, yes=yes, no=no):
            yield from (test, yes, no)
        case ObjectConstructor(items=items):
            yield from (part for pair in items for part in pair)
        case ForExpression():
            some = (expression.of, expression.new_key, expression.test, expression.body)
            yield from (part for part in some if part is not None)
