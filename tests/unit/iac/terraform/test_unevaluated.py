"""Stacks whose templates may declare buckets are named in Terraform code, plans and states."""

import json
from pathlib import Path
from typing import Any

import pytest

from s3kms.iac.code_source import CodeSource
from s3kms.model.bucket import Bucket
from s3kms.model.stream import ScanItem, Unlisted
from s3kms.model.unknown import UnknownCause


def items(folder: Path, body: str, kind: str = "aws_cloudformation_stack") -> list[ScanItem]:
    (folder / "main.tf").write_text(f'resource "{kind}" "s" {{\n  name = "s"\n  {body}\n}}\n')
    return list(CodeSource((folder,)).buckets(frozenset()))


@pytest.mark.parametrize("kind", ["aws_cloudformation_stack", "aws_cloudformation_stack_set"])
@pytest.mark.parametrize(
    "body",
    [
        'template_body = file("${path.module}/t.yaml")',
        "template_body = var.template",
        'template_url = "https://b.s3.amazonaws.com/t.yaml"',
        "template_body = jsonencode({ Resources = local.r })",
        'template_body = "Resources: ${var.r}"',
        'template_body = <<-T\n    ${file("t.yaml")}\n  T',
    ],
)
def test_a_stack_that_may_make_buckets_is_an_unknown_at_its_line(
    tmp_path: Path, kind: str, body: str
) -> None:
    (item,) = items(tmp_path, body, kind)

    assert isinstance(item, Unlisted)
    assert item.unknown.cause is UnknownCause.UNSUPPORTED
    assert item.unknown.why.startswith(f"{kind}.s makes what its template declares")
    assert [(place.uri, place.line) for place in item.scope.places] == [(str(tmp_path / "main.tf"), 1)]


@pytest.mark.parametrize(
    "body",
    [
        'template_body = jsonencode({ Resources = { Q = { Type = "AWS::SQS::Queue" } } })',
        "template_body = <<-T\n    Resources: {Q: {Type: AWS::SNS::Topic}}\n  T",
    ],
)
def test_a_stack_whose_template_is_there_and_has_no_bucket_is_passed_over(tmp_path: Path, body: str) -> None:
    assert [item for item in items(tmp_path, body) if isinstance(item, Bucket | Unlisted)] == []


STACK = {"mode": "managed", "type": "aws_cloudformation_stack", "name": "s"}


def documents(resource: dict[str, str], values: dict[str, str | None]) -> dict[str, Any]:
    """A plan and a state of one resource, by the names of their files."""
    address = f"{resource['type']}.{resource['name']}"
    planned = {"resources": [{"address": address, **resource, "values": values}]}
    return {
        "plan.json": {
            "format_version": "1.2",
            "terraform_version": "1.9.0",
            "planned_values": {"root_module": planned},
        },
        "terraform.tfstate": {
            "version": 4,
            "terraform_version": "1.9.0",
            "lineage": "x",
            "resources": [{**resource, "instances": [{"attributes": values}]}],
        },
    }


def named(folder: Path, file: str, document: Any) -> list[str]:
    (folder / file).write_text(json.dumps(document))
    found = CodeSource((folder / file,)).buckets(frozenset())
    return [item.unknown.why for item in found if isinstance(item, Unlisted)]


@pytest.mark.parametrize("file", ["plan.json", "terraform.tfstate"])
@pytest.mark.parametrize(
    ("template", "is_named"),
    [("Resources: [", False), (None, True), ("{Type: AWS::SQS::Queue}", False)],
)
def test_a_stack_of_a_plan_or_a_state_is_named_too(
    tmp_path: Path, file: str, template: str | None, is_named: bool
) -> None:
    document = documents(STACK, {"template_body": template})[file]

    assert [why.split()[0] for why in named(tmp_path, file, document)] == (
        ["aws_cloudformation_stack.s"] if is_named else []
    )


REPOSITORY_STACK = "aws_serverlessapplicationrepository_cloudformation_stack"


@pytest.mark.parametrize("form", ["code", "plan.json", "terraform.tfstate"])
@pytest.mark.parametrize(
    ("kind", "why"),
    [
        (REPOSITORY_STACK, "it is that of an application in the AWS Serverless Application Repository"),
        ("aws_cloudformation_stack", "it is not shown"),
    ],
)
def test_a_stack_without_a_template_of_its_own_says_where_it_is(
    tmp_path: Path, form: str, kind: str, why: str
) -> None:
    if form == "code":
        found = items(tmp_path, 'application_id = "arn:aws:serverlessrepo:us-east-1:1:applications/a"', kind)
    else:
        document = documents({**STACK, "type": kind}, {"name": "s"})[form]
        (tmp_path / form).write_text(json.dumps(document))
        found = list(CodeSource((tmp_path,)).buckets(frozenset()))

    (item,) = found
    assert isinstance(item, Unlisted)
    assert item.unknown.why.endswith(f"not evaluated within Terraform: {why}")
    assert "None" not in item.unknown.why
