"""The transport over aiohttp: one pool a run, kept connections to each regional endpoint.

A connection carries no identity (each request is signed), so accounts share it: a thousand accounts in twenty regions
would else be twenty thousand TLS handshakes.
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

import aiohttp
from botocore.httpsession import get_cert_path
from botocore.utils import get_environ_proxies
from yarl import URL

from s3kms.aws.boundary import without_passwords
from s3kms.aws.s3.transport import Response, TransportError
from s3kms.model.errors import BadInput


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


MAX_RESPONSE_BYTES = 16 << 20
"""Bytes of an answer, unpacked; a page of a thousand buckets has about a quarter of a million."""
_NOT_RETRYABLE = (aiohttp.ClientConnectorCertificateError, aiohttp.InvalidURL, ValueError)


class AiohttpTransport:
    """Sends GETs over kept connections. Belongs to the event loop that first uses it."""

    def __init__(self, settings: TransportSettings) -> None:
        self._settings = settings
        self._session: aiohttp.ClientSession | None = None

    async def get(self, url: str, headers: Mapping[str, str]) -> Response:
        """One GET. Raises TransportError, and BadInput where there are no certificates to trust."""
        session = self._session or self._open()
        try:
            async with (
                session.get(
                    URL(url, encoded=True),  # what was signed is sent: nothing is quoted once more
                    headers=headers,
                    allow_redirects=False,
                    proxy=_proxy(url[: url.find("/", 8)]),
                ) as answer
            ):
                return Response(answer.status, answer.headers, await _body(answer.content))
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            said = without_passwords(" ".join(str(error).split()))
            text = f"{type(error).__name__}: {said}" if said else type(error).__name__
            raise TransportError(
                text,
                was_connected=not isinstance(
                    error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError
                ),
                may_retry=not isinstance(error, _NOT_RETRYABLE),
            ) from error

    async def close(self) -> None:
        """Close every connection."""
        if self._session:
            await self._session.close()
            self._session = None

    def _open(self) -> aiohttp.ClientSession:
        settings = self._settings
        timeout = aiohttp.ClientTimeout(
            total=settings.read_timeout + settings.connect_timeout,
            sock_connect=settings.connect_timeout,
            sock_read=settings.read_timeout,
        )
        connector = aiohttp.TCPConnector(
            limit=settings.connections, ssl=_tls(settings.ca_bundle), keepalive_timeout=15
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            timeout=timeout,
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=("User-Agent", "Accept-Encoding", "Accept"),
        )
        return self._session


async def _body(content: aiohttp.StreamReader) -> bytes:
    body = bytearray()
    while not content.at_eof():
        body += await content.readany()
        if len(body) > MAX_RESPONSE_BYTES:
            raise TransportError(f"the answer is longer than {MAX_RESPONSE_BYTES >> 20} MiB", may_retry=False)
    return bytes(body)


def _tls(ca_bundle: str | None) -> ssl.SSLContext:
    file = ca_bundle or get_cert_path(True)
    try:
        return ssl.create_default_context(cafile=file)
    except OSError as error:
        raise BadInput(
            f"the certificates of {file} cannot be read: {error.strerror or error}",
            advice="check AWS_CA_BUNDLE and the profile's ca_bundle: a file of certificates in PEM",
        ) from error


@lru_cache(maxsize=256)
def _proxy(origin: str) -> str | None:
    """The proxy of HTTPS_PROXY, HTTP_PROXY and NO_PROXY for a host, as botocore reads them: once, not per call."""
    found: Mapping[str, str] = get_environ_proxies(origin)
    proxy = found.get(urlsplit(origin).scheme)
    return proxy if proxy is None or "://" in proxy else f"http://{proxy}"
