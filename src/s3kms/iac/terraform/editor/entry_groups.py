"""What has named entries: a body, an object, an object of JSON. And the literals in it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
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

RULE = "rule"
APPLY = "apply_server_side_encryption_by_default"
ALGORITHM = "sse_algorithm"
KEY = "kms_master_key_id"
BUCKET_KEY = "bucket_key_enabled"
INLINE = "server_side_encryption_configuration"


@dataclass(frozen=True, slots=True)
class GroupEntry:
    """`name = expression`; the span is of both."""

    expression: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class EntryGroup:
    """Entries between braces, or a body of HCL's native syntax."""

    path: Path
    start: int
    """After the opening brace."""
    end: int
    """The closing brace."""
    entries: Mapping[str, GroupEntry]
    blocks: tuple[Block, ...] = ()
    is_body: bool = False
    """Whether lines end its entries, and not commas."""
    is_json: bool = False


@dataclass(frozen=True, slots=True)
class RuleSyntax:
    """One rule of a default encryption, and the part of it that names the algorithm, where there is one."""

    group: EntryGroup
    apply: EntryGroup | None
    notes: tuple[Expression, ...] = field(default=())
    """What the dynamic blocks around go through."""


def group_of_body(body: Body, path: Path) -> EntryGroup:
    """A body, of either syntax."""
    entries = {name: GroupEntry(found.expression, found.span) for name, found in body.attributes.items()}
    if body.is_json:
        return EntryGroup(path, body.span.start + 1, body.span.end - 1, entries, is_json=True)
    return EntryGroup(path, body.span.start, body.span.end, entries, body.blocks, is_body=True)


def group_of_object(found: ObjectConstructor, path: Path) -> EntryGroup:
    """An object, of either syntax. Entries whose keys are computed are left out."""
    entries: dict[str, GroupEntry] = {}
    for key, value in found.items:
        if isinstance(key, Literal) and isinstance(key.value, str):
            start = key.span
            entries[key.value] = GroupEntry(
                value, Span(start.start, value.span.end, start.line, start.column)
            )
    is_json = path.name.endswith(".json")
    return EntryGroup(path, found.span.start + 1, found.span.end - 1, entries, is_json=is_json)


def nested_groups(group: EntryGroup, name: str) -> Iterator[tuple[EntryGroup, tuple[Expression, ...]]]:
    """The blocks of that type in a group, dynamic ones, too, with what these go through; or the objects."""
    for block in group.blocks:
        if block.type == name:
            yield group_of_body(block.body, group.path), ()
        elif block.type == "dynamic" and block.labels == (name,):
            over = block.body.attributes.get("for_each")
            for content in block.body.blocks:
                if content.type == "content":
                    yield group_of_body(content.body, group.path), (over.expression,) if over else ()
    if entry := group.entries.get(name):
        yield from _objects(entry.expression, group.path)
    if group.is_json and (dynamic := group.entries.get("dynamic")):
        yield from _dynamic(dynamic.expression, group.path, name)


def _objects(found: Expression, path: Path) -> Iterator[tuple[EntryGroup, tuple[Expression, ...]]]:
    items = found.items if isinstance(found, TupleConstructor) else (found,)
    for item in items:
        if isinstance(item, ObjectConstructor):
            yield group_of_object(item, path), ()


def _dynamic(found: Expression, path: Path, name: str) -> Iterator[tuple[EntryGroup, tuple[Expression, ...]]]:
    for all_, _ in _objects(found, path):
        for one, _ in nested_groups(all_, name):
            over = one.entries.get("for_each")
            for content, _ in nested_groups(one, "content"):
                yield content, (over.expression,) if over else ()


def rules_of(group: EntryGroup) -> Iterator[RuleSyntax]:
    """The rules of a configuration: of a resource's body, or of an inline block."""
    for rule, over in nested_groups(group, RULE):
        applies = list(nested_groups(rule, APPLY))
        if not applies:
            yield RuleSyntax(rule, None, over)
        for apply, more in applies:
            yield RuleSyntax(rule, apply, (*over, *more))
