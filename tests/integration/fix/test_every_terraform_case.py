"""`s3kms fix` of all failing Terraform code at once: what is on the disk then is what was planned case by case."""

import json
from pathlib import Path

import pytest
from tests.support.cli import Shell
from tests.support.terraform_case import Case
from tests.support.terraform_fixes import FAILING, fix

from s3kms.model.code_inputs import DEFAULT_CODE_INPUTS

CASES = {f"{number:03}": case for number, case in enumerate(FAILING) if case.inputs == DEFAULT_CODE_INPUTS}
APPLY = ("--apply", "--yes", "--max-changes", "1000", "--journal", "runs")


@pytest.fixture
def folder(shell: Shell) -> Path:
    for name, case in CASES.items():
        for file, text in case.files.items():
            path = shell.folder / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
    return shell.folder


def on_disk(folder: Path, name: str, case: Case) -> dict[str, str]:
    return {file: (folder / name / file).read_bytes().decode() for file in case.files}


def test_every_case_is_written_as_planned_and_put_back(shell: Shell, folder: Path) -> None:
    done = shell("fix", *CASES, *APPLY)

    assert done.exit == 11, done.err
    for name, case in CASES.items():
        assert on_disk(folder, name, case) == fix(case).after.files

    again = shell("fix", *CASES, *APPLY)
    assert (again.exit, again.out) == (11, "")

    (run,) = json.loads(shell("runs", "--journal", "runs", "--format", "json").out)
    assert shell("undo", run["run"], "--apply", "--yes", "--journal", "runs").exit == 0
    for name, case in CASES.items():
        assert on_disk(folder, name, case) == case.files
