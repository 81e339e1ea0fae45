"""`s3kms check template.yaml ./infra`: no credentials, no network."""

import pytest
from tests.support.cases.cloudformation.templates import IS_PROD
from tests.support.cli import Shell
from tests.support.templates import bucket, default

BAD = bucket(default("!If [IsProd, aws:kms, AES256]"), IS_PROD)
GOOD = bucket("BucketName: good\n" + default("aws:kms"))


def write(shell: Shell, **files: str) -> None:
    for name, text in files.items():
        path = shell.folder / name.replace("__", "/").replace("_yaml", ".yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_a_file_and_a_folder_are_checked_without_credentials(shell: Shell) -> None:
    write(shell, a_yaml=GOOD, infra__deep__b_yaml=BAD, infra__k8s_yaml="kind: Pod\n")

    done = shell("check", "a.yaml", "infra", "--format", "json")

    assert done.exit == 10
    assert [(f["bucket"], f["resource"], f["verdict"]) for f in done.findings] == [
        ("good", "B", "pass"),
        (None, "B", "fail"),
    ]
    assert done.findings[1]["places"] == [{"uri": "infra/deep/b.yaml", "line": 8, "column": 131}]


@pytest.mark.parametrize("form", ["table", "markdown"])
def test_a_person_is_told_the_file_and_the_line(shell: Shell, form: str) -> None:
    write(shell, b_yaml=BAD)

    done = shell.having(COLUMNS="200")("check", "b.yaml", "--format", form)

    assert "B (b.yaml:8)" in done.out
    assert "when IsProd is false" in done.out


def test_a_passing_template_ends_well(shell: Shell) -> None:
    write(shell, a_yaml=GOOD)

    assert shell("check", "a.yaml").exit == 0


def test_a_broken_template_is_an_unknown_with_its_line(shell: Shell) -> None:
    write(shell, a_yaml="AWSTemplateFormatVersion: 1\nResources: [\n")

    done = shell("check", ".", "--format", "table")

    assert done.exit == 11
    assert "a.yaml:3" in done.out


def test_a_file_in_no_known_language_is_a_mistake(shell: Shell) -> None:
    write(shell, a_yaml="kind: Pod\n")

    done = shell("check", "a.yaml")

    assert done.exit == 2
    assert "a CloudFormation template" in done.err


def test_a_folder_without_templates_is_nothing_to_check(shell: Shell) -> None:
    write(shell, a_yaml="kind: Pod\n")

    assert shell("check", ".").exit == 3


def test_directory_buckets_can_be_left_out(shell: Shell) -> None:
    write(shell, a_yaml=GOOD, b_yaml=bucket("LocationName: x", kind="AWS::S3Express::DirectoryBucket"))

    assert shell("check", ".", "--no-directory-buckets").exit == 0
    assert shell("check", ".").exit == 10


def test_a_file_that_is_not_there_is_no_bucket(shell: Shell) -> None:
    done = shell("check", "nothere.tf")

    assert done.exit == 2
    assert "nothere.tf cannot be read: No such file" in done.err
