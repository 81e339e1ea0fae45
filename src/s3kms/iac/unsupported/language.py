"""Declarations that are not evaluated, as `iac.LANGUAGES` knows them: each is an UNKNOWN that names its file."""

from collections.abc import Iterator
from pathlib import Path

from s3kms.iac.interface import Document, Language, ReadContext, Reader, Unit, UnitNote
from s3kms.iac.unsupported.shapes import SHAPES, Shape
from s3kms.model.advice import Advice, Command, Sentence
from s3kms.model.bucket import Bucket
from s3kms.model.place import Place
from s3kms.model.unknown import Unknown, UnknownCause


def _find(unit: Unit) -> tuple[Shape, int] | None:
    if not isinstance(unit, Document):
        return None
    found = ((shape, shape.find(unit.path, unit.data)) for shape in SHAPES)
    return next(((shape, place) for shape, place in found if place is not None), None)


def _items(unit: Unit, context: ReadContext) -> Iterator[Bucket | UnitNote]:
    found = _find(unit)
    if found is None or not isinstance(unit, Document):
        return
    shape, place = found
    if shape.output and _is_written_out(unit.path, shape.output, context):
        text = "{path} is code of {language}; what it declares is checked in what the tool made of it"
        fields = {"path": str(unit.path), "language": shape.language}
        yield UnitNote(Sentence(text, fields), explains_absence=True)
        return
    unknown = Unknown(
        UnknownCause.UNSUPPORTED,
        f"{unit.path} may declare buckets in {shape.language}, which is not evaluated",
        Advice(shape.advice, {"check": Command("check")}),
    )
    where = Place(str(unit.path), unit.data.count(b"\n", 0, place) + 1, 1)
    yield Bucket(None, places=(where,), encryption=unknown, tags=unknown, key=unknown)


def _read(unit: Unit, context: ReadContext) -> Iterator[Bucket]:
    return (item for item in _items(unit, context) if isinstance(item, Bucket))


def _is_written_out(path: Path, output: str, context: ReadContext) -> bool:
    """Whether what the tool makes of this code is in the checked tree: below a folder beside it, or further up."""
    places = (found.parents for found in context.tree.named(output))
    outputs = {folder.parent for parents in places for folder in parents if folder.name in _OUTPUTS}
    return any(path.is_relative_to(project) for project in outputs)


_OUTPUTS = {"cdk.out", "cdktf.out"}
LANGUAGE = Language(
    "other declarations",
    Reader("", lambda unit: _find(unit) is not None, _read, read_with_notes=_items),
)
