"""Manifests about S3 buckets: which kinds declare one, and which declare the encryption of one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from s3kms.iac.cloudformation.tree import Array, Node, Scalar, Table
from s3kms.model.bucket import BucketKind

UPBOUND, UPBOUND_NAMESPACED = "s3.aws.upbound.io", "s3.aws.m.upbound.io"
CROSSPLANE, ACK = "s3.aws.crossplane.io", "s3.services.k8s.aws"
_UPBOUND_GROUPS = (UPBOUND, UPBOUND_NAMESPACED)
TABLE_GROUPS = ("s3tables.aws.upbound.io", "s3tables.aws.m.upbound.io")
"""The API groups of table buckets."""
LEGACY = "storage.aws.crossplane.io"
"""Crossplane's first API, until v1alpha3: its S3Bucket has no field of encryption."""
BUCKET_KINDS: Mapping[tuple[str, str], BucketKind] = {
    **{(group, "Bucket"): BucketKind.GENERAL_PURPOSE for group in (*_UPBOUND_GROUPS, CROSSPLANE, ACK)},
    **{(group, "DirectoryBucket"): BucketKind.DIRECTORY for group in _UPBOUND_GROUPS},
    **{(group, "TableBucket"): BucketKind.TABLE for group in TABLE_GROUPS},
    (LEGACY, "S3Bucket"): BucketKind.GENERAL_PURPOSE,
}
"""The API groups and kinds that declare a bucket."""
CONFIGURATION_KIND = "BucketServerSideEncryptionConfiguration"
"""What declares the encryption of a bucket of Upbound's provider, which has no rule of its own."""
MENTION = re.compile(
    rb"""apiVersion["']?[ \t]*[:=][ \t]*["']?"""
    rb"(?:s3\w*\.(?:[\w-]+\.){0,4}aws(?:\.[\w.-]{1,100})?|storage\.aws\.crossplane\.io)/"
)
"""How a file says that it has an object of an API for S3 of AWS; also within a text, as templates have them."""


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
    def may_stand_apart(self) -> bool:
        """Whether the bucket and its encryption may be objects of their own: those of Upbound's provider alone."""
        return self.group in _UPBOUND_GROUPS

    @property
    def is_table_bucket(self) -> bool:
        """Whether it declares a table bucket, whose default is an argument of its own."""
        return BUCKET_KINDS.get((self.group, self.kind)) is BucketKind.TABLE

    @property
    def parameters(self) -> Table:
        """What it asks for: `spec` of ACK, `spec.forProvider` of Crossplane, whose `initProvider` fills it up."""
        spec = table_at(self.body, "spec")
        if self.group in {ACK, LEGACY}:
            return spec
        own, initial = table_at(spec, "forProvider"), table_at(spec, "initProvider")
        return Table({**initial.entries, **own.entries}, own.mark if own.entries else initial.mark)

    @property
    def is_observed(self) -> bool:
        """Whether it only looks at a bucket that others make."""
        policies = table_at(self.body, "spec").get("managementPolicies")
        items = policies.items if isinstance(policies, Array) else ()
        return bool(items) and all(isinstance(item, Scalar) and item.text == "Observe" for item in items)


def is_manifest(node: Node) -> bool:
    """Whether it is an object of Kubernetes that declares a bucket, or the encryption of one."""
    if not isinstance(node, Table):
        return False
    group, kind = group_of(node), text_at(node, "kind") or ""
    is_configuration = group in _UPBOUND_GROUPS and kind.startswith(CONFIGURATION_KIND)
    return is_configuration or (group, kind) in BUCKET_KINDS


def group_of(node: Table) -> str:
    """The API group of an object: its `apiVersion` without the version."""
    return (text_at(node, "apiVersion") or "").rpartition("/")[0]


def table_at(table: Table, name: str) -> Table:
    """The mapping under a name; an empty one where there is none."""
    found = table.get(name)
    return found if isinstance(found, Table) else Table({}, table.mark)


def text_at(table: Table, name: str) -> str | None:
    """The text under a name; None where there is none."""
    found = table.get(name)
    return found.text if isinstance(found, Scalar) and found.text else None


EXTERNAL_NAME = "crossplane.io/external-name"
"""The annotation with the name that a bucket has in S3, where that is not the name of its object."""


def external_name_of(manifest: Manifest) -> str | None:
    """The name that an annotation gives the bucket of an object."""
    return text_at(table_at(table_at(manifest.body, "metadata"), "annotations"), EXTERNAL_NAME)


def reference_of(configuration: Manifest) -> str | None:
    """The name of the object of a bucket that a configuration refers to."""
    return text_at(table_at(configuration.parameters, "bucketRef"), "name")
