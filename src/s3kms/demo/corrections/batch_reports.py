"""The completion report of a Batch Operations job, as AWS writes it (fact D12), and what it says that is not so."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from moto.s3.models import s3_backends

from s3kms.demo.batch_faults import ReportLie

if TYPE_CHECKING:
    from collections.abc import Iterator

    from s3kms.demo.corrections.batch_lists import JobTask

_SCHEMA = "Bucket, Key, VersionId, TaskStatus, ErrorCode, HTTPStatusCode, ResultMessage"


@dataclass(frozen=True, slots=True)
class TaskResult:
    """What came of one task."""

    task: JobTask
    status: int
    code: str
    message: str

    @property
    def word(self) -> str:
        """TaskStatus."""
        return "failed" if self.code else "succeeded"

    def row(self) -> list[str]:
        """The status stands before the code, whatever the schema of the manifest says (fact D12)."""
        task = self.task
        named = [task.bucket, quote(task.key, safe="/-_.*"), task.version or ""]
        return [*named, self.word, str(self.status), self.code, self.message]


@dataclass(frozen=True, slots=True)
class ReportWriter:
    """Writes the report of one job into moto's bucket, with SSE-S3."""

    bucket: Any
    folder: str
    """Of the report: `PREFIX/job-ID`."""
    rows_per_file: int
    lie: ReportLie | None

    def write(self, results: list[TaskResult]) -> None:
        """The files, and then their manifest.json."""
        named: list[dict[str, str]] = []
        for word in ("succeeded", "failed"):
            named += self._write_files(word, [one.row() for one in results if one.word == word])
        if self.lie is ReportLie.CONTRADICTION and results:
            other = TaskResult(results[0].task, 403, "AccessDenied", "Access Denied")
            named += self._write_files("failed", [other.row()])
        manifest = {
            "Format": "Report_CSV_20180820",
            "ReportCreationDate": datetime.now(UTC).isoformat(),
            "Results": named,
            "ReportSchema": _SCHEMA,
        }
        if self.lie is not ReportLie.WITHOUT_MANIFEST:
            text = "<html>503</html>" if self.lie is ReportLie.NO_JSON else json.dumps(manifest)
            self._put(f"{self.folder}/manifest.json", text.encode())

    def _write_files(self, word: str, rows: list[list[str]]) -> list[dict[str, str]]:
        rows = list(_untrue(rows, self.lie))
        return [
            self._write_file(word, rows[start : start + self.rows_per_file])
            for start in range(0, len(rows), self.rows_per_file)
        ]

    def _write_file(self, word: str, rows: list[list[str]]) -> dict[str, str]:
        out = io.StringIO(newline="")
        csv.writer(out, lineterminator="\r\n").writerows(rows)
        body = out.getvalue().encode()
        if self.lie is ReportLie.CUT:
            body = body[: len(body) - 40]
        named = f"{self.folder}/results/{hashlib.sha1(body, usedforsecurity=False).hexdigest()}.csv"
        checksum = hashlib.md5(body, usedforsecurity=False).hexdigest()
        if self.lie is ReportLie.WRONG_CHECKSUM:
            body = body.replace(b",200,", b",201,", 1)
        if self.lie is not ReportLie.WITHOUT_FILE:
            self._put(named, body)
        return {
            "TaskExecutionStatus": word,
            "Bucket": self.bucket.name,
            "MD5Checksum": checksum,
            "Key": named,
        }

    def _put(self, key: str, body: bytes) -> None:
        backend = s3_backends[self.bucket.account_id]["aws"]
        backend.put_object(self.bucket.name, key, body, encryption="AES256")


def _untrue(rows: list[list[str]], lie: ReportLie | None) -> Iterator[list[str]]:
    for index, row in enumerate(rows):
        if lie is ReportLie.WITHOUT_LAST and index == len(rows) - 1:
            return
        changed = list(row)
        if lie is ReportLie.OTHER_BUCKET:
            changed[0] = "another-bucket"
        if lie is ReportLie.STRANGE_STATUS and index == 0:
            changed[3] = "done"
        yield changed
