"""One file of logs, known by what is in it: its calls, as they are read."""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from s3kms.sources.observed.access_logs import call_of_line, is_line
from s3kms.sources.observed.budget import DEFAULT_LOG_LIMITS, LogLimits, UnreadableLog
from s3kms.sources.observed.calls import ObservedCall
from s3kms.sources.observed.cloudtrail import calls_of_event, is_event
from s3kms.sources.observed.json_stream import JsonStream
from s3kms.sources.observed.metered import open_metered
from s3kms.sources.observed.query_results import NEEDED, calls_of_row

_SNIFFED = 64 * 1024
_SIGNED = {"digestStartTime", "hashSignature"}
"""Of files in which CloudTrail signs others: a digest, and what stands beside the results of a query in Lake."""
FORMS = "data events of CloudTrail, S3 server access logs, results of the printed queries"


@dataclass(slots=True)
class LogDocument:
    """What became of one file."""

    calls: int = 0
    unfit: int = 0
    """Records and lines in it that could not be read."""


def read_document(
    file: BinaryIO,
    found: LogDocument,
    limits: LogLimits = DEFAULT_LOG_LIMITS,
    spend: Callable[[int], None] = lambda _: None,
) -> Iterator[ObservedCall]:
    """The calls of one file, plain or packed with gzip. `spend` is told of the bytes.

    Raises UnreadableLog for what is not in a known format, and where it cannot be read on; OSError, AwsError.
    """
    with open_metered(file, limits, spend) as text:
        for call in _calls_of(text, found, limits):
            found.calls += 1
            yield call


def _calls_of(file: io.BufferedReader, found: LogDocument, limits: LogLimits) -> Iterator[ObservedCall]:
    start = file.peek(_SNIFFED)[:_SNIFFED].removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    if not start:
        if not file.read(1):
            return
        raise _no_form()
    if start[:1] == b"{":
        yield from _of_json(JsonStream(file, limits), found)
        return
    line = start.split(b"\n", 1)[0].decode("utf-8", "replace")
    if is_line(line):
        yield from _of_lines(file, found, limits)
    elif _columns(line) >= NEEDED:
        yield from _of_table(file, found, limits)
    else:
        raise _no_form()


def _no_form() -> UnreadableLog:
    return UnreadableLog(f"is not in a known format: {FORMS}")


# JSON: CloudTrail's files, and what the APIs of Athena and CloudTrail Lake answer


def _of_json(stream: JsonStream, found: LogDocument) -> Iterator[ObservedCall]:
    is_known = is_digest = False
    for name in stream.names():
        if name == "Records" and stream.peek() == "[":
            is_known = True
            yield from _of_events(stream, found)
        elif name == "QueryResultRows" and stream.peek() == "[":
            is_known = True
            yield from _of_lake_rows(stream, found)
        elif name == "ResultSet" and stream.peek() == "{":
            is_known = True
            yield from _of_result_set(stream, found)
        else:
            stream.value()
            is_digest |= name in _SIGNED
    if stream.peek():
        raise UnreadableLog("goes on after its end")
    if not is_known and not is_digest:
        raise _no_form()


def _of_events(stream: JsonStream, found: LogDocument) -> Iterator[ObservedCall]:
    is_first = True
    for record in stream.items():
        if not is_event(record):
            if is_first:
                raise _no_form()
            found.unfit += 1
            continue
        is_first = False
        try:
            yield from calls_of_event(record)
        except ValueError:
            found.unfit += 1


def _of_lake_rows(stream: JsonStream, found: LogDocument) -> Iterator[ObservedCall]:
    """Rows of GetQueryResults of CloudTrail: each a list of objects with one column."""
    for row in stream.items():
        cells = row if isinstance(row, list) else [row]
        columns = {
            str(name): None if value is None else str(value)
            for cell in cells
            if isinstance(cell, dict)
            for name, value in cell.items()
        }
        yield from _of_row(columns, found)


def _of_result_set(stream: JsonStream, found: LogDocument) -> Iterator[ObservedCall]:
    """Rows of GetQueryResults of Athena: the first has the names of the columns."""
    for name in stream.names():
        if name != "Rows" or stream.peek() != "[":
            stream.value()
            continue
        columns: list[str] | None = None
        for row in stream.items():
            data = row.get("Data") if isinstance(row, dict) else None
            cells = [
                str(one.get("VarCharValue") or "") if isinstance(one, dict) else ""
                for one in (data if isinstance(data, list) else ())
            ]
            if columns is None:
                columns = cells
                if not frozenset(columns) >= NEEDED:
                    raise _no_form()
                continue
            yield from _of_row(dict(zip(columns, cells, strict=False)), found)


def _of_row(row: dict[str, str | None], found: LogDocument) -> Iterator[ObservedCall]:
    try:
        yield from calls_of_row(row)
    except ValueError:
        found.unfit += 1


# Lines: access logs, and results as CSV


def _lines(file: io.BufferedReader, limits: LogLimits) -> Iterator[str]:
    while line := file.readline(limits.record_bytes):
        if len(line) == limits.record_bytes and not line.endswith(b"\n"):
            raise UnreadableLog(f"has a line of more than {limits.record_bytes:,} bytes")
        yield line.decode("utf-8", "replace")


def _of_lines(file: io.BufferedReader, found: LogDocument, limits: LogLimits) -> Iterator[ObservedCall]:
    for line in _lines(file, limits):
        call = call_of_line(line.removeprefix("\ufeff"))
        if call is not None:
            yield call
        elif line.strip():
            found.unfit += 1


def _columns(line: str) -> frozenset[str]:
    try:
        return frozenset(next(csv.reader([line]), ()))
    except csv.Error:
        return frozenset()


def _of_table(file: io.BufferedReader, found: LogDocument, limits: LogLimits) -> Iterator[ObservedCall]:
    rows = csv.reader(line.removeprefix("\ufeff") for line in _lines(file, limits))
    try:
        columns = next(rows)
        for cells in rows:
            if len(cells) == len(columns):
                yield from _of_row(dict(zip(columns, cells, strict=True)), found)
            elif cells:
                found.unfit += 1
    except csv.Error as error:
        raise UnreadableLog("is cut, or is not CSV") from error
