"""How far a scan has come, in a folder, so that an interrupted one goes on where it stopped.

`scan.json` says what is asked, `findings.jsonl` has the findings so far as JSON lines, version 1, and each
line of `cursors.jsonl` covers a batch of buckets: how many bytes of the findings there are with it, and how far each
account's listing has come. The findings are on disk before their line is begun. So whatever is missing at the end of
either file, the last line that the findings reach up to is true; what is behind it is cut off when the folder is
opened again, and those buckets are read again. None is lost, and none comes twice.
"""

import json
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from pydantic import ValidationError

from s3kms.model.errors import BadInput, S3kmsError
from s3kms.model.findings import Finding
from s3kms.results.v1 import finding_v1
from s3kms.results.v1_records import FindingRecord
from s3kms.scan.state_folder import HINT, StateFolder, write_at
from s3kms.scan.state_records import CursorRecord, ScanRecord

SCAN, FINDINGS, CURSORS = "scan.json", "findings.jsonl", "cursors.jsonl"
VERSION = 2
"""Version 1 was of the first edition: its questions had other parts."""
BATCH = 500
"""Buckets. Each batch costs a flush to the disk; what is not flushed yet is read again after a crash."""
_SECONDS = 2.0
"""The next bucket ends a batch that is older."""


ScanQuestion = Mapping[str, frozenset[str]]
"""What a scan is asked, part by part. In sets, order and repetition do not matter."""


@dataclass(frozen=True, slots=True)
class _Noted:
    """One bucket whose findings are complete; or, without one, the end of an account's listing."""

    account: str
    bucket: str | None
    lines: bytes = b""


@dataclass(frozen=True, slots=True)
class _Covered:
    """What counts: so many bytes of either file."""

    findings: int = 0
    cursors: int = 0


class ScanState:
    """What is written so far, and where what comes next is noted. Use it in a `with`.

    An account is whatever has a listing in an order of its own.
    """

    def __init__(self, folder: StateFolder, began: datetime, batch: int) -> None:
        self.began = began
        """When the check began that this one goes on with."""
        self._folder = folder
        self._batch = batch
        self._at: dict[str, str] = {}
        self._done: set[str] = set()
        self._covered = _Covered()
        self._noted: list[_Noted] = []
        self._wrote = time.monotonic()
        self._findings = folder.open(FINDINGS)
        self._cursors = folder.open(CURSORS)
        self._replayable = 0

    @classmethod
    def open(cls, folder: Path, question: ScanQuestion, *, batch: int = BATCH) -> Self:
        """The state in that folder; a new one where there is none.

        Raises BadInput for a folder of a different question, of another process, or of something else.
        """
        held = StateFolder(folder)
        try:
            state = cls(held, _began(held, question), batch)
        except BaseException:
            held.close()
            raise
        try:
            state._recover()
        except BaseException:
            state._let_go()
            raise
        return state

    def cursor(self, account: str) -> str | None:
        """The bucket after which its listing goes on; None where it begins."""
        return self._at.get(account)

    def is_done(self, account: str) -> bool:
        """Whether its listing has come to its end."""
        return account in self._done

    def replay(self) -> Iterator[Finding]:
        """The findings that were there when the folder was opened, in the order in which they were noted."""
        for number, line in enumerate(self._folder.lines(FINDINGS, self._replayable), 1):
            try:
                finding = FindingRecord.model_validate(json.loads(line)).finding()
            except (ValueError, RecursionError) as error:
                raise _damaged(self._folder, FINDINGS, f"line {number}") from error
            yield finding

    def note(self, findings: Iterable[Finding], account: str, bucket: str) -> None:
        """All findings of one bucket, the next in the listing of the account. Raises S3kmsError."""
        lines = b"".join(json.dumps(finding_v1(finding)).encode() + b"\n" for finding in findings)
        self._noted.append(_Noted(account, bucket, lines))  # in one step: an interrupt leaves all or nothing
        if len(self._noted) >= self._batch or time.monotonic() - self._wrote >= _SECONDS:
            self._write()

    def done(self, account: str) -> None:
        """The listing of the account has come to its end. Raises S3kmsError."""
        self._noted.append(_Noted(account, None))
        self._write()

    def close(self) -> None:
        """Write what is noted, and let go of the folder. Raises S3kmsError."""
        try:
            self._write()
        finally:
            self._let_go()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _let_go(self) -> None:
        for descriptor in {self._findings, self._cursors} - {-1}:
            os.close(descriptor)
        self._findings = self._cursors = -1
        self._folder.close()

    def _write(self) -> None:
        """The findings, then the line that covers them. Interrupted and called again, it writes the same again."""
        if not self._noted:
            return
        lines = b"".join(noted.lines for noted in self._noted)
        at = {noted.account: noted.bucket for noted in self._noted if noted.bucket is not None}
        done = [noted.account for noted in self._noted if noted.bucket is None]
        size = self._covered.findings + len(lines)
        cursor = json.dumps({"size": size, "at": at, "done": done}).encode() + b"\n"
        try:
            write_at(self._findings, lines, self._covered.findings)
            os.fsync(self._findings)
            write_at(self._cursors, cursor, self._covered.cursors)
        except OSError as error:
            raise S3kmsError(
                f"{self._folder.path} cannot be written: {error.strerror}",
                advice="make room and run again: it goes on with what was written before",
            ) from error
        covered = _Covered(size, self._covered.cursors + len(cursor))
        self._noted = []  # first: what is noted no longer is not written twice
        self._covered = covered
        self._at |= at
        self._done |= set(done)
        self._wrote = time.monotonic()

    def _recover(self) -> None:
        """Believe every line that the findings reach up to, and cut off the rest."""
        size = os.fstat(self._findings).st_size
        for number, line in enumerate(self._folder.lines(CURSORS), 1):
            if not line.endswith(b"\n"):
                break
            try:
                cursor = CursorRecord.model_validate_json(line)
            except ValidationError as error:
                raise _damaged(self._folder, CURSORS, f"line {number}") from error
            if cursor.size < self._covered.findings:
                raise _damaged(self._folder, CURSORS, f"line {number}")
            if cursor.size > size:
                break
            self._covered = _Covered(cursor.size, self._covered.cursors + len(line))
            self._at |= cursor.at
            self._done |= set(cursor.done)
        end = self._covered.findings
        if end and os.pread(self._findings, 1, end - 1) != b"\n":
            raise _damaged(self._folder, FINDINGS, f"byte {end}")
        os.ftruncate(self._findings, end)
        os.ftruncate(self._cursors, self._covered.cursors)
        self._replayable = end


def _began(folder: StateFolder, question: ScanQuestion) -> datetime:
    """When the check began; now, if it begins here. Raises BadInput where the folder is of another."""
    if folder.has(SCAN):
        scan = _scan(folder)
        _refuse_another(folder, question, scan.question)
        return scan.began
    if taken := [name for name in (FINDINGS, CURSORS) if folder.has(name)]:
        raise BadInput(
            f"{folder.path} has {' and '.join(taken)}, but no {SCAN}: it is of no check", advice=HINT
        )
    began = datetime.now(UTC)
    record = {
        "version": VERSION,
        "began": began.isoformat(),
        "question": {part: sorted(texts) for part, texts in question.items()},
    }
    folder.put(SCAN, json.dumps(record, indent=2).encode() + b"\n")
    return began


def _scan(folder: StateFolder) -> ScanRecord:
    data = b"".join(folder.lines(SCAN))
    try:
        raw = json.loads(data)
        version = raw.get("version") if isinstance(raw, dict) else None
        if isinstance(version, int) and version > VERSION:
            raise BadInput(
                f"{folder.path} was begun by a newer s3kms (version {version}, this one reads {VERSION})",
                advice=HINT.prefixed("use the s3kms that began it, or "),
            )
        if version == 1:
            raise BadInput(
                f"{folder.path} is of an s3kms before 0.2.0, whose checks cannot be continued", advice=HINT
            )
        return ScanRecord.model_validate(raw)
    except ValidationError as error:
        where = ", ".join(".".join(map(str, detail["loc"])) for detail in error.errors())
        raise _damaged(folder, SCAN, where or "no table") from error
    except (ValueError, RecursionError) as error:
        raise _damaged(folder, SCAN, "no JSON") from error


def _refuse_another(folder: StateFolder, asked: ScanQuestion, before: ScanQuestion) -> None:
    parts = [
        f"{part.replace('_', ' ')} ({_listed(before.get(part))}, now {_listed(asked.get(part))})"
        for part in dict.fromkeys((*asked, *before))
        if asked.get(part) != before.get(part)
    ]
    if parts:
        raise BadInput(
            f"{folder.path} is of a check that asked something else: {'; '.join(parts)}",
            advice=HINT.prefixed("ask the same to go on with it, or "),
        )


def _listed(texts: frozenset[str] | None) -> str:
    """One part of a question."""
    if not texts:
        return "all"
    more = f" and {len(texts) - 5} more" if len(texts) > 5 else ""  # noqa: PLR2004 - enough to recognize it
    return ", ".join(sorted(texts)[:5]) + more


def _damaged(folder: StateFolder, name: str, where: str) -> BadInput:
    return BadInput(f"{folder.path / name} is damaged ({where}), so nothing can go on from it", advice=HINT)
