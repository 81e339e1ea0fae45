"""Queries of Athena over the SDK: waited for, stopped where they scan too much, and read with every field checked."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.support.sdk import client_of
from tests.support.stub_service import StubService

from s3kms.aws.athena import AthenaClient, AthenaSettings, ResultColumn, ScanBudget
from s3kms.aws.connection import Connection, ConnectionSettings
from s3kms.aws.service_client import ServiceClient
from s3kms.demo.aws import PRODUCTION, EmbeddedAws
from s3kms.demo.corrections import athena as server
from s3kms.model.errors import (
    AccessDenied,
    AwsError,
    BadAnswer,
    NotFound,
    S3kmsError,
    Throttled,
    TooManyCalls,
    Unreachable,
)

REGION = "eu-central-1"
BUCKET = "photos"
TABLE = f'"s3tablescatalog/aws-s3"."b_{BUCKET}"."inventory"'
KEYS = f"SELECT key, size, is_delete_marker, last_modified_date FROM {TABLE} ORDER BY key"
MIB = 1024**2


@dataclass
class Waits:
    """A clock that a sleep moves."""

    seconds: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.seconds.append(seconds)

    def clock(self) -> float:
        return sum(self.seconds)


@pytest.fixture
def estate(aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> EmbeddedAws:
    for name, value in aws.environment(PRODUCTION, REGION).items():
        monkeypatch.setenv(name, value)
    s3 = client_of(aws, PRODUCTION, "s3", REGION)
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    for key in ("a", "b\n", "c'\"é😀"):
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"1234")
    s3.create_bucket_metadata_configuration(
        Bucket=BUCKET,
        MetadataConfiguration={
            "JournalTableConfiguration": {"RecordExpiration": {"Expiration": "DISABLED"}},
            "InventoryTableConfiguration": {"ConfigurationState": "ENABLED"},
        },
    )
    aws.calls.clear()
    return aws


@pytest.fixture
def waits() -> Waits:
    return Waits()


Opened = Callable[..., AthenaClient]


@pytest.fixture
def opened(estate: EmbeddedAws, waits: Waits) -> Opened:
    def open_client(max_bytes: int = 100 * MIB, **settings: Any) -> AthenaClient:
        return AthenaClient(
            ServiceClient.of(Connection(ConnectionSettings()), "athena", REGION, "the queries"),
            AthenaSettings(**{"output_location": "s3://results/", **settings}),
            ScanBudget(max_bytes),
            sleep=waits.sleep,
            clock=waits.clock,
        )

    return open_client


def operations(aws: EmbeddedAws) -> list[str]:
    return [call.operation for call in aws.calls if call.service == "athena"]


def rows_of(client: AthenaClient, sql: str) -> list[tuple[Any, ...]]:
    query = client.run(sql, "the question")
    return list(client.rows(query, client.columns(query, "the question"), "the question"))


def test_the_rows_of_a_query_have_python_s_types(opened: Opened) -> None:
    rows = rows_of(opened(), KEYS)

    assert [row[:3] for row in rows] == [("a", 4, False), ("b\n", 4, False), ("c'\"é😀", 4, False)]
    assert all(row[3].tzinfo is None for row in rows)


def test_null_and_the_empty_text_are_two_things(opened: Opened) -> None:
    assert rows_of(opened(), "SELECT NULL AS a, '' AS b, CAST(NULL AS BIGINT) AS c") == [(None, "", None)]


def test_results_are_read_page_after_page(opened: Opened, estate: EmbeddedAws) -> None:
    rows = rows_of(opened(), "SELECT a.range AS n FROM range(2500) AS a ORDER BY n")

    assert [row[0] for row in rows] == list(range(2500))
    assert operations(estate).count("GetQueryResults") == 1 + 3


def test_a_query_takes_one_start_and_two_looks(opened: Opened, estate: EmbeddedAws) -> None:
    client = opened()
    finished = client.run(KEYS, "the question")

    assert operations(estate) == ["StartQueryExecution", *["GetQueryExecution"] * 2]
    assert (client.budget.scanned, client.budget.queries) == (finished.scanned_bytes, 1)
    assert finished.scanned_bytes > 0


def test_a_query_that_scans_more_than_is_allowed_is_stopped(opened: Opened, estate: EmbeddedAws) -> None:
    server.let_queries_hang()

    with pytest.raises(TooManyCalls, match="are allowed: the question was not answered"):
        opened(5 * 1024**3).run(KEYS, "the question")

    assert server.cancelled_queries() == [KEYS]
    assert operations(estate)[-1] == "StopQueryExecution"


def test_no_query_begins_once_the_allowed_bytes_are_scanned(opened: Opened, estate: EmbeddedAws) -> None:
    client = opened()
    client.budget.scanned = client.budget.max_bytes

    with pytest.raises(TooManyCalls):
        client.run(KEYS, "the question")
    assert operations(estate) == []


def test_a_query_that_takes_too_long_is_stopped_and_looked_at_ever_less_often(
    opened: Opened, waits: Waits
) -> None:
    server.let_queries_hang()

    with pytest.raises(Unreachable, match="after 60 seconds; it was stopped"):
        opened(10**18, max_seconds=60.0).run(KEYS, "the question")
    assert server.cancelled_queries() == [KEYS]
    assert waits.seconds == sorted(waits.seconds)
    assert len(waits.seconds) < 25


def test_a_query_that_nobody_waits_for_any_more_is_stopped(opened: Opened) -> None:
    client = opened()

    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    client.sleep = interrupt
    with pytest.raises(KeyboardInterrupt):
        client.run(KEYS, "the question")
    assert server.cancelled_queries() == [KEYS]


def test_a_query_that_could_not_be_stopped_is_said_to_go_on(opened: Opened, estate: EmbeddedAws) -> None:
    server.let_queries_hang()
    estate.faults.fail("StopQueryExecution", 400, "AccessDeniedException", "not you")

    with pytest.raises(AwsError, match=r"are allowed.*goes on and is charged, for it could not be stopped"):
        opened(1).run(KEYS, "the question")


@pytest.mark.parametrize(
    ("sql", "kind", "words"),
    [
        ("SELECT * FROM a.missing", NotFound, "TABLE_NOT_FOUND"),
        ("SELECT nothing FROM " + TABLE, AwsError, "nothing"),
        ("SELECT ((", AwsError, "mismatched input"),
    ],
)
def test_what_athena_says_of_a_failed_query_is_told(
    opened: Opened, sql: str, kind: type[AwsError], words: str
) -> None:
    with pytest.raises(kind, match=words) as raised:
        opened().run(sql, "the question")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("code", "kind"),
    [("AccessDeniedException", AccessDenied), ("TooManyRequestsException", Throttled)],
)
def test_an_error_of_the_service_is_one_of_ours(
    opened: Opened, estate: EmbeddedAws, code: str, kind: type[AwsError], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    estate.faults.fail("StartQueryExecution", 400, code, "said the server")

    with pytest.raises(kind):
        opened().run(KEYS, "the question")


def test_a_workgroup_without_a_place_for_results_is_told_with_the_option(opened: Opened) -> None:
    with pytest.raises(AwsError, match="No output location") as raised:
        opened(output_location=None).run(KEYS, "the question")
    assert "output_location" in raised.value.advice.fields


def test_a_text_that_is_too_long_is_not_sent(opened: Opened, estate: EmbeddedAws) -> None:
    with pytest.raises(S3kmsError, match="262,144"):
        opened().run(f"SELECT '{'x' * 262_144}' AS a", "the question")
    assert operations(estate) == []


def test_other_columns_than_were_asked_for_are_not_believed(opened: Opened) -> None:
    client = opened()
    query = client.run(KEYS, "the question")

    with pytest.raises(BadAnswer, match="other columns"):
        list(client.rows(query, (ResultColumn("key", "varchar"),), "the question"))


def looked(state: object = "SUCCEEDED", scanned: object = 1, query_id: str = "q") -> dict[str, Any]:
    return {
        "QueryExecution": {
            "QueryExecutionId": query_id,
            "Status": {"State": state},
            "Statistics": {"DataScannedInBytes": scanned},
        }
    }


def result(rows: list[list[str | None]], kind: str = "bigint", **more: Any) -> dict[str, Any]:
    data = [{"Data": [{} if text is None else {"VarCharValue": text} for text in row]} for row in rows]
    columns = [{"Name": "n", "Type": kind}]
    return {"ResultSet": {"Rows": data, "ResultSetMetadata": {"ColumnInfo": columns}}, **more}


HONEST: dict[str, Any] = {
    "StartQueryExecution": {"QueryExecutionId": "q"},
    "GetQueryExecution": looked(),
    "GetQueryResults": result([["n"], ["1"], [None]]),
    "StopQueryExecution": {},
}


def asked(answers: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> tuple[list[Any], list[str]]:
    """The rows that a server gives which answers so, and its calls."""
    with StubService(lambda name, _: {**HONEST, **answers}[name]) as stub:
        for name, value in {
            "AWS_ENDPOINT_URL": stub.url,
            "AWS_ACCESS_KEY_ID": "AKIA",
            "AWS_SECRET_ACCESS_KEY": "x",
        }.items():
            monkeypatch.setenv(name, value)
        client = AthenaClient(
            ServiceClient.of(Connection(ConnectionSettings()), "athena", REGION, "the queries"),
            AthenaSettings(),
            ScanBudget(MIB),
            sleep=lambda _: None,
        )
        try:
            return rows_of(client, "SELECT 1 AS n"), stub.calls
        except S3kmsError as error:
            error.add_note(",".join(stub.calls))
            raise


def test_an_honest_stub_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked({}, monkeypatch)[0] == [(1,), (None,)]


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"StartQueryExecution": {}}, "without the id"),
        ({"GetQueryExecution": {}}, "about another query"),
        ({"GetQueryExecution": looked(query_id="other")}, "about another query"),
        ({"GetQueryExecution": looked("DONE\x1b")}, r"the state DONE\\x1b"),
        ({"GetQueryExecution": looked(scanned=-1)}, "no number of bytes"),
        ({"GetQueryResults": {}}, "without columns"),
        (
            {"GetQueryResults": {"ResultSet": {"ResultSetMetadata": {"ColumnInfo": [{"Name": "n"}]}}}},
            "without columns",
        ),
        ({"GetQueryResults": result([["1"]])}, "without the names"),
        ({"GetQueryResults": result([])}, "without the names"),
        ({"GetQueryResults": result([["n"], ["1", "2"]])}, "another length"),
        ({"GetQueryResults": result([["n"], ["one"]])}, "has one in the column n of bigint"),
        ({"GetQueryResults": result([["n"], ["x"]], kind="geometry")}, "geometry"),
        ({"GetQueryResults": result([["n"], ["yes"]], kind="boolean")}, "has yes"),
    ],
)
def test_a_server_that_lies_is_found_out(
    monkeypatch: pytest.MonkeyPatch, answers: dict[str, Any], words: str
) -> None:
    with pytest.raises(BadAnswer, match=words):
        asked(answers, monkeypatch)


def test_a_server_that_gives_one_page_for_ever_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadAnswer):
        asked({"GetQueryResults": result([["n"], ["1"]], NextToken="again")}, monkeypatch)


def test_a_query_that_somebody_else_canceled_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AwsError, match="was canceled") as raised:
        asked({"GetQueryExecution": looked("CANCELLED")}, monkeypatch)
    assert "StopQueryExecution" not in raised.value.__notes__[0]
