"""Terraform and OpenTofu as people write them: folders of HCL."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from s3kms.iac.hcl.advice import CORRECT_CODE
from s3kms.iac.hcl.composite_values import BudgetExhausted
from s3kms.iac.hcl.module import Declaration, FileDiagnostic, Module, list_module_files
from s3kms.iac.hcl.module_loader import MissingModule
from s3kms.iac.hcl.root_module import CallNames, RootModule
from s3kms.iac.hcl.scope import ModuleInstance
from s3kms.iac.interface import Folder, ReadContext, Reader, Unit
from s3kms.iac.terraform.code.aws_schema import AWS_SCHEMA
from s3kms.iac.terraform.code.buckets import CodeBuckets
from s3kms.iac.values import Rejected, UnknownValue
from s3kms.model.bucket import Bucket, Place
from s3kms.model.unknown import Unknown, UnknownCause

_WORDS = (b"aws_s3", b"module")
"""What a folder mentions that has anything to do with buckets."""


def claims(unit: Unit) -> bool:
    """Folders are units of this language alone."""
    return isinstance(unit, Folder)


def read(unit: Unit, context: ReadContext) -> Iterator[Bucket]:
    """The buckets; and one without a name for each file that cannot be read, and each module that is not there."""
    if not isinstance(unit, Folder) or not _is_worth_it(unit, context):
        return
    try:
        root = RootModule(unit.path, context.files, context.inputs, AWS_SCHEMA)
        yield from CodeBuckets(root).buckets(unit.only)
        yield from _troubles(root.loader.values.diagnostics, None)
        for names, module in root.modules:
            yield from _troubles(module.diagnostics, unit.only)
            if unit.only is None:
                yield from _missing(root, names, module)
    except RecursionError:
        why = f"the code in {unit.path} is nested too deeply to be read"
        yield _unnamed(
            Unknown(UnknownCause.UNRESOLVED, why, CORRECT_CODE), Place(str(unit.only or unit.path), 1, 1)
        )


def _is_worth_it(unit: Folder, context: ReadContext) -> bool:
    for name in list_module_files(context.files, unit.path):
        data = context.files.read(unit.path / name) or b""
        if any(word in data for word in _WORDS):
            return True
    return False


def _troubles(diagnostics: Iterable[FileDiagnostic], only: Path | None) -> Iterator[Bucket]:
    """The first of each file."""
    first: dict[str, FileDiagnostic] = {}
    for trouble in diagnostics:
        if only is None or trouble.path == only:
            first.setdefault(str(trouble.path), trouble)
    for path, trouble in first.items():
        line, column = trouble.span.line, trouble.span.column
        why = f"{path} cannot be read in full: {trouble.why} (line {line})"
        yield _unnamed(Unknown(UnknownCause.UNRESOLVED, why, CORRECT_CODE), Place(path, line, column))


def _missing(root: RootModule, names: CallNames, module: Module) -> Iterator[Bucket]:
    """Of each call that leads to no module: buckets may be declared there."""
    for name, call in module.calls.items():
        found = root.loader.load_called_module((*names, name), module, call)
        if isinstance(found, MissingModule) and _is_called(root, names, name):
            yield _unnamed(found.unknown, _place(call))


def _is_called(root: RootModule, names: CallNames, name: str) -> bool:
    """Whether some instance of the call may be there."""
    try:
        return any(
            _may_be(root, module_instance, name)
            for module_instance in root.module_instances(root.undecided, names)
        ) or not any(True for _ in root.module_instances(root.undecided, names))
    except (BudgetExhausted, RecursionError):
        return True


def _may_be(root: RootModule, module_instance: ModuleInstance, name: str) -> bool:
    try:
        expansion = root.undecided.expand_call(module_instance, name)
    except Rejected:
        return True
    return isinstance(expansion, UnknownValue) or bool(expansion.instances)


def _place(call: Declaration) -> Place:
    return Place(str(call.path), call.block.span.line, call.block.span.column)


def _unnamed(unknown: Unknown, place: Place) -> Bucket:
    return Bucket(None, places=(place,), encryption=unknown, tags=unknown, key=unknown)


READER = Reader("a folder of Terraform or OpenTofu files", claims, read)
