"""The transport: one pool a run, kept connections to each regional endpoint.

A connection carries no identity (each request is signed), so accounts share it: a thousand accounts in twenty regions
would else be twenty thousand TLS handshakes. A connection is made in a thread, and then watched by the event loop
itself: TLS on the socket, without the buffers and protocols that asyncio puts between.
"""

import asyncio
import socket
import ssl
import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import TypeVar
from urllib.parse import urlsplit

from s3kms.aws.boundary import without_passwords
from s3kms.aws.s3.connect import Connector, Socket, find_proxy, proxy_headers
from s3kms.aws.s3.http1 import ResponseParser, format_request
from s3kms.aws.s3.transport import Response, TransportError, TransportSettings
from s3kms.model.errors import S3kmsError

T = TypeVar("T")

MAX_IDLE_SECONDS = 15.0
"""How long an idle connection is used again; servers close theirs after 20 seconds or more."""
_READ_BYTES = 1 << 18
_MAX_CONNECTING = 32
"""Threads that make connections; each costs some milliseconds of a handshake, and round trips."""
_WOULD_BLOCK = (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class SocketTransport:
    """Sends GETs over kept connections. Belongs to the event loop that first uses it."""

    def __init__(self, settings: TransportSettings) -> None:
        self._settings = settings
        self._connector = Connector(settings.connect_timeout, settings.ca_bundle)
        self._idle: dict[str, list[_Connection]] = {}
        """By origin, the one used last at the end."""
        self._open: set[_Connection] = set()
        self._places = settings.connections
        """Connections that may still be made, or are idle."""
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._connecting = asyncio.Semaphore(_MAX_CONNECTING)
        self._sweep: asyncio.TimerHandle | None = None

    async def get(self, url: str, headers: Mapping[str, str]) -> Response:
        """One GET. Raises TransportError, and BadInput where there are no certificates to trust."""
        return await self._send(url, headers)

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Response:
        """One POST of a question, which is sent again where a kept connection had died. Raises as `get` does."""
        return await self._send(url, headers, body)

    async def _send(self, url: str, headers: Mapping[str, str], body: bytes | None = None) -> Response:
        slash = url.find("/", 8)
        origin = url[:slash]
        try:
            if self._places <= 0:
                await self._wait_for_place()
            self._places -= 1
            try:
                return await self._exchange(origin, request_bytes(origin, url[slash:], headers, body))
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

    async def _exchange(self, origin: str, request: bytes) -> Response:
        """Over a kept connection, and over a new one where that had died: the server may have closed it meanwhile."""
        while connection := self._kept(origin):
            try:
                return await self._ask(connection, request)
            except TransportError:
                if connection.has_begun or connection.is_late:
                    raise
        return await self._ask(await self._connect(origin), request)

    async def _ask(self, connection: "_Connection", request: bytes) -> Response:
        now = connection.loop.time()
        answer = connection.send(request, now + self._settings.read_timeout + self._settings.connect_timeout)
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

    def _kept(self, origin: str) -> "_Connection | None":
        idle = self._idle.setdefault(origin, [])
        while idle:
            connection = idle.pop()
            if connection.is_usable and connection.loop.time() - connection.idle_since < MAX_IDLE_SECONDS:
                return connection
            connection.close()
        return None

    async def _connect(self, origin: str) -> "_Connection":
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
                raise failure_of(error, was_connected=False) from error
        connection = _watched(found, origin, loop, self._open)
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


class _Connection:
    """A connection under the eyes of the event loop, from the first request to its end."""

    __slots__ = (
        *("_answer", "_parser", "_rest", "_siblings", "_socket"),
        *("idle_since", "is_late", "is_usable", "loop", "origin", "until"),
    )

    def __init__(
        self,
        connected: Socket,
        origin: str,
        loop: asyncio.AbstractEventLoop,
        siblings: "set[_Connection]",
    ) -> None:
        """`siblings` are the open connections; it leaves them when it is closed."""
        self.origin = origin
        self.loop = loop
        self.until = 0.0
        """When the answer has to be there, in the loop's time."""
        self.idle_since = 0.0
        self.is_usable = True
        """Whether another request may be sent, once there is no answer to wait for."""
        self.is_late = False
        """Whether it was given up because no answer came in time."""
        self._socket = connected
        self._siblings = siblings
        self._answer: asyncio.Future[Response] | None = None
        self._parser = ResponseParser()
        self._rest = b""
        """What is still to be sent."""

    @property
    def is_waiting(self) -> bool:
        """Whether an answer is waited for."""
        return self._answer is not None

    @property
    def has_begun(self) -> bool:
        """Whether a byte of the answer has come."""
        return self._parser.has_begun

    def send(self, request: bytes, until: float) -> "asyncio.Future[Response]":
        """The answer to a request. It fails with TransportError."""
        answer = self._answer = self.loop.create_future()
        self.until = until
        self._parser = ResponseParser()
        self._rest = request
        self._transmit(request)
        return answer

    def give_up(self) -> None:
        """No answer came in time."""
        self.is_late = True
        self._fail(TransportError("TimeoutError: no answer in time"))

    def close(self) -> None:
        """Let go of it; whoever waits for an answer gets none."""
        if self in self._siblings:
            self._siblings.discard(self)
            self.is_usable = False
            self._detach()
            self._socket.close()
            self._fail(TransportError("the connection was closed"))

    def watch(self) -> None:
        """Read whatever comes, from now on."""
        self._socket.setblocking(False)
        self.loop.add_reader(self._socket.fileno(), self._read)

    def _detach(self) -> None:
        self.loop.remove_reader(self._socket.fileno())
        if self._rest:
            self.loop.remove_writer(self._socket.fileno())

    def _transmit(self, data: bytes) -> None:
        """Send it, the rest as soon as the socket takes it."""
        try:
            sent = self._socket.send(data)
        except _WOULD_BLOCK:
            sent = 0
        except OSError as error:
            self._fail(failure_of(error, was_connected=True))
            return
        self._rest = data[sent:]
        if self._rest:
            self.loop.add_writer(self._socket.fileno(), self._transmit_rest)

    def _transmit_rest(self) -> None:
        self.loop.remove_writer(self._socket.fileno())
        self._transmit(self._rest)

    def _read(self) -> None:
        """Everything that is there: TLS may hold more than the socket shows."""
        try:
            data = self._socket.recv(_READ_BYTES)
            self._received(data)
            while data and self._answer is not None:
                data = self._socket.recv(_READ_BYTES)
                self._received(data)
        except _WOULD_BLOCK:
            return
        except OSError as error:
            self._fail(failure_of(error, was_connected=True))
            self.close()

    def _received(self, data: bytes) -> None:
        answer = self._answer
        if answer is None:  # nobody has asked: the end of an idle connection
            self.close()
            return
        try:
            response = self._parser.feed(data) if data else self._parser.end()
        except TransportError as error:
            self._fail(error)
            return
        if response is not None:
            self._answer = None
            self.is_usable = bool(data) and self._parser.is_kept and not self._rest
            if not answer.done():
                answer.set_result(response)

    def _fail(self, error: TransportError) -> None:
        self.is_usable = False
        answer, self._answer = self._answer, None
        if answer is not None and not answer.done():
            answer.set_exception(error)


class _BlockingConnection(_Connection):
    """One that an event loop cannot watch, TLS within TLS: it is asked in a thread."""

    __slots__ = ()

    def watch(self) -> None:
        """Nothing is read before something is asked."""

    def _detach(self) -> None:
        """The loop knows nothing of it."""

    def _transmit(self, data: bytes) -> None:
        self._rest = b""
        asked = self._answer
        answered = run_in_thread(self.loop, partial(self._ask, data, self.until - self.loop.time()))
        answered.add_done_callback(lambda found: self._finish(found) if self._answer is asked else None)

    def _ask(self, data: bytes, seconds: float) -> tuple[Response, bool]:
        """The response, and whether the connection goes on after it. Raises TransportError, OSError."""
        self._socket.settimeout(seconds)
        self._socket.sendall(data)
        while True:
            piece = self._socket.recv(_READ_BYTES)
            response = self._parser.feed(piece) if piece else self._parser.end()
            if response is not None:
                return response, bool(piece)

    def _finish(self, found: "asyncio.Future[tuple[Response, bool]]") -> None:
        error = found.exception()
        if error is not None:
            self._fail(error if isinstance(error, TransportError) else failure_of(error, was_connected=True))
            return
        response, is_open = found.result()
        answer, self._answer = self._answer, None
        self.is_usable = is_open and self._parser.is_kept
        if answer is not None and not answer.done():
            answer.set_result(response)


def _watched(
    connected: Socket, origin: str, loop: asyncio.AbstractEventLoop, siblings: set[_Connection]
) -> _Connection:
    if isinstance(connected, socket.socket):
        connection = _Connection(connected, origin, loop, siblings)
        with suppress(NotImplementedError):  # the event loop that Windows has by default watches no sockets
            connection.watch()
            return connection
    return _BlockingConnection(connected, origin, loop, siblings)


def run_in_thread(loop: asyncio.AbstractEventLoop, work: Callable[[], T]) -> "asyncio.Future[T]":
    """What the work returns, or the OSError, ValueError, TransportError or S3kmsError that it raises.

    Its thread keeps no process from ending, as those of an executor do.
    """
    future: asyncio.Future[T] = loop.create_future()

    def settle(how: Callable[[], None]) -> None:
        if not future.done():
            how()

    def run() -> None:
        how = partial(future.set_exception, RuntimeError("a thread of the transport failed"))
        try:
            how = partial(future.set_result, work())
        except (OSError, ValueError, TransportError, S3kmsError) as error:
            how = partial(future.set_exception, error)
        finally:
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(settle, how)

    threading.Thread(target=run, daemon=True).start()
    return future


def request_bytes(origin: str, target: str, headers: Mapping[str, str], body: bytes | None = None) -> bytes:
    """A request as it is sent; a proxy that passes plain HTTP on wants the whole URL. Raises ValueError."""
    url = urlsplit(origin)
    proxy = find_proxy(origin) if url.scheme == "http" else None
    if proxy is None:
        return format_request(target, url.netloc, headers, body)
    named = {**headers, **proxy_headers(urlsplit(proxy))}
    return format_request(f"{origin}{target}", url.netloc, named, body)


def _close_unwanted(made: "asyncio.Future[Socket]") -> None:
    if not made.cancelled() and made.exception() is None:
        made.result().close()


def failure_of(error: BaseException, *, was_connected: bool) -> TransportError:
    """What an error of the network is, without the password of a proxy in it."""
    said = without_passwords(" ".join(str(error).split()))
    may_retry = not isinstance(error, ssl.SSLCertVerificationError | ValueError)
    text = f"{type(error).__name__}: {said}" if said else type(error).__name__
    return TransportError(text, was_connected=was_connected, may_retry=may_retry)
