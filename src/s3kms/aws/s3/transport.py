"""What a transport of requests is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP response."""

    status: int
    headers: Mapping[str, str]
    """Its names are case-insensitive."""
    body: bytes


@dataclass(frozen=True, slots=True)
class TransportSettings:
    """Limits and timeouts of the connections."""

    connections: int
    """Open at once, in all."""
    connect_timeout: float
    """Seconds."""
    read_timeout: float
    """Seconds from the request to the whole answer."""
    ca_bundle: str | None = None
    """A file of certificates; None is botocore's own."""


class TransportError(Exception):
    """No connection, or no complete answer in time; the text says which."""

    def __init__(self, text: str, *, was_connected: bool = True, may_retry: bool = True) -> None:
        super().__init__(text)
        self.was_connected = was_connected
        self.may_retry = may_retry
        """False where trying again is in vain: a certificate that is not to be trusted."""


class Transport(Protocol):
    """Sends signed requests over kept connections."""

    async def get(self, url: str, headers: Mapping[str, str]) -> Response:
        """One GET, without following redirects: they would need another signature. Raises TransportError."""
        ...

    async def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None = None,
        *,
        may_repeat: bool = True,
        seconds: float | None = None,
    ) -> Response:
        """One request of any method, as `get` otherwise; the answer to a HEAD has no body.

        A request that may not be repeated is sent once: one that was lost with a kept connection may have arrived.
        `seconds` is how long its answer may take; None is the read timeout. Raises TransportError.
        """
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...
