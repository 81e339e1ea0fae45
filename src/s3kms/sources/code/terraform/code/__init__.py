"""Terraform and OpenTofu as people write them: folders of HCL."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from s3kms.estate.advice import Advice
from s3kms.estate.bucket import Bucket, Place
from s3kms.estate.unknown import Unknown, UnknownCause
from s3kms.sources.code.hcl.module import Declared, Module, Trouble, module_files
from s3kms.sources.code.hcl.parts import Exhausted
from s3kms.sources.code.hcl.project import CORRECT, Missing
from s3kms.sources.code.hcl.root import Names, Root
from s3kms.sources.code.hcl.scope import Placed
from s3kms.sources.code.hcl.values import Invalid, Open
from s3kms.sources.code.interface import Context, Folder, Reader, Unit
from s3kms.sources.code.terraform.code.buckets import CodeBuckets

_WORDS = (b"aws_s3", b"module")
"""What a folder mentions that has anything to do with buckets."""


def claims(unit: Unit) -> bool:
    """Folders are units of this language alone."""
    return isinstance(unit, Folder)


def read(unit: Unit, context: Context) -> Iterator[Bucket]:
    """The buckets; and one without a name for each file that cannot be read, and each module that is not there."""
    if not isinstance(unit, Folder) or not _is_worth_it(unit, context):
        return
    try:
        root = Root(unit.path, context)
        yield from CodeBuckets(root).buckets(unit.only)
        yield from _troubles(root.project.values.troubles, None)
        for names, module in root.modules:
            yield from _troubles(module.troubles, unit.only)
            if unit.only is None:
                yield from _missing(root, names, module)
    except RecursionError:
        why = f"the code in {unit.path} is nested too deeply to be read"
        yield _unnamed(
            Unknown(UnknownCause.UNRESOLVED, why, Advice(CORRECT)), Place(str(unit.only or unit.path), 1, 1)
        )


def _is_worth_it(unit: Folder, context: Context) -> bool:
    for name in module_files(context.files, unit.path):
        data = context.files.read(unit.path / name) or b""
        if any(word in data for word in _WORDS):
            return True
    return False


def _troubles(troubles: Iterable[Trouble], only: Path | None) -> Iterator[Bucket]:
    """The first of each file."""
    first: dict[str, Trouble] = {}
    for trouble in troubles:
        if only is None or trouble.path == only:
            first.setdefault(str(trouble.path), trouble)
    for path, trouble in first.items():
        line, column = trouble.span.line, trouble.span.column
        why = f"{path} cannot be read in full: {trouble.why} (line {line})"
        yield _unnamed(Unknown(UnknownCause.UNRESOLVED, why, Advice(CORRECT)), Place(path, line, column))


def _missing(root: Root, names: Names, module: Module) -> Iterator[Bucket]:
    """Of each call that leads to no module: buckets may be declared there."""
    for name, call in module.calls.items():
        found = root.project.called((*names, name), module, call)
        if isinstance(found, Missing) and _is_called(root, names, name):
            yield _unnamed(found.unknown, _place(call))


def _is_called(root: Root, names: Names, name: str) -> bool:
    """Whether some instance of the call may be there."""
    try:
        return any(_may_be(root, placed, name) for placed in root.placed(root.lazy, names)) or not any(
            True for _ in root.placed(root.lazy, names)
        )
    except (Exhausted, RecursionError):
        return True


def _may_be(root: Root, placed: Placed, name: str) -> bool:
    try:
        expanded = root.lazy.how_many(placed, name)
    except Invalid:
        return True
    return isinstance(expanded, Open) or bool(expanded.instances)


def _place(call: Declared) -> Place:
    return Place(str(call.path), call.block.span.line, call.block.span.column)


def _unnamed(unknown: Unknown, place: Place) -> Bucket:
    return Bucket(None, places=(place,), encryption=unknown, tags=unknown, key=unknown)


READER = Reader("a folder of Terraform or OpenTofu files", claims, read)
