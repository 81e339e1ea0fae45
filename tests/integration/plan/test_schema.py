"""The JSON of a plan is as its published schema says."""

import json
from importlib.resources import files
from typing import Any

import jsonschema
import pytest
from tests.support.cli import Shell

SCHEMA: dict[str, Any] = json.loads(files("s3kms").joinpath("schemas/plan-v1.schema.json").read_text())


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    "options", [(), ("--wave-by", "region", "--key", "alias/data"), ("--requests", "1000000")]
)
def test_the_plan_of_an_account_is_as_its_schema_says(production: Shell, options: tuple[str, ...]) -> None:
    document = json.loads(production("plan", *options, "--format", "json").out)

    jsonschema.validate(document, SCHEMA)
    assert {one["class"] for one in document["buckets"]} == {"ready", "prepare", "look", "stay"}


def test_the_plan_of_code_is_as_its_schema_says(shell: Shell) -> None:
    (shell.folder / "main.tf").write_text('resource "aws_s3_bucket" "plain" { bucket = "plain" }\n')
    document = json.loads(shell("plan", ".", "--format", "json").out)

    jsonschema.validate(document, SCHEMA)
    assert document["buckets"]


def test_every_key_that_is_written_is_described(production: Shell) -> None:
    document = json.loads(production("plan", "--format", "json").out)

    for bucket in document["buckets"]:
        assert bucket.keys() <= SCHEMA["$defs"]["bucket"]["properties"].keys()
    assert document["summary"].keys() <= SCHEMA["$defs"]["summary"]["properties"].keys()
    assert document.keys() <= SCHEMA["properties"].keys()
