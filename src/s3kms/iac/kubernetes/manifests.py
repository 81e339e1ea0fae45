"""The manifests in a file that are about S3 buckets: what declares one, and what declares the encryption of one."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from s3kms.iac.cloudformation.tree import Array, Mark, Node, Scalar, Table, parse_documents
from s3kms.model.bucket import BucketKind

UPBOUND, UPBOUND_NAMESPACED = "s3.aws.upbound.io", "s3.aws.m.upbound.io"
CROSSPLANE, ACK = "s3.aws.crossplane.io", "s3.services.k8s.aws"
_UPBOUND_GROUPS = (UPBOUND, UPBOUND_NAMESPACED)
TABLE_GROUPS = ("s3tables.aws.upbound.io", "s3tables.aws.m.upbound.io")
"""The API groups of table buckets."""
BUCKET_KINDS: Mapping[tuple[str, str], BucketKind] = {
    **{(group, "Bucket"): BucketKind.GENERAL_PURPOSE for group in (*_UPBOUND_GROUPS, CROSSPLANE, ACK)},
    **{(group, "DirectoryBucket"): BucketKind.DIRECTORY for group in _UPBOUND_GROUPS},
    **{(group, "TableBucket"): BucketKind.TABLE for group in TABLE_GROUPS},
}
"""The API groups and kinds that declare a bucket."""
CONFIGURATION_KIND = "BucketServerSideEncryptionConfiguration"
"""What declares the encryption of a bucket of Upbound's provider, which has no rule of its own."""
MENTION = re.compile(
    rb"""apiVersion["']?[ \t]*:[ \t]*["']?"""
    rb"s3(?:tables)?\.(?:aws\.(?:m\.)?upbound\.io|aws\.crossplane\.io|services\.k8s\.aws)/"
)
"""How a file says that it has a manifest of one of these groups; also within a text, as templates have them."""
MAX_PARTS = 100_000
"""Parts of a document that are searched for manifests within it."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """One object of Kubernetes that is about a bucket."""

    group: str
    kind: str
    name: str | None
    """None where it is generated."""
    namespace: str | None
    body: Table
    path: Path
    first_line: int
    last_line: int

    @property
    def address(self) -> str:
        """As kubectl names it, after its namespace: `bucket.s3.services.k8s.aws/team-a/logs`."""
        parts = (f"{self.kind.lower()}.{self.group}", self.namespace, self.name or "?")
        return "/".join(part for part in parts if part)

    @property
    def is_configuration(self) -> bool:
        """Whether it declares the encryption of a bucket and not the bucket."""
        return (self.group, self.kind) not in BUCKET_KINDS

    @property
    def is_table_bucket(self) -> bool:
        """Whether it declares a table bucket, whose default is an argument of its own."""
        return BUCKET_KINDS.get((self.group, self.kind)) is BucketKind.TABLE

    @property
    def parameters(self) -> Table:
        """What it asks for: `spec` of ACK, `spec.forProvider` of Crossplane, whose `initProvider` fills it up."""
        spec = table_at(self.body, "spec")
        if self.group == ACK:
            return spec
        own, initial = table_at(spec, "forProvider"), table_at(spec, "initProvider")
        return Table({**initial.entries, **own.entries}, own.mark if own.entries else initial.mark)

    @property
    def is_observed(self) -> bool:
        """Whether it only looks at a bucket that others make."""
        policies = table_at(self.body, "spec").get("managementPolicies")
        items = policies.items if isinstance(policies, Array) else ()
        return bool(items) and all(isinstance(item, Scalar) and item.text == "Observe" for item in items)


@dataclass(frozen=True, slots=True)
class Wrapper:
    """An object that makes manifests of buckets from a template of its own: a Composition."""

    kind: str
    name: str
    mark: Mark


@lru_cache(maxsize=512)
def read_manifests(data: bytes, path: Path) -> tuple[Manifest | Wrapper, ...]:
    """What a file has that is about buckets. Raises TemplateSyntaxError."""
    documents = parse_documents(data)
    ends = [_first_line(document) - 1 for document in documents[1:]] + [data.count(b"\n") + 1]
    return tuple(
        found
        for document, end in zip(documents, ends, strict=True)
        for found in _in_document(document, path, end)
    )


def _in_document(document: Node, path: Path, end: int) -> Iterator[Manifest | Wrapper]:
    if not isinstance(document, Table):
        return
    items = document.get("items")
    if text_at(document, "kind") == "List" and isinstance(items, Array):
        for number, item in enumerate(items.items):
            following = items.items[number + 1 :]
            yield from _in_document(item, path, following[0].mark.line - 1 if following else end)
        return
    if _is_manifest(document):
        metadata, group = table_at(document, "metadata"), _group_of(document)
        names = text_at(metadata, "name"), text_at(metadata, "namespace")
        yield Manifest(
            group, text_at(document, "kind") or "", *names, document, path, _first_line(document), end
        )
    elif any(_is_manifest(part) or _is_template(part) for part in _parts_of(document)):
        name = text_at(table_at(document, "metadata"), "name") or ""
        yield Wrapper(text_at(document, "kind") or "an object", name, document.mark)


def _is_manifest(node: Node) -> bool:
    if not isinstance(node, Table):
        return False
    group, kind = _group_of(node), text_at(node, "kind") or ""
    is_configuration = group in _UPBOUND_GROUPS and kind.startswith(CONFIGURATION_KIND)
    return is_configuration or (group, kind) in BUCKET_KINDS


def _is_template(node: Node) -> bool:
    """Whether it is a text with manifests of buckets in it."""
    if not isinstance(node, Scalar) or "\n" not in node.text:
        return False
    return MENTION.search(node.text.encode()) is not None and "Bucket" in node.text


def _parts_of(node: Node) -> Iterator[Node]:
    waiting, number = [node], 0
    while waiting and number < MAX_PARTS:
        found = waiting.pop()
        number += 1
        yield found
        if isinstance(found, Table):
            waiting += [entry.node for entry in found.entries.values()]
        elif isinstance(found, Array):
            waiting += found.items


def _group_of(node: Table) -> str:
    return (text_at(node, "apiVersion") or "").rpartition("/")[0]


def _first_line(node: Node) -> int:
    return node.mark.line


def table_at(table: Table, name: str) -> Table:
    """The mapping under a name; an empty one where there is none."""
    found = table.get(name)
    return found if isinstance(found, Table) else Table({}, table.mark)


def text_at(table: Table, name: str) -> str | None:
    """The text under a name; None where there is none."""
    found = table.get(name)
    return found.text if isinstance(found, Scalar) and found.text else None
