"""The hook, run by pre-commit itself, which installs s3kms from a repository."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.package import copy_package
from tests.support.templates import bucket, default

BAD = bucket("BucketName: b\n" + default("AES256"))


def run(folder: Path, *command: str) -> "subprocess.CompletedProcess[str]":
    env = {**os.environ, "PRE_COMMIT_HOME": str(folder.parent / "pre-commit"), "NO_COLOR": "1"}
    env["PIP_COMPILE"] = "0"  # what is imported is compiled then
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)


def commit(folder: Path) -> None:
    git = ("git", "-c", "user.name=t", "-c", "user.email=t@example.com")
    for arguments in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "x")):
        assert run(folder, *git, *arguments).returncode == 0


@pytest.mark.slow
def test_the_hook_judges_the_files_that_pre_commit_names(tmp_path: Path) -> None:
    pytest.importorskip("pre_commit", reason="needs pre-commit (pip install pre-commit)")
    hook, code = tmp_path / "hook", tmp_path / "code"
    copy_package(hook)
    commit(hook)
    code.mkdir()
    for name, text in {"bad.yaml": BAD, "-x.yaml": BAD, "notes.json": "{}", "a.txt": "a"}.items():
        (code / name).write_text(text)
    commit(code)
    try_repo = (sys.executable, "-m", "pre_commit", "try-repo", str(hook), "s3kms")

    done = run(code, *try_repo, "--all-files")
    if "CalledProcessError" in done.stdout and "pip" in done.stdout:
        pytest.skip(f"pre-commit cannot install here: {done.stdout[-400:]}")
    assert done.returncode == 1, done.stdout
    assert "exit code: 10" in done.stdout
    assert "2 buckets: 0 pass, 2 fail, 0 unknown, 0 exempt" in done.stdout
    assert "-x.yaml" in done.stdout
