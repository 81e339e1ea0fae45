"""Snapshots of how far a source has come, in its stream."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from s3kms.model.stream import Progress, ScanItem

SNAPSHOT_INTERVAL_SECONDS = 0.1
"""Between two snapshots: a person sees no more, and a stream of a million buckets is not doubled."""


async def with_progress(
    items: AsyncGenerator[ScanItem], snapshot: Callable[[], Progress]
) -> AsyncGenerator[ScanItem]:
    """The items, with a snapshot before one of them now and then, and one at the end."""
    now = asyncio.get_running_loop().time
    latest = now()
    async with aclosing(items):
        async for item in items:
            if now() - latest >= SNAPSHOT_INTERVAL_SECONDS:
                latest = now()
                yield snapshot()
            yield item
    yield snapshot()
