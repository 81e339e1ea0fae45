"""The documents of a file: the manifests of buckets in it, and the other objects that make some."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from s3kms.iac.cloudformation.tree import Array, Node, Table, parse_documents
from s3kms.iac.kubernetes.manifests import Manifest, group_of, is_manifest, table_at, text_at
from s3kms.iac.kubernetes.other_objects import OtherObject, find_other_object


@lru_cache(maxsize=2048)
def read_manifests(data: bytes, path: Path) -> tuple[Manifest | OtherObject, ...]:
    """What a file has that is about buckets. Raises TemplateSyntaxError."""
    documents = parse_documents(data)
    ends = [document.mark.line - 1 for document in documents[1:]] + [data.count(b"\n") + 1]
    return tuple(
        found
        for document, end in zip(documents, ends, strict=True)
        for found in _in_document(document, path, end)
    )


def _in_document(document: Node, path: Path, end: int) -> Iterator[Manifest | OtherObject]:
    if not isinstance(document, Table):
        return
    items = document.get("items")
    if text_at(document, "kind") == "List" and isinstance(items, Array):
        for number, item in enumerate(items.items):
            following = items.items[number + 1 :]
            yield from _in_document(item, path, following[0].mark.line - 1 if following else end)
    elif is_manifest(document):
        metadata, kind = table_at(document, "metadata"), text_at(document, "kind") or ""
        names = text_at(metadata, "name"), text_at(metadata, "namespace")
        yield Manifest(group_of(document), kind, *names, document, path, document.mark.line, end)
    elif found := find_other_object(document):
        yield found
