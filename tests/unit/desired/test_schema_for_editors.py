"""The published schema of `s3kms.toml` takes what s3kms reads, and refuses what it refuses."""

import json
import re
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

ROOT = Path(__file__).parents[3]
SCHEMA = json.loads(files("s3kms").joinpath("schemas/config-v1.schema.json").read_text())
EXAMPLE = re.findall(
    r"```toml\n(.*?)```", (ROOT / "docs" / "configuration.example.md").read_text(), re.DOTALL
)
DEMO = (ROOT / "src" / "s3kms" / "demo" / "exemptions.toml").read_text()


def validate(text: str) -> None:
    read: Any = json.loads(json.dumps(tomllib.loads(text), default=str))  # dates, as JSON has them
    jsonschema.Draft202012Validator(SCHEMA).validate(read)


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert "null" not in json.dumps(SCHEMA)


@pytest.mark.parametrize("text", [*EXAMPLE, DEMO], ids=lambda text: text[:20])
def test_it_takes_the_files_that_are_shown(text: str) -> None:
    validate(text)


@pytest.mark.parametrize(
    "text",
    ['hazard = "website"', 'hazard = ["website", "anonymous_requests"]', "until = 2027-03-31"],
)
def test_it_takes_an_exemption_as_a_plan_writes_it(text: str) -> None:
    validate(f'[[exemptions]]\nbuckets = "logs"\nreason = "r"\n{text}\n')


@pytest.mark.parametrize(
    "text",
    [
        "nosuch = 1",
        '[wanted]\nalgorithm = "AES256"',
        '[wanted]\nbucket_key = "yes"',
        '[[exemptions]]\nbuckets = "logs"',
        '[[exemptions]]\nbuckets = "logs"\nreason = "r"\naccount = "12"',
        "[plan]\nmay_lose = [1]",
    ],
)
def test_it_refuses_what_is_a_mistake(text: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        validate(text)
