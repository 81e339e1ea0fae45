"""Terraform's JSON: one table of what a plan or a state says, and what a check makes of it."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.cases.terraform.plan_and_state import LIVE, TABLE, B
from tests.support.code import context
from tests.support.terraform_json import SSE, Entry, bucket, config, plan, rule, state, state_file

from s3kms.iac.interface import Document
from s3kms.iac.terraform.plan_and_state import READER
from s3kms.model.bucket import Bucket
from s3kms.model.encryption import Encryption
from s3kms.model.unknown import Unknown, known


def read(data: bytes, name: str = "plan.json") -> list[Bucket]:
    document = Document(Path(name), data)
    assert READER.claims(document)
    return list(READER.read(document, context()))


def told(found: Bucket) -> str:
    if isinstance(found.encryption, Unknown):
        return f"?{found.encryption.why}"
    words = [str(found.encryption.algorithm), found.key_kind, *(known(found.encryption.blocked) or ())]
    words.insert(2, "bucket-key" if known(found.encryption.bucket_key) else None)
    words.insert(
        2,
        "bucket-key?" if isinstance(found.encryption.bucket_key, Unknown) else None,
    )
    return " ".join(filter(None, words))


@pytest.mark.parametrize(("document", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_the_table(document: dict[str, Any], expected: dict[str, str]) -> None:
    found = {bucket.resource or "": told(bucket) for bucket in read(json.dumps(document).encode())}

    assert set(found) == set(expected)
    for address, wanted in expected.items():
        assert found[address] == wanted or (wanted.startswith("?") and wanted[1:] in found[address])


def test_the_table_is_long_and_names_no_case_twice() -> None:
    titles = [title for title, _, _ in TABLE]

    assert len(titles) == len(set(titles)) >= 80


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"PK\x03\x04....tfplan", "own form"),
        (
            b'{"@level":"info","@message":"Terraform 1.11.4","@module":"terraform.ui"}\n{}',
            "terraform plan -json logs",
        ),
        (b'{"terraform_version": "1", "planned_values": {', "cut short"),
        (b'{"terraform_version": "1", "planned_values": ' + b"[" * 100_000, "not JSON that a tool wrote"),
        (b'{"terraform_version": "\xff", "planned_values": 1}', "not UTF-8"),
    ],
)
def test_what_cannot_be_read_is_one_unknown(data: bytes, word: str) -> None:
    [found] = read(data)

    assert isinstance(found.encryption, Unknown)
    assert word in found.encryption.why
    assert "terraform show -json" in str(found.encryption.advice)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_shell_may_write_what_it_likes(encoding: str) -> None:
    [found] = read(json.dumps(plan(bucket())).encode(encoding))

    assert found.resource == B


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b'{"Resources": {}}', b"\0\0", b'{"terraform_version": "1"}', b"terraform_version values"],
)
def test_other_files_are_not_claimed(data: bytes) -> None:
    assert not READER.claims(Document(Path("x.json"), data))


SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "properties": {"terraform_version": {}, "planned_values": {}, "values": {}, "resource_changes": {}},
}
PACKAGE = {"name": "p", "version": "1.0.0", "terraform_version": "1", "values": {"a": 1}, "lineage": "x"}
LOCK = {"version": 3, "lineage": ["a"], "terraform_version": "1.5", "resources": []}


@pytest.mark.parametrize(
    "document",
    [
        SCHEMA,
        PACKAGE,
        LOCK,
        {"plan": plan(bucket())},
        {"fixtures": [state(Entry(B, LIVE))]},
        {"terraform_version": "1.5", "values": ["a"]},
        {"resource_changes": []},
        {"resource_changes": [{"file": "main.tf"}], "lineage": "x"},
        {"message": '{"@module":"terraform.ui"}'},
        {"encrypted_data": "abc", "values": {}},
    ],
)
def test_a_file_with_the_words_of_a_plan_is_not_claimed(document: Any) -> None:
    assert not READER.claims(Document(Path("x.json"), json.dumps(document, indent=1).encode()))
    assert not READER.claims(Document(Path("x.json"), json.dumps(document, separators=(",", ":")).encode()))


def test_a_plan_that_is_cut_short_is_claimed_and_told() -> None:
    [found] = read(json.dumps(plan(bucket())).encode()[:-40])

    assert isinstance(found.encryption, Unknown)
    assert "cut short" in found.encryption.why


def _changes_of(*entries: Entry) -> bytes:
    changes = []
    for entry in entries:
        module, kind, name, index = entry.parts
        where = {"module_address": module} if module else {}
        where |= {} if index is None else {"index": index}
        after = None if entry.actions == ("delete",) else entry.values
        change = {"actions": list(entry.actions), "after": after, "after_unknown": entry.unknown}
        changes.append(
            {
                "address": entry.address,
                "mode": "managed",
                "type": kind,
                "name": name,
                "change": change,
                **where,
            }
        )
    return json.dumps({"resource_changes": changes}).encode()


def test_a_plan_that_holds_its_changes_alone_is_read() -> None:
    [found] = read(_changes_of(bucket(name="one"), bucket("aws_s3_bucket.gone", "two", actions=("delete",))))

    assert (found.resource, found.name) == (B, "one")
    assert isinstance(found.encryption, Encryption)
    assert found.encryption.algorithm == "AES256"
    assert found.caveat == "the plan holds its changes alone"


def test_the_changes_of_a_module_and_of_a_configuration_are_read() -> None:
    of_bucket = config(f"module.m[0].{SSE}.s", name="one")
    [found] = read(_changes_of(bucket('module.m[0].aws_s3_bucket.b["a"]', "one"), of_bucket))

    assert found.resource == 'module.m[0].aws_s3_bucket.b["a"]'
    assert isinstance(found.encryption, Encryption)
    assert found.encryption.algorithm == "aws:kms"


def test_a_state_is_known_by_its_name_and_its_backup_is_left_alone() -> None:
    data = json.dumps(state_file()).encode()

    assert READER.claims(Document(Path("x.tfstate"), b""))
    assert READER.claims(Document(Path("x.json"), data))
    assert not READER.claims(Document(Path("x.tfstate.backup"), data))


def test_what_a_state_knows_of_a_bucket() -> None:
    [found] = read(json.dumps(state(Entry(B, {**LIVE, "tags_all": {"team": "a"}})), indent=1).encode())

    assert (found.name, found.region, found.arn, found.tags) == (None, "eu-central-1", None, {"team": "a"})


def test_no_secret_is_shown() -> None:
    """A plan keeps what is marked as sensitive; nothing of it but what a bucket is may be shown."""
    hidden = bucket(name="hidden-name")
    document = plan(hidden, config(name="hidden-name", rules=rule(key="hunter2")))
    for resource in document["planned_values"]["root_module"]["resources"]:
        resource["sensitive_values"] = {"bucket": True, "tags_all": True, "rule": True}

    [found] = read(json.dumps(document).encode())

    assert found.encryption
    assert "hunter2" not in repr(found)
    assert "hidden-name" not in repr(found)


@given(st.data())
@settings(max_examples=400)
def test_no_mutation_of_a_plan_is_a_crash(data: st.DataObject) -> None:
    document = json.loads(json.dumps(data.draw(st.sampled_from([row[1] for row in TABLE]))))
    for _ in range(data.draw(st.integers(1, 4))):
        mutate(document, data)

    for found in read_anything(json.dumps(document).encode()):
        assert isinstance(found, Bucket)
        assert not isinstance(found.encryption, Unknown) or found.encryption.advice


ODD: list[Any] = [
    None,
    True,
    0,
    -1,
    1.5,
    "",
    "x",
    "each.key",
    "local.x",
    "var.bucket",
    [],
    {},
    [[]],
    [{}],
    {"rule": 1},
    "module.m",
]


def mutate(value: Any, data: st.DataObject) -> None:
    """Something somewhere within becomes something else."""
    while True:
        keys = sorted(value) if isinstance(value, dict) else list(range(len(value)))
        if not keys:
            return
        key = data.draw(st.sampled_from(keys))
        below = value[key]
        if not isinstance(below, dict | list) or not below or data.draw(st.integers(0, 5)) == 0:
            value[key] = deepcopy(data.draw(st.sampled_from(ODD)))
            return
        value = below


@given(st.binary(max_size=200))
def test_no_bytes_are_a_crash(data: bytes) -> None:
    read_anything(data)
    read_anything(b'{"terraform_version": 1, "values": ' + data)


def read_anything(data: bytes) -> list[Bucket]:
    document = Document(Path("x.tfstate"), data)
    READER.claims(Document(Path("x.json"), data))
    return list(READER.read(document, context()))
