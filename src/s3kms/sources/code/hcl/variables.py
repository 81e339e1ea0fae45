"""The variables of a module: what they are given, of which type, and what they may only be."""

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from s3kms.estate.advice import Advice
from s3kms.estate.unknown import Unknown, UnknownCause
from s3kms.sources.code.hcl.blocks import nested
from s3kms.sources.code.hcl.convert import ANY, Plain, Type, convert, read_type
from s3kms.sources.code.hcl.module import Declared
from s3kms.sources.code.hcl.scope import Placed, Scope
from s3kms.sources.code.hcl.symbols import is_closed
from s3kms.sources.code.hcl.tree import Attr, Binary, Call, Expression, Literal, Name
from s3kms.sources.code.hcl.values import Invalid, Open, SetOf, Value

if TYPE_CHECKING:
    from s3kms.sources.code.hcl.run import Run

Options = tuple[str | int | float | bool | None, ...]
_MOST_OPTIONS = 32


def variable(run: "Run", placed: Placed, name: str) -> Value:
    """The value of a variable. Raises Invalid where Terraform would refuse it."""
    declared = placed.module.variables.get(name)
    if declared is None:
        raise Invalid(f"var.{name} is not declared")
    found = _given(run, placed, declared, name)
    if _flag(run, placed, declared, "sensitive") is True:
        run.project.add_secret(found)
    if not isinstance(found, Open):
        _check(run, placed, declared, name, found)
    return found


def _check(run: "Run", placed: Placed, declared: Declared, name: str, value: Value) -> None:
    """Raises Invalid for a value that a validation refuses; one that asks for other things is let be."""
    for validation in nested(declared.block.body, "validation"):
        condition = validation.body.attributes.get("condition")
        if condition is None:
            continue
        scope = placed.scope(declared.path).having({"var": {name: value}})
        with suppress(Invalid):
            if run.value(condition.expression, scope) is False:
                break
    else:
        return
    raise Invalid(f"a validation of var.{name} refuses its value")


def _given(run: "Run", placed: Placed, declared: Declared, name: str) -> Value:
    type_ = type_of(declared)
    found, is_given = _passed(run, placed, declared, name)
    if is_given and found is None and _flag(run, placed, declared, "nullable") is False:
        is_given = False
    if is_given:
        return convert(found, type_)
    default = declared.block.body.attributes.get("default")
    if default is not None:
        return convert(run.value(default.expression, placed.scope(declared.path)), type_)
    if placed.above is not None:
        why = f"the call of {placed.address} does not pass {name}"
        return Open(
            f"var.{name}",
            Unknown(UnknownCause.UNRESOLVED, why, Advice(f"pass {name} in the call")),
            symbol=f"{placed.address}.var.{name}",
        )
    unknown = Unknown(
        UnknownCause.UNRESOLVED,
        f"var.{name} has no value",
        Advice(f"say it with --var {name}=VALUE or --var-file FILE"),
    )
    return Open(f"var.{name}", unknown, symbol=f"var.{name}", options=_options(run, placed, declared, name))


def type_of(declared: Declared) -> Type:
    """The type that a variable is converted to. Raises Invalid for what is none."""
    found = declared.block.body.attributes.get("type")
    return read_type(found.expression) if found else ANY


def _passed(run: "Run", placed: Placed, declared: Declared, name: str) -> tuple[Value, bool]:
    """The value from outside of the module, and whether there is one."""
    if placed.call is not None:
        attribute = placed.call.block.body.attributes.get(name)
        if attribute is None:
            return None, False
        above = placed.above or placed
        scope = placed.called(above.module.path_of(attribute, placed.call.path))
        return run.value(attribute.expression, scope), True
    given = run.project.given.get(name)
    if given is None:
        return None, False
    as_written = type_of(declared) if "type" in declared.block.body.attributes else Plain.TEXT
    expression = given.expression(as_written)
    if isinstance(expression, str):
        return expression, True
    scope = Scope(placed, given.path or declared.path, {}, is_told=True)
    return _as_given(run, expression, scope, name), True


def _as_given(run: "Run", expression: Expression, scope: Scope, name: str) -> Value:
    """A value from beside the code. What is wrong with it is told without it: it may be secret. Raises Invalid."""
    why = f"the value that var.{name} is given is not written as one"
    try:
        found = run.value(expression, scope)
    except Invalid:
        raise Invalid(why) from None
    if is_closed(found):
        return found
    unknown = Unknown(UnknownCause.UNRESOLVED, why, Advice("correct it; a text stands in quotes"))
    return Open(f"var.{name}", unknown, symbol=f"var.{name}")


def _flag(run: "Run", placed: Placed, declared: Declared, name: str) -> Value:
    found = declared.block.body.attributes.get(name)
    return run.value(found.expression, placed.scope(declared.path)) if found else None


def _options(run: "Run", placed: Placed, declared: Declared, name: str) -> Options:
    """What a variable without a value can only be: by its validations, or as a boolean."""
    for validation in nested(declared.block.body, "validation"):
        condition = validation.body.attributes.get("condition")
        if condition is None:
            continue
        found = _allowed(run, placed.scope(declared.path), condition.expression, name)
        if found is not None and 0 < len(found) <= _MOST_OPTIONS:
            return found
    return (True, False) if type_of(declared) is Plain.BOOL else ()


def _allowed(run: "Run", scope: Scope, condition: Expression, name: str) -> Options | None:
    """`contains([…], var.x)`, `var.x == "a" || …`; None for anything else."""
    match condition:
        case Call(name="contains", args=(options, wanted)) if _is(wanted, name):
            return _scalars(run.value(options, scope))
        case Binary(operator="||", left=left, right=right):
            one, other = (_allowed(run, scope, side, name) for side in (left, right))
            return None if one is None or other is None else tuple(dict.fromkeys((*one, *other)))
        case Binary(operator="&&", left=left, right=right):
            sides = (_allowed(run, scope, side, name) for side in (left, right))
            return next((side for side in sides if side is not None), None)
        case Binary(operator="==", left=left, right=Literal(value=value)) if _is(left, name):
            return (value,)
    return None


def _is(expression: Expression, name: str) -> bool:
    return (
        isinstance(expression, Attr)
        and expression.name == name
        and (isinstance(expression.of, Name) and expression.of.name == "var")
    )


def _scalars(value: Value) -> Options | None:
    items = value.items if isinstance(value, SetOf) else value
    if not isinstance(items, list | tuple) or not all(is_closed(item) for item in items):
        return None
    return tuple(_plain(items)) if all(isinstance(item, str | int | float | None) for item in items) else None


def _plain(items: "list[Value] | tuple[Value, ...]") -> Iterator[str | int | float | bool | None]:
    for item in items:
        if item is None or isinstance(item, str | int | float):
            yield item
