"""Files that are read as parts of others: a nested template is not checked alone, without what it is passed."""

import os
from collections.abc import Iterable
from pathlib import Path

from s3kms.iac.interface import ReadContext, Reader
from s3kms.iac.units import find_units


def find_included_files(path: Path, readers: Iterable[Reader], context: ReadContext) -> frozenset[Path]:
    """The files below a folder that units include, of units that are not included themselves: where two include each
    other, both are read. Empty for a file, which was named itself. Raises what reading the units would.
    """
    if not path.is_dir():
        return frozenset()
    found: dict[Path, frozenset[Path]] = {}
    for unit in find_units(path, context):
        with context.for_unit(unit, "included") as within:
            parts = frozenset[Path]().union(*(reader.included_files(unit, within) for reader in readers))
        if parts:
            found[normalize_path(unit.path)] = parts
    inner = frozenset[Path]().union(*found.values())
    return frozenset[Path]().union(*(parts for one, parts in found.items() if one not in inner))


def normalize_path(path: Path) -> Path:
    """The path without `..`, so that one file has one path."""
    return Path(os.path.normpath(path))
