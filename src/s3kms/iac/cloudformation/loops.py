"""Writes out Fn::ForEach among the resources: what a loop declares, as if it were written."""

import re
from collections.abc import Iterator
from dataclasses import replace

from s3kms.iac.budget import BudgetExhausted, WorkBudget
from s3kms.iac.cloudformation.evaluation import start_resolver
from s3kms.iac.cloudformation.resolver import ParentStack, Resolver
from s3kms.iac.cloudformation.template import FOR_EACH_PREFIX, CloudFormationTemplate, read_resources
from s3kms.iac.cloudformation.tree import Array, Node, Scalar, Table, TableEntry
from s3kms.iac.cloudformation.values import UNSETTLED
from s3kms.iac.worlds import ImpossibleWorld, World

MAX_LOOP_RESOURCES = 5000
"""Resources that the loops of one template make; CloudFormation has no stack of more than 500."""
_PARTS = 3
_BYTES_PER_NODE = 200
"""About what one part of a template takes in memory, short texts included."""
_OPEN = "AWS::ForEach::"
"""What stands for the variable of a loop whose list is open: it is known at deployment."""


def unroll_loops(
    template: CloudFormationTemplate, outer: ParentStack | None = None
) -> CloudFormationTemplate:
    """The template without loops among its resources. `outer` is the stack that it is nested in.

    Raises BudgetExhausted where they make more than MAX_LOOP_RESOURCES, or take too much.
    """
    if not any(name.startswith(FOR_EACH_PREFIX) for name in template.section.entries):
        return template
    found: dict[str, TableEntry] = {}
    for name, entry in _entries(start_resolver(template, World(), outer), template.section):
        found[name] = entry
        if len(found) > MAX_LOOP_RESOURCES:
            raise BudgetExhausted(
                f"its loops make more than {MAX_LOOP_RESOURCES:,} resources, and CloudFormation takes 500"
            )
    entries = Table(found, template.section.mark)
    return replace(template, entries=entries, resources=read_resources(entries))


def _entries(resolver: Resolver, table: Table) -> Iterator[tuple[str, TableEntry]]:
    for name, entry in table.entries.items():
        loop = _loop(entry.node) if name.startswith(FOR_EACH_PREFIX) else None
        if loop is None:
            yield name, entry
            continue
        variable, listed, body = loop
        for value in _turns(resolver, variable, listed):
            turned = _turn(resolver.budget, body, variable, value)
            if isinstance(turned, Table):
                yield from _entries(resolver, turned)


def _loop(node: Node) -> tuple[str, Node, Table] | None:
    if not isinstance(node, Array) or len(node.items) != _PARTS:
        return None
    variable, listed, body = node.items
    if not isinstance(variable, Scalar) or not isinstance(body, Table):
        return None
    return variable.text, listed, body


def _turns(resolver: Resolver, variable: str, listed: Node) -> Iterator[str | None]:
    """The values of the variable; one None where they are open."""
    try:
        values = resolver.items(listed, f"the list of {variable}")
    except (*UNSETTLED, ImpossibleWorld):
        values = ()
    texts = [value.text for value in values if isinstance(value, Scalar)] if isinstance(values, tuple) else []
    is_told = isinstance(values, tuple) and values and len(texts) == len(values)
    yield from texts if is_told else [None]


def _turn(budget: WorkBudget, node: Node, variable: str, value: str | None) -> Node:
    """The body with the variable's value in place of its name, in keys, texts and references. Raises
    BudgetExhausted.
    """
    budget.spend()
    budget.hold(_BYTES_PER_NODE)
    if isinstance(node, Scalar):
        return replace(node, text=_filled(node.text, variable, value))
    if isinstance(node, Array):
        return Array(tuple(_turn(budget, item, variable, value) for item in node.items), node.mark)
    ref = node.get("Ref")
    if len(node.entries) == 1 and isinstance(ref, Scalar) and ref.text == variable:
        if value is None:
            return Table({"Ref": TableEntry(node.mark, Scalar(_OPEN + variable, ref.mark))}, node.mark)
        return Scalar(value, node.mark)
    entries = {
        _filled(key, variable, value): TableEntry(entry.mark, _turn(budget, entry.node, variable, value))
        for key, entry in node.entries.items()
    }
    return Table(entries, node.mark)


def _filled(text: str, variable: str, value: str | None) -> str:
    if value is None:
        return text.replace("${" + variable + "}", "${" + _OPEN + variable + "}")
    plain = re.sub(r"[^A-Za-z0-9]", "", value)
    return text.replace("${" + variable + "}", value).replace("&{" + variable + "}", plain)
