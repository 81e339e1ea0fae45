"""The functions that make a value of others: each takes the resolver, its argument, and where it stands."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from s3kms.iac.cloudformation.tree import Array, Mark, Node, Scalar, Table
from s3kms.iac.cloudformation.values import (
    DEPLOYED,
    NoValue,
    UnresolvedValue,
    Value,
    opaque,
    refused,
    short_form,
)
from s3kms.iac.worlds import ImpossibleWorld
from s3kms.model.advice import Advice
from s3kms.model.unknown import Unknown, UnknownCause

if TYPE_CHECKING:
    from s3kms.iac.cloudformation.resolver import Resolver

Function = Callable[["Resolver", Node, Mark], Value]


def _get_att(resolver: "Resolver", argument: Node, mark: Mark) -> Value:
    if isinstance(argument, Scalar):
        logical_id, _, name = argument.text.partition(".")
        return resolver.attribute(logical_id, name, mark)
    parts = _parts(argument, "Fn::GetAtt", 2)
    owner, attribute = (resolver.resolve(part) for part in parts)
    if not isinstance(owner, Scalar):
        raise refused("!GetAtt does not name a resource", mark)
    name = attribute.text if isinstance(attribute, Scalar) else "an attribute"
    return resolver.attribute(owner.text, name, mark)


def _sub(resolver: "Resolver", argument: Node, mark: Mark) -> Value:
    if isinstance(argument, Scalar):
        return _joined(resolver.texts(argument.text, mark, None), mark)
    text, own = _parts(argument, "Fn::Sub", 2)
    if not isinstance(text, Scalar) or not isinstance(own, Table):
        raise refused("!Sub does not have a text and a mapping", mark)
    return _joined(resolver.texts(text.text, mark, own), mark)


def _join(resolver: "Resolver", argument: Node, mark: Mark) -> Value:
    between, listed = _parts(argument, "Fn::Join", 2)
    mortar = resolver.resolve(between)
    if not isinstance(mortar, Scalar):
        raise refused("the delimiter of !Join is not a text", mark)
    items = resolver.items(listed, "the list of !Join")
    if isinstance(items, NoValue):
        raise refused("the list of !Join is absent", mark)
    if isinstance(items, UnresolvedValue):
        return UnresolvedValue(
            f"!Join of {items.expression}", "${Join " + items.piece + "}", items.unknown, mark
        )
    pieces: list[Value] = []
    for item in items:
        pieces += [mortar, item] if pieces else [item]
    return _joined(pieces, mark)


def _joined(pieces: Iterable[Value], mark: Mark) -> Value:
    """One text; an open one if a piece is, and then it names what its one open piece names."""
    texts: list[str] = []
    open_: list[UnresolvedValue] = []
    for piece in pieces:
        if isinstance(piece, Scalar):
            texts.append(piece.text)
        elif isinstance(piece, UnresolvedValue):
            texts.append(piece.piece)
            open_.append(piece)
        else:
            raise refused("a part of the text is not a text", mark)
    text = "".join(texts)
    if not open_:
        return Scalar(text, mark)
    if len(texts) == 1:
        return replace(open_[0], mark=mark)
    declared = [piece for piece in open_ if piece.declared]
    is_key = len(declared) == 1 and text.endswith(":key/" + declared[0].piece)
    return UnresolvedValue(
        f"!Sub {text}", text, open_[0].unknown, mark, declared=declared[0].declared if is_key else ()
    )


def _select(resolver: "Resolver", argument: Node, mark: Mark) -> Value:
    which, listed = _parts(argument, "Fn::Select", 2)
    index = resolver.resolve(which)
    items = resolver.items(listed, "the list of !Select")
    if isinstance(items, UnresolvedValue) or isinstance(index, UnresolvedValue):
        unknown = items.unknown if isinstance(items, UnresolvedValue) else _unknown_of(index)
        number = index.text if isinstance(index, Scalar) else "?"
        of = items.piece if isinstance(items, UnresolvedValue) else "list"
        return opaque(f"!Select {number} of {of}", f"Select {number} {of}", unknown, mark)
    if isinstance(items, NoValue) or not isinstance(index, Scalar):
        raise refused("!Select does not have a number and a list", mark)
    if not index.text.isdecimal() or not index.text.isascii() or len(index.text) > len("9999"):
        raise refused(f"!Select does not have a number: {index.text!r}", mark)
    if int(index.text) >= len(items):
        raise ImpossibleWorld
    return _at(items[int(index.text)], mark)


def _split(resolver: "Resolver", argument: Node, mark: Mark) -> Value:
    between, whole = _parts(argument, "Fn::Split", 2)
    mortar, text = resolver.resolve(between), resolver.resolve(whole)
    if isinstance(text, UnresolvedValue):
        return UnresolvedValue(
            f"!Split of {text.expression}", "${Split " + text.piece + "}", text.unknown, mark
        )
    if not isinstance(mortar, Scalar) or not mortar.text or not isinstance(text, Scalar):
        raise refused("!Split does not have a delimiter and a text", mark)
    return Array(tuple(Scalar(part, mark) for part in text.text.split(mortar.text)), mark)


def _find_in_map(resolver: "Resolver", argument: Node, mark: Mark) -> Value:
    parts = argument.items if isinstance(argument, Array) else ()
    if len(parts) not in {3, 4}:
        raise refused("!FindInMap does not have a map and two keys", mark)
    name = resolver.resolve(parts[0])
    keys = [resolver.resolve(part) for part in parts[1:3]]
    try:
        found = _mapped(resolver, (name, *keys))
    except ImpossibleWorld:
        options = parts[-1]
        fallback = options.get("DefaultValue") if isinstance(options, Table) else None
        if fallback is None:
            raise
        found = fallback
    return _at(resolver.resolve(found), mark)


def _mapped(resolver: "Resolver", keys: Iterable[Value]) -> Node:
    node: Node = resolver.template.mappings
    for key in keys:
        if not isinstance(node, Table):
            raise ImpossibleWorld
        node = resolver.look_up(key, node, "a key of !FindInMap")
    return node


def _import(resolver: "Resolver", argument: Node, mark: Mark) -> Value:
    name = resolver.resolve(argument)
    words = (
        name.text if isinstance(name, Scalar) else name.piece if isinstance(name, UnresolvedValue) else "?"
    )
    unknown = Unknown(UnknownCause.UNRESOLVED, f"{words} is exported by another stack", Advice(DEPLOYED))
    return opaque(f"!ImportValue {words}", f"ImportValue {words}", unknown, mark)


def _at(value: Value, mark: Mark) -> Value:
    """A value from elsewhere, at the place that asks for it."""
    return replace(value, mark=mark) if isinstance(value, Scalar | UnresolvedValue) else value


def _unknown_of(value: Value) -> Unknown:
    return (
        value.unknown
        if isinstance(value, UnresolvedValue)
        else Unknown(UnknownCause.UNRESOLVED, "it is open", Advice(DEPLOYED))
    )


def _parts(node: Node, name: str, length: int) -> tuple[Node, ...]:
    if not isinstance(node, Array) or len(node.items) != length:
        raise refused(f"{short_form(name)} does not have {length} parts", node.mark)
    return node.items


FUNCTIONS: Mapping[str, Function] = {
    "Fn::FindInMap": _find_in_map,
    "Fn::GetAtt": _get_att,
    "Fn::ImportValue": _import,
    "Fn::Join": _join,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::Sub": _sub,
}
