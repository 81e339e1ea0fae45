"""`s3kms check ./infra` where the folder has Terraform files."""

from pathlib import Path

import pytest
from tests.support.cli import Shell

MODULE = """variable "name" {}
variable "alg" {
  type = string
}
resource "aws_s3_bucket" "b" {
  bucket = var.name
}
resource "aws_s3_bucket_server_side_encryption_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = var.alg
    }
  }
}
"""
CALL = (
    'variable "alg" {}\nmodule "m" {\n  source = "../../modules/store"\n  name = "NAME"\n  alg = var.alg\n}\n'
)


def write(shell: Shell, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = shell.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.fixture
def tree(shell: Shell) -> Shell:
    """Two roots that share a module."""
    write(
        shell,
        {
            "modules/store/main.tf": MODULE,
            "live/a/main.tf": CALL.replace("NAME", "bucket-a"),
            "live/a/terraform.tfvars": 'alg = "aws:kms"\n',
            "live/b/main.tf": CALL.replace("NAME", "bucket-b"),
            "live/b/.terraform/junk/main.tf": 'resource "aws_s3_bucket" "junk" {}\n',
            "live/b/other.tfvars": 'alg = "AES256"\n',
        },
    )
    return shell


def test_a_tree_is_read_root_by_root(tree: Shell) -> None:
    done = tree("check", ".", "--format", "json")

    assert done.exit == 11
    assert [(f["bucket"], f["resource"], f["verdict"]) for f in done.findings] == [
        ("bucket-a", "module.m.aws_s3_bucket.b", "pass"),
        ("bucket-b", "module.m.aws_s3_bucket.b", "unknown"),
    ]
    assert done.findings[1]["message"] == (
        "the algorithm of module.m.aws_s3_bucket_server_side_encryption_configuration.b is not known: "
        "var.alg has no value"
    )
    assert done.findings[1]["remedy"] == "set it with --var alg=VALUE or --var-file FILE"
    where, call = done.findings[0]["places"]
    assert where == {"uri": "modules/store/main.tf", "line": 12, "column": 7}
    assert call["uri"] == "live/a/main.tf"


def test_a_module_that_is_named_is_a_root(tree: Shell) -> None:
    done = tree(
        "check", "modules/store", "--var", "alg=aws:kms", "--var", "name=named-here", "--format", "json"
    )

    assert done.exit == 0
    assert [f["bucket"] for f in done.findings] == ["named-here"]


@pytest.mark.parametrize(
    ("options", "exit_"),
    [
        (("--var", "alg=aws:kms"), 0),
        (("--var-file", "live/b/other.tfvars"), 10),
        (("--var-file", "live/b/other.tfvars", "--var", "alg=aws:kms"), 0),
        ((), 11),
    ],
)
def test_the_user_gives_values(tree: Shell, options: tuple[str, ...], exit_: int) -> None:
    assert tree("check", "live/b", *options).exit == exit_


def test_the_workspace_is_said(shell: Shell) -> None:
    alg = 'terraform.workspace == "prod" ? "aws:kms" : "AES256"'
    write(shell, {"main.tf": MODULE.replace("= var.alg", f"= {alg}").replace("= var.name", '= "w"')})

    assert shell("check", ".", "--workspace", "prod").exit == 0
    assert shell("check", ".").exit == 10


def test_a_file_gives_its_own_buckets(shell: Shell) -> None:
    write(shell, {"main.tf": MODULE, "o.tf": 'resource "aws_s3_bucket" "o" {}\n'})

    done = shell("check", "o.tf", "--format", "json")

    assert [f["resource"] for f in done.findings] == ["aws_s3_bucket.o"]


def test_a_file_of_values_is_no_target(tree: Shell) -> None:
    done = tree("check", "live/b/other.tfvars")

    assert done.exit == 2
    assert "--var-file live/b/other.tfvars" in done.err


def test_a_json_file_is_terraforms(shell: Shell) -> None:
    write(shell, {"main.tf.json": '{"resource": {"aws_s3_bucket": {"b": {"bucket": "of-json"}}}}'})

    done = shell("check", ".", "--format", "json")

    assert [(f["bucket"], f["verdict"]) for f in done.findings] == [("of-json", "fail")]


def test_a_folder_without_buckets_is_nothing_to_check(shell: Shell) -> None:
    write(shell, {"main.tf": 'resource "aws_vpc" "v" {}\n'})

    assert shell("check", ".").exit == 3


def test_modules_in_a_circle_are_read_all_the_same(shell: Shell) -> None:
    call = 'resource "aws_s3_bucket" "NAME" {}\nmodule "m" {\n  source = "../OTHER"\n}\n'
    write(shell, {f"{a}/main.tf": call.replace("NAME", a).replace("OTHER", b) for a, b in ("xy", "yx")})

    done = shell("check", ".", "--format", "json")

    assert {f["resource"] for f in done.findings} == {None, "aws_s3_bucket.x", "module.m.aws_s3_bucket.y"}


def test_links_out_of_the_tree_are_not_followed(shell: Shell, tmp_path: Path) -> None:
    write(shell, {"in/main.tf": 'resource "aws_s3_bucket" "o" {}\n'})
    (shell.folder / "in" / "link").symlink_to(tmp_path)

    assert shell("check", "in").exit == 10


def test_a_local_module_that_is_not_there_is_a_mistake_in_its_source(shell: Shell) -> None:
    write(shell, {"infra/main.tf": 'module "m" {\n  source = "../nowhere"\n}\n'})
    (finding,) = shell("check", "infra", "--format", "json").findings

    assert finding["message"] == "module.m calls ../nowhere, and nowhere has no Terraform files"
    assert finding["remedy"] == "correct its source, or check the complete code"


def test_a_folder_without_a_bucket_is_named(shell: Shell) -> None:
    write(shell, {"infra/main.tf": "locals {}\n", "notes/readme.md": "nothing"})

    for folder, says in {
        "infra": "there was no bucket to check: infra declares no bucket",
        "notes": "no file in notes declares buckets",
    }.items():
        done = shell("check", folder)
        assert (done.exit, says in done.err) == (3, True)


def test_what_is_named_twice_is_read_once(shell: Shell) -> None:
    write(shell, {"infra/main.tf": 'resource "aws_s3_bucket" "b" {}\n'})
    done = shell("check", "infra", "infra/main.tf", "./infra", "--format", "json")

    assert [finding["resource"] for finding in done.findings] == ["aws_s3_bucket.b"]


def test_a_failure_of_code_names_the_command_that_shows_its_edit(shell: Shell) -> None:
    write(shell, {"infra/main.tf": 'resource "aws_s3_bucket" "b" {}\n'})
    (finding,) = shell("check", "infra", "--format", "json").findings

    assert finding["remedy"] == "set the default encryption to SSE-KMS; to edit the code: s3kms fix PATH"


def test_an_expression_that_is_not_told_is_named(shell: Shell) -> None:
    text = MODULE.replace("sse_algorithm = var.alg", "sse_algorithm = lower(var.alg)")
    write(shell, {"infra/main.tf": text})
    (finding,) = shell("check", "infra", "--var", "name=bucket", "--format", "json").findings

    assert finding["message"] == (
        "the algorithm of aws_s3_bucket_server_side_encryption_configuration.b is lower(var.alg), "
        "which is not known: var.alg has no value"
    )


@pytest.mark.parametrize("command", ["check", "fix"])
def test_a_misspelt_variable_is_a_mistake(shell: Shell, command: str) -> None:
    (shell.folder / "main.tf").write_text(
        'variable "sse" {\n  default = "AES256"\n}\nresource "aws_s3_bucket" "b" {}\n'
    )

    done = shell(command, ".", "--var", "see=aws:kms", "--var", "sse=aws:kms")

    assert done.exit == 2
    assert done.out == ""
    assert "no variable see is declared in ." in done.err
    assert "sse" not in done.err


def test_an_option_of_a_language_that_is_not_there_is_a_mistake(shell: Shell) -> None:
    write(shell, {"infra/main.tf": 'resource "aws_s3_bucket" "b" {}\n', "values.json": "[]"})

    done = shell("check", "infra", "--parameters", "values.json")

    assert done.exit == 2
    assert "--parameters is about CloudFormation, and there is none in infra" in done.err


def test_an_option_of_a_language_that_is_not_there_may_stand_in_the_environment(shell: Shell) -> None:
    write(shell, {"infra/main.tf": 'resource "aws_s3_bucket" "b" {}\n', "values.json": "[]"})

    assert shell.having(S3KMS_PARAMETERS="values.json")("check", "infra").exit == 10


def test_a_variable_of_the_environment_counts_and_is_said(shell: Shell) -> None:
    code = (
        'variable "alg" {}\nresource "aws_s3_bucket" "b" {\n  server_side_encryption_configuration {\n    rule {\n'
        "      apply_server_side_encryption_by_default { sse_algorithm = var.alg }\n    }\n  }\n}\n"
    )
    write(shell, {"infra/main.tf": code})
    given = Shell(shell.folder, {**shell.env, "TF_VAR_alg": "aws:kms"})

    assert shell("check", "infra").exit == 11
    done = given("check", "infra")
    assert done.exit == 0
    assert "TF_VAR_alg of the environment" in done.out + done.err
