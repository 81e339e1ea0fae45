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

    from s3kms.demo.batch_faults import BatchFaults
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


def write_report(
    bucket: Any, prefix: str, job_id: str, results: list[TaskResult], faults: BatchFaults
) -> None:
    """Put the files and then their manifest.json into moto's bucket, with SSE-S3."""
    folder = f"{prefix}/job-{job_id}" if prefix else f"job-{job_id}"
    named: list[dict[str, str]] = []
    for word in ("succeeded", "failed"):
        rows = [one.row() for one in results if one.word == word]
        named += _write_files(bucket, folder, word, rows, faults)
    if faults.lie is ReportLie.CONTRADICTION and results:
        first = results[0]
        other = TaskResult(first.task, 403, "AccessDenied", "Access Denied")
        named += _write_files(bucket, folder, "failed", [other.row()], faults)
    manifest = {
        "Format": "Report_CSV_20180820",
        "ReportCreationDate": datetime.now(UTC).isoformat(),
        "Results": named,
        "ReportSchema": _SCHEMA,
    }
    if faults.lie is not ReportLie.WITHOUT_MANIFEST:
        text = "<html>503</html>" if faults.lie is ReportLie.NO_JSON else json.dumps(manifest)
        _put(bucket, f"{folder}/manifest.json", text.encode())


def _write_files(
    bucket: Any, folder: str, word: str, rows: list[list[str]], faults: BatchFaults
) -> list[dict[str, str]]:
    rows = list(_untrue(rows, faults.lie))
    named = []
    for start in range(0, len(rows), faults.rows_per_file):
        part = rows[start : start + faults.rows_per_file]
        out = io.StringIO(newline="")
        csv.writer(out, lineterminator="\r\n").writerows(part)
        body = out.getvalue().encode()
        if faults.lie is ReportLie.CUT:
            body = body[: len(body) - 40]
        checksum = hashlib.md5(body, usedforsecurity=False).hexdigest()
        drawn = hashlib.sha1(f"{word} {start} {rows[0]}".encode(), usedforsecurity=False).hexdigest()
        key = f"{folder}/results/{drawn}.csv"
        named.append(
            {"TaskExecutionStatus": word, "Bucket": bucket.name, "MD5Checksum": checksum, "Key": key}
        )
        if faults.lie is ReportLie.WRONG_CHECKSUM:
            body = body.replace(b",200,", b",201,", 1)
        if faults.lie is not ReportLie.WITHOUT_FILE:
            _put(bucket, key, body)
    return named


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


def _put(bucket: Any, key: str, body: bytes) -> None:
    s3_backends[bucket.account_id]["aws"].put_object(bucket.name, key, body, encryption="AES256")
