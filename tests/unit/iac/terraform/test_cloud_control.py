"""Buckets of the provider awscc: their default encryption is one argument, of the shape that CloudFormation has."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.support.code import context
from tests.support.edits import edits, terraform
from tests.support.terraform_json import Entry, config, plan, state

from s3kms.iac.interface import Declined, Document, Folder
from s3kms.iac.terraform.code import READER
from s3kms.iac.terraform.language import LANGUAGE
from s3kms.iac.terraform.plan_and_state import READER as PLAN_AND_STATE
from s3kms.model.bucket import Bucket, BucketKind
from s3kms.model.encryption import SSE_KMS, SSE_S3, Encryption, KeyKind
from s3kms.model.unknown import Unknown

B = "awscc_s3_bucket.b"
AES = 'server_side_encryption_by_default = { sse_algorithm = "AES256" }'
KMS = 'server_side_encryption_by_default = { sse_algorithm = "aws:kms" }'


def code(text: str) -> dict[str, Bucket]:
    memory = context({"i/main.tf": text})
    return {one.resource or "": one for one in READER.read(Folder(Path("i")), memory)}


def json_code(text: str) -> dict[str, Bucket]:
    memory = context({"i/main.tf.json": text})
    return {one.resource or "": one for one in READER.read(Folder(Path("i")), memory)}


def of_json(document: Mapping[str, Any]) -> dict[str, Bucket]:
    found = Document(Path("plan.json"), json.dumps(document).encode())
    return {one.resource or "": one for one in PLAN_AND_STATE.read(found, context())}


def rule(text: str) -> str:
    return f"  bucket_encryption = {{\n    server_side_encryption_configuration = [{{\n      {text}\n    }}]\n  }}\n"


def declared(inside: str = "", more: str = "") -> str:
    return f'{more}resource "awscc_s3_bucket" "b" {{\n  bucket_name = "the-name"\n{inside}}}\n'


def known(one: Bucket) -> Encryption:
    assert isinstance(one.encryption, Encryption), one.encryption
    return one.encryption


def test_silence_is_sse_s3_and_the_name_is_read() -> None:
    found = code(declared())[B]

    assert found.name == "the-name"
    assert known(found).algorithm == SSE_S3


def test_every_part_of_the_rule_is_read() -> None:
    text = (
        "bucket_key_enabled = true\n"
        '      server_side_encryption_by_default = { sse_algorithm = "aws:kms", '
        "kms_master_key_id = awscc_kms_key.k.arn }\n"
        '      blocked_encryption_types = { encryption_type = ["SSE-C"] }'
    )
    found = code(declared(rule(text), 'resource "awscc_kms_key" "k" {}\n'))[B]

    assert found.encryption == Encryption(SSE_KMS, "awscc_kms_key.k.arn", bucket_key=True, blocked=("SSE-C",))
    assert found.key_kind is KeyKind.CUSTOMER_MANAGED


def test_the_place_is_that_of_the_algorithm() -> None:
    (place,) = code(declared(rule(AES)))[B].places

    assert (place.line, place.column) == (5, 61)


def test_json_syntax_is_the_same() -> None:
    encryption = {
        "server_side_encryption_configuration": [
            {"server_side_encryption_by_default": {"sse_algorithm": "AES256"}}
        ]
    }
    text = json.dumps({"resource": {"awscc_s3_bucket": {"b": {"bucket_encryption": encryption}}}})

    assert known(json_code(text)[B]).algorithm == SSE_S3


def test_an_algorithm_that_is_not_known_is_unknown_and_named() -> None:
    written = rule("server_side_encryption_by_default = { sse_algorithm = var.algorithm }")
    found = code(declared(written, 'variable "algorithm" {}\n'))[B].encryption

    assert isinstance(found, Unknown)
    assert "var.algorithm has no value" in found.why


def test_two_rules_are_what_s3_refuses() -> None:
    found = code(declared(rule(f"{AES}\n    }}, {{\n      {KMS}")))[B].encryption

    assert isinstance(found, Unknown)
    assert "2 encryption rules" in found.why


def test_a_configuration_of_the_provider_aws_may_be_for_it() -> None:
    configuration = (
        'resource "aws_s3_bucket_server_side_encryption_configuration" "b" {\n'
        "  bucket = awscc_s3_bucket.b.id\n  rule {\n    apply_server_side_encryption_by_default {\n"
        '      sse_algorithm = "aws:kms"\n    }\n  }\n}\n'
    )
    found = code(declared(more=configuration))

    assert set(found) == {B}
    assert known(found[B]).algorithm == SSE_KMS


def test_its_tags_are_a_list_of_keys_and_values() -> None:
    assert code(declared('  tags = [{ key = "team", value = "a" }]\n'))[B].tags == {"team": "a"}


@pytest.mark.parametrize(
    ("type_", "argument", "inside", "kind"),
    [
        ("awscc_s3express_directory_bucket", "bucket_name", "", BucketKind.DIRECTORY),
        (
            "awscc_s3tables_table_bucket",
            "table_bucket_name",
            '  encryption_configuration = { sse_algorithm = "AES256" }\n',
            BucketKind.TABLE,
        ),
    ],
)
def test_directory_and_table_buckets_of_it_are_judged_too(
    type_: str, argument: str, inside: str, kind: BucketKind
) -> None:
    name = "n--use1-az4--x-s3" if kind is BucketKind.DIRECTORY else "the-tables"
    found = code(f'resource "{type_}" "x" {{\n  {argument} = "{name}"\n{inside}}}\n')[f"{type_}.x"]

    assert (found.kind, found.name) == (kind, name)
    assert known(found).algorithm == SSE_S3


def entry(encryption: Any = None, unknown: Any = None, written: Any = None) -> Entry:
    values = {"bucket_name": "the-name", "bucket_encryption": encryption}
    marks = {"id": True, **({} if unknown is None else {"bucket_encryption": unknown})}
    return Entry(B, values, marks, {} if written is None else {"bucket_encryption": written})


def one_rule(**default: Any) -> dict[str, Any]:
    return {"server_side_encryption_configuration": [{"server_side_encryption_by_default": default}]}


@pytest.mark.parametrize(
    ("found", "algorithm"),
    [
        (entry(unknown=True), SSE_S3),
        (entry(one_rule(sse_algorithm="AES256"), written={"constant_value": {}}), SSE_S3),
        (entry(one_rule(sse_algorithm="aws:kms"), written={"constant_value": {}}), SSE_KMS),
    ],
    ids=["silence, which the provider computes", "SSE-S3", "SSE-KMS"],
)
def test_a_plan_is_read(found: Entry, algorithm: str) -> None:
    bucket = of_json(plan(found))[B]

    assert bucket.name == "the-name"
    assert known(bucket).algorithm == algorithm


def test_what_the_provider_computes_beside_a_constant_is_not_unknown() -> None:
    written = {"constant_value": one_rule(sse_algorithm="aws:kms")}
    marks = one_rule(kms_master_key_id=True)
    marks["server_side_encryption_configuration"][0]["bucket_key_enabled"] = True
    bucket = of_json(plan(entry(one_rule(sse_algorithm="aws:kms"), marks, written)))[B]

    assert (known(bucket).algorithm, known(bucket).bucket_key) == (SSE_KMS, None)
    assert bucket.key_kind is KeyKind.AWS_MANAGED


def test_what_a_plan_leaves_open_is_unknown_with_its_expression() -> None:
    written = {"references": ["random_pet.a.id", "random_pet.a"]}
    bucket = of_json(plan(entry(unknown=True, written=written)))[B]

    assert isinstance(bucket.encryption, Unknown)
    assert "random_pet.a.id" in bucket.encryption.why


def test_a_state_is_read_without_a_caveat() -> None:
    found = Entry(B, {"bucket_name": "the-name", "bucket_encryption": one_rule(sse_algorithm="AES256")})
    bucket = of_json(state(found))[B]

    assert (known(bucket).algorithm, bucket.caveat) == (SSE_S3, None)


def test_a_configuration_in_a_plan_is_matched_by_its_name() -> None:
    found = of_json(plan(entry(unknown=True), config(name="the-name")))

    assert set(found) == {B}
    assert known(found[B]).algorithm == SSE_KMS


def test_an_edit_replaces_the_literal_and_turns_the_bucket_key_on() -> None:
    edited = terraform(declared(rule(AES))).decode()

    assert 'sse_algorithm = "aws:kms"' in edited
    assert "bucket_key_enabled                = true" in edited
    assert edited.count("bucket_encryption") == 1


def test_an_edit_adds_the_argument_and_no_resource() -> None:
    edited = terraform(declared()).decode()

    assert "  bucket_encryption = {\n    server_side_encryption_configuration = [{\n" in edited
    assert edited.count("resource ") == 1


def test_what_is_not_written_out_is_declined_with_the_argument_to_paste() -> None:
    written = f"locals {{\n  e = {{ server_side_encryption_configuration = [{{ {AES} }}] }}\n}}\n"
    text = declared("  bucket_encryption = local.e\n", written)
    main = Path("code/main.tf")
    (edit,) = edits(LANGUAGE, Folder(main.parent), {main: text.encode()})

    assert isinstance(edit, Declined)
    assert "not written out" in edit.why
    assert "bucket_encryption = {" in edit.snippet
