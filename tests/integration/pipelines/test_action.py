"""The GitHub Action: its steps, run by the shell that GitHub runs them with."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.support.package import copy_package
from tests.support.templates import bucket, default

ROOT = Path(__file__).parents[3]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
EXPRESSION = re.compile(r"\$\{\{ (inputs|github|steps)\.([a-z_.-]+) \}\}")
BASH = ("bash", "--noprofile", "--norc", "-e", "-o", "pipefail")
"""What `shell: bash` means in an Action."""
COMMAND = str(Path(sys.executable).with_name("s3kms"))
BAD = bucket("BucketName: b\n" + default("AES256"))
HOSTILE = "a'b\"; touch caught; $(touch caught) `touch caught` ${{ x }} |&>#.yaml"


@dataclass
class Runner:
    """GitHub's runner, as far as an Action sees it."""

    folder: Path
    temp: Path
    action: Path = ROOT
    environment: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    log: str = ""

    def __call__(self, **inputs: str) -> int:
        """The exit code of the first step that fails, or 0."""
        given = {name: one["default"] for name, one in ACTION["inputs"].items()} | {
            name.replace("_", "-"): value for name, value in inputs.items()
        }
        return next((code for step in STEPS if (code := self.step(step, given))), 0)

    def step(self, step: Mapping[str, Any], inputs: Mapping[str, str]) -> int:
        script = self.temp / f"{step['id']}.sh"
        script.write_text(step["run"])
        output = self.temp / f"{step['id']}.output"
        output.write_text("")
        env = {name: self.evaluate(value, inputs) for name, value in step["env"].items()}
        done = subprocess.run(
            [*BASH, str(script)],
            cwd=self.folder,
            env={
                "PATH": os.environ["PATH"],
                "GITHUB_OUTPUT": str(output),
                "GITHUB_STEP_SUMMARY": str(self.temp / "summary.md"),
                "RUNNER_TEMP": str(self.temp),
                **self.environment,
                **env,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        lines = output.read_text().splitlines()
        self.outputs[step["id"]] = dict(line.split("=", 1) for line in lines)
        self.log += done.stdout + done.stderr
        return done.returncode

    def evaluate(self, text: str, inputs: Mapping[str, str]) -> str:
        found = EXPRESSION.fullmatch(text)
        assert found, text
        kind, name = found.groups()
        if kind == "inputs":
            return inputs[name]
        if kind == "github":
            assert name == "action_path"
            return str(self.action)
        step, _, output = name.partition(".outputs.")
        return self.outputs[step][output]

    @property
    def summary(self) -> str:
        return (self.temp / "summary.md").read_text()


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    for name in ("code", "temp"):
        (tmp_path / name).mkdir()
    return Runner(tmp_path / "code", tmp_path / "temp")


def test_no_expression_stands_in_a_script() -> None:
    assert [step["id"] for step in STEPS if "${{" in step["run"]] == []
    assert all(step["shell"] == "bash" for step in STEPS)


def test_every_input_is_described_and_reaches_a_step() -> None:
    used = {
        EXPRESSION.fullmatch(value)[2]  # type: ignore[index]
        for step in STEPS
        for value in step["env"].values()
        if ".inputs." not in value and "inputs." in value
    }

    assert used == set(ACTION["inputs"])
    assert all(one["description"] for one in (*ACTION["inputs"].values(), *ACTION["outputs"].values()))


def test_findings_fail_the_step_and_leave_sarif_and_a_summary(runner: Runner) -> None:
    (runner.folder / "t.yaml").write_text(BAD)

    assert runner(command=COMMAND) == 10
    assert runner.outputs["check"] == {"exit-code": "10", "sarif": "s3kms.sarif"}
    assert len(json.loads((runner.folder / "s3kms.sarif").read_text())["runs"][0]["results"]) == 1
    assert runner.summary.startswith("## s3kms\n\n| ")
    assert "t.yaml" in runner.summary
    assert runner.summary.partition("\n\n")[2].rstrip() in runner.log


def test_a_repository_without_buckets_is_success(runner: Runner) -> None:
    assert runner(command=COMMAND, sarif="out file.sarif") == 0
    assert runner.outputs["check"]["sarif"] == "out file.sarif"


def test_what_is_no_result_ends_at_once_with_its_exit_code(runner: Runner) -> None:
    assert runner(command=COMMAND, options="--rule=no_such_rule") == 2
    assert runner.outputs["check"] == {"exit-code": "2"}


def test_a_baseline_accepts_what_it_has(runner: Runner) -> None:
    (runner.folder / "t.yaml").write_text(BAD)
    subprocess.run([COMMAND, "check", ".", "-o", "b.baseline.json"], cwd=runner.folder, check=False)

    assert runner(command=COMMAND, baseline="b.baseline.json") == 0
    assert runner.outputs["check"]["exit-code"] == "0"


def test_no_input_is_run_by_the_shell_and_each_is_one_word(runner: Runner) -> None:
    command = runner.temp / "words"
    command.write_text('#!/bin/sh\nprintf "<%s>" "$@"\n')
    command.chmod(0o755)
    names = ("targets", "baseline", "changed_since", "fail_on", "options", "sarif")

    assert runner(command=str(command), **dict.fromkeys(names, HOSTILE)) == 0
    assert list(runner.folder.parent.rglob("caught")) == []
    words = ("--allow-empty", "--quiet", f"--baseline={HOSTILE}", f"--changed-since={HOSTILE}", HOSTILE)
    asked = (f"--fail-on={HOSTILE}", "--format=sarif", f"--output={HOSTILE}", "--", HOSTILE)
    assert "".join(f"<{word}>" for word in ("check", *words, *asked)) in runner.log


def test_a_target_that_looks_like_an_option_is_a_file(runner: Runner) -> None:
    (runner.folder / "--help.yaml").write_text(BAD)

    assert runner(command=COMMAND, targets="--help.yaml\r\n") == 10


@pytest.mark.slow
def test_it_installs_itself(runner: Runner) -> None:
    """Its own package alone; what that needs is that of the tests."""
    package = runner.temp / "package"
    copy_package(package)
    runner.action = package
    runner.environment = {
        **{name: value for name, value in os.environ.items() if name.startswith("PIP_")},
        "PIP_NO_DEPS": "1",
        "PIP_NO_BUILD_ISOLATION": "1",
        "PYTHONPATH": os.pathsep.join(one for one in sys.path if one.endswith("site-packages")),
    }
    assert runner(python=sys.executable, targets=".") == 0
    assert runner.outputs["install"]["command"] == f"{runner.temp}/s3kms/bin/s3kms"
