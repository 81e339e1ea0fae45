"""The runs there are: journals read back, and what they say became of each run."""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from s3kms.changes.journal import (
    FIRST_LINK,
    JOURNAL_VERSION,
    RunHeader,
    checksum,
    journal_path,
    open_for_reading,
)
from s3kms.changes.posix import fcntl
from s3kms.model.advice import Advice, Command, Option
from s3kms.model.errors import BadInput, Refused, S3kmsError

if TYPE_CHECKING:
    from s3kms.changes.interface import MediumKind
    from s3kms.changes.journal_records import AnyRecord, RunRecord

_SEE_RUNS = Advice("see {runs}", {"runs": Command("runs")})


class RunState(StrEnum):
    """What became of a run."""

    RUNNING = "running"
    COMPLETE = "complete"
    STOPPED = "stopped"
    """It ended, and not everything it meant to do is done."""
    CRASHED = "crashed"
    """It never said that it ended."""
    UNDONE = "undone"
    """A later run has put everything back."""


@dataclass(frozen=True, slots=True)
class Run:
    """One journal, believed."""

    header: RunHeader
    changes: tuple[Any, ...] = ()
    """What was announced, in order, as the medium's kind keeps it: `Change` of buckets, `FileEdit` of files. Each may
    or may not have been written.
    """
    done: frozenset[str] = frozenset()
    """The names of the buckets, or the paths of the files, whose change was read back."""
    failed: Mapping[str, str] = field(default_factory=dict)
    """Those that were not written, or not as they were meant, and why."""
    found: Mapping[str, Any] = field(default_factory=dict)
    """The changes that were made instead, of those that were written and not as they were meant."""
    ended: bool = False
    stopped: str | None = None
    """Why it ended before its time, or what went wrong."""
    cut: bool = False
    """The last line is not whole: the process died while it wrote the journal."""
    running: bool = False
    undone: bool = False

    @property
    def made(self) -> int:
        """How many things it changed, as far as it was seen: as they were meant, or otherwise."""
        return len(self.done | self.found.keys())

    @property
    def state(self) -> RunState:
        """From the lines alone, and whether a process holds the file."""
        if self.undone:
            return RunState.UNDONE
        if self.running:
            return RunState.RUNNING  # also a run of objects that was stopped, and goes on
        if self.ended:
            return RunState.STOPPED if self.stopped is not None else RunState.COMPLETE
        return RunState.CRASHED


@dataclass(frozen=True, slots=True)
class UnreadableRun:
    """A file that stands among the journals and cannot be believed."""

    run: str
    """The file's name without its suffix."""
    why: str


def read_run(folder: Path, run: str) -> Run:
    """One run. Raises BadInput where there is none or its file is no journal, Refused where it was changed."""
    path = journal_path(folder, run)
    found = _read(path)
    if found.header.run != run:
        raise Refused(f"{path} is the journal of run {found.header.run}", advice="give it its own name back")
    listed = (other for other in list_runs(folder) if isinstance(other, Run))
    return replace(found, undone=any(other.header.run == run and other.undone for other in listed))


def list_runs(folder: Path) -> tuple[Run | UnreadableRun, ...]:
    """All runs of a folder, newest first. Raises BadInput where the folder cannot be read."""
    listed: list[Run | UnreadableRun] = []
    for path in _files(folder):
        try:
            listed.append(_read(path))
        except S3kmsError as error:
            listed.append(UnreadableRun(path.stem, str(error)))
    listed.sort(key=_moment, reverse=True)
    return _with_undone(listed)


def _moment(run: Run | UnreadableRun) -> tuple[str, str]:
    """When it began, exactly where the journal says it: two runs can begin in one second."""
    if isinstance(run, Run):
        return f"{run.header.at.astimezone(UTC):%Y%m%dT%H%M%S.%f}", run.header.run
    return run.run.partition("Z")[0], run.run


def _with_undone(newest_first: Iterable[Run | UnreadableRun]) -> tuple[Run | UnreadableRun, ...]:
    """An undo that was itself undone has undone nothing: the later runs speak first."""
    undone: set[str] = set()
    listed: list[Run | UnreadableRun] = []
    for run in newest_first:
        if isinstance(run, UnreadableRun):
            listed.append(run)
            continue
        listed.append(replace(run, undone=run.header.run in undone))
        if run.header.undoes and run.header.run not in undone and run.state is RunState.COMPLETE:
            undone.add(run.header.undoes)
    return tuple(listed)


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == ".jsonl")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise BadInput(
            f"{folder} cannot be read: {error.strerror}",
            advice=Advice("name another with {journal}", {"journal": Option("journal")}),
        ) from error


def _read(path: Path) -> Run:
    try:
        descriptor = open_for_reading(path)
    except FileNotFoundError as error:
        raise BadInput(f"there is no run {path.stem} in {path.parent}", advice=_SEE_RUNS) from error
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}", advice=_SEE_RUNS) from error
    with os.fdopen(descriptor, "rb") as file:
        is_running = _is_held(file.fileno())  # before reading: a run that ends meanwhile has ended
        data = file.read()
    *lines, rest = data.split(b"\n")
    run = _understood(_checked(lines, path), path)
    return replace(run, cut=bool(rest), running=is_running)


def _is_held(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    return False


def _checked(lines: list[bytes], path: Path) -> "list[AnyRecord]":
    """The lines whose chain of checksums holds, decoded."""
    from pydantic_core import ValidationError

    from s3kms.changes.journal_records import decode_record, in_current_form

    records = []
    last = FIRST_LINK
    for number, line in enumerate(lines, 1):
        raw = _object(line, number, path)
        claimed = raw.pop("sum", None)
        if claimed != checksum(last, raw):
            raise Refused(
                f"{path} was changed after it was written: line {number} does not fit its checksum",
                advice="bring the file back from a copy; an edited journal is never acted on",
            )
        last = str(claimed)
        try:
            records.append(decode_record({**in_current_form(raw), "sum": claimed}))
        except ValidationError as error:
            raise _not_a_journal(path, number, error) from error
    return records


def _not_a_journal(path: Path, number: int, error: ValueError) -> BadInput:
    from pydantic_core import ValidationError

    details = error.errors() if isinstance(error, ValidationError) else []
    where = ".".join(str(part) for part in details[0]["loc"]) if details else str(error)
    return BadInput(f"{path} is not a journal: line {number}, {where or 'its type'}")


def _object(line: bytes, number: int, path: Path) -> dict[str, Any]:
    try:
        raw = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path} is not a journal: line {number} is not JSON") from error
    version = raw.get("version") if isinstance(raw, dict) else None
    if not isinstance(version, int) or "type" not in raw:
        raise BadInput(f"{path} is not a journal: line {number} is no record of one")
    if version > JOURNAL_VERSION:
        raise BadInput(
            f"{path} was written by a newer s3kms (version {version}, this one reads {JOURNAL_VERSION})",
            advice="use the s3kms that wrote it, or a newer one",
        )
    return dict(raw)


def _understood(records: "Iterable[AnyRecord]", path: Path) -> Run:
    run: Run | None = None
    kind: MediumKind[Any] | None = None
    for number, record in enumerate(records, 1):
        if record.type == "run":
            if run is not None:
                raise BadInput(f"{path} is not a journal: a run begins twice in it")
            run, kind = Run(_header(record)), _kind_of(record, path)
        elif run is None or kind is None:
            break
        elif record.type == "intend":
            run = replace(run, changes=(*run.changes, _change(record.change, kind, number, path)))
        else:
            run = _with(run, record, kind, number, path)
    if run is None:
        raise BadInput(f"{path} is not a journal: it does not begin with a run")
    return run


def _header(record: "RunRecord") -> RunHeader:
    at = record.at if record.at.tzinfo else record.at.replace(tzinfo=UTC)
    request: Mapping[str, Any] | None = record.request
    return RunHeader(
        record.run,
        at,
        record.command,
        record.account,
        record.endpoint,
        record.undoes,
        record.kind,
        record.roots,
        record.planned,
        request,
        record.restores or record.undoes,
    )


def _change(record: Mapping[str, Any], kind: "MediumKind[Any]", number: int, path: Path) -> Any:
    try:
        return kind.from_record(record)
    except ValueError as error:
        raise _not_a_journal(path, number, error) from error


def _kind_of(record: "RunRecord", path: Path) -> "MediumKind[Any]":
    from s3kms.changes.media import MEDIA

    if record.kind not in MEDIA:
        raise BadInput(
            f"{path} is a run of {record.kind}, which this s3kms does not know",
            advice="use the s3kms that wrote it, or a newer one",
        )
    return MEDIA[record.kind].kind


def _with(run: Run, record: "AnyRecord", kind: "MediumKind[Any]", number: int, path: Path) -> Run:
    match record.type:
        case "done":
            return replace(run, done=run.done | {record.item})
        case "failed":
            found = {record.item: _change(record.found, kind, number, path)} if record.found else {}
            return replace(run, failed={**run.failed, record.item: record.why}, found={**run.found, **found})
        case "end":
            return replace(run, ended=True, stopped=record.stopped)
        case _:
            return run
