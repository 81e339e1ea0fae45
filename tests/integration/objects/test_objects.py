"""`s3kms objects`, as a user runs it."""

import json
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
from tests.support.cli import Shell
from tests.support.inventory import Row, marker, write_report

import s3kms

SCHEMA = json.loads(files("s3kms").joinpath("schemas/objects-v1.schema.json").read_text())
HOSTILE = "\x1b[31mred\x1b[0m\u202e/\n.txt"


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    return write_report(
        tmp_path, [Row(key=HOSTILE), Row(key="b", encryption="SSE-KMS", bucket_key="ENABLED"), marker("c")]
    )


def test_a_table_says_what_the_objects_are_encrypted_with(tmp_path: Path, manifest: Path) -> None:
    done = Shell(tmp_path)("objects", "s3://logs", "--from", str(manifest))

    assert (done.exit, done.err) == (10, "")
    assert "s3://logs: 2 versions, 200 B, and 1 delete marker" in done.out
    assert "evidence: S3 Inventory report of 2026-11-26 01:00 UTC" in done.out
    assert "offender    50.0%  1 version, 100 B: not encrypted with a KMS key" in done.out


def test_a_hostile_key_is_spelled_out(tmp_path: Path, manifest: Path) -> None:
    done = Shell(tmp_path)("objects", "--from", str(manifest))

    assert "\\x1b[31mred" in done.out
    assert "\x1b" not in done.out
    assert "\u202e" not in done.out


def test_json_is_as_its_schema_says(tmp_path: Path, manifest: Path) -> None:
    done = Shell(tmp_path)("objects", "--from", str(manifest), "--format", "json")
    document = json.loads(done.out)

    jsonschema.validate(document, SCHEMA)
    assert document["standings"]["offender"] == {"objects": 1, "bytes": 100}
    assert document["offenders"][0]["key"] == HOSTILE
    assert document["exit"] == done.exit == 10


def test_the_library_says_the_same(manifest: Path) -> None:
    with s3kms.Client() as client:
        summary = client.objects("s3://logs", source=manifest)

    assert (summary.total.objects, summary.delete_markers, int(summary.exit)) == (2, 1, 10)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "error: no bucket is named"),
        (("s3://other", "--from", "{manifest}"), "lists s3://logs, not s3://other"),
        (("s3://logs-*", "--from", "{manifest}"), "may match several buckets"),
        (("--from", "nowhere.json"), "nowhere.json cannot be read: No such file or directory"),
        (("--from", "{manifest}", "--memory", "much"), "--memory: 'much' is not a size"),
        (("--from", "{manifest}", "--memory", "1MB"), "is too small"),
        (("--from", "{manifest}", "--key", "alias/logs"), "--key alias/logs is not a key ARN"),
        (("s3://logs", "--key", "alias/logs"), "KMS is not called here"),
        (("--from", "{manifest}", "--format", "sarif"), "objects does not support the format 'sarif'"),
    ],
)
def test_what_cannot_be_meant_is_told_in_a_sentence(
    tmp_path: Path, manifest: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    done = Shell(tmp_path)("objects", *(one.format(manifest=manifest) for one in arguments))

    assert (done.exit, done.out) == (2, "")
    assert sentence in done.err


def test_a_report_that_lists_nothing_is_not_a_clean_result(tmp_path: Path) -> None:
    done = Shell(tmp_path)("objects", "--from", str(write_report(tmp_path)))

    assert done.exit == 3
    assert "no objects in s3://logs" in done.err
