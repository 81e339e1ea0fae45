"""What macros, includes and modules bring into a template is named, and is never taken for nothing."""

from pathlib import Path

import pytest
from tests.support.code import context
from tests.support.templates import bucket
from tests.unit.iac.cloudformation.test_templates import judge, read

from s3kms.iac.cloudformation.reader import READER
from s3kms.iac.interface import Document
from s3kms.model.findings import Verdict

TOPIC = "T: {Type: AWS::SNS::Topic}"
INCLUDE = "{Name: AWS::Include, Parameters: {Location: 's3://b/more.yaml'}}"


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (f"Transform: {INCLUDE}\nResources: {{{TOPIC}}}", 1, "AWS::Include brings in s3://b/more.yaml"),
        (
            f"Transform: [AWS::Serverless-2016-10-31, {INCLUDE}]\nResources: {{{TOPIC}}}",
            1,
            "s3://b/more.yaml",
        ),
        (f"Fn::Transform: {INCLUDE}\nResources: {{{TOPIC}}}", 1, "s3://b/more.yaml"),
        (f"Resources:\n  {TOPIC}\n  Fn::Transform: {INCLUDE}", 3, "s3://b/more.yaml among the resources"),
        (f"Resources:\n  {TOPIC}\n  Fn::Transform: {{Name: Ours}}", 3, "the macro Ours among the resources"),
        (f"Transform: Ours\nResources: {{{TOPIC}}}", 1, "the macro Ours may add buckets"),
        (
            f"Resources:\n  {TOPIC}\n  A: {{Type: My::S3::Bucket::MODULE}}",
            3,
            "A is the module My::S3::Bucket::MODULE",
        ),
        ("Resources:\n  A: {Type: !Rain::Module ./bucket.yaml}", 2, "A is the module ./bucket.yaml of rain"),
        ("Resources:\n  A: {Type: {Fn::Rain::Module: x.yaml}}", 2, "A is the module x.yaml of rain"),
        (
            f"Modules:\n  Store: {{Source: ./b.yaml}}\nResources: {{{TOPIC}}}",
            2,
            "the module Store brings in ./b.yaml",
        ),
        (
            "Modules:\n  Store: {Source: ./b.yaml, Inputs: {Alg: AES256}}",
            2,
            "the module Store brings in ./b.yaml",
        ),
        (f"Resources:\n  {TOPIC}\n  A: !Include b.yaml", 3, "the resource A comes from Fn::Include"),
        (f"Resources:\n  {TOPIC}\n  A: b.yaml", 3, "the resource A is not written there: it is b.yaml"),
        (
            f"Resources:\n  {TOPIC}\n  A: {{Fn::Transform: {INCLUDE}}}",
            3,
            "A comes from Fn::Transform",
        ),
        (
            f"Resources:\n  {TOPIC}\n  Fn::ForEach::L: [N, [a]]",
            3,
            "the loop Fn::ForEach::L has not three parts",
        ),
        ("AWSTemplateFormatVersion: 1\nResources: [a]", 2, "its Resources are not a mapping"),
    ],
)
def test_what_comes_from_elsewhere_is_one_unknown_at_its_place(text: str, line: int, says: str) -> None:
    (found,) = read(text + "\n")
    finding = judge(found)

    assert (found.name, found.resource, finding.verdict) == (None, None, Verdict.UNKNOWN)
    assert says in finding.message
    assert found.places[0].line == line


def test_a_module_under_a_condition_that_is_never_true_brings_nothing() -> None:
    head = "Conditions: {C: !Equals [a, b]}"

    assert read(f"{head}\nResources: {{{TOPIC}, A: {{Type: My::S3::Bucket::MODULE, Condition: C}}}}\n") == []


@pytest.mark.parametrize(
    "transform",
    [
        "AWS::Serverless-2016-10-31",
        "AWS::LanguageExtensions",
        "[AWS::CodeStar, AWS::SecretsManager-2020-07-23]",
    ],
)
def test_transforms_of_aws_that_make_no_buckets_are_not_named(transform: str) -> None:
    assert len(read(bucket("", f"Transform: {transform}"))) == 1


@pytest.mark.parametrize(
    "text", ["Modules: [a]\n", "Modules: {a: {name: b}}\n", "Modules: {}\n", "Modules: {a: b}\n"]
)
def test_other_files_with_modules_are_no_templates(text: str) -> None:
    assert read(text) == []


def test_a_template_nested_twice_names_what_it_brings_in_once() -> None:
    child = f"AWSTemplateFormatVersion: 1\nTransform: Ours\nResources: {{{TOPIC}}}\n"
    stacks = ", ".join(
        f"{name}: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: c.yaml}}}}" for name in "ab"
    )
    files = {"t.yaml": f"AWSTemplateFormatVersion: 1\nResources: {{{stacks}}}\n", "c.yaml": child}

    (found,) = READER.read(Document(Path("t.yaml"), files["t.yaml"].encode()), context(files))

    assert "the macro Ours" in judge(found).message


RAIN = "Resources:\n  A: {Type: !Rain::Module m.yaml}\n"
CLI = "Modules:\n  A: {Source: ./m.yaml}\n"
PLAIN = f"Resources: {{{TOPIC}}}\n"


def brought_in(template: str, files: dict[str, str]) -> int:
    around = context({"t.yaml": template, **files})
    return len(list(READER.read(Document(Path("t.yaml"), template.encode()), around)))


@pytest.mark.parametrize("template", [RAIN, CLI, RAIN.replace("m.yaml", "file://m.yaml")])
@pytest.mark.parametrize(
    ("files", "is_free"),
    [
        ({"m.yaml": PLAIN}, True),
        ({"m.yaml": "Modules: {N: {Source: in/n.yaml}}\n", "in/n.yaml": PLAIN}, True),
        ({"m.yaml": "Resources: {N: {Type: !Rain::Module n.yaml}}\n", "n.yaml": PLAIN}, True),
        ({"m.yaml": "Resources: {N: {Type: !Rain::Module m.yaml}}\n"}, True),
        ({"m.yaml": "Resources: {B: {Type: AWS::S3::Bucket}}\n"}, False),
        ({"m.yaml": "Resources: {B: {Type: AWS::S3Tables::TableBucket}}\n"}, False),
        ({"m.yaml": "Resources: {S: {Type: AWS::CloudFormation::Stack}}\n"}, False),
        ({"m.yaml": "Resources: {S: {Type: My::S3::Bucket::MODULE}}\n"}, False),
        ({"m.yaml": "Modules: {N: {Source: n.yaml}}\n", "n.yaml": bucket("")}, False),
        ({"m.yaml": "Modules: {N: {Source: 'https://x/n.yaml'}}\n"}, False),
        ({"m.yaml": f"Transform: Ours\n{PLAIN}"}, False),
        ({"m.yaml": "Resources: [a]\n"}, False),
        ({"m.yaml": "a: ["}, False),
        ({}, False),
    ],
)
def test_a_module_that_is_here_and_holds_no_bucket_brings_none_in(
    template: str, files: dict[str, str], is_free: bool
) -> None:
    assert brought_in(template, files) == (0 if is_free else 1)


def test_resources_that_are_left_empty_are_none() -> None:
    assert read("AWSTemplateFormatVersion: 1\nResources:\n") == []
