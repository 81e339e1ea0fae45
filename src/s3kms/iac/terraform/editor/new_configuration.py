"""The encryption that is added where a bucket has none: a resource beside the bucket, or a block in it."""

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from s3kms.iac.editing.target import NotExpressible
from s3kms.iac.hcl.json_syntax import parse_json_values
from s3kms.iac.hcl.module import ResourceDeclaration
from s3kms.iac.hcl.syntax_tree import Literal, ObjectConstructor, TupleConstructor
from s3kms.iac.interface import Splice
from s3kms.iac.terraform.editor.entry_groups import EntryGroup, group_of_body, group_of_object
from s3kms.iac.terraform.editor.entry_splices import add_entries, find_indent_unit
from s3kms.iac.terraform.editor.line_format import INDENT_UNIT, indentation, line_end, newline_at
from s3kms.iac.terraform.editor.module_tree import ModuleNode, resource_of
from s3kms.iac.terraform.editor.new_rule import configuration_rule, rule_entries
from s3kms.iac.terraform.editor.render_hcl import EntryValue, NestedEntries, RawExpression, render_lines
from s3kms.iac.terraform.editor.root_module_edit import RootModuleEdit
from s3kms.iac.terraform.editor.rule_blocks import AlgorithmSources
from s3kms.iac.terraform.resource_types import BUCKET, ENCRYPTION_CONFIGURATION, INLINE_BLOCK
from s3kms.model.advice import Advice
from s3kms.text.quoting import quote_hcl

_IDENTIFIER = re.compile(r"[^\W\d][\w-]*")
_META_ARGUMENTS = frozenset({"count", "for_each", "provider"})
"""Arguments that Terraform's style puts first, before a blank line."""


def find_unused_configuration(node: ModuleNode, address: str) -> ResourceDeclaration | None:
    """A configuration whose `bucket` mentions that bucket, though none of its instances is for it."""
    name = re.compile(rf"(?<![\w.-]){re.escape('.'.join(resource_of(address)))}(?![\w-])")
    for resource in node.configurations:
        if bucket := resource.declared.block.body.attributes.get("bucket"):
            path = node.module.path_of(bucket, resource.declared.path)
            if name.search(node.module.excerpt(bucket.expression.span, path)):
                return resource
    return None


def instances_of_same_resource(edit: RootModuleEdit, address: str, others: Iterable[str]) -> list[str]:
    """Those of the other addresses that one block of code declares together with that bucket."""
    node, resource = edit.tree.node_of(address), resource_of(address)
    return sorted(
        other
        for other in _addresses_by_resource(frozenset(others)).get(resource, ())
        if (other_node := edit.tree.node_of(other))
        and (node and other_node.module.folder == node.module.folder)
    )


@lru_cache(maxsize=2)
def _addresses_by_resource(addresses: frozenset[str]) -> dict[tuple[str, str], list[str]]:
    """Each bucket of a module asks for those of its own resource among the same addresses."""
    found: dict[tuple[str, str], list[str]] = {}
    for address in addresses:
        found.setdefault(resource_of(address), []).append(address)
    return found


def configured_instances(edit: RootModuleEdit, sources: AlgorithmSources, address: str) -> list[str]:
    """The other instances of an unconfigured bucket that have a configuration: one for every instance would be
    their second.
    """
    if address in sources.rule_of:
        return []
    return instances_of_same_resource(edit, address, sources.rule_of)


def add_inline_block(
    edit: RootModuleEdit, bucket: ResourceDeclaration, node: ModuleNode
) -> list[Splice[bytes]]:
    """What adds the block to the bucket, after a blank line. Raises NotExpressible."""
    path, body = bucket.declared.path, bucket.declared.block.body
    data, group = edit.data(path), group_of_body(body, path)
    entries: dict[str, EntryValue] = {INLINE_BLOCK: NestedEntries(rule_entries(edit, node))}
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
    edit: RootModuleEdit, bucket: ResourceDeclaration, node: ModuleNode
) -> list[Splice[bytes]]:
    """What adds the resource after the block of the bucket, or beside the bucket in an object of JSON.

    Raises NotExpressible.
    """
    path, block = bucket.declared.path, bucket.declared.block
    if not _IDENTIFIER.fullmatch(bucket.name):
        raise NotExpressible(f"{bucket.name!r} is not a name that Terraform accepts", Advice("correct it"))
    data, name = edit.data(path), _free_name(bucket.name, node)
    entries = configuration_entries(edit, bucket, node)
    if block.body.is_json:
        return _add_to_json(data, path, bucket, name, entries)
    at = line_end(data, block.span.end)
    newline = newline_at(data, at)
    indent = indentation(data, block.span.start)
    unit = find_indent_unit(data, group_of_body(block.body, path))
    lines = render_configuration(name, entries, unit)
    text = newline * 2 + newline.join(f"{indent}{line}" if line else line for line in lines)
    following = data[at:].lstrip(b"\r\n \t")
    gap = newline if following and _continues_on_next_line(data, at) else ""
    return [Splice(at, at, (text + gap).encode())]


def _continues_on_next_line(data: bytes, at: int) -> bool:
    rest = data[at:].split(b"\n", 2)
    return len(rest) > 1 and bool(rest[1].strip())


def configuration_entries(
    edit: RootModuleEdit, bucket: ResourceDeclaration, node: ModuleNode
) -> dict[str, EntryValue]:
    """The entries of a configuration with one instance for every instance of the bucket. Raises NotExpressible."""
    attributes = bucket.declared.block.body.attributes
    address, entries = bucket.address, dict[str, EntryValue]()
    attribute = "id" if bucket.type == BUCKET else "bucket"
    of = f"{address}.{attribute}"
    if "count" in attributes:
        entries["count"] = RawExpression(f"length({address})")
        of = f"{address}[count.index].{attribute}"
    elif "for_each" in attributes:
        entries["for_each"] = RawExpression(address)
        of = f"each.value.{attribute}"
    if (provider := attributes.get("provider")) and not bucket.declared.block.body.is_json:
        span, path = provider.expression.span, node.module.path_of(provider, bucket.declared.path)
        entries["provider"] = RawExpression(edit.data(path)[span.start : span.end].decode("utf-8", "replace"))
    elif provider and isinstance(provider.expression, Literal):
        entries["provider"] = str(provider.expression.value)
    entries["bucket"] = RawExpression(of)
    return entries | configuration_rule(edit, node)


def render_configuration(name: str, entries: dict[str, EntryValue], unit: str = INDENT_UNIT) -> list[str]:
    """The lines of a configuration resource, with blank lines after its meta-arguments and before its rule."""
    meta = {name: value for name, value in entries.items() if name in _META_ARGUMENTS}
    plain = {n: v for n, v in entries.items() if n not in meta and not isinstance(v, NestedEntries)}
    blocks = {name: value for name, value in entries.items() if isinstance(value, NestedEntries)}
    parts = [render_lines(part, unit, unit) for part in (meta, plain, blocks) if part]
    body = [line for number, part in enumerate(parts) for line in ([""] if number else []) + part]
    return [f"resource {quote_hcl(ENCRYPTION_CONFIGURATION)} {quote_hcl(name)} {{", *body, "}"]


def _free_name(name: str, node: ModuleNode) -> str:
    taken = {resource.name for resource in node.configurations}
    number, found = 2, name
    while found in taken:
        found, number = f"{name}_{number}", number + 1
    return found


def _add_to_json(
    data: bytes, path: Path, bucket: ResourceDeclaration, name: str, entries: dict[str, EntryValue]
) -> list[Splice[bytes]]:
    """What adds the resource beside the type of the bucket, in the same object. Raises NotExpressible."""
    at = bucket.declared.block.span.start
    for group, found in _groups_of_types(data, path):
        if group.start <= at < group.end:
            named: dict[str, EntryValue] = {name: NestedEntries(entries)}
            if found is not None:
                return add_entries(data, found, named)
            if ENCRYPTION_CONFIGURATION not in group.entries:
                typed = {ENCRYPTION_CONFIGURATION: NestedEntries(named)}
                return add_entries(data, group, typed, after=bucket.type)
    why = f"the configurations of {path.name} are in a list"
    raise NotExpressible(why, Advice("add one beside them by hand"))


@lru_cache(maxsize=4)
def _groups_of_types(data: bytes, path: Path) -> tuple[tuple[EntryGroup, EntryGroup | None], ...]:
    """The objects of resource types in a file, each with that of its configurations, where there is one. A file of
    many buckets is asked for each of them.
    """
    values = parse_json_values(data).body.attributes["resource"].expression
    found = []
    for types in values.items if isinstance(values, TupleConstructor) else (values,):
        if isinstance(types, ObjectConstructor):
            group = group_of_object(types, path)
            entry = group.entries.get(ENCRYPTION_CONFIGURATION)
            named = entry.expression if entry else None
            inner = group_of_object(named, path) if isinstance(named, ObjectConstructor) else None
            found.append((group, inner))
    return tuple(found)
