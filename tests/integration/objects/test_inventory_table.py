"""A table in Athena over a report of S3 Inventory: printed, created only when told to, and asked like DuckDB."""

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import shell_of
from tests.integration.objects.test_spark import awkward_rows
from tests.support.cli import Done
from tests.support.engines.second_opinions import grammar_errors, require_trino_grammar
from tests.support.inventory import ALL_COLUMNS, CREATED, CURRENT_COLUMNS, DESTINATION, SOURCE, Report, Row
from tests.support.sdk import client_of

from s3kms.demo.aws import EmbeddedAws
from s3kms.demo.sample_estate import FRANKFURT, PROFILES
from s3kms.model.errors import BadInput
from s3kms.objects.evidence.inventory_table import columns_of
from s3kms.objects.evidence.manifest import InventoryFormat, InventoryManifest

FORMS = ("CSV", "Parquet", "ORC")
TABLE = "audit.logs"
RESULTS = ("--output-location", "s3://results/")


@dataclass
class Delivered:
    """Reports in their bucket, and the command in the account of both."""

    aws: EmbeddedAws
    folder: Path
    client: Any

    def put(self, report: Report, *rows: list[Row], link: bool = True) -> str:
        """Deliver a report; returns the address of its manifest."""
        for some in rows:
            report.add(some)
        manifest = report.finish()
        if link:
            report.link()
        for path in report.root.rglob("*"):
            if path.is_file():
                key = str(path.relative_to(report.root))
                self.client.put_object(Bucket=DESTINATION, Key=key, Body=path.read_bytes())
        return f"s3://{DESTINATION}/{manifest.relative_to(report.root)}"

    def objects(self, *arguments: str) -> Done:
        self.aws.calls.clear()
        return shell_of(self.aws, self.folder)("objects", f"s3://{SOURCE}", *arguments)

    def started(self) -> int:
        """Queries of Athena that the last command started."""
        return [call.operation for call in self.aws.calls].count("StartQueryExecution")


@pytest.fixture
def delivered(aws: EmbeddedAws, tmp_path: Path) -> Delivered:
    client = client_of(aws, PROFILES["production"], "s3", FRANKFURT)
    for bucket in (SOURCE, DESTINATION):
        client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": FRANKFURT})
    return Delivered(aws, tmp_path, client)


def sums(done: Done) -> dict[str, Any]:
    """What a document says of the objects, its evidence aside."""
    document = json.loads(done.out)
    return {name: document[name] for name in ("total", "standings", "by", "prefixes", "offenders", "costs")}


@pytest.mark.parametrize(
    ("form", "columns"), [*((form, ALL_COLUMNS) for form in FORMS), ("CSV", CURRENT_COLUMNS)]
)
def test_athena_says_of_the_created_table_what_duckdb_says_of_the_report(
    delivered: Delivered, form: str, columns: tuple[str, ...]
) -> None:
    rows = [row for row in awkward_rows()[:200] if row.encryption != "SSE-QUANTUM"]
    address = delivered.put(Report(delivered.folder / "r", form, columns), rows[:150], rows[150:])
    created = delivered.objects(
        "--engine", "athena", "--from", address, "--table", TABLE, "--apply", *RESULTS
    )
    asked = delivered.objects("--table", TABLE, "--format", "json", *RESULTS)
    read = delivered.objects("--from", address, "--format", "json")

    assert (created.exit, f"the table {TABLE} is created" in created.err) == (0, True)
    assert (asked.exit, read.exit) == (10, 10), asked.err
    assert sums(asked) == sums(read)
    assert sums(read)["total"]["objects"] > 100
    assert json.loads(asked.out)["evidence"]["as_of"] == json.loads(read.out)["evidence"]["as_of"]


def test_of_a_table_with_several_reports_the_newest_is_read_alone(delivered: Delivered) -> None:
    older = Report(delivered.folder / "older", created=CREATED - timedelta(days=7))
    delivered.put(older, [Row(key="old"), Row(key="older")])
    address = delivered.put(Report(delivered.folder / "newer"), [Row(key="new")])
    ddl = delivered.objects("--engine", "athena", "--from", address, "--table", TABLE).out
    both = ddl.replace("'2026-11-26-01-00'", "'2026-11-26-01-00,2026-11-19-01-00'")
    client_of(delivered.aws, PROFILES["production"], "athena", FRANKFURT).start_query_execution(
        QueryString=both.strip(), ResultConfiguration={"OutputLocation": "s3://results/"}
    )
    asked = json.loads(delivered.objects("--table", TABLE, "--format", "json", *RESULTS).out)

    assert both != ddl
    assert [one["key"] for one in asked["offenders"]] == ["new"]
    assert asked["evidence"]["as_of"] == CREATED.isoformat()


def test_without_apply_the_definition_is_printed_and_nothing_runs(delivered: Delivered) -> None:
    address = delivered.put(Report(delivered.folder / "r", "Parquet"), [Row(key="a")])
    done = delivered.objects("--engine", "athena", "--from", address, "--table", TABLE)

    assert done.exit == 0
    assert done.out.startswith("CREATE EXTERNAL TABLE `audit`.`logs` (\n  `bucket` string,\n  `key` string,")
    assert "'projection.dt.values' = '2026-11-26-01-00'" in done.out
    assert f"LOCATION 's3://{DESTINATION}/inventory/logs/daily/hive/'" in done.out
    assert "not created; create it with --apply" in done.err
    assert delivered.started() == 0


def test_a_table_that_is_there_already_is_never_taken_for_the_new_one(delivered: Delivered) -> None:
    address = delivered.put(Report(delivered.folder / "r"), [Row(key="a")])
    arguments = ("--engine", "athena", "--from", address, "--table", TABLE, "--apply", *RESULTS)
    first, second = delivered.objects(*arguments), delivered.objects(*arguments)

    assert (first.exit, second.exit) == (0, 1)
    assert "already exists" in second.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "requires a name"),
        (("--table", "Logs"), "not a valid name for a new table"),
        (("--table", "a`; DROP TABLE x.y"), "not a valid name for a new table"),
        (("--table", "cat.a.b"), "not a valid name for a new table"),
    ],
)
def test_a_name_that_no_table_can_have_is_refused(
    delivered: Delivered, arguments: tuple[str, ...], words: str
) -> None:
    address = delivered.put(Report(delivered.folder / "r"), [Row(key="a")])
    done = delivered.objects("--engine", "athena", "--from", address, "--apply", *RESULTS, *arguments)

    assert (done.exit, words in done.err, delivered.started()) == (2, True, 0)


def test_a_report_whose_list_of_files_is_missing_or_another_has_no_table(delivered: Delivered) -> None:
    report = Report(delivered.folder / "r")
    address = delivered.put(report, [Row(key="a")], link=False)
    arguments = ("--engine", "athena", "--from", address, "--table", TABLE, "--apply", *RESULTS)
    missing = delivered.objects(*arguments)
    key = str(report.link().relative_to(report.root))
    delivered.client.put_object(Bucket=DESTINATION, Key=key, Body=b"s3://elsewhere/other.csv.gz")
    another = delivered.objects(*arguments)

    assert "symlink.txt does not exist; Athena needs it" in missing.err
    assert "does not list the files" in another.err
    assert (missing.exit, another.exit, delivered.started()) == (2, 2, 0)


def test_apply_alone_and_a_report_on_this_machine_are_refused(delivered: Delivered, tmp_path: Path) -> None:
    alone = delivered.objects("--apply")
    local = delivered.objects(
        "--engine", "athena", "--from", str(tmp_path / "manifest.json"), "--table", TABLE
    )

    assert (alone.exit, local.exit) == (2, 2)
    assert "--apply creates an Athena table" in alone.err
    assert "is not in S3" in local.err


def manifest_of(form: InventoryFormat, schema: str) -> InventoryManifest:
    return InventoryManifest(SOURCE, DESTINATION, CREATED, form, schema, ())


@pytest.mark.parametrize(
    ("form", "schema"),
    [
        (InventoryFormat.CSV, "Bucket, Key, VersionId, ETag, ObjectLockRetainUntilDate, IsMultipartUploaded"),
        (
            InventoryFormat.ORC,
            "struct<bucket:string,key:string,version_id:string,e_tag:string,"
            "object_lock_retain_until_date:timestamp,is_multipart_uploaded:boolean>",
        ),
        (
            InventoryFormat.PARQUET,
            "message s3.inventory { required binary bucket (UTF8); required binary key (UTF8); "
            "optional binary version_id (UTF8); optional binary e_tag (UTF8); "
            "optional int64 object_lock_retain_until_date (TIMESTAMP_MILLIS); "
            "optional boolean is_multipart_uploaded;}",
        ),
    ],
)
def test_columns_have_the_names_and_types_of_the_schema(form: InventoryFormat, schema: str) -> None:
    names = [name for name, _ in columns_of(manifest_of(form, schema), "m")]
    types = dict(columns_of(manifest_of(form, schema), "m"))

    assert names == [
        *("bucket", "key", "version_id", "e_tag"),
        *("object_lock_retain_until_date", "is_multipart_uploaded"),
    ]
    if form is not InventoryFormat.CSV:
        assert (types["object_lock_retain_until_date"], types["is_multipart_uploaded"]) == (
            "timestamp",
            "boolean",
        )


@pytest.mark.parametrize(
    "schema", ["", "{}", "Key", "Bucket, Key, Key", "Bucket, Key, a b`", "struct<bucket:string>"]
)
@pytest.mark.parametrize("form", InventoryFormat)
def test_a_schema_that_cannot_be_read_gives_no_table(form: InventoryFormat, schema: str) -> None:
    with pytest.raises(BadInput, match="cannot be read from its fileSchema"):
        columns_of(manifest_of(form, schema), "m")


def test_the_definition_is_hive_s_sql(delivered: Delivered) -> None:
    require_trino_grammar()
    statements = []
    for form in FORMS:
        address = delivered.put(Report(delivered.folder / form, form), [Row(key="a")])
        statements.append(delivered.objects("--engine", "athena", "--from", address, "--table", TABLE).out)

    *errors, of_nonsense = grammar_errors([*statements, "CREATE EXTERNAL TABLE a ("], "HiveSQL")

    assert errors == [[], [], []]
    assert of_nonsense
