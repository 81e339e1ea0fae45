"""Which engine moves a version, and what the others are counted under. Pure.

An engine that cannot move a version never leaves it to another one: the first of the chosen engines that moves
objects so encrypted has it, or it is left.
"""

from dataclasses import dataclass, field

from s3kms.model.objects import ObjectEncryption, ObjectVersion
from s3kms.objects.interface import EngineKind
from s3kms.objects.selection import Choice, ObjectSelection

NO_ENGINE = "no-engine"
"""The reason of a selected version that none of the chosen engines can re-encrypt from its encryption."""


@dataclass(frozen=True, slots=True)
class SortedVersion:
    """The planned action for versions that are alike."""

    choice: Choice
    engine: str | None = None
    """The engine that re-encrypts it, or cannot; None if it is not selected, or no chosen engine fits."""
    immovable: str | None = None
    """The id of the reason why it cannot be re-encrypted; None if it can, or is not selected."""

    @property
    def is_moved(self) -> bool:
        """Whether an engine is to re-encrypt it."""
        return self.engine is not None and self.immovable is None


Alike = tuple[ObjectEncryption | None, str | None, bool | None, bool | None, bool, str | None]


def alike(version: ObjectVersion) -> Alike:
    """The properties that decide the action for a version."""
    return (
        version.encryption,
        version.key_arn,
        version.bucket_key,
        version.is_latest,
        version.is_delete_marker,
        version.storage_class,
    )


@dataclass(slots=True)
class VersionSorter:
    """Sorts the versions of one bucket; the action for each sort of version is determined once."""

    selection: ObjectSelection
    engines: tuple[EngineKind, ...]
    """Those that were chosen, the preferred one first."""
    _known: dict[Alike, SortedVersion] = field(default_factory=dict)

    def sort(self, version: ObjectVersion) -> SortedVersion:
        """The planned action for a version, from what is known about it."""
        sort = alike(version)
        found = self._known.get(sort)
        if found is None:
            found = self._known[sort] = self._sort(version)
        return found

    def _sort(self, version: ObjectVersion) -> SortedVersion:
        choice = self.selection.choose(version)
        if choice is not Choice.TAKEN:
            return SortedVersion(choice)
        fitting = [one for one in self.engines if version.encryption in one.moves]
        if not fitting:
            return SortedVersion(choice, immovable=NO_ENGINE)
        engine = next((one for one in fitting if one.why_immovable(version) is None), fitting[0])
        return SortedVersion(choice, engine.name, engine.why_immovable(version))


def group_name(version: ObjectVersion, sort: SortedVersion) -> str:
    """What a version that is skipped is counted under: `other-key SSE-KMS arn:aws:kms:…`, `immovable archived`."""
    if sort.immovable:
        return f"immovable {sort.immovable}"
    words = [sort.choice.value]
    if sort.choice in {Choice.OTHER_KEY, Choice.NOT_INCLUDED, Choice.NONCURRENT}:
        words += [one for one in (version.encryption, version.key_arn) if one]
    return " ".join(words)
