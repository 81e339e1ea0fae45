"""`s3kms report` of what `plan` and `objects` wrote: their own formats, without calling AWS."""

import json
from pathlib import Path

import pytest
from tests.support.cli import Shell
from tests.support.hostile import hostile_objects
from tests.support.pages import Page
from tests.support.saved_plans import plan_text, ready

from s3kms.cli.wording import cli_wording
from s3kms.results.objects_v1 import objects_v1


@pytest.fixture
def plan(shell: Shell) -> Path:
    file = shell.folder / "plan.json"
    file.write_bytes(plan_text([ready("acme-logs")]))
    return file


def test_a_saved_plan_becomes_a_page_by_the_name_of_its_output(shell: Shell, plan: Path) -> None:
    done = shell("report", "plan.json", "-o", "plan.html")

    made = Page((shell.folder / "plan.html").read_text())
    assert done.exit == 0, done.err
    assert made.cells()["bucket"] == "acme-logs"
    assert made.cells()["command"] == "s3kms fix --plan plan.json --wave 1 --apply"


def test_a_saved_plan_is_a_table_or_itself(shell: Shell, plan: Path) -> None:
    assert "acme-logs" in shell("report", "plan.json").out
    assert shell("report", "plan.json", "--format", "json").out == plan.read_text()


def test_a_plan_of_code_becomes_the_page_that_plan_makes(shell: Shell) -> None:
    (shell.folder / "main.tf").write_text('resource "aws_s3_bucket" "logs" {\n  bucket = "example-logs"\n}\n')
    assert shell("plan", ".", "--format", "json", "-o", "code.json").exit == 0

    made = Page(shell("report", "code.json", "--format", "html").out)
    assert made.cells()["bucket"] == "example-logs"
    assert (made.cells()["command"], made.cells()["forms"]) == ("s3kms plan main.tf", 0)


def test_a_plan_from_a_pipe_names_no_file_in_its_commands(shell: Shell, plan: Path) -> None:
    done = shell.process("report", "-", "--format", "html", stdin=plan.read_text())

    assert Page(done.out).cells()["command"] == "s3kms plan s3://acme-logs"


def test_saved_objects_become_a_page_and_a_table(shell: Shell) -> None:
    document = json.dumps(objects_v1(hostile_objects("2026/a.csv"), cli_wording), indent=2)
    (shell.folder / "objects.json").write_text(document)

    page = Page(shell("report", "objects.json", "--format", "html").out)
    assert page.cells()["object"] == "2026/a.csv"
    assert "2026/a.csv" in shell("report", "objects.json").out
    assert shell("report", "objects.json", "--format", "json").out == document


def test_another_format_is_refused_with_those_that_there_are(shell: Shell, plan: Path) -> None:
    done = shell("report", "plan.json", "--format", "csv")

    assert done.exit == 2
    assert "a plan has no format 'csv'" in done.err
    assert "the formats are table, json, html" in done.err


def test_a_plan_has_no_controls_to_group_by(shell: Shell, plan: Path) -> None:
    done = shell("report", "plan.json", "--framework", "PCI DSS")

    assert (done.exit, "--framework is about findings" in done.err) == (2, True)


def test_a_document_of_no_such_kind_is_refused(shell: Shell) -> None:
    (shell.folder / "trend.json").write_text('{"version": 1, "kind": "trend"}')

    done = shell("report", "trend.json")
    assert (done.exit, "is a document of another kind" in done.err) == (2, True)
