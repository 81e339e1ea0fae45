"""Reads manifests of Crossplane and of AWS Controllers for Kubernetes (ACK)."""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from s3kms.iac.cloudformation.tree import Mark, TemplateSyntaxError
from s3kms.iac.included_files import normalize_path
from s3kms.iac.interface import Document, ReadContext, Reader, Unit
from s3kms.iac.kubernetes.buckets import ManifestBuckets
from s3kms.iac.kubernetes.documents import read_manifests
from s3kms.iac.kubernetes.encryption import declares_encryption
from s3kms.iac.kubernetes.file_manifests import FileManifests, read_file_manifests
from s3kms.iac.kubernetes.kustomize import find_patches
from s3kms.iac.kubernetes.manifests import MENTION, Manifest
from s3kms.iac.kubernetes.other_objects import RENDER, OtherObject, may_hold_other_objects
from s3kms.iac.suppressions.comments import Comment, yaml_comments
from s3kms.iac.suppressions.directives import ResourceLines, may_have_suppressions, suppressions_in_comments
from s3kms.model.advice import Advice
from s3kms.model.bucket import Bucket
from s3kms.model.place import Place
from s3kms.model.unknown import Unknown, UnknownCause

NAME = "Kubernetes"
_SUFFIXES = (".yaml", ".yml", ".json")
_MAX_FILES = 2_000
"""Files with manifests of buckets that are read together."""
_OBJECT = re.compile(rb"^apiVersion[ \t]*:", re.MULTILINE)
_CORRECT = Advice("correct it; kubectl apply --dry-run=client says more")


def _claims(unit: Unit) -> bool:
    if not isinstance(unit, Document) or unit.path.suffix.lower() not in _SUFFIXES:
        return False
    return MENTION.search(unit.data) is not None or (
        may_hold_other_objects(unit.data) and _has_other_objects(unit)
    )


def _has_other_objects(unit: Document) -> bool:
    """Whether a file has objects that make buckets; a template of objects that cannot be parsed may have some."""
    try:
        return bool(read_manifests(unit.data, unit.path))
    except TemplateSyntaxError:
        return _OBJECT.search(unit.data) is not None


def _read(unit: Unit, context: ReadContext) -> Iterator[Bucket]:
    if not isinstance(unit, Document):
        return
    data = context.files.read(unit.path)
    document = Document(unit.path, data) if isinstance(data, bytes) else unit
    try:
        found = read_manifests(document.data, document.path)
    except TemplateSyntaxError as error:
        yield _unreadable(document, error)
        return
    if normalize_path(unit.path) in find_patches(context):
        patches = (one for one in found if isinstance(one, Manifest) and declares_encryption(one))
        yield from (_unnamed(one.body.mark, unit.path, _describe_patch(one)) for one in patches)
        return
    manifests = ManifestBuckets(_all_manifests(document, context))
    comments = _comments_of(document.data)
    for one in found:
        if isinstance(one, OtherObject):
            yield _unnamed(one.mark, unit.path, _describe(one))
        else:
            yield from (_with_suppressions(bucket, one, comments) for bucket in manifests.of(one))


def manifests_of(unit: Document, context: ReadContext) -> ManifestBuckets:
    """The buckets of a file, and of those that are read with it. Raises TemplateSyntaxError."""
    data = context.files.read(unit.path)
    document = Document(unit.path, data) if isinstance(data, bytes) else unit
    return ManifestBuckets(_all_manifests(document, context))


def _all_manifests(document: Document, context: ReadContext) -> Iterator[FileManifests]:
    """Those of a file, then those of the files that are read with it. Raises TemplateSyntaxError for its own."""
    own = read_file_manifests(document.data, document.path)
    yield own
    patches = find_patches(context) if own.may_need_others else frozenset()
    for path in _others(document, context) if own.may_need_others else ():
        data = context.files.read(path)
        if isinstance(data, bytes) and _mentions(data) and normalize_path(path) not in patches:
            with suppress(TemplateSyntaxError):  # the file is named when it is read itself
                yield read_file_manifests(data, path)


@lru_cache(maxsize=2048)
def _mentions(data: bytes) -> bool:
    return MENTION.search(data) is not None


def _others(unit: Document, context: ReadContext) -> Iterator[Path]:
    """The other files that are read as manifests, and those beside it."""
    folder = unit.path.parent
    beside = _manifests_in(folder, context.files.names(folder))
    claimed = (one.path for one in context.claimed.get(NAME, ()))
    paths = [path for path in dict.fromkeys((*claimed, *beside)) if path != unit.path]
    yield from paths[:_MAX_FILES]


@lru_cache(maxsize=64)
def _manifests_in(folder: Path, names: tuple[str, ...]) -> tuple[Path, ...]:
    """The paths of the files of a folder whose names end as those of manifests do."""
    return tuple(folder / name for name in names if name.lower().endswith(_SUFFIXES))


def _comments_of(data: bytes) -> Sequence[Comment]:
    """The comments of a file; none where none can be a suppression."""
    if not may_have_suppressions(data):
        return ()
    return tuple(yaml_comments(data.decode("utf-8").removeprefix("\ufeff")))


def _with_suppressions(bucket: Bucket, manifest: Manifest, comments: Sequence[Comment]) -> Bucket:
    if not comments:
        return bucket
    lines = ResourceLines(manifest.first_line, manifest.last_line)
    return replace(bucket, suppressions=suppressions_in_comments(comments, lines, str(manifest.path)))


def _describe(found: OtherObject) -> Unknown:
    name = f" {found.name}" if found.name else ""
    return Unknown(UnknownCause.UNSUPPORTED, f"{found.kind}{name} {found.makes}", found.advice)


def _describe_patch(patch: Manifest) -> Unknown:
    why = f"a Kustomization patches {patch.address} with it, which is not evaluated"
    return Unknown(UnknownCause.UNSUPPORTED, why, RENDER)


def _unreadable(document: Document, error: TemplateSyntaxError) -> Bucket:
    why = f"the manifest cannot be read: {error} (line {error.mark.line})"
    advice = RENDER if b"{{" in document.data else _CORRECT
    return _unnamed(error.mark, document.path, Unknown(UnknownCause.FILE_UNREAD, why, advice))


def _unnamed(mark: Mark, path: Path, unknown: Unknown) -> Bucket:
    place = Place(str(path), mark.line, mark.column)
    return Bucket(None, places=(place,), encryption=unknown, tags=unknown, key=unknown)


READER = Reader("a manifest of Crossplane or ACK", _claims, _read)
