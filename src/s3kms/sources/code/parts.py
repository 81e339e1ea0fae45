"""Files that are read as parts of others: a template that another one nests is not judged alone, without what it
is passed.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from s3kms.sources.code.interface import Context, Reader
from s3kms.sources.code.units import units_of


def parts_below(path: Path, readers: Iterable[Reader], context: Context) -> frozenset[Path]:
    """Those below a folder, of units that are not parts of others themselves: where two name each other, both are
    read. None for a file: it was named itself. Raises what reading the units would.
    """
    if not path.is_dir():
        return frozenset()
    found: dict[Path, frozenset[Path]] = {}
    for unit in units_of(path):
        if parts := frozenset[Path]().union(*(reader.parts(unit, context) for reader in readers)):
            found[normal(unit.path)] = parts
    inner = frozenset[Path]().union(*found.values())
    return frozenset[Path]().union(*(parts for one, parts in found.items() if one not in inner))


def normal(path: Path) -> Path:
    """The path without `..`, so that one file has one path."""
    return Path(os.path.normpath(path))
