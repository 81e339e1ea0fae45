"""Folders of Terraform and OpenTofu code."""

import os
import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from s3kms.iac.budget import WorkBudget
from s3kms.iac.files import UnreadFile
from s3kms.iac.hcl.advice import CORRECT_CODE, MAKE_READABLE
from s3kms.iac.hcl.module import Declaration, FileDiagnostic, Module, list_module_files
from s3kms.iac.hcl.module_loader import CallNames, MissingModule
from s3kms.iac.hcl.module_surroundings import ModuleSurroundings
from s3kms.iac.hcl.root_module import RootModule
from s3kms.iac.interface import Folder, ReadContext, Reader, Unit, UnitNote
from s3kms.iac.terraform.code.aws_schema import AWS_SCHEMA
from s3kms.iac.terraform.code.buckets import CodeBuckets
from s3kms.iac.terraform.code.call_presence import may_be_called
from s3kms.iac.terraform.code.elsewhere import describe_modules_without_buckets
from s3kms.iac.terraform.code.stacks import find_stack_templates, read_stacks
from s3kms.iac.terraform.code.variable_sources import describe_variable_sources
from s3kms.iac.terraform.known_modules import find_known_module
from s3kms.model.bucket import Bucket
from s3kms.model.place import Place
from s3kms.model.unknown import Unknown, UnknownCause

_WORDS_OF_BUCKETS = (b"aws_s3", b"awscc_s3", b"_cloudformation_stack", b"module", b"\\u", b"\\U")
"""Words of which a folder has one, if its code may declare buckets; a type may be written with escapes."""


def claims(unit: Unit) -> bool:
    """Whether it is a folder: Terraform is the only language whose units are folders."""
    return isinstance(unit, Folder)


def read(unit: Unit, context: ReadContext) -> Iterator[Bucket]:
    """The buckets of a root module; and one without a name, its encryption Unknown, for each file that cannot be read
    and for each call of a module that is not there.
    """
    return (item for item in read_with_notes(unit, context) if isinstance(item, Bucket))


def read_with_notes(unit: Unit, context: ReadContext) -> Iterator[Bucket | UnitNote]:
    """The buckets that `read` has, and notes about what is declared and not there."""
    if not isinstance(unit, Folder) or not _may_have_buckets(unit, context):
        return
    budget = context.open_budget()
    root = _root_module(unit.path, context, budget=budget)
    buckets = CodeBuckets(root)
    yield from buckets.buckets(unit.only)
    yield from read_stacks(root, context, unit.only)
    yield from (UnitNote(sentence, explains_absence=True) for sentence in buckets.notes())
    yield from map(UnitNote, describe_modules_without_buckets(root, unit.only))
    yield from map(UnitNote, describe_variable_sources(root, context))
    yield from _unread_files(root.loader.assigned_values.diagnostics)
    for names, module in root.modules:
        wanted = partial(_is_wanted, root, unit.only, names)
        yield from _unread_files(one for one in module.diagnostics if wanted(one.path))
        yield from _missing_modules(root, names, module, wanted)


def read_unconditionally(unit: Unit, context: ReadContext) -> Iterator[Bucket]:
    """The buckets of a root module as if its validations and preconditions were not there: an editor reads the code
    with values that no code has, to see where they arrive.
    """
    if isinstance(unit, Folder):
        root = _root_module(unit.path, context, budget=context.open_budget(), checks_conditions=False)
        yield from CodeBuckets(root).buckets()


def _root_module(
    folder: Path, context: ReadContext, *, budget: WorkBudget | None = None, checks_conditions: bool = True
) -> RootModule:
    return RootModule(
        folder,
        context.files,
        context.inputs,
        AWS_SCHEMA,
        budget=budget,
        surroundings=ModuleSurroundings(context.named, find_known_module),
        checks_conditions=checks_conditions,
        values=context.values,
    )


def _may_have_buckets(unit: Folder, context: ReadContext) -> bool:
    for name in list_module_files(context.files, unit.path):
        data = context.files.read(unit.path / name)
        if isinstance(data, UnreadFile):
            return True
        if data and any(word in data for word in _WORDS_OF_BUCKETS):
            return True
    return False


def _is_wanted(root: RootModule, only: Path | None, names: CallNames, declared: Path) -> bool:
    return only is None or root.is_declared_in(only, names, declared)


def _unread_files(diagnostics: Iterable[FileDiagnostic]) -> Iterator[Bucket]:
    """One bucket for each file, with its first diagnostic."""
    first: dict[str, FileDiagnostic] = {}
    for diagnostic in diagnostics:
        first.setdefault(str(diagnostic.path), diagnostic)
    for path, diagnostic in first.items():
        line, column = diagnostic.span.line, diagnostic.span.column
        why = f"{path} cannot be read in full: {diagnostic.why} (line {line})"
        unknown = Unknown(UnknownCause.FILE_UNREAD, why, CORRECT_CODE)
        if diagnostic.is_unread:
            unknown = Unknown(UnknownCause.FILE_UNREAD, f"{path} {diagnostic.why}", MAKE_READABLE)
        yield _unnamed_bucket(unknown, Place(path, line, column))


def _missing_modules(
    root: RootModule, names: CallNames, module: Module, is_wanted: Callable[[Path], bool]
) -> Iterator[Bucket]:
    """One bucket for each wanted call that leads to no module: buckets may be declared there."""
    for name, call in module.calls.items():
        if not is_wanted(call.path):
            continue
        found = root.loader.load_called_module((*names, name), module, call)
        if isinstance(found, MissingModule) and may_be_called(root, (*names, name)):
            yield _unnamed_bucket(found.unknown, _place_of(call))


def _place_of(call: Declaration) -> Place:
    return Place(str(call.path), call.block.span.line, call.block.span.column)


def _unnamed_bucket(unknown: Unknown, place: Place) -> Bucket:
    return Bucket(None, places=(place,), encryption=unknown, tags=unknown, key=unknown)


def _included_files(unit: Unit, context: ReadContext) -> frozenset[Path]:
    """The templates that its stacks deploy, with the parameters that they pass."""
    if not isinstance(unit, Folder) or not _may_have_stacks(unit.path, context, set()):
        return frozenset()
    root = _root_module(unit.path, context, budget=context.open_budget())
    return frozenset(find_stack_templates(root))


def _may_have_stacks(folder: Path, context: ReadContext, seen: set[Path]) -> bool:
    """Whether the text of a module, or of those that it calls by a path, has a word of stacks."""
    seen.add(folder)
    for name in list_module_files(context.files, folder):
        data = context.files.read(folder / name)
        if not isinstance(data, bytes):
            continue
        if _WORD_OF_STACKS in data:
            return True
        for source in _LOCAL_SOURCE.findall(data) if len(seen) < _MAX_FOLDERS else ():
            called = Path(os.path.normpath(folder / source.decode(errors="replace")))
            if called not in seen and _may_have_stacks(called, context, seen):
                return True
    return False


_WORD_OF_STACKS = b"_cloudformation_stack"
_LOCAL_SOURCE = re.compile(rb'source["\s]*[=:]\s*"(\.[^"\n$%\0]*)"')
_MAX_FOLDERS = 200

READER = Reader(
    "a folder of Terraform or OpenTofu files", claims, read, _included_files, read_with_notes=read_with_notes
)
