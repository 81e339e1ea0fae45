"""Athena, with results that are real: the SQL is translated back and run in DuckDB, over what the server stores.

moto runs no query. Its tables are the live inventory tables of S3 Metadata, and external tables over reports of S3
Inventory that a CREATE EXTERNAL TABLE made. A query is RUNNING at the first look, and through at the second.
"""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from s3kms.demo.corrections.athena_data import QueryRefused, run_statement
from s3kms.demo.corrections.http import ServerResponse

if TYPE_CHECKING:
    from collections.abc import Callable

    from s3kms.demo.corrections.athena_data import StatementResult
    from s3kms.demo.corrections.http import ServerRequest

_LARGEST_PAGE = 1000
_running = threading.Lock()


@dataclass(slots=True)
class _Query:
    """A query that was started."""

    sql: str
    workgroup: str
    result: StatementResult | None
    error: str = ""
    looks: int = 0
    state: str = ""
    """Where it ended otherwise than by itself: CANCELLED."""


@dataclass(slots=True)
class _State:
    queries: dict[str, _Query] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    hanging: bool = False
    """Whether queries stay RUNNING, scanning more with every look."""


_state = _State()


def forget_queries() -> None:
    """Forget every query."""
    global _state  # noqa: PLW0603 - the state belongs to the process, as moto's does
    _state = _State()


def let_queries_hang() -> None:
    """From now on a query never ends by itself, and scans a GiB more with every look."""
    _state.hanging = True


def cancelled_queries() -> list[str]:
    """The SQL of the queries that were stopped."""
    return [query.sql for query in _state.queries.values() if query.state == "CANCELLED"]


def answer_athena(request: ServerRequest) -> ServerResponse | None:
    """The answer to an operation on queries; None for all others."""
    answer = _ANSWERS.get(request.operation)
    if answer is None:
        return None
    try:
        with _running:
            return ServerResponse.json(answer(request, request.json()))
    except ValueError as refused:
        return ServerResponse.json_error("InvalidRequestException", str(refused))


def _start(request: ServerRequest, told: dict[str, Any]) -> dict[str, Any]:
    token = str(told.get("ClientRequestToken", ""))
    if token in _state.tokens:
        return {"QueryExecutionId": _state.tokens[token]}
    workgroup = told.get("WorkGroup", "primary")
    location = (told.get("ResultConfiguration") or {}).get("OutputLocation", "")
    if not location and workgroup == "primary":
        raise ValueError(
            "No output location provided. An output location is required either through the Workgroup result "
            "configuration setting or as an API input."
        )
    query = _Query(str(told["QueryString"]), workgroup, None)
    try:
        query.result = run_statement(query.sql, request.account, request.region)
    except QueryRefused as refused:
        query.error = str(refused)
    name = str(uuid.uuid4())
    _state.queries[name], _state.tokens[token] = query, name
    return {"QueryExecutionId": name}


def _look(_: ServerRequest, told: dict[str, Any]) -> dict[str, Any]:
    name = told["QueryExecutionId"]
    query = _find(name)
    query.looks += 1
    state, scanned = query.state, 0
    if not state and (_state.hanging or query.looks == 1):
        state = "RUNNING"
        scanned = query.looks * 1024**3 if _state.hanging else 0
    elif not state:
        state = "FAILED" if query.error else "SUCCEEDED"
        scanned = query.result.scanned_bytes if query.result else 0
    status = {"State": state} | ({"StateChangeReason": query.error} if state == "FAILED" else {})
    return {
        "QueryExecution": {
            "QueryExecutionId": name,
            "Query": query.sql,
            "WorkGroup": query.workgroup,
            "Status": status,
            "Statistics": {"DataScannedInBytes": scanned},
        }
    }


def _stop(_: ServerRequest, told: dict[str, Any]) -> dict[str, Any]:
    _find(told["QueryExecutionId"]).state = "CANCELLED"
    return {}


def _results(_: ServerRequest, told: dict[str, Any]) -> dict[str, Any]:
    query = _find(told["QueryExecutionId"])
    if query.result is None or query.state:
        raise ValueError("Query did not finish successfully. Final query state: FAILED")
    result = query.result
    rows: list[list[str | None]] = [[name for name, _ in result.columns], *result.rows]
    begin, largest = (
        int(told.get("NextToken") or 0),
        min(int(told.get("MaxResults", _LARGEST_PAGE)), _LARGEST_PAGE),
    )
    end = begin + largest
    page = [
        {"Data": [{} if text is None else {"VarCharValue": text} for text in row]} for row in rows[begin:end]
    ]
    columns = [{"Name": name, "Type": kind} for name, kind in result.columns]
    answer: dict[str, Any] = {"ResultSet": {"Rows": page, "ResultSetMetadata": {"ColumnInfo": columns}}}
    return answer | ({"NextToken": str(end)} if end < len(rows) else {})


def _find(name: str) -> _Query:
    if name not in _state.queries:
        raise ValueError(f"QueryExecution {name} was not found")
    return _state.queries[name]


_ANSWERS: dict[str, Callable[[ServerRequest, dict[str, Any]], dict[str, Any]]] = {
    "StartQueryExecution": _start,
    "GetQueryExecution": _look,
    "GetQueryResults": _results,
    "StopQueryExecution": _stop,
}
