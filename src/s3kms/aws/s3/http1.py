"""HTTP/1.1, as much of it as S3 takes: bytes of a request, a response out of bytes. No I/O."""

import re
from collections.abc import Mapping
from enum import Enum, auto

from s3kms.aws.s3.transport import Response, TransportError

MAX_RESPONSE_BYTES = 16 << 20
"""Bytes of an answer's body; a page of a thousand buckets has about a quarter of a million."""
MAX_HEAD_BYTES = 256 << 10
"""Bytes of a status line with its headers, or of the lines between two chunks."""
_STATUS_LINE = re.compile(r"HTTP/1\.([01]) ([1-9]\d\d)(?: |$)")
_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,8}")
_END_OF_HEAD = b"\r\n\r\n"


class ResponseHeaders(dict[str, str]):
    """Headers by their names in lower case; `get` takes any case."""

    def get(self, name: str, default: str | None = None) -> str | None:  # type: ignore[override]
        """The value of a header."""
        return super().get(name.lower(), default)


def format_request(
    method: str, target: str, host: str, headers: Mapping[str, str], body: bytes | None = None
) -> bytes:
    """A request as it is sent; an empty body has a length, None has not.

    Raises ValueError for a line break in its head, which would make two requests of one.
    """
    lines = [
        f"{method} {target} HTTP/1.1",
        f"Host: {host}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    text = "\r\n".join(lines)
    if text.count("\n") != len(lines) - 1 or text.count("\r") != len(lines) - 1:
        raise ValueError("a request has a line break")
    return f"{text}\r\n\r\n".encode("latin-1") + (body or b"")


class _State(Enum):
    HEAD = auto()
    SIZED = auto()
    CHUNKED = auto()
    TO_THE_END = auto()


class ResponseParser:
    """Reads one response from pieces of bytes."""

    __slots__ = ("_body", "_buffer", "_headers", "_is_head", "_is_kept", "_length", "_state", "_status")

    def __init__(self, *, is_head: bool = False) -> None:
        """`is_head` is whether the request is a HEAD, whose answer tells a length and has no body."""
        self._is_head = is_head
        self._buffer = b""
        self._state = _State.HEAD
        self._status = 0
        self._headers = ResponseHeaders()
        self._length = 0
        self._body: list[bytes] = []
        self._is_kept = True

    @property
    def has_begun(self) -> bool:
        """Whether a byte of the response has come."""
        return bool(self._buffer) or self._state is not _State.HEAD

    @property
    def is_kept(self) -> bool:
        """Whether the connection can be used again, after a whole response: nothing has come after it, either."""
        return self._is_kept and not self._buffer

    def feed(self, data: bytes) -> Response | None:
        """The response, once it is whole. Raises TransportError for what is none."""
        self._buffer = self._buffer + data if self._buffer else data
        if self._state is _State.HEAD and not self._read_head():
            return None
        if self._state is _State.SIZED:
            if len(self._buffer) < self._length:
                return None
            body, self._buffer = self._buffer[: self._length], self._buffer[self._length :]
            return Response(self._status, self._headers, body)
        if self._state is _State.CHUNKED:
            return self._read_chunks()
        _check_size(len(self._buffer))
        return None

    def end(self) -> Response:
        """The response that ends where the connection does. Raises TransportError for one that is cut."""
        if self._state is not _State.TO_THE_END:
            what = "in the middle of the answer" if self.has_begun else "without an answer"
            raise TransportError(f"the connection was closed {what}")
        return Response(self._status, self._headers, self._buffer)

    def _read_head(self) -> bool:
        while True:
            end = self._buffer.find(_END_OF_HEAD)
            if end < 0:
                _check_head(len(self._buffer))
                return False
            lines = self._buffer[:end].decode("latin-1").split("\r\n")
            self._buffer = self._buffer[end + len(_END_OF_HEAD) :]
            found = _STATUS_LINE.match(lines[0])
            if not found:
                raise TransportError(f"the answer is no HTTP/1.1: it begins with {lines[0][:60]!r}")
            self._status = int(found[2])
            if self._status >= 200:  # noqa: PLR2004 - 1xx comes before the response
                self._headers = _headers(lines[1:])
                self._choose(is_http_1_0=found[1] == "0")
                return True

    def _choose(self, *, is_http_1_0: bool) -> None:
        """How the body ends (RFC 9112, section 6.3), and whether the connection goes on after it."""
        headers = self._headers
        connection = headers.get("connection")
        if is_http_1_0 or (connection and "close" in connection.lower()):
            self._is_kept = False
        coding, length = headers.get("transfer-encoding"), headers.get("content-length")
        if self._is_head or self._status in {204, 304}:
            self._state, self._length = _State.SIZED, 0
        elif coding is not None:
            if coding.strip().lower() != "chunked":
                raise TransportError(
                    f"the answer is encoded in a way that was not asked for: {coding[:40]!r}"
                )
            self._is_kept = self._is_kept and length is None
            self._state = _State.CHUNKED
        elif length is not None:
            self._state, self._length = _State.SIZED, _size(length)
        else:
            self._state, self._is_kept = _State.TO_THE_END, False

    def _read_chunks(self) -> Response | None:
        """Chunks up to the last one, and the trailers after it, which nobody needs."""
        while (end := self._buffer.find(b"\r\n")) >= 0:
            size_text = _CHUNK_SIZE.match(self._buffer)
            if not size_text:
                raise TransportError("the answer has a chunk without a size")
            size = int(size_text[0], 16)
            if size == 0:
                return self._read_trailers(end)
            self._length += size
            _check_size(self._length)
            after = end + 2 + size
            if len(self._buffer) < after + 2:
                self._length -= size
                return None
            self._body.append(self._buffer[end + 2 : after])
            self._buffer = self._buffer[after + 2 :]
        _check_head(len(self._buffer))
        return None

    def _read_trailers(self, end: int) -> Response | None:
        """`end` is where the line of the last chunk ends."""
        past = end + 2 if self._buffer.startswith(b"\r\n", end + 2) else self._buffer.find(_END_OF_HEAD, end)
        if past < 0 or len(self._buffer) < end + 4:
            _check_head(len(self._buffer))
            return None
        rest = past + (2 if past == end + 2 else len(_END_OF_HEAD))
        self._buffer = self._buffer[rest:]
        return Response(self._status, self._headers, b"".join(self._body))


def _headers(lines: list[str]) -> ResponseHeaders:
    headers = ResponseHeaders()
    for line in lines:
        name, _, value = line.partition(":")
        key, value = name.lower(), value.strip(" \t")
        if key == "content-length" and headers.get(key, value) != value:
            raise TransportError("the answer has two lengths")
        headers[key] = f"{headers[key]}, {value}" if key in headers and key != "content-length" else value
    return headers


def _size(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 18:  # noqa: PLR2004 - an exabyte
        raise TransportError(f"the answer has no usable length: {text[:40]!r}")
    size = int(text)
    _check_size(size)
    return size


def _check_size(size: int) -> None:
    if size > MAX_RESPONSE_BYTES:
        raise TransportError(f"the answer is longer than {MAX_RESPONSE_BYTES >> 20} MiB", may_retry=False)


def _check_head(size: int) -> None:
    if size > MAX_HEAD_BYTES:
        raise TransportError(
            f"the head of the answer is longer than {MAX_HEAD_BYTES >> 10} KiB", may_retry=False
        )
