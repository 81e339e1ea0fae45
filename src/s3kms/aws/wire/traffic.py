"""Opening and closing the way to S3 for one run."""

import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from s3kms.aws.connection import Connection
from s3kms.aws.wire.caller import Traffic
from s3kms.aws.wire.http import Http, HttpWire
from s3kms.aws.wire.pace import Rate
from s3kms.estate.meter import Meter


@asynccontextmanager
async def opened(connection: Connection, meter: Meter | None = None) -> AsyncIterator[Traffic]:
    """What the identities of a run share; its connections are closed at the end."""
    settings = connection.settings
    most = _affordable(settings.concurrency)
    wire = HttpWire(Http(most, settings.connect_timeout, settings.read_timeout, connection.ca_bundle))
    traffic = Traffic(wire, most, Rate(settings.max_rps), connection.patience(), meter=meter or Meter())
    try:
        yield traffic
    finally:
        await wire.close()


def _affordable(concurrency: int) -> int:
    """As many connections, but no more than half of the files that this process may open."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return concurrency if files == resource.RLIM_INFINITY else max(1, min(concurrency, files // 2))
