"""`--baseline`, `--allow-empty`: what was found earlier is accepted, and nothing to check is success."""

import json
from pathlib import Path

import pytest
from tests.support.cli import Done, Shell
from tests.support.templates import bucket, default

GOOD = bucket("BucketName: b\n" + default("aws:kms"))
BAD = bucket("BucketName: b\n" + default("AES256"))
OPEN = bucket("BucketName: b\n" + default("!Ref Algorithm"), "Parameters: {Algorithm: {Type: String}}")
EMPTY = "AWSTemplateFormatVersion: '2010-09-09'\nResources: {}\n"
BASELINE = "s3kms.baseline.json"


@pytest.fixture
def code(shell: Shell) -> Shell:
    """A repository with one bucket that fails and one that passes, and a baseline of them."""
    (shell.folder / ".git").mkdir()
    write(shell, "infra/bad", BAD)
    write(shell, "infra/good", GOOD)
    assert shell("check", "infra", "-o", BASELINE).exit == 10
    return shell


def write(shell: Shell, name: str, text: str) -> None:
    path = shell.folder / f"{name}.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)


def against_baseline(shell: Shell, *more: str) -> Done:
    return shell("check", "infra", "--baseline", BASELINE, *more)


def test_what_the_baseline_has_is_accepted(code: Shell) -> None:
    done = against_baseline(code)

    assert done.exit == 0
    assert "1 pass, 1 fail" in done.out


def test_a_finding_that_it_has_not_fails(code: Shell) -> None:
    write(code, "infra/more", BAD)
    done = against_baseline(code)

    assert done.exit == 10
    assert "NEW" in done.out
    assert "infra/bad.yaml" not in done.out


def test_a_pass_that_became_a_failure_fails_though_a_baseline_has_no_passes(code: Shell) -> None:
    write(code, "infra/good", BAD)

    assert against_baseline(code).exit == 10


def test_a_rule_that_it_does_not_know_accepts_nothing(code: Shell) -> None:
    done = against_baseline(code, "--rule", "s3_bucket_bucket_key_enabled", "--format", "json")

    fresh = [one for one in done.findings if one["verdict"] == "fail" and one["change"] == "new"]
    assert {one["rule"] for one in fresh} == {"s3_bucket_bucket_key_enabled"}
    assert done.exit == 10


def test_an_unknown_that_it_has_not_is_11(code: Shell) -> None:
    write(code, "infra/open", OPEN)

    assert against_baseline(code).exit == 11


def test_fail_on_goes_before_the_default_of_a_baseline(code: Shell) -> None:
    assert against_baseline(code, "--fail-on", "finding").exit == 10


def test_a_saved_result_serves_as_a_baseline(code: Shell) -> None:
    assert code("check", "infra", "-o", "all.json").exit == 10

    assert code("check", "infra", "--baseline", "all.json").exit == 0
    write(code, "infra/good", BAD)
    assert code("check", "infra", "--baseline", "all.json").exit == 10


@pytest.mark.parametrize("target", [".", "../infra", "absolute"])
def test_it_does_not_matter_where_s3kms_runs(code: Shell, target: str) -> None:
    folder = code.folder / "infra"
    inside = Shell(folder, code.env)
    named = str(folder) if target == "absolute" else target

    done = inside("check", named, "--baseline", f"../{BASELINE}")

    assert done.exit == 0
    assert "1 unchanged" in done.err + done.out
    assert "0 gone" in done.err + done.out


def test_two_checks_write_the_same_baseline_and_lines_do_not_count(code: Shell) -> None:
    before = (code.folder / BASELINE).read_text()
    write(code, "infra/bad", "# a comment\n" + BAD)
    code("check", str(code.folder), "-o", BASELINE)

    assert (code.folder / BASELINE).read_text() == before
    assert [one["bucket"] for one in json.loads(before)["findings"]] == ["b"]


def test_a_file_that_cannot_be_parsed_is_accepted_by_its_name(code: Shell) -> None:
    write(code, "infra/broken", "Resources: {B: {Type: AWS::S3::Bucket, Properties: {BucketName: [")
    assert against_baseline(code).exit == 11

    code("check", "infra", "-o", BASELINE)
    assert against_baseline(code).exit == 0


def test_a_live_account_has_a_baseline_too(production: Shell) -> None:
    assert production("check", "s3://acme-w*", "--format", "baseline", "-o", BASELINE).exit == 10
    assert production("check", "s3://acme-w*", "--baseline", BASELINE).exit == 0
    assert production("check", "s3://acme-*", "--baseline", BASELINE).exit == 10


def test_a_baseline_and_an_earlier_result_are_one_too_many(code: Shell) -> None:
    done = against_baseline(code, "--since", BASELINE)

    assert done.exit == 2
    assert "--since and --baseline both name a result" in done.err


def test_a_baseline_that_is_not_there_is_a_usage_error(code: Shell) -> None:
    done = code("check", "infra", "--baseline", "none.json")

    assert done.exit == 2
    assert "none.json cannot be read" in done.err


@pytest.mark.parametrize("text", [None, EMPTY])
def test_a_folder_without_buckets_is_success_only_when_that_is_allowed(
    shell: Shell, text: str | None
) -> None:
    (shell.folder / "infra").mkdir()
    if text is not None:
        write(shell, "infra/t", text)

    assert shell("check", "infra").exit == 3
    done = shell("check", "infra", "--allow-empty")
    assert done.exit == 0
    assert "declares no bucket" in done.out


def test_an_empty_report_is_written_all_the_same(shell: Shell) -> None:
    done = shell("check", ".", "--allow-empty", "-o", "r.sarif")

    assert done.exit == 0
    assert json.loads(Path(shell.folder / "r.sarif").read_text())["runs"][0]["results"] == []


def test_a_path_that_is_not_there_stays_an_error(shell: Shell) -> None:
    assert shell("check", "infra/", "--allow-empty").exit == 2


def test_a_bucket_that_was_named_and_is_not_there_stays_3(production: Shell) -> None:
    assert production("check", "s3://no-such-bucket-here", "--allow-empty").exit == 3
    assert production("check", "s3://no-such-*", "--allow-empty").exit == 0
    assert production("check", "s3://no-such-*").exit == 3


def test_annotations_are_of_what_the_baseline_has_not(code: Shell) -> None:
    write(code, "infra/more", BAD)
    done = against_baseline(code, "--format", "github")

    assert [line for line in done.out.splitlines() if "infra/bad.yaml" in line] == []
    assert [line for line in done.out.splitlines() if "infra/more.yaml" in line] != []
