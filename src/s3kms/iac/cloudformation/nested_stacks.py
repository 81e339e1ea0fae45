"""The templates of nested stacks, as far as they are files beside the template that nests them.

So they are before `aws cloudformation package` or `sam build`, and in what the CDK writes.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from s3kms.iac.cloudformation.encryption import properties_of
from s3kms.iac.cloudformation.evaluation import start_resolver
from s3kms.iac.cloudformation.loops import unroll_loops
from s3kms.iac.cloudformation.resolver import ParentStack
from s3kms.iac.cloudformation.template import CloudFormationTemplate, TemplateResource, read_template
from s3kms.iac.cloudformation.tree import Scalar, Table, TemplateSyntaxError, parse_template
from s3kms.iac.cloudformation.values import CORRECT_TEMPLATE, UNSETTLED, or_check_deployed, unknown_of
from s3kms.iac.files import Files
from s3kms.iac.values import UnknownValue
from s3kms.iac.worlds import MAX_WORLDS, World, explore_worlds
from s3kms.model.unknown import Unknown, UnknownCause

TEMPLATE_LOCATIONS = {"AWS::CloudFormation::Stack": "TemplateURL", "AWS::Serverless::Application": "Location"}
"""The resources that are stacks, and the property that says where the template is."""
TEMPLATE_SUFFIXES = (".yaml", ".yml", ".json", ".template")
"""Of the files that are read; a template names no other."""
MAX_STACK_DEPTH = 10
"""Stacks in stacks."""
MAX_NESTED_STACKS = 500
"""Nested stacks in all; CloudFormation takes a template of no more resources than that."""

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_NAME_IT_TOO = or_check_deployed("check that template, too, as a file of its own")


def load_nested_stacks(root: CloudFormationTemplate, files: Files) -> None:
    """Reads the templates of nested stacks, and of theirs, into a template; `missing` has those not read."""
    _Nest(root, files).fill(root, (), (_path(root.uri),))


def nested_files_of(template: CloudFormationTemplate) -> Iterator[Path]:
    """The files of the nested templates, at any depth."""
    for inner in template.nested.values():
        yield _path(inner.uri)
        yield from nested_files_of(inner)


class _Nest:
    def __init__(self, root: CloudFormationTemplate, files: Files) -> None:
        self._root = root
        self._files = files
        self._read: dict[Path, Table | str] = {}
        self._count = 0

    def fill(self, template: CloudFormationTemplate, ids: tuple[str, ...], way: tuple[Path, ...]) -> None:
        """Read the templates that this one names; `way` is the files that lead to it, its own last."""
        for resource in template.resources.values():
            if resource.kind not in TEMPLATE_LOCATIONS:
                continue
            path = self._path(resource, ids, way)
            found = path if isinstance(path, Unknown) else self._template(path, resource, ids)
            if isinstance(found, Unknown):
                why = f"the template of the nested stack {resource.logical_id} {found.why}"
                template.missing[resource.logical_id] = replace(found, why=why)
                continue
            template.nested[resource.logical_id] = found
            self.fill(found, (*ids, resource.logical_id), (*way, _path(found.uri)))

    def _path(
        self, resource: TemplateResource, ids: tuple[str, ...], way: tuple[Path, ...]
    ) -> Path | Unknown:
        text = self._location(resource, ids)
        if isinstance(text, Unknown):
            return text
        if _URL.match(text) or Path(text).is_absolute() or not text.lower().endswith(TEMPLATE_SUFFIXES):
            return Unknown(
                UnknownCause.UNRESOLVED, f"is at {text}, which is not a template file beside it", _NAME_IT_TOO
            )
        path = _path(str(way[-1].parent / text))
        self._count += 1
        if path in way:
            return Unknown(UnknownCause.UNRESOLVED, f"is {path}, which nests itself", CORRECT_TEMPLATE)
        if len(way) > MAX_STACK_DEPTH or self._count > MAX_NESTED_STACKS:
            limits = f"{MAX_NESTED_STACKS} in all, {MAX_STACK_DEPTH} levels"
            why = f"is not read: there are too many nested stacks (the limits are {limits})"
            return Unknown(UnknownCause.BUDGET, why, _NAME_IT_TOO)
        return path

    def _location(self, resource: TemplateResource, ids: tuple[str, ...]) -> str | Unknown:
        """Where it says its template is. The CDK says it in the metadata, for there is a URL in the property."""
        metadata = resource.body.get("Metadata")
        asset = metadata.get("aws:asset:path") if isinstance(metadata, Table) else None
        if isinstance(asset, Scalar) and asset.text.lower().endswith(TEMPLATE_SUFFIXES):
            return asset.text

        def ask(world: World) -> str | Unknown:
            resolver = start_resolver(self._root, world).inside(ids)
            try:
                value = resolver.field(properties_of(resolver, resource), TEMPLATE_LOCATIONS[resource.kind])
            except UNSETTLED as error:
                unknown = unknown_of(error)
                return replace(unknown, why=f"is not known: {unknown.why}")
            if isinstance(value, Scalar):
                return value.text
            at = f"at {value.expression}, which is " if isinstance(value, UnknownValue) else ""
            return Unknown(UnknownCause.UNRESOLVED, f"is {at}not a template file beside it", _NAME_IT_TOO)

        said = [answer for _, answer in explore_worlds(ask)]
        if said and len(said) <= MAX_WORLDS and all(answer == said[0] for answer in said):
            return said[0]
        return Unknown(UnknownCause.UNRESOLVED, "differs between cases", _NAME_IT_TOO)

    def _template(
        self, path: Path, resource: TemplateResource, ids: tuple[str, ...]
    ) -> CloudFormationTemplate | Unknown:
        root = self._read[path] if path in self._read else self._parsed(path)
        self._read[path] = root
        if isinstance(root, str):
            return Unknown(UnknownCause.FILE_UNREAD, f"is {path}, {root}", or_check_deployed("correct it"))
        outer = ParentStack(start_resolver(self._root, World()).inside(ids), resource)
        return unroll_loops(read_template(root, str(path)), outer)

    def _parsed(self, path: Path) -> Table | str:
        data = self._files.read(path)
        if not isinstance(data, bytes):
            return f"which {data.why}" if data else "which does not exist"
        try:
            root = parse_template(data)
        except TemplateSyntaxError as broken:
            return f"which cannot be read: {broken} (line {broken.mark.line})"
        return root if isinstance(root, Table) else "which is not a mapping"


def _path(text: str) -> Path:
    return Path(os.path.normpath(text))
