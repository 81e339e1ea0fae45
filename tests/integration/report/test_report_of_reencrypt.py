"""`s3kms report` of what `reencrypt` wrote: a table, or the documents themselves."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tests.support.cli import Shell

SCHEMA = json.loads(files("s3kms").joinpath("schemas/reencrypt-v1.schema.json").read_text())
KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
HOSTILE = "AccessDenied\x9b31m\u202e\n| x |"
CONTEXT = {
    "at": "2026-11-27T11:00:00+00:00",
    "s3kms": "0.2.0",
    "account": "111122223333",
    "identity": "arn:aws:iam::111122223333:user/ops",
    "scope": "the objects of s3://logs",
}
PLAN: dict[str, Any] = {
    "version": 1,
    "kind": "reencrypt-plan",
    "bucket": "logs",
    "account": "111122223333",
    "region": "eu-west-1",
    "key": KEY,
    "is_aws_managed": False,
    "bucket_key": True,
    "evidence": {
        "kind": "listing",
        "name": "live listing",
        "source": "",
        "as_of": None,
        "all_versions": True,
        "prefix": "",
        "missing": [],
        "looks": 0,
    },
    "versions": 3,
    "engines": [],
    "objects": [
        {
            "choice": "taken",
            "engine": "update",
            "immovable": None,
            "encryption": "SSE-S3",
            "key": None,
            "versions": 3,
            "bytes": 99,
        }
    ],
    "unread": {HOSTILE: 2},
    "class": "ready",
    "hazards": [],
    "access": [],
    "dollars": None,
    "notes": [],
    "context": CONTEXT,
    "exit": 11,
}
RUN: dict[str, Any] = {
    "version": 1,
    "kind": "reencrypt-run",
    "run": "20261127T110000Z-1a2b3c",
    "bucket": "logs",
    "journal": "j.jsonl",
    "log": "j/objects.log",
    "outcomes": [{"engine": "update", "outcome": "failed", "reason": HOSTILE, "versions": 1}],
    "left": {f"other-key SSE-KMS {HOSTILE}": 1},
    "bytes": 99,
    "bytes_moved": 0,
    "under_way": 0,
    "is_through": True,
    "verification": {
        "changed": 2,
        "looked_at": 2,
        "confirmed": 1,
        "not_confirmed": {HOSTILE: 1},
        "examples": [HOSTILE],
        "is_sample": False,
    },
    "last_problems": [HOSTILE],
    "stopped": HOSTILE,
    "advice": "",
    "context": CONTEXT,
    "exit": 11,
}


@pytest.fixture
def saved(shell: Shell) -> Path:
    file = shell.folder / "result.json"
    file.write_text(f"{json.dumps(PLAN)}\n{json.dumps(RUN)}\n")
    return file


def test_the_documents_of_these_tests_are_what_the_schema_says() -> None:
    for document in (PLAN, RUN):
        jsonschema.validate(document, SCHEMA)


def test_a_saved_re_encryption_is_a_table_or_itself(shell: Shell, saved: Path) -> None:
    table = shell("report", "result.json")

    assert (table.exit, table.err) == (0, "")
    assert "s3://logs: 3 versions to re-encrypt" in table.out
    assert "run 20261127T110000Z-1a2b3c: s3://logs" in table.out
    told = "the objects of s3://logs as arn:aws:iam::111122223333:user/ops, 2026-11-27 11:00 UTC, s3kms 0.2.0"
    assert table.out.count(told) == 2
    assert shell("report", "result.json", "--format", "json").out == saved.read_text()


def test_no_text_of_a_server_reaches_the_terminal_as_a_control(shell: Shell, saved: Path) -> None:
    out = shell("report", "result.json").out

    assert not {character for character in out if character != "\n" and not character.isprintable()}


def test_what_an_earlier_version_wrote_has_no_context(shell: Shell, saved: Path) -> None:
    old = {name: value for name, value in PLAN.items() if name != "context"}
    saved.write_text(json.dumps(old))

    done = shell("report", "result.json")
    assert (done.exit, "s3://logs: 3 versions to re-encrypt" in done.out) == (0, True)
    assert "the objects of" not in done.out


def test_another_format_is_refused_with_those_that_there_are(shell: Shell, saved: Path) -> None:
    done = shell("report", "result.json", "-o", "result.html")

    assert done.exit == 2
    assert "a re-encryption has no format 'html'" in done.err
    assert "the formats are table, json" in done.err


def test_an_edited_document_is_refused_with_its_line_and_field(shell: Shell, saved: Path) -> None:
    saved.write_text(f"{json.dumps(PLAN)}\n{json.dumps({**RUN, 'under_way': 'some'})}\n")

    done = shell("report", "result.json")
    assert done.exit == 2
    assert "result.json, line 2, was not written by s3kms reencrypt" in done.err
    assert "under_way" in done.err


def test_several_re_encryptions_are_not_merged(shell: Shell, saved: Path) -> None:
    done = shell("report", "result.json", "result.json")

    assert done.exit == 2
    assert "only results of check and verify are merged" in done.err
