"""Frames in a file that only grows: each with a checksum that is chained to the one before.

A frame is its length, its kind, a checksum of these two, the checksum of the whole, and its payload. A process that
dies leaves at most one frame that is not whole, at the end: a reader passes over it, a writer cuts it off. Anything
else that does not fit was changed.
"""

import hashlib
import os
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from s3kms.changes.journal import open_for_reading, write_all
from s3kms.model.errors import BadInput, Refused, Stopped

MAGIC = b"s3kms objects log 1\n"
_SIZES = struct.Struct(">IB")
_HEAD = struct.Struct(">IB4s8s")


@dataclass(frozen=True, slots=True)
class Frame:
    """One whole frame."""

    kind: int
    payload: bytes
    end: int
    """Where in the file the next one begins."""
    checksum: bytes


def _head_checksum(before: bytes, length: int, kind: int) -> bytes:
    """Tells a frame that was not written to its end from one whose length was changed."""
    return hashlib.blake2b(_SIZES.pack(length, kind), digest_size=4, salt=before).digest()


def _checksum(before: bytes, kind: int, payload: bytes) -> bytes:
    return hashlib.blake2b(payload, digest_size=8, salt=before, person=bytes((kind,))).digest()


class FrameWriter:
    """Appends frames to an open file. Raises Stopped where it cannot be written: then nothing more may be changed."""

    def __init__(self, path: Path, descriptor: int, end: int, checksum: bytes) -> None:
        self.path = path
        self._descriptor = descriptor
        self._end = end
        self._last = checksum

    @classmethod
    def create(cls, path: Path) -> "FrameWriter":
        """A new file, only for this user, never through a link. Raises OSError."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(path, flags, 0o600)
        write_all(descriptor, MAGIC)
        return cls(path, descriptor, len(MAGIC), bytes(8))

    @classmethod
    def reopen(cls, path: Path, end: int, checksum: bytes) -> "FrameWriter":
        """Go on after the last whole frame; what stands behind it is cut off. Raises OSError."""
        descriptor = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        os.ftruncate(descriptor, end)
        os.lseek(descriptor, end, os.SEEK_SET)
        return cls(path, descriptor, end, checksum)

    def append(self, kind: int, payload: bytes, *, sync: bool) -> None:
        """Append a frame; with `sync` it is on disk when this returns."""
        checksum = _checksum(self._last, kind, payload)
        guard = _head_checksum(self._last, len(payload), kind)
        data = _HEAD.pack(len(payload), kind, guard, checksum) + payload
        try:
            write_all(self._descriptor, data)
            if sync:
                os.fsync(self._descriptor)
        except OSError as error:
            self._cut_off()
            raise Stopped(
                f"the log {self.path} cannot be written: {error.strerror}; no more objects are changed",
                advice="free disk space, then resume this run",
            ) from error
        self._last = checksum
        self._end += len(data)

    def _cut_off(self) -> None:
        """Remove half a frame: what is appended behind one would make the log look as if it had been edited."""
        with suppress(OSError):  # a reader passes over it, as long as nothing follows
            os.ftruncate(self._descriptor, self._end)
            os.lseek(self._descriptor, self._end, os.SEEK_SET)
            return
        os.close(self._descriptor)
        self._descriptor = -1

    def close(self) -> None:
        """Let go of the file, with all of it on disk."""
        if self._descriptor >= 0:
            os.fsync(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = -1


def read_frames(path: Path) -> Iterator[Frame]:
    """The whole frames of a log, in order; a last one that is not whole is passed over.

    Raises BadInput for what is no log, Refused for one that was changed.
    """
    try:
        descriptor = open_for_reading(path)
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from error
    with os.fdopen(descriptor, "rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise BadInput(f"{path} is not an object log written by s3kms")
        end, last = len(MAGIC), bytes(8)
        while (frame := _next(file, end, last)) is not None:
            yield frame
            end, last = frame.end, frame.checksum
        file.seek(end)
        if not _is_torn(file, last):
            raise Refused(
                f"{path} was modified after it was written: a part of it does not match its checksum",
                advice="restore the file from a copy; s3kms never acts on an edited log",
            )


def _next(file: BinaryIO, start: int, last: bytes) -> Frame | None:
    """The next frame; None where none is whole."""
    head = file.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    length, kind, guard, checksum = _HEAD.unpack(head)
    if guard != _head_checksum(last, length, kind):
        return None
    payload = file.read(length)
    if len(payload) < length or checksum != _checksum(last, kind, payload):
        return None
    return Frame(kind, payload, start + _HEAD.size + length, checksum)


def _is_torn(file: BinaryIO, last: bytes) -> bool:
    """Whether what stands behind the last whole frame is the beginning of one more, or nothing.

    A machine that loses power may leave zeros where the rest was to be.
    """
    head = file.read(_HEAD.size)
    if len(head) == _HEAD.size and head.strip(b"\0"):
        length, kind, guard, _ = _HEAD.unpack(head)
        if guard != _head_checksum(last, length, kind):
            return False
        file.seek(length, os.SEEK_CUR)
    while data := file.read(1 << 20):
        if data.strip(b"\0"):
            return False
    return True
