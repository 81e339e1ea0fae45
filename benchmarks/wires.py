"""HTTP libraries to compare, each behind the same small door. aiohttp is the one that floor.py uses by default."""

import asyncio
import ssl
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

# The other libraries are imported where they are used: one run pays for one of them.


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to connect to."""

    url: str
    certificate: str
    connections: int

    @property
    def host(self) -> str:
        """The Host header: no port where it is the scheme's own."""
        return urlsplit(self.url).netloc

    def tls(self) -> ssl.SSLContext | None:
        is_secure = self.url.startswith("https:")
        return ssl.create_default_context(cafile=self.certificate) if is_secure else None


class Wire(Protocol):
    """A pool of kept connections to one host."""

    async def get(self, target: str, headers: dict[str, str]) -> tuple[int, bytes]: ...


class Aiohttp:
    """aiohttp's client, as one uses it."""

    def __init__(self, endpoint: Endpoint, stack: AsyncExitStack) -> None:
        self._endpoint = endpoint
        self._stack = stack
        self._session: Any = None

    async def get(self, target: str, headers: dict[str, str]) -> tuple[int, bytes]:
        from yarl import URL  # noqa: PLC0415

        session = self._session or await self._opened()
        url = URL(self._endpoint.url + target, encoded=True)
        async with session.get(url, headers=headers, allow_redirects=False) as answer:
            return answer.status, await answer.read()

    async def _opened(self) -> Any:
        import aiohttp  # noqa: PLC0415

        tls = self._endpoint.tls()
        connector = aiohttp.TCPConnector(limit=self._endpoint.connections, ssl=tls or True)
        session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=("User-Agent", "Accept-Encoding", "Accept"),
        )
        self._session = await self._stack.enter_async_context(session)
        return self._session


class Httpx:
    """httpx's asynchronous client."""

    def __init__(self, endpoint: Endpoint, stack: AsyncExitStack) -> None:
        import httpx  # noqa: PLC0415

        limits = httpx.Limits(
            max_connections=endpoint.connections, max_keepalive_connections=endpoint.connections
        )
        self._base = endpoint.url
        self._client = httpx.AsyncClient(verify=endpoint.tls() or False, limits=limits, trust_env=False)
        stack.push_async_callback(self._client.aclose)

    async def get(self, target: str, headers: dict[str, str]) -> tuple[int, bytes]:
        answer = await self._client.get(self._base + target, headers=headers)
        return answer.status_code, answer.content


class CrtHttp:
    """awscrt's HTTP client: connections in C threads, answers as futures."""

    def __init__(self, endpoint: Endpoint, stack: AsyncExitStack) -> None:
        del stack
        self._endpoint = endpoint
        self._idle: list[Any] = []

    async def get(self, target: str, headers: dict[str, str]) -> tuple[int, bytes]:
        from awscrt import http  # noqa: PLC0415

        connection = self._idle.pop() if self._idle else await self._connect()
        request = http.HttpRequest(
            "GET", target, http.HttpHeaders([("Host", self._endpoint.host), *headers.items()])
        )
        body: list[bytes] = []
        status: list[int] = []
        stream = connection.request(
            request,
            lambda http_stream, status_code, headers, **_: status.append(status_code),  # noqa: ARG005
            lambda http_stream, chunk, **_: body.append(chunk),  # noqa: ARG005
        )
        stream.activate()
        await asyncio.wrap_future(stream.completion_future)
        self._idle.append(connection)
        return status[0], b"".join(body)

    async def _connect(self) -> Any:
        from awscrt import http, io  # noqa: PLC0415

        parts = urlsplit(self._endpoint.url)
        tls = _crt_tls(self._endpoint) if parts.scheme == "https" else None
        if tls:
            tls.set_server_name(parts.hostname or "")
        made = http.HttpClientConnection.new(
            parts.hostname,
            parts.port,
            bootstrap=io.ClientBootstrap.get_or_create_static_default(),
            tls_connection_options=tls,
        )
        return await asyncio.wrap_future(made)


def _crt_tls(endpoint: Endpoint) -> Any:
    from awscrt import io  # noqa: PLC0415

    options = io.TlsContextOptions()
    options.override_default_trust_store_from_path(None, endpoint.certificate)
    return io.ClientTlsContext(options).new_connection_options()


class CrtS3:
    """awscrt's S3 client, which signs by itself: run it with `--sign none`."""

    def __init__(self, endpoint: Endpoint, stack: AsyncExitStack) -> None:
        from awscrt import auth, io, s3  # noqa: PLC0415

        del stack
        is_secure = endpoint.url.startswith("https:")
        self._host = endpoint.host
        self._request = s3.S3RequestType.DEFAULT
        self._provider = auth.AwsCredentialsProvider.new_static("AKIASTUB", "s" * 40)
        self._clients: dict[str, Any] = {}
        self._configs: dict[str, Any] = {}
        self._made: dict[str, Any] = {
            "bootstrap": io.ClientBootstrap.get_or_create_static_default(),
            "credential_provider": self._provider,
            "tls_mode": s3.S3RequestTlsMode.ENABLED if is_secure else s3.S3RequestTlsMode.DISABLED,
            "tls_connection_options": _crt_tls(endpoint) if is_secure else None,
            "max_active_connections_override": endpoint.connections,
        }

    async def get(self, target: str, headers: dict[str, str]) -> tuple[int, bytes]:
        from awscrt import exceptions, http  # noqa: PLC0415

        region = headers.pop("region")
        if region not in self._clients:
            self._open(region)
        request = http.HttpRequest("GET", target, http.HttpHeaders([("Host", self._host), *headers.items()]))
        body: list[bytes] = []
        status: list[int] = []
        made = self._clients[region].make_request(
            type=self._request,
            operation_name="GetBucketEncryption" if "encryption" in target else "ListBuckets",
            request=request,
            signing_config=self._configs[region],
            on_headers=lambda status_code, headers, **_: status.append(status_code),  # noqa: ARG005
            on_body=lambda chunk, offset, **_: body.append(bytes(chunk)),  # noqa: ARG005
        )
        try:
            await asyncio.wrap_future(made.finished_future)
        except exceptions.AwsCrtError as error:  # an answer with an error code
            return getattr(error, "status_code", None) or status[0], b""
        return status[0], b"".join(body)

    def _open(self, region: str) -> None:
        from awscrt import s3  # noqa: PLC0415

        self._configs[region] = s3.create_default_s3_signing_config(
            region=region, credential_provider=self._provider
        )
        self._clients[region] = s3.S3Client(region=region, **self._made)


class Raw:
    """HTTP/1.1 by hand on asyncio.Protocol: what is the least that Python can do. Not for use.

    It knows Content-Length alone: no chunked answers, no timeouts, no proxy.
    """

    def __init__(self, endpoint: Endpoint, stack: AsyncExitStack) -> None:
        del stack
        self._endpoint = endpoint
        self._tls = endpoint.tls()
        self._idle: list[_RawConnection] = []

    async def get(self, target: str, headers: dict[str, str]) -> tuple[int, bytes]:
        connection = self._idle.pop() if self._idle else await self._connect()
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        asked = f"GET {target} HTTP/1.1\r\nHost: {self._endpoint.host}\r\n{lines}\r\n"
        answer = await connection.ask(asked.encode())
        self._idle.append(connection)
        return answer

    async def _connect(self) -> "_RawConnection":
        parts = urlsplit(self._endpoint.url)
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(
            _RawConnection, parts.hostname or "", parts.port or 443, ssl=self._tls
        )
        return connection


class _RawConnection(asyncio.Protocol):
    def __init__(self) -> None:
        self._buffer = b""
        self._answer: asyncio.Future[tuple[int, bytes]]
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def ask(self, data: bytes) -> asyncio.Future[tuple[int, bytes]]:
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(data)
        return self._answer

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        at = self._buffer.find(b"Content-Length: ") + 16
        size = end + 4 + int(self._buffer[at : self._buffer.find(b"\r\n", at)])
        if len(self._buffer) < size:
            return
        whole, self._buffer = self._buffer, b""
        self._answer.set_result((int(whole[9:12]), whole[end + 4 : size]))

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError("closed"))


WIRES: dict[str, Callable[[Endpoint, AsyncExitStack], Wire]] = {
    "aiohttp": Aiohttp,
    "httpx": Httpx,
    "crt-http": CrtHttp,
    "crt-s3": CrtS3,
    "raw": Raw,
}
