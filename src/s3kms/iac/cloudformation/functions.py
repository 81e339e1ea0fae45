"""CloudFormation's functions that make a value of others; each takes the resolver, its argument, and where it stands.

Each raises Undecided or Rejected where it has no value, and ImpossibleWorld where a deployment in this world fails.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from s3kms.iac.cloudformation.resolver import Function, Resolver
from s3kms.iac.cloudformation.tree import Array, Mark, Node, Scalar, Table
from s3kms.iac.cloudformation.values import (
    CHECK_DEPLOYED,
    NoValue,
    Undecided,
    Value,
    known_at_deployment,
    named_unknown,
    short_form,
)
from s3kms.iac.values import Rejected, UnknownValue
from s3kms.iac.worlds import ImpossibleWorld
from s3kms.model.unknown import Unknown, UnknownCause

MAX_TEXT_CHARACTERS = 1_000_000
"""Characters of a text that a function makes; a whole template has no more."""
MAX_LIST_ITEMS = 100_000
"""Items of a list that a function makes."""
MAX_SHOWN_CHARACTERS = 2000
"""Of a text with open pieces."""
MAX_TEXT_PARTS = 1000
"""Parts of a text that are kept with it."""
_TOO_LONG = Unknown(
    UnknownCause.BUDGET,
    f"it is made of a text of more than {MAX_TEXT_CHARACTERS:,} characters, or of a list of more than "
    f"{MAX_LIST_ITEMS:,} items",
    CHECK_DEPLOYED,
)


def _get_att(resolver: Resolver, argument: Node, mark: Mark) -> Value:
    if isinstance(argument, Scalar):
        logical_id, _, name = argument.text.partition(".")
        return resolver.attribute(logical_id, name, mark)
    parts = _parts(argument, "Fn::GetAtt", 2)
    owner, attribute = (resolver.resolve(part) for part in parts)
    if not isinstance(owner, Scalar):
        raise Rejected("!GetAtt does not name a resource", mark)
    name = attribute.text if isinstance(attribute, Scalar) else "an attribute"
    return resolver.attribute(owner.text, name, mark)


def _sub(resolver: Resolver, argument: Node, mark: Mark) -> Value:
    if isinstance(argument, Scalar):
        return _joined(resolver, resolver.texts(argument.text, mark, None), mark)
    text, own = _parts(argument, "Fn::Sub", 2)
    if not isinstance(text, Scalar) or not isinstance(own, Table):
        raise Rejected("!Sub does not have a text and a mapping", mark)
    return _joined(resolver, resolver.texts(text.text, mark, own), mark)


def _join(resolver: Resolver, argument: Node, mark: Mark) -> Value:
    between, listed = _parts(argument, "Fn::Join", 2)
    mortar = resolver.resolve(between)
    if not isinstance(mortar, Scalar):
        raise Rejected("the delimiter of !Join is not a text", mark)
    items = resolver.items(listed, "the list of !Join")
    if isinstance(items, NoValue):
        raise Rejected("the list of !Join is absent", mark)
    if isinstance(items, UnknownValue):
        return named_unknown(f"!Join of {items.expression}", f"Join {items.piece}", items.unknown, mark)
    pieces: list[Value] = []
    for item in items:
        pieces += [mortar, item] if pieces else [item]
    return _joined(resolver, pieces, mark)


def _shown(piece: UnknownValue) -> str:
    """An open piece of a text for a person; one that stands for an expression of another language as that."""
    if piece.expression.startswith("!"):
        return piece.piece
    return piece.expression if piece.expression.startswith("${") else f"${{{piece.expression}}}"


def _joined(resolver: Resolver, pieces: Iterable[Value], mark: Mark) -> Value:
    """One text made of pieces; open with an open piece, and then it refers to the key that it is the ARN of. Raises
    Undecided where it is longer than MAX_TEXT_CHARACTERS.
    """
    texts: list[str] = []
    shown: list[str] = []
    open_: list[UnknownValue] = []
    size = 0
    parts: list[str | UnknownValue] = []
    for piece in pieces:
        if not isinstance(piece, Scalar | UnknownValue):
            raise Rejected("a part of the text is not a text", mark)
        texts.append(piece.text if isinstance(piece, Scalar) else piece.piece)
        shown.append(texts[-1] if isinstance(piece, Scalar) else _shown(piece))
        open_ += [piece] if isinstance(piece, UnknownValue) else []
        if len(parts) <= MAX_TEXT_PARTS:
            parts += [piece.text] if isinstance(piece, Scalar) else piece.parts or (piece,)
        size += len(texts[-1])
        resolver.spend(mark, characters=len(texts[-1]))
        if size > MAX_TEXT_CHARACTERS:
            raise Undecided(_TOO_LONG, mark)
    text = "".join(texts)
    if not open_:
        return Scalar(text, mark)
    if len(texts) == 1:
        return replace(open_[0], mark=mark)
    declared = [piece for piece in open_ if piece.reference]
    is_key = len(declared) == 1 and text.endswith(":key/" + declared[0].piece)
    reference = declared[0].reference if is_key else None
    return UnknownValue(
        f"!Sub {''.join(shown)[:MAX_SHOWN_CHARACTERS]}",
        open_[0].unknown,
        reference,
        piece=text,
        mark=mark,
        parts=tuple(parts) if len(parts) <= MAX_TEXT_PARTS else (),
    )


def _select(resolver: Resolver, argument: Node, mark: Mark) -> Value:
    which, listed = _parts(argument, "Fn::Select", 2)
    index = resolver.resolve(which)
    items = resolver.items(listed, "the list of !Select")
    if isinstance(items, UnknownValue) or isinstance(index, UnknownValue):
        unknown = items.unknown if isinstance(items, UnknownValue) else _unknown_of(index)
        number = index.text if isinstance(index, Scalar) else "?"
        of = items.piece if isinstance(items, UnknownValue) else "list"
        return named_unknown(f"!Select {number} of {of}", f"Select {number} {of}", unknown, mark)
    if isinstance(items, NoValue) or not isinstance(index, Scalar):
        raise Rejected("!Select does not have a number and a list", mark)
    if not index.text.isdecimal() or not index.text.isascii() or len(index.text) > len("9999"):
        raise Rejected(f"!Select does not have a number: {index.text!r}", mark)
    if int(index.text) >= len(items):
        raise ImpossibleWorld
    return _at(items[int(index.text)], mark)


def _split(resolver: Resolver, argument: Node, mark: Mark) -> Value:
    between, whole = _parts(argument, "Fn::Split", 2)
    mortar, text = resolver.resolve(between), resolver.resolve(whole)
    if isinstance(text, UnknownValue):
        return named_unknown(f"!Split of {text.expression}", f"Split {text.piece}", text.unknown, mark)
    if not isinstance(mortar, Scalar) or not mortar.text or not isinstance(text, Scalar):
        raise Rejected("!Split does not have a delimiter and a text", mark)
    if text.text.count(mortar.text) > MAX_LIST_ITEMS:
        raise Undecided(_TOO_LONG, mark)
    resolver.spend(mark, characters=len(text.text))
    return Array(tuple(Scalar(part, mark) for part in text.text.split(mortar.text)), mark)


def _length(resolver: Resolver, argument: Node, mark: Mark) -> Value:
    items = resolver.items(argument, "the argument of !Length")
    if isinstance(items, UnknownValue):
        return named_unknown(f"!Length of {items.expression}", f"Length {items.piece}", items.unknown, mark)
    if isinstance(items, NoValue):
        raise Rejected("the argument of !Length is absent", mark)
    return Scalar(str(len(items)), mark)


def _find_in_map(resolver: Resolver, argument: Node, mark: Mark) -> Value:
    parts = argument.items if isinstance(argument, Array) else ()
    if len(parts) not in {3, 4}:
        raise Rejected("!FindInMap does not have a map and two keys", mark)
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


def _mapped(resolver: Resolver, keys: Iterable[Value]) -> Node:
    node: Node = resolver.template.mappings
    for key in keys:
        if not isinstance(node, Table):
            raise ImpossibleWorld
        node = resolver.look_up(key, node, "a key of !FindInMap")
    return node


def _import(resolver: Resolver, argument: Node, mark: Mark) -> Value:
    name = resolver.resolve(argument)
    words = name.text if isinstance(name, Scalar) else name.piece if isinstance(name, UnknownValue) else "?"
    unknown = known_at_deployment(f"{words} is exported by another stack")
    return named_unknown(f"!ImportValue {words}", f"ImportValue {words}", unknown, mark)


def _at(value: Value, mark: Mark) -> Value:
    """A value from elsewhere, at the place that asks for it."""
    return replace(value, mark=mark) if isinstance(value, Scalar | UnknownValue) else value


def _unknown_of(value: Value) -> Unknown:
    return value.unknown if isinstance(value, UnknownValue) else known_at_deployment("it is open")


def _parts(node: Node, name: str, length: int) -> tuple[Node, ...]:
    if not isinstance(node, Array) or len(node.items) != length:
        raise Rejected(f"{short_form(name)} does not have {length} parts", node.mark)
    return node.items


FUNCTIONS: Mapping[str, Function] = {
    "Fn::FindInMap": _find_in_map,
    "Fn::GetAtt": _get_att,
    "Fn::ImportValue": _import,
    "Fn::Join": _join,
    "Fn::Length": _length,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::Sub": _sub,
}
