"""The value of a template's parameter: what the stack around passes, what the user gives, or its default."""

from dataclasses import replace

from s3kms.iac.cloudformation.resolver import Resolver
from s3kms.iac.cloudformation.template import TemplateParameter
from s3kms.iac.cloudformation.tree import Array, Mark, Scalar, Table
from s3kms.iac.cloudformation.values import (
    CHECK_DEPLOYED,
    PARAMETERS_FILE,
    UNSETTLED,
    NoValue,
    Undecided,
    Value,
    comparable_text,
    known_at_deployment,
    named_unknown,
    or_check_deployed,
    unknown_of,
)
from s3kms.iac.values import Rejected, UnknownValue
from s3kms.model.advice import Advice
from s3kms.model.unknown import Unknown


def read_parameter(resolver: Resolver, name: str, parameter: TemplateParameter, mark: Mark) -> Value:
    """The value of a parameter, or an open value. Raises Rejected where it is given one that it may not have, and
    Undecided where the stack around cannot tell what it passes.
    """
    symbol = resolver.name(name)
    if (bound := resolver.world.value_of(symbol)) is not None:
        resolver.note_decision(symbol, bound)
        return Scalar(bound, mark)
    if parameter.is_lookup:
        return _open(resolver, name, f"the value of {name} is in Systems Manager, not in the template", mark)
    value = _given(resolver, name, parameter, mark)
    if not isinstance(value, NoValue):
        return _fitting(resolver, name, parameter, value, mark)
    if parameter.is_list and parameter.default is not None and not parameter.allowed:
        return _parts(parameter.default, mark)
    if parameter.is_list or (parameter.default is None and not parameter.allowed):
        return _without_value(resolver, name, mark)
    options = parameter.allowed
    if parameter.default in options or not options:
        options = tuple(dict.fromkeys((parameter.default or "", *options)))
    text = resolver.world.bind(symbol, options)
    resolver.note_decision(symbol, text)
    return resolver.resolve(Scalar(text, mark))


def _given(resolver: Resolver, name: str, parameter: TemplateParameter, mark: Mark) -> Value:
    """The value that comes from outside the template; NoValue where nothing is given."""
    if resolver.outer:
        return _passed(resolver, name, mark)
    value = resolver.template.given.get(name)
    if value is None:
        return NoValue(mark)
    if isinstance(value, UnknownValue):
        symbol = resolver.name(name)
        return named_unknown(value.expression, symbol, value.unknown, mark, symbol=symbol)
    if isinstance(value, Unknown):
        return _open(resolver, name, value.why, mark, value.advice)
    if not parameter.is_secret:
        return Scalar(value, mark)
    return replace(_open(resolver, name, f"the value of {name} is not shown", mark), secret=value)


def _passed(resolver: Resolver, name: str, mark: Mark) -> Value:
    """The value that the stack around passes; what that leaves open is told in its own words."""
    if resolver.outer is None:
        return NoValue(mark)
    outer, resource = resolver.outer.resolver, resolver.outer.resource
    try:
        value: Value = resource.body
        for key in ("Properties", "Parameters", name):
            if isinstance(value, Array) and key == name:
                value = _listed(outer, value, name, mark)
            elif isinstance(value, Table):
                value = outer.field(value, key)
        if isinstance(value, Array):
            return _joined(resolver, name, outer.items(value, name), mark)
    except UNSETTLED as error:
        raise Undecided(unknown_of(error), mark) from None
    return replace(value, mark=mark)


def _listed(outer: Resolver, parameters: Array, name: str, mark: Mark) -> Value:
    """The value that a stack set passes: its parameters are a list of keys and values. Raises Undecided, Rejected."""
    items = outer.items(parameters, "Parameters")
    for item in items if isinstance(items, tuple) else ():
        key = outer.field(item, "ParameterKey") if isinstance(item, Table) else None
        if isinstance(item, Table) and isinstance(key, Scalar) and key.text == name:
            return outer.field(item, "ParameterValue")
    return NoValue(mark)


def _joined(
    resolver: Resolver, name: str, items: tuple[Value, ...] | UnknownValue | NoValue, mark: Mark
) -> Value:
    """A list, as a parameter takes it: one text with commas."""
    known = [item.text for item in items if isinstance(item, Scalar)] if isinstance(items, tuple) else []
    if not isinstance(items, tuple) or len(known) < len(items):
        return _open(resolver, name, f"a part of the list {name} is open", mark)
    return Scalar(",".join(known), mark)


def _fitting(resolver: Resolver, name: str, parameter: TemplateParameter, value: Value, mark: Mark) -> Value:
    """A value from outside, as the parameter takes it."""
    text = comparable_text(value)
    if text is None and isinstance(value, UnknownValue):
        if not parameter.allowed or parameter.is_list:
            return value
        symbol = value.symbol or value.piece
        text = resolver.world.bind(symbol, parameter.allowed)
        resolver.note_decision(symbol, text)
        return Scalar(text, mark)
    if text is None:
        raise Rejected(f"what {name} is given is not a text", mark)
    parts = [part.strip() for part in text.split(",")] if parameter.is_list else [text]
    if parameter.allowed and not set(parts) <= set(parameter.allowed):
        raise Rejected(f"{name} is given a value that its AllowedValues do not have", mark)
    if isinstance(value, UnknownValue):
        return value
    return _parts(text, mark) if parameter.is_list else resolver.resolve(Scalar(text, mark))


def _without_value(resolver: Resolver, name: str, mark: Mark) -> UnknownValue:
    template, outer = resolver.template, resolver.outer
    of = f" of {template.uri}" if outer or template.nested else ""
    action = f"pass it to {outer.resource.logical_id}" if outer else "give it with {parameters}"
    advice = or_check_deployed(
        f"{action}, give {name} a Default or AllowedValues in the template", parameters=PARAMETERS_FILE
    )
    return _open(resolver, name, f"the parameter {name}{of} has no default", mark, advice)


def _parts(text: str, mark: Mark) -> Array:
    return Array(tuple(Scalar(part.strip(), mark) for part in text.split(",")), mark)


def _open(
    resolver: Resolver, name: str, why: str, mark: Mark, advice: Advice = CHECK_DEPLOYED
) -> UnknownValue:
    symbol = resolver.name(name)
    return named_unknown(f"!Ref {name}", symbol, known_at_deployment(why, advice), mark, symbol=symbol)
