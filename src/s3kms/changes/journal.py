"""The journal of a run: what is about to be written, on disk before it is written.

One file a run, `RUN.jsonl`, one JSON object a line. Each line carries a checksum over itself and the
checksum of the line before, so that an edited line, a line taken out and a line put in are noticed.
What a line says of a change is the medium's (`MediumKind`).
"""

import hashlib
import json
import os
import re
import secrets
import stat
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, Self

from s3kms.changes.interface import EntryT, MediumKind
from s3kms.changes.posix import fcntl
from s3kms.model.advice import Advice, Command, Option
from s3kms.model.errors import BadInput, Refused, Stopped

JOURNAL_VERSION = 4
"""Of the lines that are written. Older ones are read too, newer ones refused. The first edition wrote 1 for runs that
changed buckets and 2 for runs that edited files; 3 is 4 without what was found after a failed write (`found`) and
without the run that is restored in part (`restores`).
"""
FIRST_LINK = "s3kms"
"""What the first line's checksum is chained to."""
_RUN = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{6}")
_LOCK_TRIES = 20
_LOCK_WAIT_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class RunHeader:
    """Who did what, where: the first line of a journal."""

    run: str
    at: datetime
    command: str
    """What was typed, as the caller words it; empty where a program called the library."""
    account: str
    """The account's id, or `code` where files were edited."""
    endpoint: str
    """The host that was talked to; empty where files were edited."""
    undoes: str | None = None
    """The run that this one undoes whole."""
    kind: str = "buckets"
    """The name of the medium."""
    roots: tuple[str, ...] = ()
    """The folders outside of which nothing was written; none where that does not apply, or was not kept."""
    planned: int | None = None
    """How many changes were planned; None in a journal of the first edition."""
    request: Mapping[str, Any] | None = None
    """What was asked for, as JSON data; None in a journal of the first edition. Of an undo the way alone."""
    restores: str | None = None
    """The run that this one restores, whole or in part."""

    @property
    def plan(self) -> str | None:
        """The id of the plan that it carried out; None where it carried out none."""
        plan = (self.request or {}).get("plan")
        return plan if isinstance(plan, str) and is_run_id(plan) else None

    @property
    def role(self) -> str | None:
        """The role that was assumed in its account; None where it was made with credentials of that account."""
        return self._text("assumed_role")

    @property
    def bucket_role(self) -> str | None:
        """The role that was assumed in the accounts of the buckets, where keys of another account were prepared."""
        return self._text("bucket_role")

    @property
    def way(self) -> Mapping[str, Any] | None:
        """What of the request leads into the accounts of the run: whoever puts it back goes the same way."""
        names = ("assumed_role", "bucket_role")
        return {name: text for name in names if (text := self._text(name)) is not None} or None

    def _text(self, name: str) -> str | None:
        found = (self.request or {}).get(name)
        return found if isinstance(found, str) else None

    @property
    def wave(self) -> int | None:
        """The wave of that plan; None where it was none."""
        wave = (self.request or {}).get("wave")
        return wave if isinstance(wave, int) else None


def default_journal_folder() -> Path:
    """`$XDG_STATE_HOME/s3kms/runs`; the state folder of the XDG specification where that is not set."""
    state = os.environ.get("XDG_STATE_HOME", "")
    base = Path(state) if state.startswith("/") else Path.home() / ".local" / "state"
    return base / "s3kms" / "runs"


def new_run_id(now: datetime) -> str:
    """`20261123T114000Z-1a2b3c`: sorts by time, and no two runs have one."""
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


def is_run_id(text: str) -> bool:
    """Whether it has the shape of a run's id, and of a plan's."""
    return _RUN.fullmatch(text) is not None


def journal_path(folder: Path, run: str) -> Path:
    """The file of a run. Raises BadInput for what is not a run's id: it never names a file elsewhere."""
    if not is_run_id(run):
        raise BadInput(
            f"{run!r} is not a run",
            advice=Advice(
                "{runs} lists them; an id looks like 20261123T114000Z-1a2b3c", {"runs": Command("runs")}
            ),
        )
    return folder / f"{run}.jsonl"


def checksum(before: str, record: Mapping[str, Any]) -> str:
    """SHA-256 in hexadecimal digits of a line without its own checksum, chained to the one of the line before."""
    text = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(f"{before}\n{text}".encode()).hexdigest()


def lock_file(descriptor: int, sentence: str) -> None:
    """Take the file for this process; it is tried for a moment, because a reader holds it for a moment.

    Raises Refused with the sentence.
    """
    for _ in range(_LOCK_TRIES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_LOCK_WAIT_SECONDS)
        else:
            return
    raise Refused(
        sentence, advice=Advice("wait until it has ended, and look with {runs}", {"runs": Command("runs")})
    )


class Journal(Generic[EntryT]):
    """The open journal of this run. Every method returns when the line is on disk.

    Raises Stopped where it cannot be written: then nothing more may be written anywhere.
    """

    def __init__(self, path: Path, descriptor: int, run: str, kind: MediumKind[EntryT]) -> None:
        self.path = path
        self.run = run
        self._kind = kind
        self._descriptor = descriptor
        self._last = FIRST_LINK
        self._length = 0

    @classmethod
    def create(cls, folder: Path, header: RunHeader, kind: MediumKind[EntryT]) -> Self:
        """A new file, only for this user, never through a link. Raises Refused: nothing has been changed."""
        path = journal_path(folder, header.run)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            make_folder(folder)
            descriptor = os.open(path, flags, 0o600)
        except OSError as error:
            raise _no_journal(path, error.strerror) from error
        journal = cls(path, descriptor, header.run, kind)
        try:
            lock_file(descriptor, f"another process holds {path}")
            journal._write("run", _header_record(header))
            sync_folder(folder)
        except (Stopped, Refused, OSError) as error:
            journal.close()
            path.unlink(missing_ok=True)
            raise _no_journal(path, str(error)) from error
        return journal

    @classmethod
    def reopen(cls, folder: Path, run: str, kind: MediumKind[EntryT]) -> Self:
        """The journal of a run that goes on; the caller has read it, and believes it. Half a line is cut off.

        Raises Refused where another process holds it, or it cannot be written.
        """
        path = journal_path(folder, run)
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError as error:
            raise Refused(f"the journal {path} cannot be written: {error.strerror}") from error
        journal = cls(path, descriptor, run, kind)
        try:
            lock_file(descriptor, f"run {run} is still running")
            whole = path.read_bytes().rpartition(b"\n")[0] + b"\n"
            journal._last = str(json.loads(whole.splitlines()[-1])["sum"])
            journal._length = len(whole)
            os.ftruncate(descriptor, len(whole))
            os.lseek(descriptor, len(whole), os.SEEK_SET)
        except (OSError, ValueError, Refused) as error:
            journal.close()
            if isinstance(error, Refused):
                raise
            raise Refused(f"the journal {path} cannot be written: {error}") from error
        return journal

    def intend(self, entry: EntryT) -> None:
        """The change that is about to be written."""
        self._write("intend", {"change": self._kind.to_record(entry)})

    def done(self, entry: EntryT) -> None:
        """It was written, and read back."""
        self._write("done", {"item": self._kind.identify(entry)})

    def failed(self, entry: EntryT, why: str, found: EntryT | None = None) -> None:
        """It was not written, or not as it was meant; then `found` is the change that was made instead."""
        instead = None if found is None else dict(self._kind.to_record(found))
        self._write("failed", {"item": self._kind.identify(entry), "why": why, "found": instead})

    def kept(self, entry: EntryT, why: str) -> None:
        """It was skipped; nothing was sent."""
        self._write("kept", {"item": self._kind.identify(entry), "why": why})

    def end(self, *, stopped: str | None) -> None:
        """The run is over; `stopped` says why before its time, or what went wrong."""
        self._write("end", {"at": _now(), "stopped": stopped})

    def close(self) -> None:
        """Let go of the file and its lock."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _write(self, kind: str, fields: Mapping[str, Any]) -> None:
        record: dict[str, Any] = {"version": JOURNAL_VERSION, "type": kind, **fields}
        record["sum"] = checksum(self._last, record)
        line = json.dumps(record, ensure_ascii=True).encode() + b"\n"
        try:
            write_all(self._descriptor, line)
            os.fsync(self._descriptor)
        except OSError as error:
            self._take_back()
            raise Stopped(
                f"the journal {self.path} cannot be written: {error.strerror}; nothing more is written",
                advice="make room and run again; what was written so far can be undone with this journal",
            ) from error
        self._last = record["sum"]
        self._length += len(line)

    def _take_back(self) -> None:
        """Half a line must not stand where the next whole one would go on."""
        try:
            os.ftruncate(self._descriptor, self._length)
            os.lseek(self._descriptor, self._length, os.SEEK_SET)
        except OSError:
            return  # a reader tolerates a line cut short at the end


def write_all(descriptor: int, line: bytes) -> None:
    """Write the whole line. Raises OSError."""
    while line:
        line = line[os.write(descriptor, line) :]


def make_folder(folder: Path) -> None:
    """Make the folder and those above it, each one on disk before anything stands in it. Raises OSError."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Have the names of the folder's files on disk. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _no_journal(path: Path, why: str | None) -> Refused:
    advice = Advice("make room, or name another folder with {journal}", {"journal": Option("journal")})
    return Refused(f"the journal {path} cannot be created, so nothing was changed: {why}", advice=advice)


def _header_record(header: RunHeader) -> dict[str, Any]:
    return {
        "run": header.run,
        "at": header.at.astimezone(UTC).isoformat(),
        "command": header.command,
        "account": header.account,
        "endpoint": header.endpoint,
        "undoes": header.undoes,
        "kind": header.kind,
        "roots": list(header.roots),
        "planned": header.planned,
        "request": None if header.request is None else dict(header.request),
        "restores": header.restores,
    }


def _now() -> str:
    return datetime.now(UTC).isoformat()


def open_for_reading(path: Path) -> int:
    """A descriptor of a regular file, never through a link. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(0, "it is not a file")
    return descriptor
