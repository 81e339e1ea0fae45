"""What is added where a bucket has no encryption: a resource beside it, or a block in it."""

import re
from collections.abc import Iterable
from pathlib import Path

from s3kms.fixes.code.terraform.case import Case
from s3kms.fixes.code.terraform.groups import INLINE, group_of_body, group_of_object
from s3kms.fixes.code.terraform.holders import BUCKETS, ENCRYPTION, Ground
from s3kms.fixes.code.terraform.keys import Refused
from s3kms.fixes.code.terraform.layout import Frame, resource_of
from s3kms.fixes.code.terraform.rules import rule_entries
from s3kms.fixes.code.terraform.text import UNIT, Change, indentation, line_end, newline_at
from s3kms.fixes.code.terraform.writing import Nested, Ref, Value, added, lines_of, unit_of
from s3kms.fixes.quoting import hcl
from s3kms.sources.code.hcl.json_syntax import parse_json_values
from s3kms.sources.code.hcl.module import Resource
from s3kms.sources.code.hcl.tree import Literal, ObjectOf, TupleOf

_IDENTIFIER = re.compile(r"[^\W\d][\w-]*")


def is_configured_inline(frame: Frame) -> bool:
    """Whether some bucket of the module has a block of its own, as with provider 3 (fact H4)."""
    return any(
        INLINE in resource.declared.block.body.attributes
        or any(INLINE in {block.type, *block.labels[:1]} for block in resource.declared.block.body.blocks)
        for resource in frame.module.resources.values()
        if resource.type == BUCKETS[0] and resource.mode == "managed"
    ) and not any(resource.type == ENCRYPTION for resource in frame.module.resources.values())


def unused(frame: Frame, address: str) -> Resource | None:
    """A configuration that is written for the bucket, and was found to be for none of its instances."""
    name = re.compile(rf"(?<![\w.-]){re.escape('.'.join(resource_of(address)))}(?![\w-])")
    for resource in frame.module.resources.values():
        bucket = resource.declared.block.body.attributes.get("bucket")
        if resource.type == ENCRYPTION and bucket:
            path = frame.module.path_of(bucket, resource.declared.path)
            text = frame.module.text_of(bucket.expression.span, path)
            if name.search(text):
                return resource
    return None


def alike(case: Case, address: str, others: Iterable[str]) -> list[str]:
    """Those that one block of code declares together with that bucket."""
    frame, resource = case.layout.frame(address), resource_of(address)
    return sorted(
        other
        for other in others
        if resource_of(other) == resource
        and (at := case.layout.frame(other))
        and (frame and at.module.folder == frame.module.folder)
    )


def configured_beside(case: Case, ground: Ground, address: str) -> list[str]:
    """The other instances of a bucket that have a configuration: one for every instance would be their second."""
    return [] if address in ground.holder_of else alike(case, address, ground.holder_of)


def inline_rule(case: Case, bucket: Resource, frame: Frame) -> list[Change]:
    """The block in the bucket, after a blank line."""
    path, body = bucket.declared.path, bucket.declared.block.body
    data, group = case.data(path), group_of_body(body, path)
    entries: dict[str, Value] = {INLINE: Nested(rule_entries(case, frame))}
    if group.is_json or b"\n" not in data[group.start : group.end]:
        return added(data, group, entries)
    unit = unit_of(data, group)
    indent = indentation(data, bucket.declared.block.span.start) + unit
    ends = [entry.span.end for entry in group.entries.values()] + [block.span.end for block in group.blocks]
    at = line_end(data, max(ends, default=group.start))
    newline = newline_at(data, at)
    lines = lines_of(entries, indent, unit)
    gap = newline if ends else ""
    return [Change(at, at, (gap + "".join(f"{newline}{line}" for line in lines)).encode())]


def configuration(case: Case, bucket: Resource, frame: Frame) -> list[Change]:
    """The resource after the block of the bucket, or beside the bucket in an object of JSON."""
    path, block = bucket.declared.path, bucket.declared.block
    if not _IDENTIFIER.fullmatch(bucket.name):
        raise Refused(f"{bucket.name!r} is no name that Terraform takes", "correct it")
    data, name = case.data(path), _free_name(bucket.name, frame)
    entries = entries_for(case, bucket, frame)
    if block.body.is_json:
        return _in_json(data, path, bucket, name, entries)
    at = line_end(data, block.span.end)
    newline = newline_at(data, at)
    head = f"resource {hcl(ENCRYPTION)} {hcl(name)} {{"
    indent = indentation(data, block.span.start)
    unit = unit_of(data, group_of_body(block.body, path))
    lines = [head, *spaced(entries, unit), "}"]
    text = newline * 2 + newline.join(f"{indent}{line}" if line else line for line in lines)
    following = data[at:].lstrip(b"\r\n \t")
    gap = newline if following and _is_next_line(data, at) else ""
    return [Change(at, at, (text + gap).encode())]


def _is_next_line(data: bytes, at: int) -> bool:
    """Whether something stands on the very next line."""
    rest = data[at:].split(b"\n")
    return len(rest) > 1 and bool(rest[1].strip())


def entries_for(case: Case, bucket: Resource, frame: Frame) -> dict[str, Value]:
    """Of the resource: one instance for every instance of the bucket. Raises Refused."""
    attributes = bucket.declared.block.body.attributes
    address, entries = bucket.address, dict[str, Value]()
    part = "id" if bucket.type == BUCKETS[0] else "bucket"
    of = f"{address}.{part}"
    if "count" in attributes:
        entries["count"] = Ref(f"length({address})")
        of = f"{address}[count.index].{part}"
    elif "for_each" in attributes:
        entries["for_each"] = Ref(address)
        of = f"each.value.{part}"
    if (provider := attributes.get("provider")) and not bucket.declared.block.body.is_json:
        span, path = provider.expression.span, frame.module.path_of(provider, bucket.declared.path)
        entries["provider"] = Ref(case.data(path)[span.start : span.end].decode("utf-8", "replace"))
    elif provider and isinstance(provider.expression, Literal):
        entries["provider"] = str(provider.expression.value)
    entries["bucket"] = Ref(of)
    return entries | rule_entries(case, frame)


def spaced(entries: dict[str, Value], unit: str = UNIT) -> list[str]:
    """With a blank line after what makes instances, and before the rule."""
    repeats = {name: value for name, value in entries.items() if name in {"count", "for_each", "provider"}}
    plain = {n: v for n, v in entries.items() if n not in repeats and not isinstance(v, Nested)}
    blocks = {name: value for name, value in entries.items() if isinstance(value, Nested)}
    parts = [lines_of(part, unit, unit) for part in (repeats, plain, blocks) if part]
    return [line for number, part in enumerate(parts) for line in ([""] if number else []) + part]


def _free_name(name: str, frame: Frame) -> str:
    taken = {resource.name for resource in frame.module.resources.values() if resource.type == ENCRYPTION}
    number, found = 2, name
    while found in taken:
        found, number = f"{name}_{number}", number + 1
    return found


def _in_json(data: bytes, path: Path, bucket: Resource, name: str, entries: dict[str, Value]) -> list[Change]:
    """Beside the type of the bucket, in the same object."""
    values = parse_json_values(data).body.attributes["resource"].expression
    at = bucket.declared.block.span.start
    for types in values.items if isinstance(values, TupleOf) else (values,):
        if isinstance(types, ObjectOf) and types.span.start <= at < types.span.end:
            group = group_of_object(types, path)
            found = group.entries.get(ENCRYPTION)
            if found and isinstance(found.expression, ObjectOf):
                return added(data, group_of_object(found.expression, path), {name: Nested(entries)})
            if found is None:
                return added(data, group, {ENCRYPTION: Nested({name: Nested(entries)})}, after=bucket.type)
    why = f"the configurations of {path.name} are in a list"
    raise Refused(why, "add one beside them by hand")
