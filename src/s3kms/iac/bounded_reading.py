"""The one boundary at which what takes too much becomes an unknown bucket, whatever the language."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from s3kms.iac.budget import BudgetExhausted, within_bounds
from s3kms.iac.interface import Folder, ReadContext, Reader, Unit, UnitNote
from s3kms.model.advice import Advice
from s3kms.model.bucket import Bucket
from s3kms.model.place import Place
from s3kms.model.unknown import Unknown, UnknownCause

T = TypeVar("T")
_SPLIT_UP = Advice("check what is made of it: a plan, or the deployed buckets; or check its parts one by one")


def read_items(reader: Reader, unit: Unit, context: ReadContext) -> Iterator[Bucket | UnitNote]:
    """The buckets that a unit declares, and what to say beside them; where that takes more than its budget, those
    read so far, and a bucket without a name whose encryption is Unknown.
    """
    yield from _read(unit, context, lambda inner: reader.items(unit, inner))


def read_buckets(reader: Reader, unit: Unit, context: ReadContext) -> Iterator[Bucket]:
    """The buckets of `read_items`, without the notes."""
    yield from _read(unit, context, lambda inner: reader.read(unit, inner))


def _read(
    unit: Unit, context: ReadContext, read: Callable[[ReadContext], Iterator[T]]
) -> Iterator[T | Bucket]:
    try:
        with within_bounds(), context.for_unit(unit) as inner:
            yield from read(inner)
    except BudgetExhausted as error:
        path = _path_of(unit)
        unknown = Unknown(UnknownCause.BUDGET, f"{path} cannot be read in full: {error.why}", _SPLIT_UP)
        place = Place(str(path), 1, 1)
        yield Bucket(None, places=(place,), encryption=unknown, tags=unknown, key=unknown)


def _path_of(unit: Unit) -> Path:
    return unit.only or unit.path if isinstance(unit, Folder) else unit.path
