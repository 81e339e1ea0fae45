"""A kept connection, watched by the event loop; or asked in a thread where no event loop can watch it."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

from s3kms.aws.boundary import without_passwords
from s3kms.aws.s3.connect import Socket, describe_peer
from s3kms.aws.s3.http1 import ResponseParser
from s3kms.aws.s3.transport import Response, TransportError
from s3kms.model.errors import S3kmsError

T = TypeVar("T")

_READ_BYTES = 1 << 18
_WOULD_BLOCK = (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class WatchedConnection:
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
        siblings: "set[WatchedConnection]",
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

    def send(self, request: bytes, until: float, *, is_head: bool = False) -> "asyncio.Future[Response]":
        """The answer to a request. It fails with TransportError."""
        answer = self._answer = self.loop.create_future()
        self.until = until
        self._parser = ResponseParser(is_head=is_head)
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


class BlockingConnection(WatchedConnection):
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


def watched(
    connected: Socket, origin: str, loop: asyncio.AbstractEventLoop, siblings: set[WatchedConnection]
) -> WatchedConnection:
    """A connection that was made, from now on one of its siblings' and watched where the event loop can."""
    if isinstance(connected, socket.socket):
        connection = WatchedConnection(connected, origin, loop, siblings)
        with suppress(NotImplementedError):  # the event loop that Windows has by default watches no sockets
            connection.watch()
            return connection
    return BlockingConnection(connected, origin, loop, siblings)


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


def failure_of(error: BaseException, *, was_connected: bool) -> TransportError:
    """What an error of the network is, without the password of a proxy in it."""
    said = without_passwords(" ".join(str(error).split()))
    may_retry = not isinstance(error, ssl.SSLCertVerificationError | ValueError)
    text = f"{type(error).__name__}: {said}" if said else type(error).__name__
    return TransportError(text, was_connected=was_connected, may_retry=may_retry)


def no_connection(error: OSError | ValueError, origin: str) -> TransportError:
    """What kept a connection to an origin from being made, with the host or the proxy that was tried."""
    failure = failure_of(error, was_connected=False)
    is_plain = isinstance(error, socket.gaierror | ConnectionError) and error.strerror
    said = error.strerror if isinstance(error, OSError) and is_plain else failure
    text = f"{describe_peer(origin)} cannot be reached: {said}"
    return TransportError(text, was_connected=False, may_retry=failure.may_retry)
