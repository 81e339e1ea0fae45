"""A file of findings, known by what is in it: its findings, as they are read."""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from s3kms.sources.external_findings.interface import ExternalFinding, UnreadableFindings
from s3kms.sources.external_findings.records import (
    Reader,
    Record,
    findings_of_asff,
    findings_of_custodian,
    findings_of_evaluation,
    findings_of_ocsf,
    findings_of_result,
    is_asff,
    is_custodian,
    is_evaluation,
    is_ocsf,
)
from s3kms.sources.external_findings.tables import TABLES
from s3kms.sources.observed.budget import LogLimits
from s3kms.sources.observed.json_stream import JsonStream

LIMITS = LogLimits(file_bytes=4 * 1024**3, record_bytes=16 * 1024**2)
"""Of one file: every finding of a large organization; a finding that Security Hub takes has 240 KB at most."""
FORMS = (
    "Prowler (OCSF, ASFF, CSV), AWS Security Hub (ASFF, OCSF, CSV), AWS Config compliance details, "
    "Cloud Custodian's resources.json, SARIF of Checkov"
)
_SNIFFED = 64 * 1024
_LISTS = {
    "Findings",
    "EvaluationResults",
    "AggregateEvaluationResults",
    "ConformancePackRuleEvaluationResults",
}
"""Under which names the AWS CLI prints findings."""


@dataclass(slots=True)
class FindingsDocument:
    """What a file turned out to be."""

    form: str = ""
    """The format and the tool: `OCSF of Prowler`."""
    records: int = 0


@dataclass(frozen=True, slots=True)
class _Form:
    is_one: Callable[[Record], bool]
    read: Reader
    label: Callable[[Record], str]


def _product_of_ocsf(record: Record) -> str:
    product = record["metadata"].get("product")
    name = product.get("name") if isinstance(product, dict) else None
    return f"OCSF of {name}" if isinstance(name, str) and name else "OCSF"


def _product_of_asff(record: Record) -> str:
    product = record.get("ProductFields")
    name = record.get("ProductName") or (product.get("ProviderName") if isinstance(product, dict) else None)
    return f"ASFF of {name}" if isinstance(name, str) and name else "ASFF"


_FORMS = (
    _Form(is_ocsf, findings_of_ocsf, _product_of_ocsf),
    _Form(is_asff, findings_of_asff, _product_of_asff),
    _Form(is_evaluation, findings_of_evaluation, lambda _: "compliance details of AWS Config"),
    _Form(is_custodian, findings_of_custodian, lambda _: "resources.json of Cloud Custodian"),
)


def read_findings(
    file: io.BufferedReader, found: FindingsDocument, limits: LogLimits
) -> Iterator[ExternalFinding]:
    """The findings of a file. Raises UnreadableFindings, UnreadableLog, OSError."""
    start = file.peek(_SNIFFED)[:_SNIFFED].removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    if start[:1] in {b"{", b"["}:
        stream = JsonStream(file, limits)
        yield from _of_list(stream, found) if stream.peek() == "[" else _of_objects(stream, found)
        if stream.peek():
            raise UnreadableFindings("goes on after its end")
        return
    if not start and not file.read(1):
        raise UnreadableFindings("is empty")
    yield from _of_table(file, found, limits)


def _no_form() -> UnreadableFindings:
    return UnreadableFindings(f"is not in a known format: {FORMS}")


# JSON


def _of_list(stream: JsonStream, found: FindingsDocument) -> Iterator[ExternalFinding]:
    for record in stream.items():
        yield from _of_record(record, found)
    found.form = found.form or "an empty list"


def _of_record(record: object, found: FindingsDocument) -> Iterator[ExternalFinding]:
    found.records += 1
    form = next((one for one in _FORMS if isinstance(record, dict) and one.is_one(record)), None)
    if form is None or not isinstance(record, dict):
        if found.records == 1:
            raise _no_form()
        raise UnreadableFindings(f"has a record {found.records} in another form than the first")
    found.form = found.form or form.label(record)
    yield from form.read(record)


def _of_objects(stream: JsonStream, found: FindingsDocument) -> Iterator[ExternalFinding]:
    """An object with a list of findings, or findings one after the other, each on its line."""
    record: dict[str, Any] = {}
    has_list = False
    for name in stream.names():
        if name in _LISTS and stream.peek() == "[":
            has_list = True
            yield from _of_list(stream, found)
        elif name == "runs" and stream.peek() == "[":
            has_list = True
            yield from _of_runs(stream, found)
        else:
            record[name] = stream.value()
    if has_list:
        if record.get("NextToken"):
            raise UnreadableFindings(
                "is one page of several: it has a NextToken; run the command without paging"
            )
        return
    yield from _of_record(record, found)
    while stream.peek() == "{":
        yield from _of_record(stream.value(), found)


def _of_runs(stream: JsonStream, found: FindingsDocument) -> Iterator[ExternalFinding]:
    """SARIF: the results of each run, one by one; what describes the tool may stand before or behind them."""
    found.form = "SARIF"
    stream.take("[")
    while stream.peek() == "{":
        for name in stream.names():
            if name == "results" and stream.peek() == "[":
                for result in stream.items():
                    found.records += 1
                    if not isinstance(result, dict):
                        raise UnreadableFindings(f"has a result {found.records} that is no object")
                    yield from findings_of_result(result)
                continue
            value = stream.value()
            if name == "tool":
                found.form = _sarif_of(value)
        if not stream.take(","):
            break
    if not stream.take("]"):
        raise UnreadableFindings("is cut, or is not JSON")


def _sarif_of(tool: object) -> str:
    driver = tool.get("driver") if isinstance(tool, dict) else None
    name = driver.get("name") if isinstance(driver, dict) else None
    return f"SARIF of {name}" if isinstance(name, str) and name else "SARIF"


# CSV


def _of_table(
    file: io.BufferedReader, found: FindingsDocument, limits: LogLimits
) -> Iterator[ExternalFinding]:
    lines = _lines(file, limits)
    first = next(lines).removeprefix("\ufeff")
    table = next((one for one in TABLES if one.marks <= _columns(first, one.delimiter)), None)
    if table is None:
        raise _no_form()
    found.form = table.form
    columns = _cells(first, table.delimiter)
    if missing := table.needed - set(columns):
        raise UnreadableFindings(f"has no column {', '.join(sorted(missing))}{table.advice}")
    rows = csv.reader(lines, delimiter=table.delimiter, strict=True)
    try:
        for cells in rows:
            if not cells:
                continue
            found.records += 1
            if len(cells) != len(columns):
                raise UnreadableFindings(
                    f"is cut, or is not CSV: row {found.records} has {len(cells)} of {len(columns)} cells"
                )
            yield from table.read(dict(zip(columns, cells, strict=True)))
    except csv.Error as error:
        raise UnreadableFindings("is cut, or is not CSV") from error


def _lines(file: io.BufferedReader, limits: LogLimits) -> Iterator[str]:
    while line := file.readline(limits.record_bytes):
        if len(line) == limits.record_bytes and not line.endswith(b"\n"):
            raise UnreadableFindings(f"has a line of more than {limits.record_bytes:,} bytes")
        yield line.decode("utf-8", "replace")


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def _columns(line: str, delimiter: str) -> frozenset[str]:
    return frozenset(_cells(line, delimiter))
