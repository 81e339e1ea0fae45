"""Opening and closing the way to S3 for one run."""

import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from s3kms.aws.connection import Connection
from s3kms.aws.s3.aiohttp_transport import AiohttpTransport, TransportSettings
from s3kms.aws.s3.client import ClientContext
from s3kms.aws.s3.limiters import RateLimiter
from s3kms.model.counters import ScanCounters


@asynccontextmanager
async def open_client(
    connection: Connection, meter: ScanCounters | None = None
) -> AsyncIterator[ClientContext]:
    """What the identities of a run share; its connections are closed at the end."""
    settings = connection.settings
    most = _affordable(settings.concurrency)
    wire = AiohttpTransport(
        TransportSettings(most, settings.connect_timeout, settings.read_timeout, connection.ca_bundle)
    )
    traffic = ClientContext(
        wire, most, RateLimiter(settings.max_rps), connection.retry_policy(), meter=meter or ScanCounters()
    )
    try:
        yield traffic
    finally:
        await wire.close()


def _affordable(concurrency: int) -> int:
    """As many connections, but no more than half of the files that this process may open."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return concurrency if files == resource.RLIM_INFINITY else max(1, min(concurrency, files // 2))
