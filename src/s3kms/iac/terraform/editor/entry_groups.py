"""Groups of named entries in code: a body, an object, an object of JSON. And the rules of a default encryption among
them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from s3kms.iac.hcl.syntax_tree import (
    Block,
    Body,
    Expression,
    Literal,
    ObjectConstructor,
    Span,
    TupleConstructor,
)
from s3kms.iac.terraform.resource_types import DEFAULT_BLOCK, RULE


@dataclass(frozen=True, slots=True)
class GroupEntry:
    """`name = expression`."""

    expression: Expression
    span: Span
    """From the name to the end of the expression."""


@dataclass(frozen=True, slots=True)
class EntryGroup:
    """Entries between braces, or a body of HCL's native syntax."""

    path: Path
    start: int
    """After the opening brace, in bytes."""
    end: int
    """The closing brace, in bytes."""
    entries: Mapping[str, GroupEntry]
    blocks: tuple[Block, ...] = ()
    is_body: bool = False
    """Whether lines end its entries, and not commas."""
    is_json: bool = False


@dataclass(frozen=True, slots=True)
class RuleSyntax:
    """One rule of a default encryption, as it is written."""

    group: EntryGroup
    default: EntryGroup | None
    """The part that names the algorithm; None where the rule has none."""


def group_of_body(body: Body, path: Path) -> EntryGroup:
    """The entries of a body, of either syntax."""
    entries = {name: GroupEntry(found.expression, found.span) for name, found in body.attributes.items()}
    if body.is_json:
        return EntryGroup(path, body.span.start + 1, body.span.end - 1, entries, is_json=True)
    return EntryGroup(path, body.span.start, body.span.end, entries, body.blocks, is_body=True)


def group_of_object(found: ObjectConstructor, path: Path) -> EntryGroup:
    """The entries of an object, of either syntax; those whose keys are computed are left out."""
    entries: dict[str, GroupEntry] = {}
    for key, value in found.items:
        if isinstance(key, Literal) and isinstance(key.value, str):
            start = key.span
            span = Span(start.start, value.span.end, start.line, start.column)
            entries[key.value] = GroupEntry(value, span)
    is_json = path.name.endswith(".json")
    return EntryGroup(path, found.span.start + 1, found.span.end - 1, entries, is_json=is_json)


def nested_groups(group: EntryGroup, name: str) -> Iterator[EntryGroup]:
    """The blocks of that type in a group, the content of dynamic ones included; or the objects under that name."""
    for block in group.blocks:
        if block.type == name:
            yield group_of_body(block.body, group.path)
        elif block.type == "dynamic" and block.labels == (name,):
            for content in block.body.blocks:
                if content.type == "content":
                    yield group_of_body(content.body, group.path)
    if entry := group.entries.get(name):
        yield from _objects_in(entry.expression, group.path)
    if group.is_json and (dynamic := group.entries.get("dynamic")):
        for outer in _objects_in(dynamic.expression, group.path):
            for inner in nested_groups(outer, name):
                yield from nested_groups(inner, "content")


def _objects_in(found: Expression, path: Path) -> Iterator[EntryGroup]:
    items = found.items if isinstance(found, TupleConstructor) else (found,)
    for item in items:
        if isinstance(item, ObjectConstructor):
            yield group_of_object(item, path)


def rules_in(group: EntryGroup) -> Iterator[RuleSyntax]:
    """The rules in the body of an encryption configuration, or in an inline block."""
    for rule in nested_groups(group, RULE):
        defaults = list(nested_groups(rule, DEFAULT_BLOCK))
        if not defaults:
            yield RuleSyntax(rule, None)
        for default in defaults:
            yield RuleSyntax(rule, default)
