"""Notes on templates: files of values that were not read, and buckets that are not made."""

from pathlib import Path

import pytest
from tests.support.code import context
from tests.support.templates import bucket, default

from s3kms.iac.cloudformation.reader import READER
from s3kms.iac.interface import Document, UnitNote
from s3kms.model.code_inputs import CodeInputs

ALG = "Parameters: {Alg: {Type: String, Default: 'aws:kms'}}"
TEMPLATE = bucket(default("!Ref Alg"), ALG)
SAM = """version = 0.1
[default.deploy.parameters]
parameter_overrides = "Alg=\\"AES256\\""
"""


def notes(
    files: dict[str, str], template: str = TEMPLATE, name: str = "infra/t.yaml", given: str = ""
) -> list[UnitNote]:
    document = Document(Path(name), template.encode())
    inputs = CodeInputs(parameter_files=(Path(given),) if given else ())
    return list(READER.notes(document, context({**files, name: template}, inputs)))


def test_a_samconfig_that_changes_the_encryption_is_noted_with_the_option_that_takes_it() -> None:
    (note,) = notes({"infra/samconfig.toml": SAM})

    assert not note.explains_absence
    assert str(note.sentence) == (
        "infra/samconfig.toml, which sam deploy reads by itself, gives parameters of infra/t.yaml other values "
        "(environment default), and was not read: give it with parameter_files='infra/samconfig.toml'"
    )


def test_a_samconfig_says_which_environment_changes_it() -> None:
    sam = (
        SAM.replace("AES256", "aws:kms") + '[prod.deploy.parameters]\nparameter_overrides = ["Alg=AES256"]\n'
    )

    (note,) = notes({"infra/samconfig.toml": sam})

    assert "(environment prod)" in str(note.sentence)
    assert "give those values with parameter_files='FILE'" in str(note.sentence)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("infra/samconfig.yaml", "default: {deploy: {parameters: {parameter_overrides: [Alg=AES256]}}}"),
        ("infra/prod.json", '[{"ParameterKey": "Alg", "ParameterValue": "AES256"}]'),
        ("infra/params/prod.json", '{"Parameters": {"Alg": "AES256"}}'),
        ("infra/prod.yaml", "Parameters: {Alg: AES256}"),
        ("infra/parameters/prod.params", "Alg=AES256"),
        ("parameters/prod.json", '{"Alg": "AES256"}'),
    ],
)
def test_a_file_of_values_beside_the_template_is_noted_where_it_changes_the_encryption(
    file: str, text: str
) -> None:
    (note,) = notes({file: text})

    assert str(note.sentence).startswith(file)
    assert notes({file: text.replace("AES256", "aws:kms")}) == []
    assert notes({file: text}, given=file) == []


@pytest.mark.parametrize(
    "text",
    [
        "[1",
        '{"Alg": {"a": 1}}',
        '[{"ParameterKey": "Alg", "UsePreviousValue": true}]',
        '{"Other": "AES256"}',
        '"Alg"',
        '{"Alg": "' + "x" * 300_000 + '"}',
    ],
)
def test_other_files_beside_a_template_are_passed_over(text: str) -> None:
    assert notes({"infra/prod.json": text}) == []


def test_a_template_without_buckets_has_no_notes() -> None:
    template = f"{ALG}\nResources: {{T: {{Type: AWS::SNS::Topic}}}}\n"

    assert notes({"infra/samconfig.toml": SAM}, template) == []


def test_a_bucket_that_is_not_made_is_said_with_its_condition() -> None:
    head = "Parameters: {P: {Type: String, Default: no}}\nConditions: {C: !Equals [!Ref P, yes]}"
    template = bucket("", head).replace("  B:", "  B:\n    Condition: C")

    (note,) = notes({}, template)

    assert note.explains_absence
    assert str(note.sentence) == (
        "infra/t.yaml: B is conditional and not made, for the condition C is false; parameter_files='FILE' gives "
        "other values"
    )


def test_a_bucket_of_a_nested_stack_that_is_not_made_is_said_with_the_condition_of_the_stack() -> None:
    stack = "{Type: AWS::CloudFormation::Stack, Condition: C, Properties: {TemplateURL: child.yaml}}"
    template = f"AWSTemplateFormatVersion: 1\nConditions: {{C: !Equals [a, b]}}\nResources: {{S: {stack}}}\n"

    (note,) = notes({"infra/child.yaml": bucket("")}, template)

    assert "S.B is conditional and not made, for the condition C is false" in str(note.sentence)


TWICE = """Resources:
  A:
    Type: AWS::S3::Bucket
  A:
    Type: AWS::SNS::Topic
Resources:
  B:
    Type: AWS::SNS::Topic
  B:
    Type: AWS::S3::Bucket
  B:
    Type: AWS::SNS::Topic
  C:
    Type: AWS::SNS::Topic
  C:
    Type: AWS::S3::Bucket
"""


def test_a_bucket_under_a_key_that_is_there_again_is_noted_with_its_line() -> None:
    said = [str(note.sentence) for note in notes({}, TWICE)]

    assert [one.partition(":")[2].partition(":")[0] for one in said] == ["2", "9"]
    assert "A is there again further down, and CloudFormation takes the last one" in said[0]
    assert "B is there again" in said[1]


def test_a_bucket_in_a_section_that_is_there_again_is_noted() -> None:
    hidden = "Resources: {A: {Type: 'AWS::S3::Bucket'}}\nResources: {B: {Type: 'AWS::S3::Bucket'}}\n"

    (note,) = notes({}, hidden)

    assert str(note.sentence).startswith(
        "infra/t.yaml:1: this bucket is not created and was not checked: Resources"
    )
    assert note.explains_absence
