"""Patches that Kustomize applies to manifests: a patch is a part of an object, and no object of its own."""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from s3kms.iac.cloudformation.tree import Array, Node, Scalar, Table, TemplateSyntaxError, parse_template
from s3kms.iac.files import UnreadFile
from s3kms.iac.included_files import normalize_path
from s3kms.iac.interface import ReadContext

NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_ENCRYPTION = re.compile(r"ncryption|\brule|sseAlgorithm|/spec(?:/forProvider)?[\"'\s,]")
"""How a patch speaks of the encryption, or of all that it stands in."""
_MAX_FILES = 500
"""Kustomizations that are read."""
_ENCRYPTION = re.compile(r"ncryption|\brule|sseAlgorithm|/spec(?:/forProvider)?[\"'\s,]")
"""How a patch speaks of the encryption, or of all that it stands in."""
_MAX_LEVELS = 3
"""Folders up from a patch in which a Kustomization is looked for: patches stand beside it, or in `patches/`."""
_LISTS = ("patches", "patchesStrategicMerge", "patchesJson6902")


def find_patches(context: ReadContext) -> frozenset[Path]:
    """The files that Kustomizations of the checked tree name as patches."""
    paths = [path for name in NAMES for path in context.tree.named(name)][:_MAX_FILES]
    return frozenset(one for path in paths for one in _patches_in(context.files.read(path), path.parent))


@lru_cache(maxsize=256)
def _patches_in(data: bytes | UnreadFile | None, folder: Path) -> frozenset[Path]:
    """The paths of patches in a Kustomization."""
    try:
        root = parse_template(data) if isinstance(data, bytes) else None
    except TemplateSyntaxError:
        return frozenset()
    items: list[Node] = []
    for name in _LISTS:
        listed = root.get(name) if isinstance(root, Table) else None
        items += listed.items if isinstance(listed, Array) else ()
    return frozenset(normalize_path(folder / path) for one in items if (path := _path_of(one)))


def _path_of(item: Node) -> str | None:
    found = item.get("path") if isinstance(item, Table) else item
    return found.text if isinstance(found, Scalar) and found.text and "\n" not in found.text else None


def targets_of(document: Table) -> Iterator[Table]:
    """What the patches of a Kustomization are for that may be about encryption."""
    for name in _LISTS:
        listed = document.get(name)
        for item in listed.items if isinstance(listed, Array) else ():
            target = item.get("target") if isinstance(item, Table) else None
            patch = item.get("patch") if isinstance(item, Table) else None
            is_other = isinstance(patch, Scalar) and _ENCRYPTION.search(patch.text) is None
            if isinstance(target, Table) and not is_other:
                yield target
