"""A condition in words: as it is written, with the values of the loops around it in place of their names."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from s3kms.iac.hcl.module import MAX_SHOWN_CHARACTERS
from s3kms.iac.hcl.scope import ExpressionScope
from s3kms.iac.hcl.syntax_tree import Expression, ForExpression, GetAttribute, RootName, Span, TemplateFor
from s3kms.iac.hcl.value_sources import parts_of
from s3kms.iac.hcl.values import Value

_MAX_CHARACTERS = 3 * MAX_SHOWN_CHARACTERS


@dataclass(frozen=True, slots=True)
class _NameInLoop:
    """A name that differs from turn to turn; its value is None where it is no scalar."""

    span: Span
    text: str | None


def write_condition(expression: Expression, scope: ExpressionScope) -> str:
    """A condition as a person would write it for one instance: `contains(var.enabled, "a")` for `…, each.key)`.

    Two conditions that are written alike and stand in two turns of a loop, or in two instances of a module, differ.
    """
    module_instance = scope.module_instance
    data = module_instance.module.data.get(scope.path, b"")
    found = sorted(_names_in_loop(expression, scope, frozenset()), key=lambda name: name.span.start)
    pieces, at = [], expression.span.start
    end = min(expression.span.end, at + 4 * _MAX_CHARACTERS)
    for name in found:
        if name.text is not None and at <= name.span.start and name.span.end <= end:
            pieces += [data[at : name.span.start].decode("utf-8", "replace"), name.text]
            at = name.span.end
    pieces.append(data[at:end].decode("utf-8", "replace"))
    text = " ".join("".join(pieces).split())
    text = text if len(text) <= _MAX_CHARACTERS else f"{text[:_MAX_CHARACTERS]}…"
    turn = _describe_turn(scope) if any(name.text is None for name in found) else ""
    where = f" in {module_instance.address}" if module_instance.module_path else ""
    return f"{text}{turn}{where}"


def _names_in_loop(
    expression: Expression, scope: ExpressionScope, hidden: frozenset[str]
) -> Iterator[_NameInLoop]:
    steps, of = list[str](), expression
    while isinstance(of, GetAttribute):
        steps, of = [of.name, *steps], of.of
    root = of.name if isinstance(of, RootName) else None
    if root is not None and root in scope.names and root not in hidden:
        yield _NameInLoop(expression.span, _write(scope.names[root], steps))
        return
    if isinstance(expression, ForExpression | TemplateFor):
        hidden |= {expression.value, *((expression.key,) if expression.key else ())}
    for part in parts_of(expression):
        yield from _names_in_loop(part, scope, hidden)


def _write(value: Value, steps: list[str]) -> str | None:
    for step in steps:
        if not isinstance(value, dict) or step not in value:
            return None
        value = value[step]
    return json.dumps(value, ensure_ascii=False) if _is_scalar(value) else None


def _is_scalar(value: Value) -> bool:
    is_short = not isinstance(value, str) or len(value) <= MAX_SHOWN_CHARACTERS
    return isinstance(value, str | int | float | bool) and is_short


def _describe_turn(scope: ExpressionScope) -> str:
    """The turn of each loop around a condition: ` (each.key is "a")`."""
    told: list[str] = []
    for name, value in scope.names.items():
        inner = value.items() if name in {"each", "count"} and isinstance(value, dict) else ()
        told += [
            f"{name}.{key} is {json.dumps(one, ensure_ascii=False)}" for key, one in inner if _is_scalar(one)
        ]
        told += [f"{name} is {json.dumps(value, ensure_ascii=False)}"] if _is_scalar(value) else []
    return f" ({', '.join(told)})" if told else ""
