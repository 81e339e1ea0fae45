"""What is added where a bucket has no encryption: a resource beside it, or a block in it."""

import re
from collections.abc import Iterable
from pathlib import Path

from s3kms.iac.editing.target import NotExpressible
from s3kms.iac.hcl.json_syntax import parse_json_values
from s3kms.iac.hcl.module import ResourceDeclaration
from s3kms.iac.hcl.syntax_tree import Literal, ObjectConstructor, TupleConstructor
from s3kms.iac.interface import Splice
from s3kms.iac.terraform.editor.entry_groups import INLINE, group_of_body, group_of_object
from s3kms.iac.terraform.editor.line_format import INDENT_UNIT, indentation, line_end, newline_at
from s3kms.iac.terraform.editor.module_tree import ModuleNode, resource_of
from s3kms.iac.terraform.editor.new_rule import rule_entries
from s3kms.iac.terraform.editor.render_hcl import (
    EntryValue,
    NestedEntries,
    RawExpression,
    add_entries,
    find_indent_unit,
    render_lines,
)
from s3kms.iac.terraform.editor.root_module_edit import RootModuleEdit
from s3kms.iac.terraform.editor.rule_blocks import BUCKETS, ENCRYPTION, AlgorithmSources
from s3kms.model.advice import Advice
from s3kms.text.quoting import quote_hcl

_IDENTIFIER = re.compile(r"[^\W\d][\w-]*")


def is_configured_inline(frame: ModuleNode) -> bool:
    """Whether some bucket of the module has a block of its own, as with provider 3 (fact H4)."""
    return any(
        INLINE in resource.declared.block.body.attributes
        or any(INLINE in {block.type, *block.labels[:1]} for block in resource.declared.block.body.blocks)
        for resource in frame.module.resources.values()
        if resource.type == BUCKETS[0] and resource.mode == "managed"
    ) and not any(resource.type == ENCRYPTION for resource in frame.module.resources.values())


def find_unused_configuration(frame: ModuleNode, address: str) -> ResourceDeclaration | None:
    """A configuration that is written for the bucket, and was found to be for none of its instances."""
    name = re.compile(rf"(?<![\w.-]){re.escape('.'.join(resource_of(address)))}(?![\w-])")
    for resource in frame.module.resources.values():
        bucket = resource.declared.block.body.attributes.get("bucket")
        if resource.type == ENCRYPTION and bucket:
            path = frame.module.path_of(bucket, resource.declared.path)
            text = frame.module.excerpt(bucket.expression.span, path)
            if name.search(text):
                return resource
    return None


def instances_of_same_resource(case: RootModuleEdit, address: str, others: Iterable[str]) -> list[str]:
    """Those that one block of code declares together with that bucket."""
    frame, resource = case.layout.frame(address), resource_of(address)
    return sorted(
        other
        for other in others
        if resource_of(other) == resource
        and (at := case.layout.frame(other))
        and (frame and at.module.folder == frame.module.folder)
    )


def configured_instances(case: RootModuleEdit, ground: AlgorithmSources, address: str) -> list[str]:
    """The other instances of a bucket that have a configuration: one for every instance would be their second."""
    return [] if address in ground.holder_of else instances_of_same_resource(case, address, ground.holder_of)


def add_inline_block(
    case: RootModuleEdit, bucket: ResourceDeclaration, frame: ModuleNode
) -> list[Splice[bytes]]:
    """The block in the bucket, after a blank line."""
    path, body = bucket.declared.path, bucket.declared.block.body
    data, group = case.data(path), group_of_body(body, path)
    entries: dict[str, EntryValue] = {INLINE: NestedEntries(rule_entries(case, frame))}
    if group.is_json or b"\n" not in data[group.start : group.end]:
        return add_entries(data, group, entries)
    unit = find_indent_unit(data, group)
    indent = indentation(data, bucket.declared.block.span.start) + unit
    ends = [entry.span.end for entry in group.entries.values()] + [block.span.end for block in group.blocks]
    at = line_end(data, max(ends, default=group.start))
    newline = newline_at(data, at)
    lines = render_lines(entries, indent, unit)
    gap = newline if ends else ""
    return [Splice(at, at, (gap + "".join(f"{newline}{line}" for line in lines)).encode())]


def add_configuration(
    case: RootModuleEdit, bucket: ResourceDeclaration, frame: ModuleNode
) -> list[Splice[bytes]]:
    """The resource after the block of the bucket, or beside the bucket in an object of JSON."""
    path, block = bucket.declared.path, bucket.declared.block
    if not _IDENTIFIER.fullmatch(bucket.name):
        raise NotExpressible(f"{bucket.name!r} is not a name that Terraform accepts", Advice("correct it"))
    data, name = case.data(path), _free_name(bucket.name, frame)
    entries = configuration_entries(case, bucket, frame)
    if block.body.is_json:
        return _in_json(data, path, bucket, name, entries)
    at = line_end(data, block.span.end)
    newline = newline_at(data, at)
    head = f"resource {quote_hcl(ENCRYPTION)} {quote_hcl(name)} {{"
    indent = indentation(data, block.span.start)
    unit = find_indent_unit(data, group_of_body(block.body, path))
    lines = [head, *render_spaced(entries, unit), "}"]
    text = newline * 2 + newline.join(f"{indent}{line}" if line else line for line in lines)
    following = data[at:].lstrip(b"\r\n \t")
    gap = newline if following and _is_next_line(data, at) else ""
    return [Splice(at, at, (text + gap).encode())]


def _is_next_line(data: bytes, at: int) -> bool:
    """Whether something stands on the very next line."""
    rest = data[at:].split(b"\n")
    return len(rest) > 1 and bool(rest[1].strip())


def configuration_entries(
    case: RootModuleEdit, bucket: ResourceDeclaration, frame: ModuleNode
) -> dict[str, EntryValue]:
    """Of the resource: one instance for every instance of the bucket. Raises NotExpressible."""
    attributes = bucket.declared.block.body.attributes
    address, entries = bucket.address, dict[str, EntryValue]()
    part = "id" if bucket.type == BUCKETS[0] else "bucket"
    of = f"{address}.{part}"
    if "count" in attributes:
        entries["count"] = RawExpression(f"length({address})")
        of = f"{address}[count.index].{part}"
    elif "for_each" in attributes:
        entries["for_each"] = RawExpression(address)
        of = f"each.value.{part}"
    if (provider := attributes.get("provider")) and not bucket.declared.block.body.is_json:
        span, path = provider.expression.span, frame.module.path_of(provider, bucket.declared.path)
        entries["provider"] = RawExpression(case.data(path)[span.start : span.end].decode("utf-8", "replace"))
    elif provider and isinstance(provider.expression, Literal):
        entries["provider"] = str(provider.expression.value)
    entries["bucket"] = RawExpression(of)
    return entries | rule_entries(case, frame)


def render_spaced(entries: dict[str, EntryValue], unit: str = INDENT_UNIT) -> list[str]:
    """With a blank line after what makes instances, and before the rule."""
    repeats = {name: value for name, value in entries.items() if name in {"count", "for_each", "provider"}}
    plain = {n: v for n, v in entries.items() if n not in repeats and not isinstance(v, NestedEntries)}
    blocks = {name: value for name, value in entries.items() if isinstance(value, NestedEntries)}
    parts = [render_lines(part, unit, unit) for part in (repeats, plain, blocks) if part]
    return [line for number, part in enumerate(parts) for line in ([""] if number else []) + part]


def _free_name(name: str, frame: ModuleNode) -> str:
    taken = {resource.name for resource in frame.module.resources.values() if resource.type == ENCRYPTION}
    number, found = 2, name
    while found in taken:
        found, number = f"{name}_{number}", number + 1
    return found


def _in_json(
    data: bytes, path: Path, bucket: ResourceDeclaration, name: str, entries: dict[str, EntryValue]
) -> list[Splice[bytes]]:
    """Beside the type of the bucket, in the same object."""
    values = parse_json_values(data).body.attributes["resource"].expression
    at = bucket.declared.block.span.start
    for types in values.items if isinstance(values, TupleConstructor) else (values,):
        if isinstance(types, ObjectConstructor) and types.span.start <= at < types.span.end:
            group = group_of_object(types, path)
            found = group.entries.get(ENCRYPTION)
            if found and isinstance(found.expression, ObjectConstructor):
                return add_entries(
                    data, group_of_object(found.expression, path), {name: NestedEntries(entries)}
                )
            if found is None:
                return add_entries(
                    data,
                    group,
                    {ENCRYPTION: NestedEntries({name: NestedEntries(entries)})},
                    after=bucket.type,
                )
    why = f"the configurations of {path.name} are in a list"
    raise NotExpressible(why, Advice("add one beside them by hand"))
