"""What has named entries: a body, an object, an object of JSON. And the literals in it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from s3kms.sources.code.hcl.tree import Block, Body, Expression, Literal, ObjectOf, Span, TupleOf

RULE = "rule"
APPLY = "apply_server_side_encryption_by_default"
ALGORITHM = "sse_algorithm"
KEY = "kms_master_key_id"
BUCKET_KEY = "bucket_key_enabled"
INLINE = "server_side_encryption_configuration"


@dataclass(frozen=True, slots=True)
class Entry:
    """`name = expression`; the span is of both."""

    expression: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Group:
    """Entries between braces, or a body of HCL's native syntax."""

    path: Path
    start: int
    """After the opening brace."""
    end: int
    """The closing brace."""
    entries: Mapping[str, Entry]
    blocks: tuple[Block, ...] = ()
    is_body: bool = False
    """Whether lines end its entries, and not commas."""
    is_json: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a default encryption, and the part of it that names the algorithm, where there is one."""

    group: Group
    apply: Group | None
    notes: tuple[Expression, ...] = field(default=())
    """What the dynamic blocks around go through."""


def group_of_body(body: Body, path: Path) -> Group:
    """A body, of either syntax."""
    entries = {name: Entry(found.expression, found.span) for name, found in body.attributes.items()}
    if body.is_json:
        return Group(path, body.span.start + 1, body.span.end - 1, entries, is_json=True)
    return Group(path, body.span.start, body.span.end, entries, body.blocks, is_body=True)


def group_of_object(found: ObjectOf, path: Path) -> Group:
    """An object, of either syntax. Entries whose keys are computed are left out."""
    entries: dict[str, Entry] = {}
    for key, value in found.items:
        if isinstance(key, Literal) and isinstance(key.value, str):
            start = key.span
            entries[key.value] = Entry(value, Span(start.start, value.span.end, start.line, start.column))
    is_json = path.name.endswith(".json")
    return Group(path, found.span.start + 1, found.span.end - 1, entries, is_json=is_json)


def nested(group: Group, name: str) -> Iterator[tuple[Group, tuple[Expression, ...]]]:
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


def _objects(found: Expression, path: Path) -> Iterator[tuple[Group, tuple[Expression, ...]]]:
    items = found.items if isinstance(found, TupleOf) else (found,)
    for item in items:
        if isinstance(item, ObjectOf):
            yield group_of_object(item, path), ()


def _dynamic(found: Expression, path: Path, name: str) -> Iterator[tuple[Group, tuple[Expression, ...]]]:
    for all_, _ in _objects(found, path):
        for one, _ in nested(all_, name):
            over = one.entries.get("for_each")
            for content, _ in nested(one, "content"):
                yield content, (over.expression,) if over else ()


def rules_of(group: Group) -> Iterator[Rule]:
    """The rules of a configuration: of a resource's body, or of an inline block."""
    for rule, over in nested(group, RULE):
        applies = list(nested(rule, APPLY))
        if not applies:
            yield Rule(rule, None, over)
        for apply, more in applies:
            yield Rule(rule, apply, (*over, *more))
