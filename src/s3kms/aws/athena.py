"""Amazon Athena: one query started, waited for, stopped where it scans too much, and read (facts D36 and D39)."""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NoReturn

from s3kms.aws.boundary import bad_answer
from s3kms.aws.service_client import ServiceClient
from s3kms.model.advice import NO_ADVICE, Advice, Option
from s3kms.model.athena_operations import (
    GET_QUERY_EXECUTION,
    GET_QUERY_RESULTS,
    START_QUERY_EXECUTION,
    STOP_QUERY_EXECUTION,
)
from s3kms.model.errors import AccessDenied, AwsError, NotFound, S3kmsError, TooManyCalls, Unreachable
from s3kms.text.sanitize import printable

MAX_QUERY_BYTES = 262_144
"""Of the text of a query (fact D39)."""
_PAGE_ROWS = 1000
_FIRST_WAIT_SECONDS, _MAX_WAIT_SECONDS = 0.1, 5.0
_UNDER_WAY, _SUCCEEDED, _FAILED, _CANCELLED = {"QUEUED", "RUNNING"}, "SUCCEEDED", "FAILED", "CANCELLED"
_MAX_REASON = 400


@dataclass(frozen=True, slots=True)
class AthenaSettings:
    """Where Athena runs queries, and where their results go."""

    workgroup: str | None = None
    """None is `primary`."""
    output_location: str | None = None
    """`s3://bucket/prefix/`; None is that of the workgroup."""
    max_seconds: float = 1800.0
    """How long one query is waited for: Athena itself ends one after 30 minutes."""


@dataclass(frozen=True, slots=True)
class ResultColumn:
    """A column of a result, with Athena's word for its type: `varchar`, `bigint`."""

    name: str
    type: str


@dataclass(slots=True)
class ScanBudget:
    """How many bytes queries may scan together, and how many they did."""

    max_bytes: int
    scanned: int = 0
    queries: int = 0
    charged: list[int] = field(default_factory=list)
    """Bytes of each query that ended."""


@dataclass(frozen=True, slots=True)
class FinishedQuery:
    """A query that succeeded."""

    query_id: str
    scanned_bytes: int


@dataclass(slots=True)
class _Running:
    """A query that was started."""

    query_id: str
    is_over: bool = False


@dataclass(slots=True)
class AthenaClient:
    """Runs one query after the other, as one identity in one region."""

    client: ServiceClient
    settings: AthenaSettings
    budget: ScanBudget
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def run(self, sql: str, what: str) -> FinishedQuery:
        """Run a query to its end; `what` names it in sentences: `the question classes`.

        A query that is not waited for to its end is stopped: one that goes on is charged. Raises AwsError,
        TooManyCalls where it scans more than is allowed.
        """
        if len(sql.encode()) > MAX_QUERY_BYTES:
            raise S3kmsError(f"{what} is longer than the {MAX_QUERY_BYTES:,} bytes that Athena takes")
        if self.budget.scanned >= self.budget.max_bytes:
            raise self._too_much(what)
        running = _Running(self._start(sql, what))
        self.budget.queries += 1
        try:
            return self._wait(running, what)
        except S3kmsError as error:
            self._stop_if_running(running, what, error)
            raise
        except BaseException:  # somebody pressed a key, say: nobody waits for it any more
            with contextlib.suppress(AwsError):
                self._stop_if_running(running, what, None)
            raise

    def _start(self, sql: str, what: str) -> str:
        asked: dict[str, Any] = {"QueryString": sql}
        if self.settings.workgroup:
            asked["WorkGroup"] = self.settings.workgroup
        if self.settings.output_location:
            asked["ResultConfiguration"] = {"OutputLocation": self.settings.output_location}
        try:
            answer = self.client.send(START_QUERY_EXECUTION, what, **asked)
        except AwsError as error:
            if "output location" in str(error).lower():
                error.advice = _OUTPUT_ADVICE
            raise
        query_id = answer.get("QueryExecutionId")
        if not isinstance(query_id, str) or not query_id:
            raise bad_answer(START_QUERY_EXECUTION, what, "was answered without the id of a query")
        return query_id

    def _wait(self, running: _Running, what: str) -> FinishedQuery:
        begin, wait, before = self.clock(), _FIRST_WAIT_SECONDS, self.budget.scanned
        while True:
            state, scanned, status = self._look(running.query_id, what)
            self.budget.scanned = max(self.budget.scanned, before + scanned)
            if state not in _UNDER_WAY:
                running.is_over = True
                self.budget.charged.append(scanned)
                if state == _SUCCEEDED:
                    return FinishedQuery(running.query_id, scanned)
                raise _failure(state, status, what)
            if self.budget.scanned > self.budget.max_bytes:
                raise self._too_much(what)
            if self.clock() - begin > self.settings.max_seconds:
                raise Unreachable(
                    f"Athena has not ended {what} after {self.settings.max_seconds:,.0f} seconds; it was stopped",
                    operation=GET_QUERY_EXECUTION.name,
                )
            self.sleep(wait)
            wait = min(wait * 1.5, _MAX_WAIT_SECONDS)

    def _look(self, query_id: str, what: str) -> tuple[str, int, Mapping[str, Any]]:
        """State, bytes scanned so far, and the whole status. Raises AwsError."""
        answer = self.client.send(GET_QUERY_EXECUTION, what, QueryExecutionId=query_id)
        execution = answer.get("QueryExecution") or {}
        status = execution.get("Status") or {}
        state, scanned = status.get("State"), (execution.get("Statistics") or {}).get("DataScannedInBytes", 0)
        if execution.get("QueryExecutionId") != query_id:
            raise bad_answer(GET_QUERY_EXECUTION, what, "was answered about another query")
        if state not in {*_UNDER_WAY, _SUCCEEDED, _FAILED, _CANCELLED}:
            raise bad_answer(
                GET_QUERY_EXECUTION, what, f"was answered with the state {printable(str(state))}"
            )
        if not isinstance(scanned, int) or scanned < 0:
            raise bad_answer(GET_QUERY_EXECUTION, what, "was answered with no number of bytes")
        return str(state), scanned, status

    def _stop_if_running(self, running: _Running, what: str, error: S3kmsError | None) -> None:
        """Stop a query; where that fails, the error says so too: it goes on, and is charged. Raises AwsError."""
        if running.is_over:
            return
        running.is_over = True
        try:
            self.client.send(STOP_QUERY_EXECUTION, what, QueryExecutionId=running.query_id)
        except AwsError as failed:
            raise AwsError(
                f"{error or what}; the query {running.query_id} goes on and is charged, for it could not be stopped: "
                f"{failed}",
                advice=failed.advice,
                code=failed.code,
                operation=STOP_QUERY_EXECUTION.name,
            ) from failed

    def _too_much(self, what: str) -> TooManyCalls:
        return TooManyCalls(
            f"Athena has scanned {self.budget.scanned:,} bytes, and {self.budget.max_bytes:,} are allowed: "
            f"{what} was not answered",
            advice=Advice("allow more with {max_scan}", {"max_scan": Option("max_scan")}),
            operation=START_QUERY_EXECUTION.name,
        )

    def columns(self, query: FinishedQuery, what: str) -> tuple[ResultColumn, ...]:
        """The columns of a result. Raises AwsError."""
        return self._columns(self._page(query, what, "", 1), what)

    def rows(
        self, query: FinishedQuery, columns: tuple[ResultColumn, ...], what: str
    ) -> Iterator[tuple[Any, ...]]:
        """The rows of a result, whose columns must be these. Raises AwsError, BadAnswer."""
        token, is_first, seen = "", True, set[str]()
        while True:
            page = self._page(query, what, token, _PAGE_ROWS)
            if self._columns(page, what) != columns:
                raise bad_answer(
                    GET_QUERY_RESULTS, what, "was answered with other columns than were asked for"
                )
            rows = [self._texts(row, columns, what) for row in page["ResultSet"].get("Rows") or ()]
            if is_first:  # the first row of a SELECT holds the names
                if not rows or rows[0] != [column.name for column in columns]:
                    raise bad_answer(GET_QUERY_RESULTS, what, "was answered without the names of its columns")
                rows = rows[1:]
            is_first = False
            for row in rows:
                yield tuple(
                    self._value(text, column, what) for text, column in zip(row, columns, strict=True)
                )
            token = str(page.get("NextToken") or "")
            if not token:
                return
            if token in seen:
                raise bad_answer(GET_QUERY_RESULTS, what, "was answered with the same page again and again")
            seen.add(token)

    def _page(self, query: FinishedQuery, what: str, token: str, rows: int) -> Mapping[str, Any]:
        more = {"NextToken": token} if token else {}
        return self.client.send(
            GET_QUERY_RESULTS, what, QueryExecutionId=query.query_id, MaxResults=rows, **more
        )

    def _columns(self, page: Mapping[str, Any], what: str) -> tuple[ResultColumn, ...]:
        found = ((page.get("ResultSet") or {}).get("ResultSetMetadata") or {}).get("ColumnInfo") or ()
        columns = tuple(ResultColumn(one.get("Name", ""), one.get("Type", "").lower()) for one in found)
        if not columns or not all(column.name and column.type for column in columns):
            raise bad_answer(GET_QUERY_RESULTS, what, "was answered without columns")
        return columns

    def _texts(
        self, row: Mapping[str, Any], columns: tuple[ResultColumn, ...], what: str
    ) -> list[str | None]:
        """The values of a row; one that Athena leaves out is NULL."""
        data = row.get("Data") or ()
        if len(data) != len(columns):
            raise bad_answer(GET_QUERY_RESULTS, what, "was answered with a row of another length")
        return [one.get("VarCharValue") for one in data]

    def _value(self, text: str | None, column: ResultColumn, what: str) -> Any:
        if text is None:
            return None
        read = _READERS.get(column.type.partition("(")[0])
        try:
            return _no_reader() if read is None else read(text)
        except ValueError as error:
            said = f"has {printable(text[:40])} in the column {printable(column.name)} of {printable(column.type)}"
            raise bad_answer(GET_QUERY_RESULTS, what, said) from error


_OUTPUT_ADVICE = Advice(
    "name where Athena puts results with {output_location}, or a workgroup that has a place with {workgroup}",
    {"output_location": Option("output_location"), "workgroup": Option("workgroup")},
)


def _failure(state: str, status: Mapping[str, Any], what: str) -> AwsError:
    """The error for a query that failed or was stopped by somebody else; Athena's words are foreign text."""
    if state == _CANCELLED:
        return AwsError(f"{what} was canceled in Athena", operation=GET_QUERY_EXECUTION.name)
    said = (
        status.get("StateChangeReason")
        or (status.get("AthenaError") or {}).get("ErrorMessage")
        or "no reason"
    )
    reason = printable(" ".join(str(said).split()))[:_MAX_REASON]
    kind: type[AwsError] = AwsError
    advice = NO_ADVICE
    if any(
        word in reason
        for word in ("AccessDenied", "Access Denied", "Insufficient permissions", "not authorized")
    ):
        kind, advice = AccessDenied, Advice("allow the caller what Athena reads and writes in its name")
    elif any(word in reason for word in ("TABLE_NOT_FOUND", "SCHEMA_NOT_FOUND", "CATALOG_NOT_FOUND")):
        kind, advice = NotFound, Advice("see which tables Athena has: aws athena list-table-metadata")
    return kind(f"Athena failed at {what}: {reason}", advice=advice, operation=GET_QUERY_EXECUTION.name)


def _boolean(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError(text)
    return text == "true"


def _no_reader() -> NoReturn:
    raise ValueError("no such type")


_READERS: Mapping[str, Callable[[str], Any]] = {
    "varchar": str,
    "char": str,
    "string": str,
    "tinyint": int,
    "smallint": int,
    "integer": int,
    "bigint": int,
    "decimal": int,
    "double": float,
    "boolean": _boolean,
    "timestamp": datetime.fromisoformat,
}
