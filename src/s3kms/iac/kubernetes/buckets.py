"""The buckets of manifests, each with the configuration that is for it, in whichever file that stands."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from s3kms.iac.cloudformation.tree import Mark, Scalar, Table
from s3kms.iac.kubernetes.encryption import DeclaredDefault, read_rule, tags_of, unknown_text
from s3kms.iac.kubernetes.file_manifests import FileManifests, targets_of_bucket
from s3kms.iac.kubernetes.manifests import (
    ACK,
    BUCKET_KINDS,
    LEGACY,
    Manifest,
    external_name_of,
    reference_of,
    table_at,
    text_at,
)
from s3kms.iac.kubernetes.other_objects import RENDER
from s3kms.model.advice import Advice
from s3kms.model.bucket import Bucket, BucketKind
from s3kms.model.encryption import SSE_S3, Encryption
from s3kms.model.place import Place
from s3kms.model.targets import is_bucket_name, is_region
from s3kms.model.unknown import Unknown, UnknownCause

MADE_ELSEWHERE = "the bucket itself is made elsewhere; this is its configuration"
_BLOCKED_UNKNOWN = Unknown(
    UnknownCause.UNRESOLVED,
    "the manifest does not say whether SSE-C is blocked",
    Advice("check the bucket live"),
)
_REGION_OF_ACK = "services.k8s.aws/region"


class ManifestBuckets:
    """The buckets that manifests declare, those of other files considered for what is for them."""

    def __init__(self, files: Iterable[FileManifests]) -> None:
        """`files` are all that are read together."""
        self._files = tuple(files)
        self._selected_by: dict[int, list[Manifest]] = {}

    def of(self, manifest: Manifest) -> Iterator[Bucket]:
        """The bucket that a manifest declares; of a configuration, the bucket that no manifest declares."""
        if manifest.is_observed:
            return
        if not manifest.is_configuration:
            yield self._bucket(manifest)
        elif not any(self._is_for(manifest, one) is not False for one in self._buckets_near(manifest)):
            name = text_at(manifest.parameters, "bucket") or reference_of(manifest)
            found = _described(manifest, name, manifest, _rule_of(manifest))
            yield replace(found, caveat=MADE_ELSEWHERE)

    def deciding(self, address: str) -> tuple[Manifest, DeclaredDefault] | None:
        """The manifest whose rule decides for the bucket of that address, and the rule; None where none does."""
        for file in self._files:
            if (manifest := file.by_address.get(address)) is not None:
                certain, _ = self._configurations_of(manifest)
                held = certain[0] if certain else manifest
                default = read_rule(held)
                return None if default is None else (held, default)
        return None

    def _bucket(self, manifest: Manifest) -> Bucket:
        name = external_name_of(manifest)
        if manifest.group in {ACK, LEGACY}:
            name = text_at(manifest.parameters, "name") or (None if manifest.group == ACK else name)
        else:
            name = name or manifest.name
        certain, possible = self._configurations_of(manifest)
        if not certain:
            default = read_rule(manifest) or _silence(manifest)
            if possible and any(_rule_of(one).encryption != default.encryption for one in possible):
                default = _in_doubt(possible[0], manifest)
            return _described(manifest, name, manifest, default)
        defaults = [_rule_of(one) for one in certain]
        if any(one.encryption != defaults[0].encryption for one in defaults):
            names = " and ".join(one.address for one in certain)
            unknown = Unknown(
                UnknownCause.UNRESOLVED, f"{names} differ, and both are for it", Advice("keep one of them")
            )
            return _described(manifest, name, manifest, DeclaredDefault(unknown, unknown, manifest.body.mark))
        return _described(manifest, name, certain[0], defaults[0])

    def _configurations_of(self, bucket: Manifest) -> tuple[list[Manifest], list[Manifest]]:
        """The configurations that are for a bucket, and those that may be."""
        targets = targets_of_bucket(bucket)
        near = (one for file in self._files for one in file.configurations_near(targets))
        found = [(one, self._is_for(one, bucket)) for one in near]
        return [one for one, is_for in found if is_for], [one for one, is_for in found if is_for is None]

    def _buckets_near(self, configuration: Manifest) -> Iterator[Manifest]:
        """The buckets that a configuration may be for, as far as its text tells without looking at them."""
        return (one for file in self._files for one in file.buckets_near(configuration))

    def _is_for(self, configuration: Manifest, bucket: Manifest) -> bool | None:
        """Whether a configuration is for a bucket; None where the manifests do not say."""
        if bucket.group != configuration.group:
            return False
        if configuration.namespace != bucket.namespace and configuration.namespace and bucket.namespace:
            return False
        parameters = configuration.parameters
        if text := text_at(parameters, "bucket"):
            own = external_name_of(bucket)
            return None if unknown_text("its bucket", text) else text == (own or bucket.name)
        if name := reference_of(configuration):
            return None if unknown_text("its bucket", name) else name == bucket.name
        selector = parameters.get("bucketSelector")
        if not isinstance(selector, Table):
            return None
        if not _is_selected(selector, bucket):
            return False
        return True if len(self._selected(configuration, selector)) == 1 else None

    def _selected(self, configuration: Manifest, selector: Table) -> list[Manifest]:
        """The buckets that the selector of a configuration selects; each is looked for once."""
        if id(selector) not in self._selected_by:
            near = self._buckets_near(configuration)
            self._selected_by[id(selector)] = [one for one in near if _is_selected(selector, one)]
        return self._selected_by[id(selector)]


def _is_selected(selector: Table, bucket: Manifest) -> bool:
    labels = table_at(table_at(bucket.body, "metadata"), "labels").entries
    wanted = table_at(selector, "matchLabels").entries
    return all(
        isinstance(entry.node, Scalar)
        and name in labels
        and isinstance(found := labels[name].node, Scalar)
        and found.text == entry.node.text
        for name, entry in wanted.items()
    )


def _rule_of(configuration: Manifest) -> DeclaredDefault:
    return read_rule(configuration) or _silence(configuration)


def _silence(manifest: Manifest) -> DeclaredDefault:
    """What S3 gives a bucket of which nothing is said (fact A6)."""
    return DeclaredDefault(Encryption(SSE_S3, blocked=_BLOCKED_UNKNOWN), None, manifest.body.mark)


def _in_doubt(configuration: Manifest, bucket: Manifest) -> DeclaredDefault:
    why = f"the manifests do not show whether {configuration.address} is for {bucket.address}"
    unknown = Unknown(
        UnknownCause.UNRESOLVED,
        why,
        Advice("name the bucket with bucketRef, or {render}", {"render": RENDER}),
    )
    return DeclaredDefault(unknown, unknown, bucket.body.mark)


def _described(manifest: Manifest, name: str | None, held: Manifest, default: DeclaredDefault) -> Bucket:
    parameters = manifest.parameters
    annotations = table_at(table_at(manifest.body, "metadata"), "annotations")
    location = table_at(parameters, "createBucketConfiguration")
    regions = (
        text_at(parameters, "region"),
        text_at(parameters, "locationConstraint"),
        text_at(location, "locationConstraint"),
        text_at(annotations, _REGION_OF_ACK),
    )
    kind = BUCKET_KINDS.get((manifest.group, manifest.kind), BucketKind.GENERAL_PURPOSE)
    encryption = default.encryption
    if kind is BucketKind.DIRECTORY and isinstance(encryption, Encryption) and encryption.is_kms:
        encryption = replace(encryption, bucket_key=True)  # always on there (fact A20)
    return Bucket(
        name if name and is_bucket_name(name) else None,
        region=next((region for region in regions if region and is_region(region)), None),
        kind=kind,
        resource=manifest.address,
        places=(_place(held, default.mark),),
        encryption=encryption,
        tags=tags_of(manifest),
        key=default.key,
    )


def _place(manifest: Manifest, mark: Mark) -> Place:
    return Place(str(manifest.path), mark.line, mark.column)
