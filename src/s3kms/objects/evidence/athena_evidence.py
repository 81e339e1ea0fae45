"""Evidence that Athena answers from: a live inventory table of S3 Metadata, or a table that was named."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from s3kms.model.advice import Advice, Option, Sentence
from s3kms.model.errors import BadInput, NotFound, NothingToCheck
from s3kms.model.object_summary import EvidenceCoverage, EvidenceKind
from s3kms.objects.evidence.athena_columns import PARTITION, recognize_table
from s3kms.objects.evidence.interface import QueriedEvidence
from s3kms.objects.prices import OBJECT_PRICES
from s3kms.objects.queries.athena_table import AthenaTable
from s3kms.objects.queries.render import Dialect, quote_table, render_query
from s3kms.objects.request import ObjectsRequest
from s3kms.text.amounts import dollars_text
from s3kms.text.sanitize import printable

if TYPE_CHECKING:
    from s3kms.aws.athena import AthenaClient, ResultColumn
    from s3kms.aws.connection import Connection
    from s3kms.aws.metadata_tables import LiveInventoryTable

DEFAULT_DATABASE = "default"
_REPORT_TIME = "%Y-%m-%d-%H-%M"


@dataclass(frozen=True, slots=True)
class _Table:
    """A table by its name."""

    quoted: str
    """In DuckDB's dialect."""
    told: str
    """For sentences: foreign text, printable."""

    @classmethod
    def of(cls, *names: str) -> "_Table":
        return cls(quote_table(*names), printable(".".join(names)))


def open_athena_evidence(connection: "Connection", bucket: str, request: ObjectsRequest) -> QueriedEvidence:
    """The evidence about a bucket, ready for queries.

    Raises BadInput, AwsError, NothingToCheck where there is no table.
    """
    if request.table is not None:
        client = athena_client(connection, connection.region, request)
        return _evidence(client, bucket, _Table.of(*split_table_name(request.table)))
    table = find_table(connection, bucket)
    if table is None:
        raise NothingToCheck(
            f"s3://{bucket} has no S3 Metadata live inventory table",
            advice=Advice(
                "pass a table with {table}, or enable one: aws s3api create-bucket-metadata-configuration",
                {"table": Option("table", "DATABASE.TABLE")},
            ),
        )
    return open_live_inventory_table(connection, table, request)


def find_table(connection: "Connection", bucket: str) -> "LiveInventoryTable | None":
    """The live inventory table of a bucket; None where none is enabled. Raises AwsError."""
    from s3kms.aws.metadata_tables import find_live_inventory_table

    return find_live_inventory_table(connection, bucket)


def open_live_inventory_table(
    connection: "Connection", table: "LiveInventoryTable", request: ObjectsRequest
) -> QueriedEvidence:
    """The evidence of a live inventory table. Raises NotFound if it cannot be queried yet, AwsError."""
    if table.state in {"CREATING", "FAILED"}:
        because = f" ({table.error})" if table.error else ""
        raise NotFound(
            f"the live inventory table of s3://{table.bucket} is {table.state}{because}",
            advice="wait until it is ACTIVE, or use other evidence",
        )
    client = athena_client(connection, table.region, request)
    name = _Table.of(table.catalog, table.namespace, table.name)
    return _evidence(client, table.bucket, name, _notes(table))


def _notes(table: "LiveInventoryTable") -> tuple[Sentence, ...]:
    late = Sentence("a live inventory table may lag the bucket by an hour")
    if table.state == "BACKFILLING":
        unfinished = "S3 is still backfilling the table: some objects that existed before it are missing"
        return late, Sentence(unfinished)
    return (late,)


def split_table_name(text: str) -> tuple[str, ...]:
    """The parts of a table's name: a database and a table, or a catalog before both. Raises BadInput."""
    parts = text.split(".")
    if not 1 <= len(parts) <= 3 or not all(parts):  # noqa: PLR2004 - catalog, database, table
        raise BadInput(
            Sentence("{table} is not a table name", {"table": Option("table", text)}),
            advice="use database.table, or catalog.database.table",
        )
    return (DEFAULT_DATABASE, *parts) if len(parts) == 1 else tuple(parts)


def athena_client(connection: "Connection", region: str, request: ObjectsRequest) -> "AthenaClient":
    """A client for the queries of one request in a region, with its budget. Raises BadInput."""
    from s3kms.aws.athena import AthenaClient, AthenaSettings, ScanBudget
    from s3kms.aws.service_client import ServiceClient

    service = ServiceClient.of(connection, "athena", region, "the queries")
    settings = AthenaSettings(request.workgroup, request.output_location)
    return AthenaClient(service, settings, ScanBudget(request.max_scan))


def _describe(client: "AthenaClient", table: _Table) -> "tuple[ResultColumn, ...]":
    """The columns of a table, by a query that gives no row. Raises AwsError."""
    what = f"the columns of {table.told}"
    sql = render_query(f"SELECT * FROM {table.quoted} LIMIT 0", {}, Dialect.ATHENA).sql  # noqa: S608 - quoted
    return client.columns(client.run(sql, what), what)


def _evidence(
    client: "AthenaClient", bucket: str, table: _Table, notes: tuple[Sentence, ...] = ()
) -> QueriedEvidence:
    shape = recognize_table(_describe(client, table), table.told)
    condition, as_of = f"bucket = {_literal(bucket)}", None
    if shape.has_reports:
        report, as_of = _newest_report(client, table)
        condition += f" AND {PARTITION} = {_literal(report)}"
    coverage = EvidenceCoverage(
        name=_NAMES[shape.kind],
        all_versions=shape.columns.has_versions,
        tells_encryption=True,
        tells_key=shape.kind is EvidenceKind.METADATA_TABLE,
        as_of=as_of,
        kind=shape.kind,
        source=f"Athena: {table.told}",
        bucket=bucket,
        missing_columns=shape.columns.missing,
        notes=notes,
    )
    objects = AthenaTable(client, shape.relation(table.quoted, condition))
    return QueriedEvidence(coverage, objects, spent=lambda: _spent(client))


_NAMES = {
    EvidenceKind.METADATA_TABLE: "the S3 Metadata live inventory table",
    EvidenceKind.INVENTORY: "a table over an S3 Inventory report",
}


def _newest_report(client: "AthenaClient", table: _Table) -> tuple[str, datetime]:
    """The value of `dt` of the newest report, and when that was made. Raises BadInput where there is none."""
    what = f"the newest report in {table.told}"
    text = f"SELECT max({PARTITION}) AS newest FROM {table.quoted}"  # noqa: S608 - quoted
    query = client.run(render_query(text, {}, Dialect.ATHENA).sql, what)
    ((newest,),) = client.rows(query, client.columns(query, what), what)
    try:
        return str(newest), datetime.strptime(str(newest), _REPORT_TIME).replace(tzinfo=UTC)
    except ValueError as error:
        raise BadInput(
            f"{table.told} has no report whose {PARTITION} is a time such as 2026-11-26-01-00"
        ) from error


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def athena_price(max_scan: int) -> Sentence:
    """What asking may cost at most, before it begins."""
    prices = OBJECT_PRICES
    at_most = dollars_text(prices.athena_query(max_scan))
    return Sentence(
        f"querying Athena costs ${prices.athena_per_tib:g} per TB scanned, {at_most} at most "
        "({max_scan}); Athena writes its results to S3",
        {"max_scan": Option("max_scan", f"{max_scan:,}")},
    )


def _spent(client: "AthenaClient") -> Iterator[Sentence]:
    """What asking cost, with the date of the price."""
    budget, prices = client.budget, OBJECT_PRICES
    dollars = sum(map(prices.athena_query, budget.charged))
    queries = f"{budget.queries} queries" if budget.queries != 1 else "1 query"
    least = prices.athena_minimum_bytes // 1000**2
    yield Sentence(
        f"Athena scanned {budget.scanned:,} bytes in {queries}: about ${dollars:.4f} at "
        f"${prices.athena_per_tib:g} per TB, with a minimum of {least} MB per query ({prices.region}, "
        f"{prices.as_of}, not confirmed)"
    )
