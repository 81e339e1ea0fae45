"""A report of S3 Inventory on this machine: its data files found and verified."""

import hashlib
import os
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from s3kms.model.errors import BadInput
from s3kms.objects.evidence.manifest import CHECKSUM_NAME, MAX_MANIFEST_BYTES, DataFile
from s3kms.objects.evidence.threads import map_in_threads
from s3kms.text.sanitize import printable

_CHUNK_BYTES = 1024**2
MAX_CHECKSUM_BYTES = 1024


@dataclass(frozen=True, slots=True)
class VerifiedFile:
    """A data file with the bytes that the manifest promises, as they were when they were read."""

    file: DataFile
    path: Path
    state: tuple[int, ...]
    name: str
    """As a reader knows it. Foreign text."""

    def is_unchanged(self) -> bool:
        """Whether it still is the file that was read."""
        try:
            return verified_state(self.path.stat()) == self.state
        except OSError:
            return False


def read_small_file(path: Path, limit: int = MAX_MANIFEST_BYTES) -> bytes:
    """The bytes of a plain file. Raises BadInput where there is none, or it is larger than `limit`."""
    try:
        with _opened(path) as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from error
    if len(data) > limit:
        raise BadInput(f"{path} is larger than {limit // 1024**2 or 1} MB, too large for a report")
    return data


def read_checksum(manifest: Path) -> bytes | None:
    """manifest.checksum beside a manifest; None where there is none. Raises BadInput."""
    path = manifest.with_name(CHECKSUM_NAME)
    return read_small_file(path, MAX_CHECKSUM_BYTES) if path.exists() else None


def find_data_files(manifest: Path, files: Iterable[DataFile]) -> list[tuple[DataFile, Path]]:
    """Each data file, and where it lies: as in the destination bucket, or beside the manifest.

    Raises BadInput for a file that is not there, and for a key that leads elsewhere.
    """
    folder = Path(os.path.abspath(manifest)).parent  # noqa: PTH100 - links stay as they are named
    found: dict[Path, DataFile] = {}
    for file in files:
        places = _places(folder, file)
        place = next((one for one in places if one.is_file()), None)
        if place is None:
            raise BadInput(
                f"the data file {printable(file.key)} does not exist",
                advice=f"copy it to {printable(str(places[0]))}; aws s3 sync copies a whole report",
            )
        if (other := found.setdefault(place, file)) is not file:
            keys = f"{printable(other.key)} and {printable(file.key)}"
            raise BadInput(
                f"{keys} have the same name, but {printable(str(place))} can only be one of them",
                advice="copy them with the folder layout of the bucket",
            )
    return [(file, place) for place, file in found.items()]


def _places(folder: Path, file: DataFile) -> tuple[Path, ...]:
    """The report's folder has its manifests in folders of their own, and its data files in one beside them."""
    key = PurePosixPath(file.key)
    if key.is_absolute() or ".." in key.parts or "\0" in file.key or file.key.endswith("/"):
        raise BadInput(f"the manifest names {printable(file.key)!r}, which is not the key of a data file")
    near = PurePosixPath(*key.parts[-2:])
    return folder.parent / near, folder / near, folder / key.name


def verify_files(
    found: Iterable[tuple[DataFile, Path]], on_bytes: Callable[[int], object] = lambda _: None
) -> list[VerifiedFile]:
    """Read each file once and compare it with the manifest. Raises BadInput for the first that differs.

    `on_bytes` is called with the number of bytes read, from one thread per CPU.
    """

    def verified(pair: tuple[DataFile, Path]) -> VerifiedFile:
        return verify_file(*pair, on_bytes)

    return map_in_threads(verified, found, at_once=os.cpu_count() or 1)


def verify_file(
    file: DataFile, path: Path, on_bytes: Callable[[int], object] = lambda _: None
) -> VerifiedFile:
    """Read a file once and compare it with the manifest. Raises BadInput where it differs."""
    digest = hashlib.md5(usedforsecurity=False)
    try:
        with _opened(path) as opened:
            state = verified_state(os.fstat(opened.fileno()))
            while chunk := opened.read(_CHUNK_BYTES):
                digest.update(chunk)
                on_bytes(len(chunk))
    except OSError as error:
        raise BadInput(f"{printable(str(path))} cannot be read: {error.strerror}") from error
    check_bytes(file, state[0], digest.hexdigest(), str(path))
    return VerifiedFile(file, path, state, str(path))


def check_bytes(file: DataFile, size: int, md5: str, where: str) -> None:
    """Raises BadInput where a file is not what its manifest promises."""
    what = f"{size:,} bytes, not {file.size:,}" if size != file.size else f"the MD5 {md5}, not {file.md5}"
    if size != file.size or md5 != file.md5:
        raise BadInput(
            f"{printable(where)} does not match the manifest: it has {what}",
            advice="download it again; a modified report is not read",
        )


def verified_state(found: os.stat_result) -> tuple[int, ...]:
    """What changes when a file is written to, or another takes its place."""
    return found.st_size, found.st_mtime_ns, found.st_ino, found.st_dev


def _opened(path: Path) -> BinaryIO:
    """A plain file, opened so that a pipe does not keep the reader waiting. Raises OSError, BadInput."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise BadInput(f"{printable(str(path))} is not a regular file")
    return os.fdopen(descriptor, "rb", buffering=0)
