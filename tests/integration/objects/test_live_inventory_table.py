"""The live inventory table of S3 Metadata as evidence: every row as the bucket has it, found, asked and paid for."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.support.cli import Shell
from tests.support.object_shapes import BUCKETS, LOCKED, PLAIN, SUSPENDED, Shapes, create_shapes
from tests.support.sdk import client_of

from s3kms.aws.connection import Connection, ConnectionSettings
from s3kms.aws.metadata_tables import find_live_inventory_table
from s3kms.demo.aws import PRODUCTION, EmbeddedAws
from s3kms.demo.corrections.metadata_tables import set_inventory_status
from s3kms.model.athena_operations import GET_BUCKET_METADATA_CONFIGURATION, QUERY_OPERATIONS
from s3kms.model.errors import BadInput, NotFound, NothingToCheck, TooManyCalls
from s3kms.model.object_summary import EvidenceKind, KeyStanding, ObjectSummary
from s3kms.model.objects import ObjectVersion
from s3kms.model.operations import GET_CALLER_IDENTITY
from s3kms.objects.evidence.athena_evidence import open_athena_evidence
from s3kms.objects.evidence.interface import QueriedEvidence, version_of_row
from s3kms.objects.queries.athena_table import AthenaTable
from s3kms.objects.queries.render import Dialect, render_query
from s3kms.objects.request import ObjectsRequest
from s3kms.objects.summary import summarize

REGION = "us-east-1"
RESULTS = "s3://results/"


def enable_inventory_table(s3: Any, bucket: str, state: str = "ENABLED") -> None:
    s3.create_bucket_metadata_configuration(
        Bucket=bucket,
        MetadataConfiguration={
            "JournalTableConfiguration": {"RecordExpiration": {"Expiration": "DISABLED"}},
            "InventoryTableConfiguration": {"ConfigurationState": state},
        },
    )


@pytest.fixture(scope="module")
def shapes(server: EmbeddedAws) -> Shapes:
    server.reset()
    s3, kms = (client_of(server, PRODUCTION, name, REGION) for name in ("s3", "kms"))
    found = create_shapes(server, s3, kms)
    for bucket in BUCKETS:
        enable_inventory_table(s3, bucket)
    return found


@pytest.fixture
def connection(server: EmbeddedAws, shapes: Shapes, monkeypatch: pytest.MonkeyPatch) -> Connection:
    for name, value in server.environment(PRODUCTION, REGION).items():
        monkeypatch.setenv(name, value)
    server.calls.clear()
    return Connection(ConnectionSettings())


def evidence(connection: Connection, bucket: str, **more: Any) -> QueriedEvidence:
    return open_athena_evidence(connection, bucket, ObjectsRequest(output_location=RESULTS, **more))


def all_versions(connection: Connection, bucket: str) -> list[ObjectVersion]:
    """Every row of the relation `objects`."""
    table = evidence(connection, bucket).table
    assert isinstance(table, AthenaTable)
    query = table.client.run(render_query(table.relation, {}, Dialect.ATHENA).sql, "all rows")
    return [
        version_of_row(row) for row in table.client.rows(query, table.client.columns(query, "all"), "all")
    ]


def seen(s3: Any, bucket: str) -> set[tuple[object, ...]]:
    """What ListObjectVersions and HeadObject tell of every version."""
    found: set[tuple[object, ...]] = set()
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for row in page.get("Versions", []):
            etag, size = row["ETag"].strip('"'), row["Size"]
            place = (row["Key"], row["VersionId"], row["IsLatest"])
            encrypted = encryption_of(s3, bucket, row["Key"], row["VersionId"])
            found.add((*place, False, size, etag, row["StorageClass"], *encrypted))
        for row in page.get("DeleteMarkers", []):
            found.add((row["Key"], row["VersionId"], row["IsLatest"], True, *[None] * 6))
    return found


def encryption_of(s3: Any, bucket: str, key: str, version: str) -> tuple[object, ...]:
    try:
        head = s3.head_object(Bucket=bucket, Key=key, VersionId=version)
    except ClientError:  # without the customer's key
        return ("SSE-C", None, False)
    words = {"AES256": "SSE-S3", "aws:kms": "SSE-KMS", "aws:kms:dsse": "DSSE-KMS", None: "NOT-SSE"}
    kind = words[head.get("ServerSideEncryption")]
    return (kind, head.get("SSEKMSKeyId"), head.get("BucketKeyEnabled", False))


@pytest.mark.parametrize("bucket", BUCKETS)
def test_every_version_is_as_a_listing_and_heads_tell_it(
    server: EmbeddedAws, connection: Connection, bucket: str
) -> None:
    found = all_versions(connection, bucket)
    rows = {
        (
            *(one.key, one.version_id, one.is_latest, one.is_delete_marker, one.size, one.etag),
            *(one.storage_class, one.encryption and one.encryption.value, one.key_arn, one.bucket_key),
        )
        for one in found
    }

    assert len(rows) == len(found) > 5
    assert rows == seen(client_of(server, PRODUCTION, "s3", REGION), bucket)
    assert all(one.last_modified and one.last_modified.tzinfo for one in found)


def summary_of(connection: Connection, bucket: str, key: str | None = None, **more: Any) -> ObjectSummary:
    return summarize(evidence(connection, bucket, **more), wanted_key=key)


def test_the_sum_tells_wanted_and_other_keys_apart(connection: Connection, shapes: Shapes) -> None:
    found = summary_of(connection, PLAIN, shapes.key_arn)
    rows = all_versions(connection, PLAIN)

    assert found.coverage.kind is EvidenceKind.METADATA_TABLE
    assert (
        found.standings[KeyStanding.WANTED].objects == sum(one.key_arn == shapes.key_arn for one in rows) > 0
    )
    assert found.standings[KeyStanding.DELIBERATE].objects > 2
    assert found.standings[KeyStanding.UNKNOWN].objects == 0
    assert found.total.objects == len(rows)


def test_offenders_come_in_the_order_of_their_keys(connection: Connection) -> None:
    keys = [one.key for one in summary_of(connection, LOCKED).offenders]

    assert keys == sorted(keys, key=str.encode)
    assert len(keys) == 10


def test_the_sum_says_what_was_scanned_what_that_costs_and_how_old_the_table_may_be(
    connection: Connection,
) -> None:
    notes = " ".join(note.worded() for note in summary_of(connection, SUSPENDED).notes)

    assert "lag the bucket by an hour" in notes
    assert "bytes in 5 queries: about $0.0002 at $5 per TB" in notes
    assert "August 2026, not confirmed" in notes


def test_the_calls_are_those_that_are_declared(server: EmbeddedAws, connection: Connection) -> None:
    summary_of(connection, PLAIN)

    operations = (*QUERY_OPERATIONS, GET_BUCKET_METADATA_CONFIGURATION, GET_CALLER_IDENTITY)
    declared = {one.name for one in operations}
    made = [call.operation for call in server.calls]
    assert set(made) <= declared
    assert made.count("StartQueryExecution") == 5


def test_queries_stop_at_the_bytes_that_are_allowed(connection: Connection) -> None:
    with pytest.raises(TooManyCalls, match="are allowed"):
        summary_of(connection, PLAIN, max_scan=2000)


@pytest.mark.parametrize("state", ["CREATING", "FAILED"])
def test_a_table_that_cannot_be_asked_yet_is_no_evidence(
    server: EmbeddedAws, connection: Connection, state: str
) -> None:
    set_inventory_status(PLAIN, state)
    try:
        with pytest.raises(NotFound, match=state):
            evidence(connection, PLAIN)
    finally:
        set_inventory_status(PLAIN, "ACTIVE")
    assert "StartQueryExecution" not in {call.operation for call in server.calls}


def test_a_table_that_is_being_filled_is_said_to_lack_objects(connection: Connection) -> None:
    set_inventory_status(PLAIN, "BACKFILLING")
    try:
        notes = " ".join(note.worded() for note in evidence(connection, PLAIN).coverage.notes)
    finally:
        set_inventory_status(PLAIN, "ACTIVE")
    assert "objects that existed before it are missing" in notes


def test_a_bucket_without_a_live_inventory_table_has_none(
    server: EmbeddedAws, connection: Connection
) -> None:
    s3 = client_of(server, PRODUCTION, "s3", REGION)
    for name, state in (("bare", None), ("journal-alone", "DISABLED")):
        s3.create_bucket(Bucket=name)
        if state:
            enable_inventory_table(s3, name, state)
        assert find_live_inventory_table(connection, name) is None
        with pytest.raises(NothingToCheck, match="no S3 Metadata live inventory table"):
            evidence(connection, name)


@pytest.mark.parametrize("name", ["", "a..b", "a.b.c.d"])
def test_what_is_no_name_of_a_table_is_refused(connection: Connection, name: str) -> None:
    with pytest.raises(BadInput, match="not a table name"):
        evidence(connection, PLAIN, table=name)


def test_a_live_inventory_table_may_be_named(connection: Connection) -> None:
    named = evidence(connection, PLAIN, table=f"s3tablescatalog/aws-s3.b_{PLAIN}.inventory")

    assert (named.coverage.kind, named.coverage.tells_key) == (EvidenceKind.METADATA_TABLE, True)


def test_a_table_about_another_bucket_tells_of_no_object(connection: Connection) -> None:
    found = summarize(evidence(connection, LOCKED, table=f"s3tablescatalog/aws-s3.b_{PLAIN}.inventory"))

    assert found.total.objects == 0


@pytest.fixture
def run(server: EmbeddedAws, shapes: Shapes, tmp_path: Path) -> Shell:
    server.calls.clear()
    return Shell(tmp_path, dict(server.environment(PRODUCTION, REGION)))


def test_the_command_asks_athena_says_the_price_first_and_tells_keys_apart(
    run: Shell, shapes: Shapes
) -> None:
    done = run(
        *("objects", f"s3://{PLAIN}", "--engine", "athena", "--output-location", RESULTS),
        *("--key", shapes.key_arn, "--max-scan", "1GB"),
    )

    assert done.exit == 10
    assert "$5 per TB scanned, under $0.01 at most (--max-scan 1,000,000,000)" in done.err
    assert "evidence: the S3 Metadata live inventory table (Athena: s3tablescatalog/aws-s3." in done.out
    assert shapes.other_key_arn in done.out
    assert "Athena scanned" in done.out


def test_without_an_inventory_the_live_table_is_chosen_by_itself(run: Shell, server: EmbeddedAws) -> None:
    done = run("objects", f"s3://{PLAIN}", "--output-location", RESULTS)

    assert "evidence: the S3 Metadata live inventory table" in done.out
    assert "ListObjectVersions" not in {call.operation for call in server.calls}


def test_where_athena_has_no_place_for_results_the_bucket_is_listed_and_that_is_said(run: Shell) -> None:
    done = run("objects", f"s3://{PLAIN}", "--from", "metadata-table")
    listed = run("objects", f"s3://{PLAIN}")

    assert (done.exit, "--output-location" in done.err) == (1, True)
    assert "evidence: live listing" in listed.out
    assert "live inventory table was not queried" in " ".join(listed.out.split())


def test_a_bucket_without_such_a_table_is_listed_without_a_word_about_it(
    run: Shell, server: EmbeddedAws
) -> None:
    s3 = client_of(server, PRODUCTION, "s3", REGION)
    s3.create_bucket(Bucket="plain-listing")
    s3.put_object(Bucket="plain-listing", Key="a", Body=b"")
    done = run("objects", "s3://plain-listing")

    assert "evidence: live listing" in done.out
    assert "Metadata" not in done.out + done.err


def test_duckdb_alone_asks_no_athena(run: Shell, server: EmbeddedAws) -> None:
    run("objects", f"s3://{PLAIN}", "--engine", "duckdb", "--output-location", RESULTS)

    assert "StartQueryExecution" not in {call.operation for call in server.calls}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--table", "a.b", "--engine", "duckdb"), "DuckDB cannot query"),
        (("--engine", "athena", "--sample", "10"), "cannot list a bucket"),
        (("--engine", "athena", "--output-location", "results"), "is not an S3 location"),
        (("--engine", "athena", "--max-scan", "much"), "--max-scan: 'much' is not a size"),
        (("--engine", "athena", "--table", "a.b.c.d"), "is not a table name"),
    ],
)
def test_what_does_not_go_together_is_refused_before_any_query(
    run: Shell, server: EmbeddedAws, arguments: tuple[str, ...], words: str
) -> None:
    done = run("objects", f"s3://{PLAIN}", *arguments)

    assert (done.exit, words in done.err) == (2, True)
    assert "StartQueryExecution" not in {call.operation for call in server.calls}


def test_every_offender_of_a_table_goes_to_a_file(run: Shell, tmp_path: Path) -> None:
    import duckdb

    file = tmp_path / "offenders.parquet"
    done = run(
        *("objects", f"s3://{PLAIN}", "--engine", "athena", "--output-location", RESULTS),
        *("--out", str(file), "--format", "json"),
    )

    with duckdb.connect() as database:
        ((count,),) = database.execute(f"SELECT count(*) FROM '{file}'").fetchall()
    assert count == json.loads(done.out)["standings"]["offender"]["objects"] > 20


def test_permissions_names_what_athena_takes(run: Shell) -> None:
    with_athena, without = (run("permissions", "objects", *more) for more in (("--athena",), ()))

    for operation in QUERY_OPERATIONS:
        assert f'"{operation.action}"' in with_athena.out
        assert f'"{operation.action}"' not in without.out
    assert '"s3:GetBucketMetadataTableConfiguration"' in without.out
