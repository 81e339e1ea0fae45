"""`--changed-since`, `--changed-files`: the code is read whole, and what is declared in changed files is reported."""

import subprocess
from pathlib import Path

import pytest
from tests.support.cli import Shell

ROOT = """module "m" {
  source = "./mod"
  algorithm = "AES256"
}
resource "aws_s3_bucket" "b" { bucket = "b-one" }
"""
MODULE = """variable "algorithm" {}
resource "aws_s3_bucket" "c" { bucket = "c-one" }
resource "aws_s3_bucket_server_side_encryption_configuration" "c" {
  bucket = aws_s3_bucket.c.id
  rule {
    apply_server_side_encryption_by_default { sse_algorithm = var.algorithm }
  }
}
"""
OTHER = 'resource "aws_s3_bucket" "o" { bucket = "o-one" }\n'


def git(folder: Path, *arguments: str) -> None:
    settings = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *settings, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def code(shell: Shell) -> Shell:
    """A repository with two root modules, one of which calls a module; all of it committed."""
    for name, text in {"app/main.tf": ROOT, "app/mod/m.tf": MODULE, "other/main.tf": OTHER}.items():
        path = shell.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    git(shell.folder, "init", "-q")
    commit(shell)
    return shell


def commit(shell: Shell) -> None:
    git(shell.folder, "add", "-A")
    git(shell.folder, "commit", "-qm", "x")


def change(shell: Shell, name: str) -> None:
    path = shell.folder / name
    path.write_text(path.read_text() + "# changed\n")


def found(shell: Shell, *arguments: str) -> list[str]:
    done = shell("check", *arguments, "--format", "json")
    return sorted(one["bucket"] for one in done.findings)


def test_nothing_changed_is_success(code: Shell) -> None:
    done = code("check", ".", "--changed-since", "HEAD")

    assert done.exit == 0
    assert "3 buckets of files that did not change fail or are unknown" in done.out


def test_what_is_declared_in_a_changed_file_is_reported(code: Shell) -> None:
    change(code, "other/main.tf")

    assert found(code, "--changed-since", "HEAD") == ["o-one"]
    assert code("check", "--changed-since", "HEAD").exit == 10


def test_a_module_is_evaluated_through_its_caller(code: Shell) -> None:
    """By itself the module's algorithm would be unknown."""
    change(code, "app/mod/m.tf")
    done = code("check", ".", "--changed-since", "HEAD", "--format", "json")

    assert done.verdicts() == {"c-one": "fail"}


def test_the_file_that_calls_a_module_has_its_buckets(code: Shell) -> None:
    change(code, "app/main.tf")

    assert found(code, ".", "--changed-since", "HEAD") == ["b-one", "c-one"]


def test_what_is_committed_on_the_branch_counts_and_what_main_did_since_does_not(code: Shell) -> None:
    git(code.folder, "checkout", "-qb", "feature")
    change(code, "other/main.tf")
    commit(code)
    git(code.folder, "checkout", "-q", "main")
    change(code, "app/main.tf")
    commit(code)
    git(code.folder, "checkout", "-q", "feature")

    assert found(code, ".", "--changed-since", "main") == ["o-one"]


def test_files_that_git_does_not_know_yet_are_changed(code: Shell) -> None:
    (code.folder / "other/new file.tf").write_text('resource "aws_s3_bucket" "n" { bucket = "n-one" }\n')

    assert found(code, ".", "--changed-since", "HEAD") == ["n-one"]


def test_a_file_that_cannot_be_read_counts_only_where_it_changed(code: Shell) -> None:
    broken = code.folder / "other/broken.tf"
    broken.write_text("resource {")
    assert code("check", "other", "--changed-since", "HEAD").exit == 11
    commit(code)

    assert code("check", "other", "--changed-since", "HEAD").exit == 0


@pytest.mark.parametrize("reference", ["nope", "--output=x", "HEAD:app"])
def test_a_commit_that_is_not_there_is_a_usage_error(code: Shell, reference: str) -> None:
    done = code("check", ".", f"--changed-since={reference}")

    assert done.exit == 2
    assert reference in done.err
    assert not (code.folder / "x").exists()


def test_a_folder_of_no_repository_is_a_usage_error(shell: Shell) -> None:
    done = shell.having(GIT_CEILING_DIRECTORIES=str(shell.folder.parent))(
        "check", ".", "--changed-since", "HEAD"
    )

    assert done.exit == 2
    assert "git cannot tell what changed" in done.err


def test_a_repository_cannot_make_git_start_a_program(code: Shell) -> None:
    trap = code.folder / "trap"
    trap.write_text("#!/bin/sh\ntouch caught\n")
    trap.chmod(0o755)
    for key in ("core.fsmonitor", "diff.external"):
        git(code.folder, "config", key, str(trap))
    change(code, "other/main.tf")

    assert found(code, ".", "--changed-since", "HEAD") == ["o-one"]
    assert list(code.folder.rglob("caught")) == []


def test_live_buckets_do_not_change_in_git(shell: Shell) -> None:
    done = shell("check", "s3://bucket", "--changed-since", "HEAD")

    assert done.exit == 2
    assert "--changed-since works on code" in done.err


def test_files_as_pre_commit_names_them_are_judged_with_their_repository(code: Shell) -> None:
    (code.folder / "notes.yaml").write_text("a: 1\n")

    assert found(code, "--changed-files", "app/mod/m.tf", "notes.yaml") == ["c-one"]
    assert code("check", "--changed-files", "notes.yaml").exit == 0
    assert Shell(code.folder / "app", code.env)("check", "--changed-files", "main.tf").exit == 10


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "--changed-files needs the files"),
        (("nope.tf",), "nope.tf is not a file"),
        (("other/main.tf", "--root", "app"), "is outside of app"),
        (("other/main.tf", "--changed-since", "HEAD"), "leave one of them out"),
    ],
)
def test_files_that_cannot_be_meant_are_usage_errors(
    code: Shell, words: tuple[str, ...], sentence: str
) -> None:
    done = code("check", "--changed-files", *words)

    assert done.exit == 2
    assert sentence in done.err


def test_the_baseline_has_what_is_elsewhere_and_nothing_of_it_is_gone(code: Shell) -> None:
    code("check", ".", "-o", "s3kms.baseline.json")
    change(code, "other/main.tf")
    done = code("check", ".", "--changed-since", "HEAD", "--baseline", "s3kms.baseline.json")

    assert done.exit == 0
    assert "0 gone" in done.out + done.err
