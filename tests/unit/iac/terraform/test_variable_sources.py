"""Where values of variables come from that no code shows: the environment, and files that Terraform does not load."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from s3kms.cli.wording import cli_wording
from s3kms.iac.code_source import CodeSource
from s3kms.model.bucket import Bucket
from s3kms.model.code_inputs import CodeInputs, read_terraform_environment
from s3kms.model.encryption import Encryption
from s3kms.model.stream import Note, ScanItem

MAIN = """
variable "alg" {
  type    = string
  default = "AES256"
}
variable "rules" {
  type    = map(string)
  default = {}
}
resource "aws_s3_bucket" "b" {}
resource "aws_s3_bucket_server_side_encryption_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    apply_server_side_encryption_by_default { sse_algorithm = lookup(var.rules, "b", var.alg) }
  }
}
"""


def items(files: Mapping[str, str], inputs: CodeInputs | None = None) -> list[ScanItem]:
    for name, text in {"main.tf": MAIN, **files}.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text)
    return list(CodeSource((Path(),), inputs or CodeInputs()).buckets(frozenset()))


def algorithm(found: list[ScanItem]) -> str | None:
    (bucket,) = [one for one in found if isinstance(one, Bucket)]
    assert isinstance(bucket.encryption, Encryption)
    return bucket.encryption.algorithm


def notes(found: list[ScanItem]) -> list[str]:
    return [one.sentence.worded(cli_wording) for one in found if isinstance(one, Note)]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


KMS = CodeInputs(terraform_environment=(("alg", "aws:kms"),))


def test_a_value_of_the_environment_goes_before_the_default_and_is_said() -> None:
    found = items({}, KMS)

    assert algorithm(found) == "aws:kms"
    assert notes(found) == [". is checked with TF_VAR_alg of the environment"]


@pytest.mark.parametrize("name", ["terraform.tfvars", "terraform.tfvars.json", "x.auto.tfvars"])
def test_a_file_that_terraform_loads_goes_before_the_environment(name: str) -> None:
    text = '{"alg": "aws:kms:dsse"}' if name.endswith("json") else 'alg = "aws:kms:dsse"\n'
    found = items({name: text}, KMS)

    assert algorithm(found) == "aws:kms:dsse"
    assert notes(found) == []


def test_what_the_user_names_goes_before_the_environment() -> None:
    inputs = CodeInputs((("alg", "aws:kms:dsse"),), terraform_environment=KMS.terraform_environment)

    assert algorithm(items({}, inputs)) == "aws:kms:dsse"


def test_a_value_of_a_map_is_an_expression() -> None:
    inputs = CodeInputs(terraform_environment=(("rules", '{ b = "aws:kms" }'),))

    assert algorithm(items({}, inputs)) == "aws:kms"


def test_a_variable_of_the_environment_that_nothing_declares_is_not_a_mistake() -> None:
    assert notes(items({}, CodeInputs(terraform_environment=(("other", "x"),)))) == []


def test_the_environment_of_terraform_is_what_has_its_prefix() -> None:
    environment = {"TF_VAR_b": "2", "TF_VAR_a": "1", "TF_WORKSPACE": "x", "PATH": "/bin"}

    assert read_terraform_environment(environment) == (("a", "1"), ("b", "2"))


def test_files_of_values_that_terraform_does_not_load_are_named() -> None:
    found = items(
        {
            "prod.tfvars": 'alg = "aws:kms"\n',
            "envs/dev.tfvars.json": '{"alg": "AES256"}',
            "live/eu/terraform.tfvars": 'alg = "aws:kms"\n',
            "other.tfvars": 'nothing_of_this = "x"\n',
            "x.auto.tfvars": "rules = {}\n",
        }
    )

    assert notes(found) == [
        "prod.tfvars, envs/dev.tfvars.json, live/eu/terraform.tfvars were not read, because Terraform does not by "
        "itself; to check with it: --var-file prod.tfvars"
    ]


def test_files_beside_a_named_one_are_a_choice() -> None:
    values = {"prod.tfvars": 'alg = "aws:kms"\n', "dev.tfvars": 'alg = "AES256"\n'}
    found = items(values, CodeInputs(variable_files=(Path("prod.tfvars"),)))

    assert (algorithm(found), notes(found)) == ("aws:kms", [])


def test_the_values_of_another_root_module_are_its_own() -> None:
    found = items({"env/one/main.tf": MAIN, "env/one/terraform.tfvars": 'alg = "aws:kms"\n'})

    assert notes(found) == []
