"""Override files, merged as Terraform documents it."""

from collections.abc import Iterable
from dataclasses import replace

from s3kms.iac.hcl.blocks import read_object_bodies
from s3kms.iac.hcl.syntax_tree import Block, Body

_MERGED = frozenset({"lifecycle"})
"""Nested blocks whose arguments are merged one by one."""


def merge_override(below: Block, above: Block) -> Block:
    """A block with what an override block of the same type and labels replaces in it."""
    return replace(below, body=_laid_over(below.body, above.body))


def _laid_over(below: Body, above: Body) -> Body:
    """Attributes replace attributes; blocks of a type, dynamic or not, replace all of that type."""
    kinds = {_kind(block) for block in above.blocks} | set(above.attributes) | _dynamic_kinds_in_json(above)
    blocks = [block for block in below.blocks if _kind(block) not in kinds]
    blocks += _merged(below.blocks, above.blocks)
    kept = {name: found for name, found in below.attributes.items() if name not in kinds}
    is_json = below.is_json or above.is_json  # what JSON sets in either may be an argument or blocks
    return replace(below, attributes={**kept, **above.attributes}, blocks=tuple(blocks), is_json=is_json)


def _merged(below: Iterable[Block], above: Iterable[Block]) -> Iterable[Block]:
    for block in above:
        first = next((old for old in below if old.type == block.type and block.type in _MERGED), None)
        yield merge_override(first, block) if first else block


def _kind(block: Block) -> str:
    return block.labels[0] if block.type == "dynamic" and block.labels else block.type


def _dynamic_kinds_in_json(body: Body) -> set[str]:
    dynamic = body.attributes.get("dynamic") if body.is_json else None
    return (
        {name for made in read_object_bodies(dynamic.expression) for name in made.attributes}
        if dynamic
        else set()
    )
