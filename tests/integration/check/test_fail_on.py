"""`--fail-on`: what makes a pipeline fail."""

from pathlib import Path

import pytest
from tests.support.cli import Done, Shell
from tests.support.templates import bucket, default

GOOD = bucket("BucketName: b\n" + default("aws:kms"))
BAD = bucket("BucketName: b\n" + default("AES256"))
OPEN = bucket("BucketName: b\n" + default("!Ref Algorithm"), "Parameters: {Algorithm: {Type: String}}")


@pytest.fixture
def code(shell: Shell) -> Shell:
    """One bucket that fails, one that passes, and a result of both."""
    write(shell, bad=BAD, good=GOOD)
    assert shell("check", ".", "-o", "old.json").exit == 10
    (shell.folder / "old.json").rename(shell.folder / "old.result")
    return shell


def write(shell: Shell, **templates: str) -> None:
    for name, text in templates.items():
        Path(shell.folder / f"{name}.yaml").write_text(text)


def since(shell: Shell, fail_on: str | None = None) -> Done:
    option = () if fail_on is None else ("--fail-on", fail_on)
    return shell("check", ".", "--since", "old.result", *option)


def test_by_default_every_finding_makes_it_fail(code: Shell) -> None:
    assert code("check", ".").exit == 10
    assert code("check", ".", "--fail-on", "finding").exit == 10
    assert since(code).exit == 10


def test_new_passes_over_what_failed_before(code: Shell) -> None:
    done = since(code, "new")

    assert done.exit == 0
    assert "1 pass, 1 fail" in done.out


def test_new_fails_on_a_bucket_that_is_new(code: Shell) -> None:
    write(code, more=BAD)

    assert since(code, "new").exit == 10


def test_new_fails_on_a_bucket_that_became_worse(code: Shell) -> None:
    write(code, good=BAD)

    assert since(code, "new").exit == 10


def test_new_passes_over_what_is_new_and_passes(code: Shell) -> None:
    write(code, more=GOOD)

    assert since(code, "new").exit == 0


def test_new_says_11_for_what_is_newly_unknown(code: Shell) -> None:
    write(code, more=OPEN)
    assert since(code, "new").exit == 11

    write(code, worse=BAD)
    assert since(code, "new").exit == 10


def test_new_needs_an_earlier_result(code: Shell) -> None:
    done = code("check", ".", "--fail-on", "new")

    assert done.exit == 2
    assert "--fail-on new compares with an earlier result" in done.err
    assert "name it with --since RESULT" in done.err
    assert done.out == ""


@pytest.mark.parametrize(("text", "exit_"), [(BAD, 10), (OPEN, 11), (GOOD, 0)])
def test_never_makes_success_of_findings_and_of_what_is_unknown(shell: Shell, text: str, exit_: int) -> None:
    write(shell, t=text)

    assert shell("check", "t.yaml").exit == exit_
    done = shell("check", "t.yaml", "--fail-on", "never")
    assert done.exit == 0
    assert "1 bucket: " in done.out


def test_never_does_not_hide_that_nothing_was_checked(shell: Shell) -> None:
    write(shell, t="AWSTemplateFormatVersion: '2010-09-09'\nResources: {}\n")

    assert shell("check", "t.yaml", "--fail-on", "never").exit == 3


def test_never_does_not_hide_a_mistake_or_a_failure_of_the_tool(shell: Shell) -> None:
    assert shell("check", "nothere.tf", "--fail-on", "never").exit == 2
    assert shell("check", "--fail-on", "never").exit == 1  # there are no credentials


def test_the_exit_code_in_json_is_that_of_the_buckets(shell: Shell) -> None:
    """What a pipeline makes of it is not the result's business."""
    write(shell, t=BAD)

    done = shell("check", "t.yaml", "--fail-on", "never", "--format", "json")

    assert done.exit == 0
    assert '"exit": 10' in done.out


def test_another_word_is_a_usage_error(shell: Shell) -> None:
    done = shell("check", ".", "--fail-on", "always")

    assert done.exit == 2
    assert "finding" in done.err
