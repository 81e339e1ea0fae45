"""Properties of resources, evaluated in one world down to the last part: texts, lists, mappings, and what is open."""

from collections.abc import Iterator

from s3kms.iac.cloudformation.resolver import Resolver
from s3kms.iac.cloudformation.tree import Array, Node, Scalar, ScalarKind, Table
from s3kms.iac.cloudformation.values import UNSETTLED, NoValue, unknown_of
from s3kms.iac.values import Reference, UnknownValue
from s3kms.model.unknown import Unknown

MAX_DEPTH = 40
"""Levels of nesting that are looked into."""

PlainValue = object
"""A str, bool, list or dict of the same, an UnknownValue, or None for what is not there."""


def plain_value(resolver: Resolver, node: Node, depth: int = 0) -> PlainValue:
    """The value of a node, its parts included; what cannot be evaluated is an UnknownValue in its place."""
    try:
        value = resolver.resolve(node)
    except UNSETTLED as error:
        unknown = unknown_of(error)
        parts = tuple(_referred(resolver, node, unknown))
        return UnknownValue("a value", unknown, mark=node.mark, parts=parts)
    if isinstance(value, UnknownValue):
        return value
    if isinstance(value, NoValue) or depth > MAX_DEPTH:
        return None
    if isinstance(value, Scalar):
        return _scalar(value)
    if isinstance(value, Array):
        found = (plain_value(resolver, item, depth + 1) for item in value.items)
        return [item for item in found if item is not None]
    made = {key: plain_value(resolver, entry.node, depth + 1) for key, entry in value.entries.items()}
    return {key: item for key, item in made.items() if item is not None}


def _referred(resolver: Resolver, node: Node, unknown: Unknown, depth: int = 0) -> Iterator[UnknownValue]:
    """What a value that cannot be evaluated refers to, through whichever function: it may be any of these."""
    if depth > MAX_DEPTH or isinstance(node, Scalar):
        return
    if isinstance(node, Array):
        for item in node.items:
            yield from _referred(resolver, item, unknown, depth + 1)
        return
    if isinstance(named := node.get("Ref"), Scalar):
        reference = Reference(".".join(resolver.full(named.text)))
        yield UnknownValue(f"!Ref {named.text}", unknown, reference, piece="${" + named.text + "}")
    for entry in node.entries.values():
        yield from _referred(resolver, entry.node, unknown, depth + 1)


def _scalar(value: Scalar) -> PlainValue:
    if value.kind is ScalarKind.BOOL:
        return value.text == "true"
    return None if value.kind is ScalarKind.NULL else value.text


def plain_properties(resolver: Resolver, properties: Table, names: tuple[str, ...]) -> dict[str, PlainValue]:
    """Those of these properties that are there."""
    nodes = {name: properties.get(name) for name in names}
    made = {name: plain_value(resolver, node) for name, node in nodes.items() if node is not None}
    return {name: value for name, value in made.items() if value is not None}


def values_at(value: PlainValue, *path: str) -> list[PlainValue]:
    """What stands at a path, the items of lists on the way each; empty where nothing does."""
    if isinstance(value, list):
        return [found for item in value for found in values_at(item, *path)]
    if not path:
        return [] if value is None else [value]
    return values_at(value.get(path[0]), *path[1:]) if isinstance(value, dict) else []


def text_at(value: PlainValue, *path: str) -> str:
    """The first text at a path; empty where there is none that is known."""
    return next((found for found in values_at(value, *path) if isinstance(found, str)), "")
