"""The JSON of a plan is what the published schema says."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from tests.support.cli import Shell

SCHEMA: dict[str, Any] = json.loads(
    (Path(__file__).parents[3] / "src/s3kms/schemas/plan-v1.schema.json").read_text()
)
CODE = (
    'resource "aws_s3_bucket" "plain" { bucket = "plain" }\n'
    'resource "aws_s3_bucket" "unnamed" { bucket_prefix = "unnamed-" }\n'
    'resource "aws_s3_bucket" "logs" { bucket = "logs" }\n'
    'resource "aws_s3_bucket_logging" "l" {\n'
    '  bucket = aws_s3_bucket.plain.id\n  target_bucket = aws_s3_bucket.logs.id\n  target_prefix = "x"\n}\n'
)


def unknown_fields(data: Any, schema: dict[str, Any], path: str = "") -> Iterator[str]:
    """Where the data has a field that the schema does not name: JSON Schema alone lets any pass."""
    for option in (schema, *schema.get("anyOf", ())):
        found = SCHEMA["$defs"][option["$ref"].rpartition("/")[2]] if "$ref" in option else option
        if isinstance(data, list) and "items" in found:
            for one in data:
                yield from unknown_fields(one, found["items"], f"{path}[]")
        elif isinstance(data, dict) and "properties" in found:
            for name, value in data.items():
                inner = found["properties"].get(name)
                if inner is None:
                    yield f"{path}.{name}"
                else:
                    yield from unknown_fields(value, inner, f"{path}.{name}")


def check(document: dict[str, Any]) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    Draft202012Validator(SCHEMA).validate(document)
    assert list(unknown_fields(document, SCHEMA)) == []
    assert document["buckets"]


@pytest.mark.usefixtures("few_regions")
@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--wave-by", "region", "--key", "alias/data"),
        ("--deep", "--canary", "1", "--requests", "1000000"),
    ],
)
def test_a_plan_of_the_sample_estate_fits_the_schema(production: Shell, options: tuple[str, ...]) -> None:
    document = json.loads(production("plan", *options, "--format", "json").out)

    check(document)
    assert {one["class"] for one in document["buckets"]} == {"ready", "prepare", "look", "stay"}


def test_the_file_of_a_plan_fits_the_schema(production: Shell) -> None:
    production("plan", "--out", "plan.json")

    check(json.loads((production.folder / "plan.json").read_text()))


def test_a_plan_of_code_fits_the_schema(shell: Shell) -> None:
    (shell.folder / "main.tf").write_text(CODE)
    document = json.loads(shell("plan", ".", "--format", "json").out)

    check(document)
    assert all(one["place"] for one in document["buckets"])


@pytest.mark.parametrize("field", ["class", "hazards", "digests", "change", "cost"])
def test_a_bucket_without_a_field_does_not_fit_the_schema(production: Shell, field: str) -> None:
    document = json.loads(production("plan", "s3://acme-invoices", "--format", "json").out)
    del document["buckets"][0][field]

    assert not Draft202012Validator(SCHEMA).is_valid(document)
