"""The reference has everything that the code has."""

import re

import pytest
from tests.support.doc_blocks import ROOT

import s3kms
from s3kms.cli.main import COMMANDS
from s3kms.cli.permissions import WITH_AWS
from s3kms.hazards import all_hazards
from s3kms.model.exits import Exit
from s3kms.model.findings import Verdict
from s3kms.model.plan import PlanClass
from s3kms.model.unknown import UnknownCause
from s3kms.reports import FORMATS
from s3kms.rules import RULES

READ_VARIABLE = re.compile(
    r"environ(?:\.get)?[(\[]\s*\"([A-Z][A-Z_0-9]+)\"|\"([A-Z][A-Z_0-9]+)\" (?:not )?in os\.environ"
)


def page(name: str) -> str:
    return (ROOT / "docs" / f"{name}.md").read_text()


def section(text: str, heading: str) -> str:
    return text.partition(f"\n{heading}\n")[2].partition("\n#")[0]


@pytest.mark.parametrize("cause", UnknownCause)
def test_each_cause_has_a_sentence_of_the_code_and_what_to_do(cause: UnknownCause) -> None:
    rows = (
        section(page("bucket-states"), f"### {cause.value}").split("| --- | --- |\n")[1].strip().splitlines()
    )

    assert rows
    assert all(cell.strip() for row in rows for cell in row.strip("|").split(" | ")), rows


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_each_rule_has_a_bucket_that_passes_and_one_that_fails(rule: object) -> None:
    text = section(page("bucket-states"), f"### {rule.title}")  # type: ignore[attr-defined]

    assert "| PASS |" in text
    assert "| FAIL |" in text


def test_each_verdict_and_each_class_is_explained() -> None:
    text = page("bucket-states")

    assert all(f"| {verdict.name} | {verdict.meaning} |" in text for verdict in Verdict)
    assert all(f"| {one.value} | {one.meaning} |" in text for one in PlanClass)


def test_each_variable_that_the_code_reads_is_on_the_page() -> None:
    read = {
        found[0] or found[1]
        for file in (ROOT / "src" / "s3kms").rglob("*.py")
        if "demo" not in file.parts
        for found in READ_VARIABLE.findall(file.read_text())
    }

    assert {"XDG_STATE_HOME", "NO_COLOR", "AWS_REGION"} <= read
    assert [name for name in read if f"`{name}`" not in page("environment")] == []


def test_each_command_format_exit_code_and_hazard_is_in_the_reference() -> None:
    assert [name for name in COMMANDS if f"\n## s3kms {name}\n" not in page("commands")] == []
    assert [name for name in WITH_AWS if f"\n## {name}\n" not in page("permissions")] == []
    assert [one.name for one in FORMATS if f"| `{one.name}` |" not in page("formats")] == []
    assert [one for one in Exit if f"| {int(one)} | {one.meaning} |" not in page("exit-codes")] == []
    assert [one.id for one in all_hazards() if f"(hazards/{one.id}.md)" not in page("hazards")] == []


def test_each_public_name_is_in_the_python_api() -> None:
    text = page("python-api")

    assert [name for name in s3kms.__all__ if name[0] != "_" and f"\n### s3kms.{name}\n" not in text] == []
