"""Files that are read as parts of others: a template that another one nests is not judged alone, without what it
is passed.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from s3kms.iac.interface import ReadContext, Reader
from s3kms.iac.units import find_units


def find_included_files(path: Path, readers: Iterable[Reader], context: ReadContext) -> frozenset[Path]:
    """Those below a folder, of units that are not parts of others themselves: where two name each other, both are
    read. None for a file: it was named itself. Raises what reading the units would.
    """
    if not path.is_dir():
        return frozenset()
    found: dict[Path, frozenset[Path]] = {}
    for unit in find_units(path):
        if parts := frozenset[Path]().union(*(reader.included_files(unit, context) for reader in readers)):
            found[normalize_path(unit.path)] = parts
    inner = frozenset[Path]().union(*found.values())
    return frozenset[Path]().union(*(parts for one, parts in found.items() if one not in inner))


def normalize_path(path: Path) -> Path:
    """The path without `..`, so that one file has one path."""
    return Path(os.path.normpath(path))
