"""What all S3 clients of one run share: connections, limits, the retry policy, the server's clock and the counts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from s3kms.aws.connection import Connection
from s3kms.aws.retry import RetryPolicy
from s3kms.aws.s3.limiters import ConcurrencyBudget, RateLimiter
from s3kms.aws.s3.signing import Clock
from s3kms.aws.s3.socket_transport import SocketTransport
from s3kms.aws.s3.transport import Transport, TransportSettings
from s3kms.model.stream import Progress

_SHARE_OF_MAX_RPS = 0.95
"""What is made of the rate that the user allows: calls that leave evenly arrive a little closer together, and whoever
counts them where they arrive must not find more.
"""


@dataclass(slots=True)
class ClientContext:
    """Shared by the clients of all identities of a run; belongs to one event loop."""

    transport: Transport
    concurrency: int
    """Calls under way at once, at most, over all identities and regions."""
    rate_limiter: RateLimiter = field(default_factory=lambda: RateLimiter(None))
    retry_policy: RetryPolicy = field(default_factory=RetryPolicy)
    clock: Clock = field(default_factory=Clock)
    calls: int = 0
    """Calls sent, retries included."""
    retries: int = 0
    unreached_directories: set[str] = field(default_factory=set)
    """Regions whose S3 Express endpoint gave no answer at all: one account has waited for it, the others need not."""
    throttled: int = 0
    """Responses with 429 or 503; each of them halves the concurrency of its account and region."""
    budget: ConcurrencyBudget = field(init=False)

    def __post_init__(self) -> None:
        self.budget = ConcurrencyBudget(self.concurrency)

    def progress(self) -> Progress:
        """A snapshot of what was counted so far; it does not change afterwards."""
        return Progress(retries=self.retries, throttled=self.throttled)


@asynccontextmanager
async def open_client(connection: Connection) -> AsyncIterator[ClientContext]:
    """The context for all clients of a run, by the settings of a connection; its connections are closed at the end.

    Raises BadInput where the user's retry configuration is malformed.
    """
    settings = connection.settings
    concurrency = _affordable_connections(settings.concurrency)
    transport = SocketTransport(
        TransportSettings(concurrency, settings.connect_timeout, settings.read_timeout, connection.ca_bundle)
    )
    limiter = RateLimiter(settings.max_rps and settings.max_rps * _SHARE_OF_MAX_RPS)
    try:
        yield ClientContext(transport, concurrency, limiter, connection.retry_policy(), connection.clock)
    finally:
        await transport.close()


def _affordable_connections(concurrency: int) -> int:
    """As many connections, but no more than half of the files that this process may open."""
    try:
        import resource  # noqa: PLC0415 - Windows has no such limit
    except ImportError:
        return concurrency
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return concurrency if files == resource.RLIM_INFINITY else max(1, min(concurrency, files // 2))
