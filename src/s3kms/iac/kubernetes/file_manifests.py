"""The manifests of one file, to be found by what they say of one another."""

from collections.abc import Collection, Iterable
from functools import lru_cache
from pathlib import Path

from s3kms.iac.cloudformation.tree import Scalar, Table
from s3kms.iac.kubernetes.documents import read_manifests
from s3kms.iac.kubernetes.encryption import unknown_text
from s3kms.iac.kubernetes.manifests import Manifest, external_name_of, reference_of, table_at, text_at

Target = str | tuple[str, str] | None
"""What a configuration finds its bucket by: a name, or a label; None where that is open."""


class FileManifests:
    """The manifests of one file by address and by name."""

    def __init__(self, manifests: Collection[Manifest]) -> None:
        self.by_address: dict[str, Manifest] = {}
        self.buckets: list[Manifest] = []
        self.buckets_by_name: dict[str, list[Manifest]] = {}
        self._buckets_by_label: dict[tuple[str, str], list[Manifest]] = {}
        self._configurations: dict[Target, list[tuple[int, Manifest]]] = {}
        """By the name of their bucket or a label that it must have, None where it is open, each with its place."""
        self.may_need_others = any(one.may_stand_apart for one in manifests)
        """Whether what other files say may be about a bucket of this one."""
        for number, one in enumerate(manifests):
            self.by_address.setdefault(one.address, one)
            if not one.is_configuration:
                self.buckets.append(one)
                for name in names_of_bucket(one):
                    self.buckets_by_name.setdefault(name, []).append(one)
                for label in labels_of_bucket(one):
                    self._buckets_by_label.setdefault(label, []).append(one)
            elif not one.is_observed:
                target = target_of_configuration(one) or next(iter(labels_selected_by(one)), None)
                self._configurations.setdefault(target, []).append((number, one))

    def buckets_near(self, configuration: Manifest) -> Collection[Manifest]:
        """The buckets that a configuration may be for, as far as its text tells."""
        name = target_of_configuration(configuration)
        if name is not None:
            return self.buckets_by_name.get(name, ())
        for label in labels_selected_by(configuration):
            return self._buckets_by_label.get(label, ())
        return self.buckets

    def configurations_near(self, targets: Collection[Target]) -> Iterable[Manifest]:
        """The configurations that may be for the bucket of these targets, as far as their text tells, in their
        order.
        """
        if self._configurations.keys().isdisjoint(targets):
            return ()
        found = [pair for target in targets for pair in self._configurations.get(target, ())]
        return (one for _, one in sorted(found, key=lambda pair: pair[0]))


@lru_cache(maxsize=2048)
def read_file_manifests(data: bytes, path: Path) -> FileManifests:
    """The manifests of a file. Raises TemplateSyntaxError."""
    return FileManifests([one for one in read_manifests(data, path) if isinstance(one, Manifest)])


def targets_of_bucket(bucket: Manifest) -> tuple[Target, ...]:
    """All that a configuration may find a bucket by."""
    return (None, *names_of_bucket(bucket), *labels_of_bucket(bucket))


def labels_of_bucket(bucket: Manifest) -> tuple[tuple[str, str], ...]:
    """The labels of an object."""
    return _texts_in(table_at(table_at(bucket.body, "metadata"), "labels"))


def labels_selected_by(configuration: Manifest) -> tuple[tuple[str, str], ...]:
    """The labels that the bucket of a configuration must have; none where it names its bucket, or selects any."""
    if text_at(configuration.parameters, "bucket") or reference_of(configuration):
        return ()
    return _texts_in(table_at(table_at(configuration.parameters, "bucketSelector"), "matchLabels"))


def _texts_in(table: Table) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name, entry.node.text) for name, entry in table.entries.items() if isinstance(entry.node, Scalar)
    )


def names_of_bucket(bucket: Manifest) -> frozenset[str]:
    """The names by which a configuration may mean a bucket."""
    return frozenset(filter(None, (external_name_of(bucket), bucket.name)))


def target_of_configuration(configuration: Manifest) -> str | None:
    """The name of the bucket that a configuration is for; None where it selects it, or where that is not known."""
    name = text_at(configuration.parameters, "bucket") or reference_of(configuration)
    return None if name is None or unknown_text("its bucket", name) else name
