"""`fixes` in SARIF: what `s3kms fix` of the same target would write, and nothing that it would leave alone."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.support import sarif
from tests.support.cli import Shell
from tests.support.terraform_fixes import FAILING

from s3kms.model.code_inputs import DEFAULT_CODE_INPUTS

APPLY = ("--apply", "--yes", "--max-changes", "1000", "--journal", "runs")
CASES = {f"{number:03}": case for number, case in enumerate(FAILING) if case.inputs == DEFAULT_CODE_INPUTS}


def checked(shell: Shell, *arguments: str) -> list[dict[str, Any]]:
    """The results of a check in SARIF, which is as it should be."""
    document = json.loads(shell("check", *arguments, "--format", "sarif").out)
    sarif.check(document)
    results: list[dict[str, Any]] = document["runs"][0]["results"]
    return results


def write(folder: Path, files: dict[str, str | bytes]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())


def test_of_every_case_of_terraform_the_replacements_are_what_fix_writes(shell: Shell) -> None:
    for name, case in CASES.items():
        write(shell.folder / name, dict(case.files))
    fixed = sarif.apply_fixes(checked(shell, *CASES), shell.folder)
    assert len(fixed) > 50

    shell("fix", *CASES, *APPLY)

    for name, case in CASES.items():
        for file in case.files:
            path = shell.folder / name / file
            assert path.read_bytes() == fixed.get(path, case.files[file].encode()), path
