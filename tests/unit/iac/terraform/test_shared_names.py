"""Two buckets that share one literal name: a configuration is for the one that it refers to."""

import json
from pathlib import Path

import pytest
from tests.support.code import context
from tests.support.terraform_case import bucket, kms, local, sse, variable
from tests.support.terraform_json import SSE, config, plan, rule
from tests.support.terraform_json import bucket as planned_bucket

from s3kms.iac.interface import Document, Folder
from s3kms.iac.terraform.code import READER
from s3kms.iac.terraform.plan_and_state import READER as PLAN_READER
from s3kms.model.bucket import Bucket
from s3kms.model.encryption import Encryption

A, B = "aws_s3_bucket.a", "aws_s3_bucket.b"
NAME = 'bucket = "same"'
TWO_BUCKETS = bucket(NAME).replace('"b"', '"a"') + bucket(NAME)


def named(text: str, name: str) -> str:
    return text.replace('configuration" "b"', f'configuration" "{name}"')


def algorithms(main_tf: str) -> dict[str | None, str | None]:
    memory = context({"i/main.tf": main_tf})
    return {one.resource: algorithm(one) for one in READER.read(Folder(Path("i")), memory)}


def algorithm(one: Bucket) -> str | None:
    return one.encryption.algorithm if isinstance(one.encryption, Encryption) else one.encryption.why


@pytest.mark.parametrize("attribute", ["id", "bucket"])
def test_each_configuration_is_for_the_bucket_that_it_refers_to(attribute: str) -> None:
    written = TWO_BUCKETS + named(kms(of=f"{A}.{attribute}"), "a")
    written += sse('"AES256"').replace(f"{B}.id", f"{B}.{attribute}")

    assert algorithms(written) == {A: "aws:kms", B: "AES256"}


@pytest.mark.parametrize(
    ("more", "of"),
    [
        (local("target", f"{A}.id"), "local.target"),
        (
            f'resource "aws_s3_bucket_versioning" "v" {{\n  bucket = {A}.id\n}}\n',
            "aws_s3_bucket_versioning.v.bucket",
        ),
        ("", f'"${{{A}.bucket}}"'),
    ],
    ids=["a local", "another setting", "a template"],
)
def test_the_reference_is_followed(more: str, of: str) -> None:
    assert algorithms(TWO_BUCKETS + more + named(kms(of=of), "a")) == {A: "aws:kms", B: "AES256"}


def test_a_name_that_a_variable_gives_both_is_told_apart_too() -> None:
    two = TWO_BUCKETS.replace('"same"', "var.name") + variable("name", 'default = "same"')

    assert algorithms(two + named(kms(of=f"{A}.id"), "a")) == {A: "aws:kms", B: "AES256"}


def test_a_configuration_that_only_repeats_the_name_is_for_both() -> None:
    assert algorithms(TWO_BUCKETS + kms(of='"same"')) == {A: "aws:kms", B: "aws:kms"}


def test_in_a_plan_the_code_tells_them_apart() -> None:
    made = plan(
        planned_bucket(A, "same"),
        planned_bucket(B, "same"),
        config(f"{SSE}.a", f"{A}.id", A, name="same"),
        config(f"{SSE}.b", f"{B}.id", B, name="same", rules=rule("AES256")),
    )

    found = PLAN_READER.read(Document(Path("plan.json"), json.dumps(made).encode()), context({}))

    assert {one.resource: algorithm(one) for one in found} == {A: "aws:kms", B: "AES256"}
