"""The recipes of docs/pipelines.md: their commands are run, and their settings are those that there are."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.support.cli import Shell
from tests.support.templates import bucket, default

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/pipelines.md").read_text()
BAD = bucket("BucketName: b\n" + default("AES256"))


def recipe(key: str) -> dict[str, Any]:
    """The YAML of the page that has this key at its top."""
    documents = map(yaml.safe_load, re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL))
    found: dict[str, Any] = next(one for one in documents if key in one)
    return found


@pytest.fixture
def code(shell: Shell) -> Shell:
    """A bucket that fails, and a baseline with it."""
    (shell.folder / "t.yaml").write_text(BAD)
    shell("check", ".", "-o", "s3kms.baseline.json")
    return shell


def test_the_job_for_gitlab_accepts_the_baseline_and_fails_for_more(code: Shell) -> None:
    job = recipe("s3kms")["s3kms"]

    def run() -> int:
        words = f's3kms() {{ {sys.executable} -m s3kms "$@"; }}; set -e\n'
        script = words + "\n".join(job["script"])
        return subprocess.run(
            ["bash", "-c", script], cwd=code.folder, capture_output=True, check=False
        ).returncode

    assert run() == 0
    assert (code.folder / job["artifacts"]["reports"]["codequality"]).is_file()
    (code.folder / "u.yaml").write_text(BAD)
    assert run() == 10


def test_the_workflow_for_github_names_inputs_and_outputs_that_there_are() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    steps = recipe("jobs")["jobs"]["s3kms"]["steps"]
    ours = next(step for step in steps if step.get("id") == "s3kms")

    assert set(ours["with"]) <= set(action["inputs"])
    assert set(re.findall(r"steps\.s3kms\.outputs\.([a-z-]+)", str(steps))) <= set(action["outputs"])


def test_the_hook_of_the_page_is_there_and_its_options_are_those_of_check(code: Shell) -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    named = recipe("repos")["repos"][0]["hooks"][0]
    hook = next(one for one in hooks if one["id"] == named["id"])
    _, *words = hook["entry"].split()

    (code.folder / ".git").mkdir()
    assert code(*words, *named["args"], "t.yaml").exit == 0
    assert code(*words, *hook["args"], "t.yaml").exit == 10
