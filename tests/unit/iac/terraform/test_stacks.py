"""CloudFormation stacks within Terraform: the template is evaluated with the parameters that the stack passes."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.support.code import context

from s3kms.iac.code_source import CodeSource
from s3kms.iac.interface import BucketToEdit, Declined, Document, EditTarget, Folder
from s3kms.iac.terraform.code import READER
from s3kms.iac.terraform.editor import propose
from s3kms.iac.terraform.plan_and_state import READER as PLANS
from s3kms.model.bucket import Bucket
from s3kms.model.encryption import Encryption
from s3kms.model.unknown import Unknown

TEMPLATE = """Parameters:
  Algorithm: {Type: String, Default: "aws:kms"}
Resources:
  B:
    Type: AWS::S3::Bucket
    Properties:
      BucketEncryption:
        ServerSideEncryptionConfiguration:
          - ServerSideEncryptionByDefault: {SSEAlgorithm: !Ref Algorithm}
"""
PARAMETERS = '  parameters = { Algorithm = "AES256" }\n'
HEREDOC = f"  template_body = <<T\n{TEMPLATE}T\n"


def buckets_of(
    body: str, files: dict[str, str] | None = None, kind: str = "aws_cloudformation_stack", more: str = ""
) -> list[Bucket]:
    text = f'resource "{kind}" "s" {{\n  name = "s"\n{body}}}\n{more}'
    return list(READER.read(Folder(Path("r")), context({"r/main.tf": text, **(files or {})})))


def algorithm_of(*args: Any, **given: Any) -> str | None:
    (found,) = buckets_of(*args, **given)
    assert isinstance(found.encryption, Encryption), found.encryption
    return found.encryption.algorithm


def unknown_of(*args: Any, **given: Any) -> Unknown:
    (found,) = buckets_of(*args, **given)
    assert isinstance(found.encryption, Unknown)
    return found.encryption


@pytest.mark.parametrize(
    ("body", "files"),
    [
        (HEREDOC, {}),
        ('  template_body = file("${path.module}/t.yaml")\n', {"r/t.yaml": TEMPLATE}),
        ('  template_body = templatefile("t.yaml", {})\n', {"r/t.yaml": TEMPLATE}),
        ("  template_body = local.t\n", {"r/l.tf": f"locals {{\n  t = <<T\n{TEMPLATE}T\n}}\n"}),
    ],
    ids=["heredoc", "file", "templatefile", "local"],
)
@pytest.mark.parametrize(
    "kind",
    ["aws_cloudformation_stack", "aws_cloudformation_stack_set", "awscc_cloudformation_stack"],
)
def test_the_template_is_evaluated_with_the_parameters(body: str, files: dict[str, str], kind: str) -> None:
    assert algorithm_of(body + PARAMETERS, files, kind=kind) == "AES256"
    assert algorithm_of(body, files, kind=kind) == "aws:kms"


def test_parameters_of_cloud_control_stack_sets_are_a_list() -> None:
    listed = '  parameters = [{ parameter_key = "Algorithm", parameter_value = "AES256" }]\n'

    assert algorithm_of(HEREDOC + listed, kind="awscc_cloudformation_stack_set") == "AES256"


def test_a_template_of_jsonencode_is_evaluated() -> None:
    assert algorithm_of(
        '  template_body = jsonencode({ Resources = { B = { Type = "AWS::S3::Bucket" } } })\n'
    ) == ("AES256")


def test_the_place_is_the_line_of_the_template_with_the_stack_behind_it() -> None:
    (of_file,) = buckets_of('  template_body = file("${path.module}/t.yaml")\n', {"r/t.yaml": TEMPLATE})
    (of_heredoc,) = buckets_of(HEREDOC)

    assert [(one.uri, one.line) for one in of_file.places] == [("r/t.yaml", 9), ("r/main.tf", 1)]
    assert [(one.uri, one.line) for one in of_heredoc.places] == [("r/main.tf", 12), ("r/main.tf", 1)]
    assert of_file.resource == "aws_cloudformation_stack.s.B"


def test_a_parameter_that_the_apply_tells_is_unknown_and_not_its_default() -> None:
    more = 'resource "random_id" "r" {}\n'

    found = unknown_of(HEREDOC + "  parameters = { Algorithm = random_id.r.hex }\n", more=more)

    assert "random_id.r" in found.why


def test_a_hole_in_the_template_is_unknown_only_where_the_encryption_hangs_on_it() -> None:
    more = 'resource "random_id" "r" {}\n'
    text = TEMPLATE.replace("Properties:", 'Properties:\n      BucketName: "logs-${random_id.r.hex}"')
    deciding = TEMPLATE.replace("!Ref Algorithm", '"${random_id.r.hex}"')

    assert algorithm_of(f"  template_body = <<T\n{text}T\n", more=more) == "aws:kms"
    assert "random_id.r" in unknown_of(f"  template_body = <<T\n{deciding}T\n", more=more).why


@pytest.mark.parametrize(
    "hole", ["Resources: ${random_id.r.hex}", "${random_id.r.hex}", "Resources: {B: ${random_id.r.hex}}"]
)
def test_a_hole_where_resources_stand_is_unknown(hole: str) -> None:
    more = 'resource "random_id" "r" {}\n'

    assert "random_id.r" in unknown_of(f"  template_body = <<T\n{hole}\nT\n", more=more).why


def test_a_template_at_an_address_is_named() -> None:
    assert (
        "https://b.s3.amazonaws.com/t" in unknown_of('  template_url = "https://b.s3.amazonaws.com/t"\n').why
    )


def test_a_stack_set_whose_instances_pass_parameters_is_unknown() -> None:
    more = 'resource "aws_cloudformation_stack_set_instance" "i" {\n  parameter_overrides = { Algorithm = "x" }\n}\n'

    assert (
        "parameters of their own" in unknown_of(HEREDOC, kind="aws_cloudformation_stack_set", more=more).why
    )


@pytest.mark.parametrize("count", ["count = 0", "for_each = {}", "count = var.on ? 1 : 0"])
def test_a_stack_without_instances_is_not_named(count: str) -> None:
    more = 'variable "on" { default = false }\n'

    assert not buckets_of(f'  {count}\n  template_url = "https://x/t"\n', more=more)
    assert not buckets_of(f"  {count}\n{HEREDOC}", more=more)


def test_a_stack_of_a_module_that_is_not_called_is_not_named() -> None:
    call = 'module "m" {\n  source = "../m"\n  count  = 0\n}\n'
    files = {"r/main.tf": call, "m/main.tf": f'resource "aws_cloudformation_stack" "s" {{\n{HEREDOC}}}\n'}

    assert not list(READER.read(Folder(Path("r")), context(files)))


def test_a_template_of_a_stack_is_not_judged_alone_beside_it(tmp_path: Path) -> None:
    body = '  template_body = file("${path.module}/t.yaml")\n' + PARAMETERS
    (tmp_path / "main.tf").write_text(f'resource "aws_cloudformation_stack" "s" {{\n{body}}}\n')
    (tmp_path / "t.yaml").write_text(TEMPLATE)

    (found,) = CodeSource((tmp_path,)).buckets(frozenset())

    assert isinstance(found, Bucket)
    assert found.resource == "aws_cloudformation_stack.s.B"


def plan_of(values: dict[str, Any], unknown: dict[str, Any]) -> list[Bucket]:
    address = {
        "address": "aws_cloudformation_stack.s",
        "mode": "managed",
        "type": "aws_cloudformation_stack",
        "name": "s",
    }
    change = {"actions": ["create"], "before": None, "after": values, "after_unknown": unknown}
    plan = {
        "format_version": "1.2",
        "terraform_version": "1.9.0",
        "planned_values": {"root_module": {"resources": [{**address, "values": values}]}},
        "resource_changes": [{**address, "change": change}],
        "configuration": {},
    }
    return list(PLANS.read(Document(Path("plan.json"), json.dumps(plan).encode()), context()))


def test_a_stack_of_a_plan_is_evaluated_with_its_parameters() -> None:
    (found,) = plan_of({"template_body": TEMPLATE, "parameters": {"Algorithm": "AES256"}}, {})

    assert isinstance(found.encryption, Encryption)
    assert found.encryption.algorithm == "AES256"


@pytest.mark.parametrize("unknown", [{"parameters": True}, {"parameters": {"Algorithm": True}}])
def test_a_parameter_that_the_plan_leaves_open_is_unknown(unknown: dict[str, Any]) -> None:
    (found,) = plan_of({"template_body": TEMPLATE}, unknown)

    assert isinstance(found.encryption, Unknown)


def test_an_edit_is_declined_with_the_line_of_the_template() -> None:
    text = f'resource "aws_cloudformation_stack" "s" {{\n{HEREDOC}{PARAMETERS}}}\n'
    here = context({"r/main.tf": text})
    (bucket,) = READER.read(Folder(Path("r")), here)
    assert isinstance(bucket.encryption, Encryption)

    (edit,) = propose(Folder(Path("r")), here, [BucketToEdit(bucket, bucket.encryption)], EditTarget())

    assert isinstance(edit, Declined)
    assert "r/main.tf, line 11" in str(edit.remedy)
