"""The completion report of a job: its files, and the result of each task. Pure; every field is validated."""

import csv
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, unquote_plus

from s3kms.text.sanitize import printable

MAX_MANIFEST_BYTES = 64 * 1024**2
MAX_REPORT_FILES = 100_000
_FORMAT = "Report_CSV_20180820"
_COLUMNS = ("Bucket", "Key", "VersionId", "TaskStatus", "ErrorCode", "HTTPStatusCode", "ResultMessage")
_NO_VERSION = {"", "null", "\\N"}
"""How a report spells that a task had no version (fact D12)."""
_STATUS = re.compile(r"[1-5]\d\d")
_MD5 = re.compile(r"[0-9a-f]{32}")
_MAX_FIELD = 64 * 1024
_MAX_MESSAGE = 300


class BadReport(Exception):
    """A report that says nothing that can be believed; the text completes `the report of job 1 …`."""


@dataclass(frozen=True, slots=True)
class ReportFile:
    """One CSV file of a report."""

    bucket: str
    key: str
    md5: str
    """In hexadecimal."""


@dataclass(frozen=True, slots=True)
class ReportedTask:
    """The result of one task in a report."""

    key: str
    version_id: str | None
    """None where the task had none: `null`, too, for both name the same version of a bucket without versions."""
    is_done: bool
    code: str
    """Empty where it was done."""
    message: str
    """Printable, cut short."""


def read_manifest(body: bytes) -> tuple[ReportFile, ...]:
    """The files that a report's manifest.json names. Raises BadReport."""
    try:
        manifest = json.loads(body)
        if manifest["Format"] != _FORMAT:
            raise BadReport(f"has an unsupported format: {printable(str(manifest['Format'])[:80])}")
        columns = tuple(name.strip() for name in manifest["ReportSchema"].split(","))
        if columns != _COLUMNS:
            raise BadReport("has unexpected columns")
        return tuple(_file(one) for one in manifest["Results"])
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise BadReport("has an invalid manifest.json") from error


def _file(row: Any) -> ReportFile:
    found = ReportFile(str(row["Bucket"]), str(row["Key"]), str(row["MD5Checksum"]).lower())
    if not found.key or not _MD5.fullmatch(found.md5):
        raise ValueError("a file without a key or a checksum")
    return found


def read_tasks(lines: Iterable[str], bucket: str, *, plus_is_space: bool) -> Iterator[ReportedTask]:
    """The tasks of one CSV file. Raises BadReport at the first invalid row.

    `plus_is_space` where S3 made the list, as in its inventories (fact D30); in ours no `+` is left.
    """
    decode = unquote_plus if plus_is_space else unquote
    rows = csv.reader(lines, strict=True)
    try:
        for row in rows:
            if row:  # the files end in an empty line
                yield _task(row, bucket, decode)
    except csv.Error as error:
        raise BadReport(f"has a row that is not valid CSV: {error}") from error
    except UnicodeDecodeError as error:
        raise BadReport("has a row that is not valid UTF-8") from error


def _task(row: list[str], bucket: str, decode: Any) -> ReportedTask:
    if len(row) != len(_COLUMNS):
        raise BadReport(f"has a row of {len(row)} columns instead of {len(_COLUMNS)}")
    said_bucket, key, version, word, one, other, message = row
    if said_bucket != bucket:
        raise BadReport(f"has a row for another bucket: {printable(said_bucket[:80])}")
    if word not in {"succeeded", "failed"} or not key or max(map(len, row)) > _MAX_FIELD:
        raise BadReport(f"has a row whose status is neither succeeded nor failed: {printable(word[:80])}")
    # Told as code and status, sent as status and code (fact D12): their looks decide.
    status, code = (one, other) if _STATUS.fullmatch(one) else (other, one)
    is_done = word == "succeeded"
    if is_done and (code or (status and not status.startswith("2"))):
        raise BadReport("marks a task as succeeded that has an error")
    return ReportedTask(
        decode(key),
        None if version in _NO_VERSION else version,
        is_done,
        "" if is_done else printable(code[:80]) or (f"HTTP {status}" if status else "no error code"),
        "" if is_done else printable(" ".join(message.split())[:_MAX_MESSAGE]),
    )
