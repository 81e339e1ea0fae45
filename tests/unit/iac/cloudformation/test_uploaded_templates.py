"""Nested stacks at an address: the file of the checked tree that is uploaded there is what is read."""

from pathlib import Path

import pytest
from tests.support.code import context
from tests.support.templates import bucket, default
from tests.unit.iac.cloudformation.test_nested import CHILD, STACK, VERSION, nests, read
from tests.unit.iac.cloudformation.test_templates import judge

from s3kms.iac.cloudformation.reader import READER
from s3kms.iac.cloudformation.template_locations import steps_of_address
from s3kms.iac.interface import Document
from s3kms.model.bucket import Bucket
from s3kms.model.findings import Verdict

QUICK_START = """Parameters:
  QSS3BucketName: {Type: String, Default: aws-quickstart}
  QSS3KeyPrefix: {Type: String, Default: quickstart-acme/}
Conditions: {Usual: !Equals [!Ref QSS3BucketName, aws-quickstart]}"""
HOST = "!If [Usual, !Sub 'aws-quickstart-${AWS::Region}', !Ref QSS3BucketName]"
ADDRESSES = (
    "https://s3.amazonaws.com/b/v1/child.yaml",
    "s3://b/v1/child.yaml",
    "https://b.s3.eu-central-1.amazonaws.com/v1/child.yaml?versionId=3",
    "!Sub 'https://${QSS3BucketName}.s3.${AWS::URLSuffix}/${QSS3KeyPrefix}templates/child.yaml'",
    f"!Sub ['https://${{B}}.s3.${{AWS::URLSuffix}}/${{QSS3KeyPrefix}}templates/child.yaml', {{B: {HOST}}}]",
    "!Join ['/', ['https://s3.amazonaws.com', !Ref QSS3BucketName, child.yaml]]",
    "!Sub '${AWS::StackName}/child.yaml'",
)


def parent(at: str, parameters: str = "Alg: aws:kms") -> str:
    return nests(parameters, QUICK_START, at=at)


def verdicts(found: list[Bucket]) -> list[tuple[str | None, str, str]]:
    return [(one.resource, one.places[0].uri, judge(one).verdict) for one in found]


@pytest.mark.parametrize("at", ADDRESSES)
@pytest.mark.parametrize("file", ["child.yaml", "templates/child.yaml", "deep/er/child.yaml"])
def test_a_template_at_an_address_is_the_file_of_that_name(at: str, file: str) -> None:
    text = parent(at)

    assert verdicts(read({"t.yaml": text, file: CHILD})) == [("B", file, "pass")]
    assert READER.included_files(Document(Path("t.yaml"), text.encode()), context({file: CHILD})) == {
        Path(file)
    }


def test_what_the_parent_passes_decides_in_an_uploaded_template_too() -> None:
    child = CHILD.replace("String}", "String, Default: aws:kms}")

    (found,) = read({"t.yaml": parent(ADDRESSES[0], "Alg: AES256"), "child.yaml": child})

    assert judge(found).verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("at", "files", "right"),
    [
        ("s3://b/x/child.yaml", ["a/child.yaml", "x/child.yaml"], "x/child.yaml"),
        (
            "s3://b/q/submodules/x/templates/child.yaml",
            ["templates/child.yaml", "submodules/x/templates/child.yaml"],
            "submodules/x/templates/child.yaml",
        ),
        ("s3://b/v1/child.yaml", ["qs/child.yaml", "other/child.yaml"], "qs/child.yaml"),
        ("s3://b/v1/child.yaml", ["qs/in/child.yaml", "other/child.yaml"], "qs/in/child.yaml"),
        (
            "!Sub 's3://b/${P}templates/child.yaml'",
            ["x/child.yaml", "y/my-templates/child.yaml"],
            "y/my-templates/child.yaml",
        ),
    ],
)
def test_of_several_files_the_one_is_meant_whose_path_fits_best(
    at: str, files: list[str], right: str
) -> None:
    text = nests("Alg: aws:kms", "Parameters: {P: {Type: String}}", at=at)

    (found,) = read({"qs/t.yaml": text, **dict.fromkeys(files, CHILD)}, "qs/t.yaml")

    assert found.places[0].uri == right


@pytest.mark.parametrize(
    ("at", "files", "says"),
    [
        ("s3://b/v1/child.yaml", ["a/child.yaml", "b/child.yaml"], "may be a/child.yaml or b/child.yaml"),
        ("s3://b/vpc/main.yaml", ["app/main.yaml"], "app/main.yaml is another template"),
        ("!Sub 's3://b/${P}.yaml'", ["child.yaml"], "that names no template file"),
        ("s3://b/v1/other.yaml", ["child.yaml"], "the checked files have no other.yaml"),
    ],
)
def test_where_no_file_or_none_alone_fits_the_stack_is_named_and_is_no_bucket(
    at: str, files: list[str], says: str
) -> None:
    text = nests("Alg: aws:kms", "Parameters: {P: {Type: String}}", at=at)

    (found,) = read({"t.yaml": text, **dict.fromkeys(files, CHILD)})

    assert (found.name, found.resource, judge(found).verdict) == (None, None, Verdict.UNKNOWN)
    assert says in judge(found).message


def test_a_file_that_does_not_take_what_is_passed_is_another_template() -> None:
    (found,) = read({"t.yaml": parent(ADDRESSES[0], "Other: x"), "child.yaml": CHILD})

    assert "its folder or its parameters are others" in judge(found).message


def test_a_template_that_is_nested_twice_keeps_the_names_of_its_stacks() -> None:
    more = (
        f"Second: {{Type: {STACK}, Properties: {{TemplateURL: {ADDRESSES[0]}, Parameters: {{Alg: AES256}}}}}}"
    )

    found = read({"t.yaml": nests("Alg: aws:kms", more=more, at=ADDRESSES[0]), "child.yaml": CHILD})

    assert [one.resource for one in found] == ["Inner.B", "Second.B"]


def test_a_bucket_of_the_parent_is_not_taken_for_one_of_the_same_name_in_an_uploaded_template() -> None:
    more = "B: {Type: AWS::S3::Bucket}"

    found = read({"t.yaml": nests("Alg: aws:kms", more=more, at=ADDRESSES[0]), "child.yaml": CHILD})

    assert verdicts(found) == [("Inner.B", "child.yaml", "pass"), ("B", "t.yaml", "fail")]


@pytest.mark.parametrize(
    ("location", "steps"),
    [
        ("https://h/a/b.yaml", ("h", "a", "b.yaml")),
        ("https://h/a%20b/c.yaml#x", ("h", "a b", "c.yaml")),
        ("https://h/${P}a/c.yaml", ("a", "c.yaml")),
        ("https://h/${P}/c.yaml", ("c.yaml",)),
        ("https://h/a/${P}.yaml", ()),
        ("https://h/a/c.zip", ()),
        ("https://h/a/", ()),
    ],
)
def test_the_steps_of_an_address_end_where_a_value_is_open(location: str, steps: tuple[str, ...]) -> None:
    assert steps_of_address(location) == steps


def stack_set(properties: str, more: str = "") -> str:
    resource = f"{{Type: AWS::CloudFormation::StackSet, Properties: {{{properties}}}}}"
    return f"{VERSION}Resources:\n  Set: {resource}\n  {more}\n"


def test_a_stack_set_at_an_address_is_read_with_what_it_passes() -> None:
    passed = "Parameters: [{ParameterKey: Alg, ParameterValue: AES256}]"

    (found,) = read({"t.yaml": stack_set(f"TemplateURL: s3://b/child.yaml, {passed}"), "child.yaml": CHILD})

    assert (found.resource, judge(found).verdict) == ("B", Verdict.FAIL)


def test_a_template_that_a_stack_set_holds_as_a_text_is_read() -> None:
    inner = '\'{"Resources": {"B": {"Type": "AWS::S3::Bucket"}}}\''

    found = read({"t.yaml": stack_set(f"TemplateBody: {inner}", "B: {Type: AWS::S3::Bucket}")})

    assert [(one.resource, one.places[0].line) for one in found] == [("Set.B", 3), ("B", 4)]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("'a: ['", "cannot be read"),
        ("text", "is not a mapping"),
        ("!Sub '${AWS::Region}'", "whose values are open"),
    ],
)
def test_a_text_that_is_no_template_is_unknown(body: str, says: str) -> None:
    (found,) = read({"t.yaml": stack_set(f"TemplateBody: {body}")})

    assert (found.resource, judge(found).verdict) == (None, Verdict.UNKNOWN)
    assert says in judge(found).message


def test_the_default_of_a_parameter_may_be_the_address() -> None:
    head = "Parameters: {Url: {Type: String, Default: 's3://b/child.yaml'}}"

    (found,) = read({"t.yaml": nests(head=head, at="!Ref Url"), "child.yaml": bucket(default("aws:kms"))})

    assert judge(found).verdict is Verdict.PASS


def test_a_file_that_rain_embeds_in_a_stack_set_is_read() -> None:
    passed = "Parameters: [{ParameterKey: Alg, ParameterValue: AES256}]"
    text = stack_set(f"TemplateBody: !Rain::Embed in/child.yaml, {passed}")

    (found,) = read({"t.yaml": text, "in/child.yaml": CHILD})
    (missing,) = read({"t.yaml": text})

    assert (found.resource, found.places[0].uri, judge(found).verdict) == ("B", "in/child.yaml", "fail")
    assert "in/child.yaml, which does not exist" in judge(missing).message


def test_a_template_that_embeds_itself_is_unknown() -> None:
    (found,) = read({"t.yaml": stack_set("TemplateBody: !Rain::Embed t.yaml")})

    assert "nests itself" in judge(found).message


def test_a_template_that_a_stack_set_holds_as_a_mapping_is_read() -> None:
    (found,) = read({"t.yaml": stack_set("TemplateBody: {Resources: {B: {Type: AWS::S3::Bucket}}}")})

    assert (found.resource, judge(found).verdict) == ("Set.B", Verdict.FAIL)
