"""The templates of nested stacks, as far as they are files beside the template that nests them, or stand in the
checked tree under the name that they are uploaded with; and those that a stack set holds as a text.

So they are before `aws cloudformation package` or `sam build`, and in what the CDK writes.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from s3kms.iac.cloudformation.encryption import properties_of
from s3kms.iac.cloudformation.evaluation import start_resolver
from s3kms.iac.cloudformation.loops import unroll_loops
from s3kms.iac.cloudformation.modules import is_without_buckets
from s3kms.iac.cloudformation.resolver import ParentStack, Resolver
from s3kms.iac.cloudformation.template import (
    INLINE_TEMPLATE,
    TEMPLATE_LOCATIONS,
    TEMPLATE_SUFFIXES,
    CloudFormationTemplate,
    TemplateResource,
    is_template,
    read_template,
)
from s3kms.iac.cloudformation.template_locations import describe_missing, find_template, is_address
from s3kms.iac.cloudformation.tree import (
    Array,
    Mark,
    Node,
    Scalar,
    Table,
    TableEntry,
    TemplateSyntaxError,
    parse_template,
)
from s3kms.iac.cloudformation.unread_parts import module_source_of, why_unread
from s3kms.iac.cloudformation.values import (
    CORRECT_TEMPLATE,
    UNSETTLED,
    NoValue,
    Value,
    or_check_deployed,
    unknown_of,
)
from s3kms.iac.interface import ReadContext
from s3kms.iac.values import UnknownValue
from s3kms.iac.worlds import TooManyWorlds, World, explore_worlds
from s3kms.model.unknown import Unknown, UnknownCause

MAX_STACK_DEPTH = 10
"""Stacks in stacks."""
MAX_NESTED_STACKS = 500
"""Nested stacks in all; CloudFormation takes a template of no more resources than that."""

T = TypeVar("T")
_NAME_IT_TOO = or_check_deployed("check that template, too, as a file of its own")


def load_nested_stacks(root: CloudFormationTemplate, context: ReadContext) -> None:
    """Reads the templates of nested stacks, and of theirs, into a template; `missing` has those not read."""
    _Nest(root, context).fill(root, (), (_path(root.uri),))


def nested_files_of(template: CloudFormationTemplate) -> Iterator[Path]:
    """The files of the nested templates, at any depth."""
    for inner in template.nested.values():
        yield _path(inner.uri)
        yield from nested_files_of(inner)


class _Nest:
    def __init__(self, root: CloudFormationTemplate, context: ReadContext) -> None:
        self._root = root
        self._context = context
        self._read: dict[Path, Table | str] = {}
        self._count = 0

    def fill(self, template: CloudFormationTemplate, ids: tuple[str, ...], way: tuple[Path, ...]) -> None:
        """Read the templates that this one names; `way` is the files that lead to it, its own last."""
        for resource in template.resources.values():
            if resource.kind not in TEMPLATE_LOCATIONS:
                unread = why_unread(resource.logical_id, resource.body)
                source = module_source_of(resource.body)
                if unread and not (source and is_without_buckets(source, way[-1], self._context.files)):
                    template.missing[resource.logical_id] = unread
                continue
            found = self._found(resource, ids, way)
            if isinstance(found, Unknown):
                why = f"the template of the nested stack {resource.logical_id} {found.why}"
                template.missing[resource.logical_id] = replace(found, why=why)
                continue
            template.nested[resource.logical_id] = found
            inner = way if found.is_inline else (*way, _path(found.uri))
            self.fill(found, (*ids, resource.logical_id), inner)

    def _found(
        self, resource: TemplateResource, ids: tuple[str, ...], way: tuple[Path, ...]
    ) -> CloudFormationTemplate | Unknown:
        self._count += 1
        if max(len(way), len(ids)) > MAX_STACK_DEPTH or self._count > MAX_NESTED_STACKS:
            limits = f"{MAX_NESTED_STACKS} in all, {MAX_STACK_DEPTH} levels"
            why = f"is not read: there are too many nested stacks (the limits are {limits})"
            return Unknown(UnknownCause.BUDGET, why, _NAME_IT_TOO)
        if embedded := _embedded_file(resource):
            return self._nested((_path(str(way[-1].parent / embedded)), True), resource, ids, way)
        body: str | Table | Unknown | None = self._agreed(lambda resolver: _text_of(resolver, resource), ids)
        if body is not None:
            return body if isinstance(body, Unknown) else self._inline(body, resource, ids, way)
        location = self._agreed(lambda resolver: self._location(resolver, resource, way), ids)
        if location is None or isinstance(location, Unknown):
            return location or Unknown(UnknownCause.UNRESOLVED, "is nowhere", CORRECT_TEMPLATE)
        return self._nested(location, resource, ids, way)

    def _nested(
        self,
        location: tuple[Path, bool],
        resource: TemplateResource,
        ids: tuple[str, ...],
        way: tuple[Path, ...],
    ) -> CloudFormationTemplate | Unknown:
        """The template in a file, with whether an address names it."""
        path, is_uploaded = location
        if path in way:
            return Unknown(UnknownCause.UNRESOLVED, f"is {path}, which nests itself", CORRECT_TEMPLATE)
        return self._template(path, resource, ids, is_uploaded=is_uploaded)

    def _agreed(
        self, ask: Callable[[Resolver], T | Unknown | None], ids: tuple[str, ...]
    ) -> T | Unknown | None:
        """The answer, where it is the same in every world."""

        def asked(world: World) -> T | Unknown | None:
            try:
                return ask(start_resolver(self._root, world).inside(ids))
            except UNSETTLED as error:
                unknown = unknown_of(error)
                return replace(unknown, why=f"is not known: {unknown.why}")

        with suppress(TooManyWorlds):
            said = [answer for _, answer in explore_worlds(asked)]
            if said and all(answer == said[0] for answer in said):
                return said[0]
        return Unknown(UnknownCause.UNRESOLVED, "differs between cases", _NAME_IT_TOO)

    def _location(
        self, resolver: Resolver, resource: TemplateResource, way: tuple[Path, ...]
    ) -> tuple[Path, bool] | Unknown:
        """The file with the template, and whether it is named by an address. Raises Undecided, Rejected."""
        if asset := _cdk_path(resource):
            return _path(str(way[-1].parent / asset)), False
        value = resolver.field(properties_of(resolver, resource), TEMPLATE_LOCATIONS[resource.kind])
        if isinstance(value, Table) and "ApplicationId" in value.entries:
            why = "is in the AWS Serverless Application Repository"
            return Unknown(UnknownCause.UNSUPPORTED, why, _NAME_IT_TOO)
        text, shown = _location_text(value), _shown(value)
        if text is None:
            at = f"at {shown}, which is " if shown else ""
            return Unknown(UnknownCause.UNRESOLVED, f"is {at}not a template file beside it", _NAME_IT_TOO)
        if is_address(text):
            return self._uploaded(text, shown, resolver, resource, way)
        if Path(text).is_absolute() or not text.lower().endswith(TEMPLATE_SUFFIXES):
            why = f"is at {shown}, which is not a template file beside it"
            return Unknown(UnknownCause.UNRESOLVED, why, _NAME_IT_TOO)
        return _path(str(way[-1].parent / text)), False

    def _uploaded(
        self, text: str, shown: str, resolver: Resolver, resource: TemplateResource, way: tuple[Path, ...]
    ) -> tuple[Path, bool] | Unknown:
        """The file of the checked tree that the template at an address is."""
        passed = _passed_names(resolver, resource)

        def fits(path: Path) -> bool:
            if path in way:
                return False
            root = self._root_of(path)
            return isinstance(root, Table) and is_template(root) and _takes(root, passed)

        found = find_template(text, way[-1], self._context.tree.named, fits)
        if len(found) == 1:
            return found[0], True
        why = f"is at {shown}, and {describe_missing(text, self._context.tree.named, way)}"
        if found:
            why = f"is at {shown}, and may be {' or '.join(map(str, found[:3]))}"
        return Unknown(UnknownCause.UNRESOLVED, why, _NAME_IT_TOO)

    def _template(
        self, path: Path, resource: TemplateResource, ids: tuple[str, ...], *, is_uploaded: bool
    ) -> CloudFormationTemplate | Unknown:
        root = self._root_of(path)
        if isinstance(root, str):
            return Unknown(UnknownCause.FILE_UNREAD, f"is {path}, {root}", or_check_deployed("correct it"))
        outer = ParentStack(start_resolver(self._root, World()).inside(ids), resource)
        read = replace(read_template(root, str(path)), is_uploaded=is_uploaded)
        return unroll_loops(read, outer)

    def _inline(
        self, text: str | Table, resource: TemplateResource, ids: tuple[str, ...], way: tuple[Path, ...]
    ) -> CloudFormationTemplate | Unknown:
        try:
            root = parse_template(text.encode()) if isinstance(text, str) else text
        except TemplateSyntaxError as broken:
            return Unknown(UnknownCause.FILE_UNREAD, f"cannot be read: {broken}", CORRECT_TEMPLATE)
        placed = _placed(root, resource.mark)
        if not isinstance(placed, Table):
            return Unknown(UnknownCause.FILE_UNREAD, "is not a mapping", CORRECT_TEMPLATE)
        outer = ParentStack(start_resolver(self._root, World()).inside(ids), resource)
        read = replace(read_template(placed, str(way[-1])), is_inline=True)
        return unroll_loops(read, outer)

    def _root_of(self, path: Path) -> Table | str:
        """The mapping that a file is, or what it is instead."""
        if path not in self._read:
            self._read[path] = self._parsed(path)
        return self._read[path]

    def _parsed(self, path: Path) -> Table | str:
        data = self._context.files.read(path)
        if not isinstance(data, bytes):
            return f"which {data.why}" if data else "which does not exist"
        try:
            root = parse_template(data)
        except TemplateSyntaxError as broken:
            return f"which cannot be read: {broken} (line {broken.mark.line})"
        return root if isinstance(root, Table) else "which is not a mapping"


def _embedded_file(resource: TemplateResource) -> str | None:
    """The file that rain puts in as the text of a stack set."""
    properties = resource.body.get("Properties")
    body = properties.get(INLINE_TEMPLATE) if isinstance(properties, Table) else None
    file = body.get("Fn::Rain::Embed") if isinstance(body, Table) else None
    return file.text if isinstance(file, Scalar) else None


def _cdk_path(resource: TemplateResource) -> str | None:
    """Where the CDK says the template is: in the metadata, for there is a URL in the property."""
    metadata = resource.body.get("Metadata")
    asset = metadata.get("aws:asset:path") if isinstance(metadata, Table) else None
    is_file = isinstance(asset, Scalar) and asset.text.lower().endswith(TEMPLATE_SUFFIXES)
    return asset.text if is_file and isinstance(asset, Scalar) else None


def _text_of(resolver: Resolver, resource: TemplateResource) -> str | Table | Unknown | None:
    """The template that a stack set holds as a text, or as what rain makes a text of; None where it holds none.

    Raises Undecided, Rejected.
    """
    value = resolver.field(properties_of(resolver, resource), INLINE_TEMPLATE)
    if isinstance(value, NoValue):
        return None
    if isinstance(value, Scalar | Table):
        return value.text if isinstance(value, Scalar) else value
    return Unknown(
        UnknownCause.UNRESOLVED, f"is {_shown(value) or 'not a text'}, whose values are open", _NAME_IT_TOO
    )


def _location_text(value: Value) -> str | None:
    """A location with `${name}` for what is open in it."""
    if isinstance(value, Scalar):
        return value.text
    return value.piece if isinstance(value, UnknownValue) else None


def _shown(value: Value) -> str:
    if isinstance(value, Scalar):
        return value.text
    return value.expression if isinstance(value, UnknownValue) else ""


def _passed_names(resolver: Resolver, resource: TemplateResource) -> frozenset[str] | None:
    """The names of the parameters that a stack is passed; None where only CloudFormation knows them."""
    try:
        value = resolver.field(properties_of(resolver, resource), "Parameters")
        if isinstance(value, NoValue):
            return frozenset()
        if isinstance(value, Table):
            return frozenset(value.entries)
        if isinstance(value, Array):
            keys = [item.get("ParameterKey") for item in value.items if isinstance(item, Table)]
            return frozenset(key.text for key in keys if isinstance(key, Scalar))
    except UNSETTLED:
        pass
    return None


def _takes(root: Table, passed: frozenset[str] | None) -> bool:
    """Whether a template can be nested with these parameters: CloudFormation refuses one that is not declared."""
    declared = root.get("Parameters")
    names = declared.entries.keys() if isinstance(declared, Table) else frozenset[str]()
    return passed is None or passed <= names


def _placed(node: Node, mark: Mark) -> Node:
    """A tree whose every part stands at one place: that of the text that it was parsed from."""
    if isinstance(node, Scalar):
        return replace(node, mark=mark)
    if isinstance(node, Array):
        return Array(tuple(_placed(item, mark) for item in node.items), mark)
    entries = {key: TableEntry(mark, _placed(entry.node, mark)) for key, entry in node.entries.items()}
    return Table(entries, mark)


def _path(text: str) -> Path:
    return Path(os.path.normpath(text))
