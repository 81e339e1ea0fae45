"""JSON documents read piece by piece, so that a list of a million events never stands in memory."""

import codecs
import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from s3kms.sources.observed.budget import DEFAULT_LOG_LIMITS, LogLimits, UnreadableLog

_CHUNK = 256 * 1024
_WHITESPACE = " \t\r\n"
_DECODER = json.JSONDecoder()
_MAY_GO_ON = set("0123456789+-.eE")
"""What a number is made of."""


class JsonStream:
    """A cursor in a JSON text. Holds no more than the value that is read, which has a limit."""

    def __init__(self, file: BinaryIO, limits: LogLimits = DEFAULT_LOG_LIMITS) -> None:
        self._file = file
        self._limit = limits.record_bytes
        self._text = codecs.getincrementaldecoder("utf-8-sig")(errors="replace")
        self._buffer = ""
        self._at = 0
        self._is_ended = False

    def peek(self) -> str:
        """The next character that is no space; empty at the end. Raises UnreadableLog."""
        skipped = 0
        while True:
            while self._at < len(self._buffer) and self._buffer[self._at] in _WHITESPACE:
                self._at += 1
                skipped += 1
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if skipped > self._limit:
                raise UnreadableLog(f"has more than {self._limit:,} spaces in a row")
            if not self._fill():
                return ""

    def take(self, expected: str) -> bool:
        """Whether the next character is this one, which is passed then. Raises UnreadableLog."""
        if self.peek() != expected:
            return False
        self._at += 1
        return True

    def value(self) -> Any:
        """The next value, whole. Raises UnreadableLog."""
        self.peek()
        size = _CHUNK
        while True:
            try:
                found, end = _DECODER.raw_decode(self._buffer, self._at)
            except ValueError:
                pass
            except RecursionError as error:
                raise UnreadableLog("is nested too deeply") from error
            else:
                if self._is_ended or not self._may_go_on(end):
                    self._at = end
                    return found
            if self._is_ended:
                raise UnreadableLog("is cut, or is not JSON")
            if len(self._buffer) - self._at > self._limit:
                raise UnreadableLog(f"has a record of more than {self._limit:,} characters, or is not JSON")
            self._fill(size)
            size *= 2

    def _may_go_on(self, end: int) -> bool:
        """Whether a value that ends here may be a number of which the rest was not read yet: `0` of `0.5`."""
        after = self._buffer[end : end + 1]
        return self._buffer[end - 1] in _MAY_GO_ON and (not after or after in _MAY_GO_ON)

    def items(self) -> Iterator[Any]:
        """The values of a list whose bracket is next. Raises UnreadableLog."""
        if not self.take("["):
            raise UnreadableLog("has no list where one belongs")
        if self.take("]"):
            return
        while True:
            yield self.value()
            if not self.take(","):
                break
        if not self.take("]"):
            raise UnreadableLog("is cut, or is not JSON")

    def names(self) -> Iterator[str]:
        """The names of an object whose brace is next; whoever takes one reads its value. Raises UnreadableLog."""
        if not self.take("{"):
            raise UnreadableLog("has no object where one belongs")
        if self.take("}"):
            return
        while True:
            name = self.value()
            if not isinstance(name, str) or not self.take(":"):
                raise UnreadableLog("is cut, or is not JSON")
            yield name
            if not self.take(","):
                break
        if not self.take("}"):
            raise UnreadableLog("is cut, or is not JSON")

    def _fill(self, size: int = _CHUNK) -> bool:
        """Read on; False at the end."""
        data = b"" if self._is_ended else self._file.read(size)
        if not data:
            self._is_ended = True
        self._buffer = self._buffer[self._at :] + self._text.decode(data, final=not data)
        self._at = 0
        return not self._is_ended
