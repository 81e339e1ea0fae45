"""A file that is read against limits, unpacked where it is packed with gzip."""

import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, cast

from s3kms.sources.observed.budget import LogLimits, UnreadableLog

_GZIP = b"\x1f\x8b"
_BUFFER = 256 * 1024


@contextmanager
def open_metered(
    file: BinaryIO, limits: LogLimits, spend: Callable[[int], None] = lambda _: None
) -> Iterator[io.BufferedReader]:
    """What a file holds, unpacked; `spend` is told of the bytes. The file is closed at the end.

    Reading raises UnreadableLog where it cannot be unpacked or has more than a file may have; OSError, AwsError.
    """
    with io.BufferedReader(cast("io.RawIOBase", file), _BUFFER) as packed:
        is_packed = packed.peek(2)[:2] == _GZIP
        source = cast("BinaryIO", gzip.GzipFile(fileobj=packed) if is_packed else packed)
        yield io.BufferedReader(cast("Any", _Metered(source, limits, spend)), _BUFFER)


class _Metered(io.RawIOBase):
    """What a file gives, unpacked, counted against the limits. Errors of unpacking are UnreadableLog."""

    def __init__(self, file: BinaryIO, limits: LogLimits, spend: Callable[[int], None]) -> None:
        self._file = file
        self._limit = limits.file_bytes
        self._spend = spend
        self._size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer)
        try:
            data = self._file.read(len(view))
        except EOFError as error:
            raise UnreadableLog("is cut") from error
        except (gzip.BadGzipFile, zlib.error) as error:
            raise UnreadableLog("is damaged: it cannot be unpacked") from error
        view[: len(data)] = data
        self._size += len(data)
        self._spend(len(data))
        if self._size > self._limit:
            raise UnreadableLog(f"has more than {self._limit // 1024**2:,} MB unpacked")
        return len(data)
