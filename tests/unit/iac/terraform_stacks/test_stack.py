"""Components of Terraform Stacks are judged with what each deployment gives them."""

from pathlib import Path

import pytest

from s3kms.iac.code_source import CodeSource
from s3kms.model.bucket import Bucket
from s3kms.model.encryption import Encryption
from s3kms.model.stream import ScanItem, Unlisted
from s3kms.model.unknown import Unknown

MODULE = """variable "algorithm" { default = "aws:kms" }
resource "aws_s3_bucket" "b" {}
resource "aws_s3_bucket_server_side_encryption_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    apply_server_side_encryption_by_default { sse_algorithm = var.algorithm }
  }
}
"""
COMPONENT = 'component "s3" {\n  source = "./m"\n  inputs = {\n    algorithm = %s\n  }\n}\n'
VARIABLE = 'variable "algorithm" {\n  type = string\n  default = "aws:kms:dsse"\n}\n'


def items_of(folder: Path, files: dict[str, str]) -> list[ScanItem]:
    for name, text in {"m/main.tf": MODULE, **files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return [one for one in CodeSource((folder,)).buckets(frozenset()) if isinstance(one, Bucket | Unlisted)]


def algorithms_of(folder: Path, files: dict[str, str]) -> list[str | None]:
    found = [one.encryption for one in items_of(folder, files) if isinstance(one, Bucket)]
    return [one.algorithm for one in found if isinstance(one, Encryption)]


@pytest.mark.parametrize("suffix", ["tfstack", "tfcomponent"])
def test_a_literal_input_of_a_component_counts_and_the_default_of_the_module_does_not(
    tmp_path: Path, suffix: str
) -> None:
    assert algorithms_of(tmp_path, {f"a.{suffix}.hcl": COMPONENT % '"AES256"'}) == ["AES256"]


def test_each_deployment_gives_its_own_values(tmp_path: Path) -> None:
    deployments = "".join(
        f'deployment "{name}" {{\n  inputs = {{ algorithm = "{value}" }}\n}}\n'
        for name, value in (("dev", "AES256"), ("prod", "aws:kms"))
    )
    files = {
        "a.tfcomponent.hcl": COMPONENT % "var.algorithm",
        "v.tfcomponent.hcl": VARIABLE,
        "d.tfdeploy.hcl": deployments,
    }

    found = items_of(tmp_path, files)

    assert algorithms_of(tmp_path, files) == ["AES256", "aws:kms"]
    assert isinstance(found[0], Bucket)
    assert found[0].resource == "component.s3.aws_s3_bucket.b"
    assert [Path(one.uri).name for one in found[0].places] == [
        "main.tf",
        "a.tfcomponent.hcl",
        "d.tfdeploy.hcl",
    ]


def test_the_default_of_a_variable_of_the_stack_counts(tmp_path: Path) -> None:
    text = VARIABLE + COMPONENT % "var.algorithm"

    assert algorithms_of(tmp_path, {"a.tfcomponent.hcl": text}) == ["aws:kms:dsse"]


def test_what_a_component_gives_another_is_unknown(tmp_path: Path) -> None:
    (found,) = items_of(tmp_path, {"a.tfcomponent.hcl": COMPONENT % "component.kms.algorithm"})

    assert isinstance(found, Bucket)
    assert isinstance(found.encryption, Unknown)


def test_a_component_with_for_each_is_judged_for_each_key(tmp_path: Path) -> None:
    text = (COMPONENT % "each.value").replace(
        "  source", '  for_each = { a = "AES256", b = "aws:kms" }\n  source'
    )

    assert algorithms_of(tmp_path, {"a.tfcomponent.hcl": text}) == ["AES256", "aws:kms"]


def test_a_module_elsewhere_and_a_nested_stack_are_named(tmp_path: Path) -> None:
    elsewhere = (COMPONENT % "1").replace("./m", "git::https://example.com/m.git")
    text = elsewhere + 'stack "inner" {\n  source = "./inner"\n}\n'

    named = [
        one.unknown.why
        for one in items_of(tmp_path, {"a.tfcomponent.hcl": text})
        if isinstance(one, Unlisted)
    ]

    assert any("stack.inner" in why for why in named)
    assert any("https://example.com/m.git" in why for why in named)


def test_deployments_without_their_components_are_named(tmp_path: Path) -> None:
    (tmp_path / "d.tfdeploy.hcl").write_text('deployment "prod" {\n  inputs = {}\n}\n')

    (found,) = CodeSource((tmp_path,)).buckets(frozenset())

    assert isinstance(found, Unlisted)
