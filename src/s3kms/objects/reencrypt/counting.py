"""Counting what the evidence lists before anything happens: versions that are alike, with their bytes."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from s3kms.aws.concurrent_map import concurrent_map
from s3kms.aws.s3.client import S3Client
from s3kms.model.objects import ObjectVersion
from s3kms.objects.cost import ObjectGroup
from s3kms.objects.evidence.interface import ObjectEvidence
from s3kms.objects.interface import ObjectResult, SelectedCounts, Wanted
from s3kms.objects.reasons import reason_to_count
from s3kms.objects.reencrypt.assignment import Alike, VersionSorter, alike
from s3kms.objects.reencrypt.looking import look_at
from s3kms.objects.selection import Choice

T = TypeVar("T")

MAX_LOOKS_AT_ONCE = 256
"""Versions that wait for the client, which limits the calls in progress."""
MAX_COPY_BYTES = 5 * 1024**3
"""What one copy takes at most (fact D14)."""


@dataclass(slots=True)
class _Sum:
    sample: ObjectVersion
    versions: int = 0
    size: int = 0
    largest: int = 0
    large: int = 0
    large_parts: int = 0


@dataclass(slots=True)
class VersionCounts:
    """What was counted."""

    sums: dict[Alike, _Sum] = field(default_factory=dict)
    unread: dict[str, int] = field(default_factory=dict)
    """Versions that could not be looked at, by the reason's word."""
    looks: int = 0
    """Number of objects that were read one by one with HeadObject."""
    has_version_ids: bool = False
    """Whether one was written while the bucket kept versions: any other has the id `null`, or none."""

    @property
    def listed(self) -> int:
        """Versions that have content, and those that could not be looked at."""
        known = sum(one.versions for one in self.sums.values() if not one.sample.is_delete_marker)
        return known + sum(self.unread.values())

    def add(self, version: ObjectVersion) -> None:
        """One version more."""
        sort = alike(version)
        found = self.sums.get(sort)
        if found is None:
            found = self.sums[sort] = _Sum(version)
        if version.version_id not in {None, "null"}:
            self.has_version_ids = True
        size = version.size or 0
        found.versions += 1
        found.size += size
        found.largest = max(found.largest, size)
        if size > MAX_COPY_BYTES:
            found.large += 1
            found.large_parts += -(-size // MAX_COPY_BYTES)

    def add_unread(self, reason: str) -> None:
        """One more version that could not be looked at."""
        name = reason_to_count(reason, self.unread)
        self.unread[name] = self.unread.get(name, 0) + 1

    def groups(self) -> tuple[ObjectGroup, ...]:
        """As an estimate takes them."""
        return tuple(
            ObjectGroup(one.sample, one.versions, one.size, one.large, one.large_parts)
            for one in self.sums.values()
        )

    def selected(self, sorter: VersionSorter, engine: str) -> SelectedCounts:
        """What one engine would be given."""
        sums = [one for one in self.sums.values() if _is_for(engine, one.sample, sorter)]
        return SelectedCounts(
            versions=sum(one.versions for one in sums),
            size=sum(one.size for one in sums),
            by_encryption=_added((one.sample.encryption, one.versions) for one in sums),
            by_storage_class=_added((one.sample.storage_class, one.versions) for one in sums),
            noncurrent=sum(one.versions for one in sums if one.sample.is_latest is False),
            largest=max((one.largest for one in sums), default=None),
        )


def _is_for(engine: str, sample: ObjectVersion, sorter: VersionSorter) -> bool:
    sort = sorter.sort(sample)
    return sort.engine == engine and sort.is_moved


def _added(counted: Iterable[tuple[T | None, int]]) -> dict[T, int]:
    found: dict[T, int] = {}
    for name, count in counted:
        if name is not None:
            found[name] = found.get(name, 0) + count
    return found


async def count_versions(
    evidence: ObjectEvidence, sorter: VersionSorter, client: S3Client, wanted: Wanted
) -> VersionCounts:
    """Every version that the evidence lists; what it does not tell is asked of S3, an object a call.

    Raises S3kmsError where the evidence cannot be read, AwsError.
    """
    counts = VersionCounts()
    rows = aiter(evidence.read())
    async for seen in concurrent_map(partial(_told, client, wanted, sorter), rows, MAX_LOOKS_AT_ONCE):
        version, was_asked = seen
        counts.looks += was_asked
        if isinstance(version, ObjectResult):
            counts.add_unread(version.reason)
        else:
            counts.add(version)
    return counts


async def _told(
    client: S3Client, wanted: Wanted, sorter: VersionSorter, version: ObjectVersion
) -> tuple[ObjectVersion | ObjectResult, bool]:
    """The version with all deciding properties, and whether it was read from S3."""
    if sorter.sort(version).choice is not Choice.UNREAD:
        return version, False
    return await look_at(client, wanted, version), True
