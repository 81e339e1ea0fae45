"""Evidence from a random sample: the whole bucket is listed, and some of its versions are read."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass

from s3kms.aws.concurrent_map import concurrent_map
from s3kms.model.object_summary import SampleFrame, Tally
from s3kms.model.objects import ObjectVersion
from s3kms.objects.evidence.listing import LOOKS_AT_ONCE, ListingScope, ObjectLooks
from s3kms.objects.sampling import Reservoir


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingSample:
    """Versions that were drawn from a listing, and read."""

    rows: tuple[ObjectVersion, ...]
    """In the order of the listing, without those that were deleted meanwhile."""
    frame: SampleFrame


async def draw_sample(
    looks: ObjectLooks, listed: ListingScope, *, size: int, seed: int, limit: int | None = None
) -> ListingSample:
    """A sample of the versions of a bucket; `limit` ends the listing after so many rows, markers included.

    Memory is that of the sample, whatever the bucket has. Raises CredentialsProblem, AwsError.
    """
    reservoir: Reservoir[tuple[int, ObjectVersion]] = Reservoir(size, seed)
    total = markers = seen = 0
    is_whole = True
    async for version in listed.rows(looks.client):
        if seen == limit:
            is_whole = False
            break
        seen += 1
        if version.is_delete_marker:
            markers += 1
            continue
        total += version.size or 0
        reservoir.offer((seen, version))
    drawn = [version for _, version in sorted(reservoir.items, key=lambda one: one[0])]
    rows = [row async for row in _looked_at(looks, drawn) if row is not None]
    # For a sample, the number of other versions deleted since is unknown.
    there = len(rows) if reservoir.offered <= size else reservoir.offered
    frame = SampleFrame(Tally(there, total), markers, len(rows), seed, is_whole)
    return ListingSample(rows=tuple(rows), frame=frame)


async def _looked_at(looks: ObjectLooks, drawn: list[ObjectVersion]) -> AsyncIterator[ObjectVersion | None]:
    async def items() -> AsyncIterator[ObjectVersion]:
        for version in drawn:
            yield version

    async with aclosing(concurrent_map(looks.look, items(), LOOKS_AT_ONCE)) as looked:
        async for row in looked:
            yield row
