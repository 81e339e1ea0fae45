"""Terraform Stacks, as `iac.LANGUAGES` knows it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from s3kms.iac.budget import BudgetExhausted, within_bounds
from s3kms.iac.included_files import normalize_path
from s3kms.iac.interface import Document, Language, ReadContext, Reader, Unit, UnitNote
from s3kms.iac.terraform_stacks.stack import (
    COMPONENT_FILES,
    DEPLOYMENT_FILES,
    Component,
    find_components,
    has_components,
)
from s3kms.iac.terragrunt.units import UnitModule, find_module, read_module_of
from s3kms.model.advice import Advice, Command
from s3kms.model.bucket import Bucket
from s3kms.model.place import Place
from s3kms.model.unknown import Unknown, UnknownCause

_CHECK_PLAN = Advice(
    "check a plan of each deployment, or the deployed buckets: {check}", {"check": Command("check")}
)


def _claims(unit: Unit) -> bool:
    if not isinstance(unit, Document):
        return False
    name, data = unit.path.name, unit.data
    if name.endswith(DEPLOYMENT_FILES):
        return b"deployment" in data
    return name.endswith(COMPONENT_FILES) and (b"component " in data or b"stack " in data)


def _items(unit: Unit, context: ReadContext) -> Iterator[Bucket | UnitNote]:
    if not isinstance(unit, Document):
        return
    if unit.path.name.endswith(DEPLOYMENT_FILES):
        if not has_components(unit.path.parent, context.files):
            yield _named(unit.path, Place(str(unit.path)), "its components are not here")
        return
    try:
        with within_bounds():
            for found in find_components(unit.path, unit.data, context.files, context.open_budget()):
                if isinstance(found, Component):
                    yield from _read(found, unit.path, context)
                else:
                    name, place = found
                    yield _named(unit.path, place, f"{name} is not evaluated")
    except BudgetExhausted as error:
        yield _named(unit.path, Place(str(unit.path)), error.why)


def _read(component: Component, path: Path, context: ReadContext) -> Iterator[Bucket | UnitNote]:
    module = find_module(component.configuration, path.parent, context)
    if not isinstance(module, UnitModule):
        why = module.why if module else f"{component.name} has no module"
        yield _named(path, component.places[0], why)
        return
    for item in read_module_of(module, component.configuration, component.places):
        if isinstance(item, Bucket) and item.resource is not None:
            yield replace(item, resource=f"{component.name}.{item.resource}")
        else:
            yield item


def _included_files(unit: Unit, context: ReadContext) -> frozenset[Path]:
    """The modules of its components, which are no root modules of their own."""
    if not _claims(unit) or not isinstance(unit, Document) or unit.path.name.endswith(DEPLOYMENT_FILES):
        return frozenset()
    found = set[Path]()
    try:
        with within_bounds():
            for one in find_components(unit.path, unit.data, context.files, context.open_budget()):
                if isinstance(one, Component):
                    module = find_module(one.configuration, unit.path.parent, context)
                    if isinstance(module, UnitModule) and not module.is_elsewhere:
                        found.add(normalize_path(module.folder.path))
    except BudgetExhausted:
        pass
    return frozenset(found)


def _named(path: Path, place: Place, why: str) -> Bucket:
    text = f"{path} may declare buckets in Terraform Stacks: {why}"
    unknown = Unknown(UnknownCause.UNSUPPORTED, text, _CHECK_PLAN)
    return Bucket(None, places=(place,), encryption=unknown, tags=unknown, key=unknown)


def _buckets(unit: Unit, context: ReadContext) -> Iterator[Bucket]:
    return (item for item in _items(unit, context) if isinstance(item, Bucket))


LANGUAGE = Language(
    "Terraform Stacks",
    Reader("a file of Terraform Stacks", _claims, _buckets, _included_files, read_with_notes=_items),
)
