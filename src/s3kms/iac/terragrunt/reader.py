"""Reads Terragrunt: units, stacks of them, and the state buckets that Terragrunt makes."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from s3kms.iac.budget import BudgetExhausted, within_bounds
from s3kms.iac.included_files import normalize_path
from s3kms.iac.interface import Document, ReadContext, Reader, Unit, UnitNote
from s3kms.iac.terragrunt.configuration import ConfigurationReader, StackMember, UnitConfiguration
from s3kms.iac.terragrunt.evaluation import CHECK_PLAN, shown_path
from s3kms.iac.terragrunt.functions import Surroundings
from s3kms.iac.terragrunt.syntax import STACK_FILE, UNIT_FILES
from s3kms.iac.terragrunt.units import (
    UnitModule,
    find_module,
    find_own_folder,
    find_unknown_generated,
    known_address,
    read_module_of,
)
from s3kms.iac.values import UnknownValue
from s3kms.model.bucket import Bucket
from s3kms.model.place import Place
from s3kms.model.unknown import Unknown, UnknownCause

_STATE = re.compile(rb'^[ \t]*"?remote_state"?[ \t]*[{:]', re.MULTILINE)
_GENERATED = ".terragrunt-stack"
"""The folder in which Terragrunt puts the units of a stack."""
_MAX_STACK_DEPTH = 5
LANGUAGE_NAME = "Terragrunt"


@dataclass(frozen=True, slots=True)
class FoundUnit:
    """A unit, as its file and the stacks around it describe it."""

    configuration: UnitConfiguration
    folder: Path
    """Where it is when it is run."""
    place: Place | None = None
    """Where a stack uses it."""


def find_units_in(document: Document, context: ReadContext) -> Iterator[FoundUnit | Bucket]:
    """The units of a file, and buckets without a name for those that are not read. Raises BudgetExhausted."""
    reader = ConfigurationReader(context.files, context.open_budget())
    folder = document.path.parent
    found = reader.read(document.path, Surroundings(folder, folder))
    if found is None:
        return
    yield FoundUnit(found, folder)
    yield from _members(found, folder, reader, context)
    for path, line, why in dict.fromkeys(reader.problems):
        unknown = Unknown(
            UnknownCause.FILE_UNREAD, f"{path} cannot be read in full: {why} (line {line})", CHECK_PLAN
        )
        yield _unnamed(unknown, Place(str(path), line))


def _members(
    stack: UnitConfiguration, folder: Path, reader: ConfigurationReader, context: ReadContext, depth: int = 0
) -> Iterator[FoundUnit | Bucket]:
    for member in stack.members:
        place = Place(str(stack.path), member.line, 1)
        found = _member(member, folder, reader, context)
        if isinstance(found, Unknown) or depth >= _MAX_STACK_DEPTH:
            deep = Unknown(UnknownCause.BUDGET, f"{stack.path} nests too many stacks", CHECK_PLAN)
            yield _unnamed(found if isinstance(found, Unknown) else deep, place)
        elif member.kind == "unit":
            yield replace(found, place=place)
        else:
            yield from _members(found.configuration, found.folder, reader, context, depth + 1)


def _member(
    member: StackMember, folder: Path, reader: ConfigurationReader, context: ReadContext
) -> FoundUnit | Unknown:
    """The unit or stack that a member of a stack comes to."""
    what = f"{member.kind}.{member.name}"
    address = known_address(member.source) if isinstance(member.source, UnknownValue) else member.source
    if not isinstance(address, str):
        is_open = isinstance(member.source, UnknownValue)
        return member.source.unknown if is_open else _unresolved(f"{what} has no source")  # type: ignore[union-attr]
    is_path = address.startswith((".", "/"))
    source = (
        shown_path(folder, os.path.normpath(address))
        if is_path
        else find_own_folder(address, folder, context)
    )
    names = UNIT_FILES if member.kind == "unit" else (STACK_FILE,)
    path = str(member.path) if isinstance(member.path, str) else member.name
    where = folder / _GENERATED / path
    values = {} if member.values is None else member.values
    for name in names if source else ():
        if source and (found := reader.read(source / name, Surroundings(where, where), values)):
            return FoundUnit(found, where)
    why = f"{what} takes its source from {address}, which is not in this tree"
    return Unknown(UnknownCause.UNSUPPORTED, why, CHECK_PLAN)


def _claims(unit: Unit) -> bool:
    if not isinstance(unit, Document):
        return False
    name = unit.path.name
    if name in {*UNIT_FILES, STACK_FILE}:
        return True
    return name.endswith((".hcl", ".hcl.json")) and b"s3" in unit.data and bool(_STATE.search(unit.data))


def _items(unit: Unit, context: ReadContext) -> Iterator[Bucket | UnitNote]:
    if not isinstance(unit, Document):
        return
    try:
        with within_bounds():
            yield from _read(unit, context)
    except BudgetExhausted as error:
        yield _unnamed(error.unknown(CHECK_PLAN), Place(str(unit.path)))


def _read(unit: Document, context: ReadContext) -> Iterator[Bucket | UnitNote]:
    is_unit = unit.path.name in UNIT_FILES
    for found in find_units_in(unit, context):
        if isinstance(found, Bucket):
            yield found
            continue
        configuration = found.configuration
        if found.place is None:
            yield from configuration.state_buckets
        if found.place is None and not is_unit:
            continue
        if generated := find_unknown_generated(configuration):
            why = f"a file that {configuration.path} generates may declare buckets: {generated.unknown.why}"
            place = Place(str(configuration.path), configuration.file.line_of("generate"))
            yield _unnamed(replace(generated.unknown, why=why), found.place or place)
        module = find_module(configuration, found.folder, context)
        if isinstance(module, Unknown) and found.place is None and _is_parent(unit, context):
            continue  # its source is for the units that include it, and leads nowhere from its own folder
        if isinstance(module, Unknown):
            place = Place(str(configuration.path), configuration.file.line_of("terraform"), 1)
            why = f"{configuration.path} may declare buckets in Terragrunt: {module.why}"
            yield _unnamed(replace(module, why=why), found.place or place)
        elif module is not None:
            for item in read_module_of(module, configuration):
                is_bucket = isinstance(item, Bucket) and found.place is not None
                yield _in_stack(item, found.place) if is_bucket else item  # type: ignore[arg-type]


def _is_parent(unit: Document, context: ReadContext) -> bool:
    """Whether units below its folder include the file."""
    name = re.escape(unit.path.name.encode())
    included = re.compile(
        rb'^[ \t]*path[ \t]*=[^\n]*find_in_parent_folders\([ \t]*(?:\)|"' + name + rb'")', re.MULTILINE
    )
    folder = unit.path.parent
    return any(
        isinstance(other, Document)
        and other.path.parent != folder
        and other.path.is_relative_to(folder)
        and included.search(other.data)
        for other in context.claimed.get(LANGUAGE_NAME, ())
    )


def _in_stack(bucket: Bucket, place: Place) -> Bucket:
    outcomes = tuple(replace(one, places=(*one.places, place)) for one in bucket.outcomes)
    return replace(bucket, places=(*bucket.places, place), outcomes=outcomes)


def _included_files(unit: Unit, context: ReadContext) -> frozenset[Path]:
    """The modules of its units, which are no root modules of their own, and the unit files that a stack uses."""
    if not _claims(unit) or not isinstance(unit, Document):
        return frozenset()
    found = set[Path]()
    try:
        with within_bounds():
            for one in find_units_in(unit, context):
                if isinstance(one, Bucket):
                    continue
                module = find_module(one.configuration, one.folder, context)
                if isinstance(module, UnitModule) and not module.is_elsewhere:
                    found.add(normalize_path(module.folder.path))
                if one.place is not None:
                    found.add(normalize_path(one.configuration.path))
    except BudgetExhausted:
        pass
    return frozenset(found)


def _unresolved(why: str) -> Unknown:
    return Unknown(UnknownCause.UNRESOLVED, why, CHECK_PLAN)


def _unnamed(unknown: Unknown, place: Place) -> Bucket:
    return Bucket(None, places=(place,), encryption=unknown, tags=unknown, key=unknown)


def _buckets(unit: Unit, context: ReadContext) -> Iterator[Bucket]:
    return (item for item in _items(unit, context) if isinstance(item, Bucket))


READER = Reader("a Terragrunt unit", _claims, _buckets, _included_files, read_with_notes=_items)
