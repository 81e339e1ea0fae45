"""Why something of a bucket of Terraform is not known, for programs: each Unknown has the cause that is true."""

import json
from pathlib import Path

import pytest
from tests.support.code import context
from tests.support.terraform_json import Json, bucket, config, plan, rule

from s3kms.iac.interface import Document, Folder
from s3kms.iac.terraform import code, plan_and_state
from s3kms.model.bucket import Bucket
from s3kms.model.unknown import Unknown, UnknownCause

B = "aws_s3_bucket.b"
SSE = "aws_s3_bucket_server_side_encryption_configuration"
BARE = 'resource "aws_s3_bucket" "b" {}\n'


def configured(algorithm: str, head: str = "", key: str = "") -> str:
    return (
        f'{BARE}{head}resource "{SSE}" "b" {{\n  bucket = aws_s3_bucket.b.id\n  rule {{\n'
        f"    apply_server_side_encryption_by_default {{\n      sse_algorithm = {algorithm}\n      {key}\n"
        "    }\n  }\n}\n"
    )


def in_code(text: str) -> Bucket:
    """The last bucket of a folder with one file: what cannot be read comes after what can."""
    return list(code.READER.read(Folder(Path("i")), context({"i/main.tf": text})))[-1]


def in_plan(document: Json | bytes) -> Bucket:
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    [found] = plan_and_state.READER.read(Document(Path("plan.json"), data), context())
    return found


def cause(found: object) -> UnknownCause:
    assert isinstance(found, Unknown), found
    assert found.advice, found
    return found.cause


MANY = "".join(f'variable "v{n}" {{\n  type = bool\n}}\n' for n in range(12))
MANY_SUM = " + ".join(f"(var.v{n} ? 1 : 0)" for n in range(12))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (configured("var.a", 'variable "a" {}\n'), UnknownCause.UNRESOLVED),
        (configured("var.typo"), UnknownCause.UNRESOLVED),
        (BARE * 2, UnknownCause.UNRESOLVED),
        (
            BARE + 'module "m" {\n  source = "x/y/aws"\n  bucket = aws_s3_bucket.b\n}\n',
            UnknownCause.FILE_UNREAD,
        ),
        (BARE + "resource {{{\n", UnknownCause.FILE_UNREAD),
        (BARE.replace("{}", "{\n  count = 20000\n}"), UnknownCause.BUDGET),
        (configured('"aws:kms"').replace("sse_algorithm", "kms_master_key_id"), UnknownCause.UNSUPPORTED),
    ],
    ids=["no value", "rejected", "twice", "missing module", "broken file", "too many", "malformed"],
)
def test_an_encryption_of_code_that_is_not_known_says_why(text: str, expected: UnknownCause) -> None:
    assert cause(in_code(text).encryption) is expected


def test_an_outcome_beyond_the_combinations_that_are_evaluated_is_a_budget() -> None:
    outcomes = in_code(configured(f'{MANY_SUM} > 99 ? "AES256" : "aws:kms"', MANY)).outcomes

    assert UnknownCause.BUDGET in {
        one.encryption.cause for one in outcomes if isinstance(one.encryption, Unknown)
    }


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (plan(bucket(name="n"), config(name="n", unknown_rule=True)), UnknownCause.UNRESOLVED),
        (plan(bucket(name="n"), config(name="n", rules={"rule": []})), UnknownCause.UNSUPPORTED),
        (b'{"terraform_version": "1", "planned_values": {', UnknownCause.FILE_UNREAD),
    ],
    ids=["after apply", "no rule", "cut short"],
)
def test_an_encryption_of_a_plan_that_is_not_known_says_why(
    document: Json | bytes, expected: UnknownCause
) -> None:
    assert cause(in_plan(document).encryption) is expected


def test_a_key_that_is_only_named_was_not_read() -> None:
    key = 'kms_master_key_id = "alias/elsewhere"'

    assert cause(in_code(configured('"aws:kms"', key=key)).key) is UnknownCause.NOT_READ


def test_what_a_plan_marks_as_sensitive_was_not_read() -> None:
    document = plan(bucket(name="n"), config(name="n", rules=rule(key="hunter2")))
    for resource in document["planned_values"]["root_module"]["resources"]:
        resource["sensitive_values"] = {"tags_all": True, "rule": True}
    found = in_plan(document)

    assert {cause(found.key), cause(found.tags)} == {UnknownCause.NOT_READ}
