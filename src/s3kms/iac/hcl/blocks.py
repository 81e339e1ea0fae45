"""Blocks within blocks, whichever syntax they are written in: in JSON a block looks like an argument."""

from collections.abc import Iterator
from dataclasses import dataclass

from s3kms.iac.hcl.syntax_tree import (
    Attribute,
    Block,
    Body,
    Expression,
    Literal,
    ObjectConstructor,
    Span,
    TupleConstructor,
)


@dataclass(frozen=True, slots=True)
class NestedBlock:
    """One block within another, or a `dynamic` one, which makes any number of them."""

    body: Body
    part: Block | Attribute
    """The block, or the attribute that stands for it in JSON, as it is written in the outer body."""
    kind: str
    is_dynamic: bool = False


def find_nested_blocks(body: Body, kind: str) -> Iterator[NestedBlock]:
    """The blocks of one type in a body, in their order; in JSON, the objects under that key."""
    for block in body.blocks:
        if block.type == kind:
            yield NestedBlock(block.body, block, kind)
        elif block.type == "dynamic" and block.labels[:1] == (kind,):
            yield NestedBlock(block.body, block, kind, is_dynamic=True)
    if (found := body.attributes.get(kind)) is not None:
        yield from (NestedBlock(inner, found, kind) for inner in read_object_bodies(found.expression))
    if body.is_json and (dynamic := body.attributes.get("dynamic")) is not None:
        for outer in read_object_bodies(dynamic.expression):
            if made := outer.attributes.get(kind):
                yield from (
                    NestedBlock(inner, dynamic, kind, is_dynamic=True)
                    for inner in read_object_bodies(made.expression)
                )


def read_object_bodies(expression: Expression) -> Iterator[Body]:
    """Each object of an expression, or of the tuple that it is, as the body of a block."""
    for item in expression.items if isinstance(expression, TupleConstructor) else (expression,):
        if isinstance(item, ObjectConstructor):
            attributes = {
                key.value: Attribute(key.value, value, _over(key.span, value.span))
                for key, value in item.items
                if isinstance(key, Literal) and isinstance(key.value, str)
            }
            yield Body(attributes, (), item.span, is_json=True)


def _over(first: Span, last: Span) -> Span:
    return Span(first.start, last.end, first.line, first.column)
