"""The transport: one pool a run, kept connections to each regional endpoint.

A connection carries no identity (each request is signed), so accounts share it: a thousand accounts in twenty regions
would else be twenty thousand TLS handshakes. A connection is made in a thread, and then watched by the event loop
itself: TLS on the socket, without the buffers and protocols that asyncio puts between.
"""

import asyncio
from collections import deque
from collections.abc import Mapping
from functools import partial
from typing import NamedTuple
from urllib.parse import urlsplit

from s3kms.aws.s3.connect import Connector, Socket, find_proxy, proxy_headers
from s3kms.aws.s3.http1 import format_request
from s3kms.aws.s3.socket_connection import (
    WatchedConnection,
    failure_of,
    no_connection,
    run_in_thread,
    watched,
)
from s3kms.aws.s3.transport import Response, TransportError, TransportSettings

MAX_IDLE_SECONDS = 15.0
"""How long an idle connection is used again; servers close theirs after 20 seconds or more."""
_MAX_CONNECTING = 32
"""Threads that make connections; each costs some milliseconds of a handshake, and round trips."""


class _Sent(NamedTuple):
    data: bytes
    is_head: bool
    may_repeat: bool
    seconds: float


class SocketTransport:
    """Sends requests over kept connections. Belongs to the event loop that first uses it."""

    def __init__(self, settings: TransportSettings) -> None:
        self._settings = settings
        self._connector = Connector(settings.connect_timeout, settings.ca_bundle)
        self._idle: dict[str, list[WatchedConnection]] = {}
        """By origin, the one used last at the end."""
        self._open: set[WatchedConnection] = set()
        self._places = settings.connections
        """Connections that may still be made, or are idle."""
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._connecting = asyncio.Semaphore(_MAX_CONNECTING)
        self._sweep: asyncio.TimerHandle | None = None

    async def get(self, url: str, headers: Mapping[str, str]) -> Response:
        """One GET. Raises TransportError, and BadInput where there are no certificates to trust."""
        return await self.send("GET", url, headers)

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
        """One request, sent again where a kept connection had died and it may be repeated. Raises as `get` does."""
        slash = url.find("/", 8)
        origin = url[:slash]
        try:
            if self._places <= 0:
                await self._wait_for_place()
            self._places -= 1
            try:
                request = request_bytes(method, origin, url[slash:], headers, body)
                seconds = self._settings.read_timeout if seconds is None else seconds
                sent = _Sent(request, method == "HEAD", may_repeat, seconds)
                return await self._exchange(origin, sent)
            finally:
                self._give_place()
        except (OSError, ValueError) as error:
            raise failure_of(error, was_connected=True) from error

    async def close(self) -> None:
        """Close every connection."""
        if self._sweep:
            self._sweep.cancel()
        for connection in list(self._open):
            connection.close()

    async def _exchange(self, origin: str, sent: "_Sent") -> Response:
        """Over a kept connection, and over a new one where that had died: the server may have closed it meanwhile."""
        while connection := self._kept(origin):
            try:
                return await self._ask(connection, sent)
            except TransportError:
                if connection.has_begun or connection.is_late or not sent.may_repeat:
                    raise
        return await self._ask(await self._connect(origin), sent)

    async def _ask(self, connection: WatchedConnection, sent: "_Sent") -> Response:
        until = connection.loop.time() + sent.seconds + self._settings.connect_timeout
        answer = connection.send(sent.data, until, is_head=sent.is_head)
        if self._sweep is None:
            self._plan_sweep(connection.loop)
        try:
            response = await answer
        except BaseException:
            connection.close()
            raise
        if connection.is_usable:
            connection.idle_since = connection.loop.time()
            self._idle[connection.origin].append(connection)
        else:
            connection.close()
        return response

    def _kept(self, origin: str) -> "WatchedConnection | None":
        idle = self._idle.setdefault(origin, [])
        while idle:
            connection = idle.pop()
            if connection.is_usable and connection.loop.time() - connection.idle_since < MAX_IDLE_SECONDS:
                return connection
            connection.close()
        return None

    async def _connect(self, origin: str) -> "WatchedConnection":
        self._make_room()
        loop = asyncio.get_running_loop()
        async with self._connecting:
            made = run_in_thread(loop, partial(self._connector.connect, origin))
            try:
                found = await asyncio.shield(made)
            except asyncio.CancelledError:
                made.add_done_callback(_close_unwanted)
                raise
            except (OSError, ValueError) as error:
                raise no_connection(error, origin) from error
        connection = watched(found, origin, loop, self._open)
        self._open.add(connection)
        return connection

    def _make_room(self) -> None:
        """Close idle connections to other origins where as many are open as may be."""
        for idle in self._idle.values():
            while idle and len(self._open) >= self._settings.connections:
                idle.pop(0).close()

    async def _wait_for_place(self) -> None:
        while self._places <= 0:
            place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(place)
            await place

    def _give_place(self) -> None:
        self._places += 1
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():  # who was cancelled needs none
                place.set_result(None)
                return

    def _plan_sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        """One timer for all requests: one for each would cost as much as its signature."""
        every = min(0.5, self._settings.read_timeout / 10)
        self._sweep = loop.call_later(every, self._give_up_late, loop)

    def _give_up_late(self, loop: asyncio.AbstractEventLoop) -> None:
        self._sweep = None
        under_way = [connection for connection in self._open if connection.is_waiting]
        for connection in under_way:
            if loop.time() > connection.until:
                connection.give_up()
        if under_way:
            self._plan_sweep(loop)


def request_bytes(
    method: str, origin: str, target: str, headers: Mapping[str, str], body: bytes | None = None
) -> bytes:
    """A request as it is sent; a proxy that passes plain HTTP on wants the whole URL. Raises ValueError."""
    url = urlsplit(origin)
    proxy = find_proxy(origin) if url.scheme == "http" else None
    if proxy is None:
        return format_request(method, target, url.netloc, headers, body)
    named = {**headers, **proxy_headers(urlsplit(proxy))}
    return format_request(method, f"{origin}{target}", url.netloc, named, body)


def _close_unwanted(made: "asyncio.Future[Socket]") -> None:
    if not made.cancelled() and made.exception() is None:
        made.result().close()
