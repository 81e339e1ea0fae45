"""`s3kms check` on templates that belong together, and with files of parameter values."""

import json

import pytest
from tests.integration.check.test_code import write
from tests.support.cli import Shell
from tests.support.templates import bucket, default
from tests.unit.iac.cloudformation.test_nested import CHILD, nests

OPEN = bucket(default("!Ref P"), "Parameters: {P: {Type: String}}")


def put(shell: Shell, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = shell.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def told(shell: Shell, *arguments: str) -> list[tuple[str, str, str]]:
    findings = shell("check", *arguments, "--format", "json").findings
    return [(f["places"][0]["uri"], f["resource"], f["verdict"]) for f in findings]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("p.json", '[{"ParameterKey": "P", "ParameterValue": "aws:kms"}]'),
        ("samconfig.toml", '[default.deploy.parameters]\nparameter_overrides = "P=aws:kms"\n'),
    ],
)
def test_a_file_of_parameters_settles_what_the_template_leaves_open(
    shell: Shell, name: str, text: str
) -> None:
    put(shell, {"t.yaml": OPEN, name: text})

    assert shell("check", "t.yaml").exit == 11
    assert shell("check", "t.yaml", "--parameters", name).exit == 0


def test_the_last_file_of_parameters_counts(shell: Shell) -> None:
    put(shell, {"t.yaml": OPEN, "a.env": "P=aws:kms\n", "b.env": "P=AES256\n"})

    assert shell("check", "t.yaml", "--parameters", "a.env", "--parameters", "b.env").exit == 10
    assert shell("check", "t.yaml", "--parameters", "b.env", "--parameters", "a.env").exit == 0


def test_a_malformed_file_of_parameters_is_a_mistake(shell: Shell) -> None:
    put(shell, {"t.yaml": OPEN, "p.json": '{"P": {"hunter2": "hunter2"}}'})

    done = shell("check", "t.yaml", "--parameters", "p.json")

    assert done.exit == 2
    assert "p.json is not a file of parameter values: what P has" in done.err
    assert "hunter2" not in done.err


@pytest.mark.parametrize("form", ["table", "json", "markdown", "csv"])
def test_a_secret_is_not_shown(shell: Shell, form: str) -> None:
    secret = OPEN.replace("Type: String", "Type: String, NoEcho: true")
    put(shell, {"t.yaml": secret, "p.env": "P=hunter2\n"})

    done = shell("check", "t.yaml", "--parameters", "p.env", "--format", form)

    assert done.exit == 11
    assert "hunter2" not in done.out + done.err


def test_a_nested_template_is_judged_as_a_part_and_not_alone(shell: Shell) -> None:
    put(shell, {"infra/a-child.yaml": CHILD, "infra/t.yaml": nests("Alg: aws:kms", at="a-child.yaml")})

    assert told(shell, "infra") == [("infra/a-child.yaml", "Inner.B", "pass")]
    assert told(shell, "infra/t.yaml") == [("infra/a-child.yaml", "Inner.B", "pass")]


def test_a_nested_template_that_is_named_itself_is_judged_alone(shell: Shell) -> None:
    put(shell, {"infra/a-child.yaml": CHILD, "infra/t.yaml": nests("Alg: aws:kms", at="a-child.yaml")})

    assert told(shell, "infra/a-child.yaml") == [("infra/a-child.yaml", "B", "unknown")]
    assert len(told(shell, "infra", "infra/a-child.yaml")) == 2


def test_templates_that_name_each_other_are_both_read(shell: Shell) -> None:
    own = f"B: {{Type: AWS::S3::Bucket, Properties: {{{default('aws:kms')}}}}}"
    put(shell, {"a.yaml": nests(at="b.yaml", more=own), "b.yaml": nests(at="a.yaml", more=own)})

    assert {("a.yaml", "B", "pass"), ("b.yaml", "B", "pass")} <= set(told(shell, "."))


def test_a_template_whose_parent_is_broken_is_read_alone(shell: Shell) -> None:
    put(shell, {"a.yaml": CHILD, "t.yaml": nests("Alg: aws:kms", at="a.yaml") + "["})

    assert [resource for _, resource, _ in told(shell, ".")] == ["B", None]


def cdk(stack: dict[str, object], name: str) -> dict[str, str]:
    """An assembly, as far as it matters here: what the CDK writes around a template."""
    artifact = {"type": "aws:cloudformation:stack", "properties": {"templateFile": f"{name}.template.json"}}
    construct = {"id": "Resources", "attributes": {"aws:cdk:cloudformation:type": "AWS::S3::Bucket"}}
    return {
        "cdk.out": '{"version": "38.0.1"}',
        "manifest.json": json.dumps({"version": "38.0.1", "artifacts": {name: artifact}}),
        "tree.json": json.dumps({"version": "tree-0.1", "tree": {"children": {"Resources": construct}}}),
        f"{name}.assets.json": json.dumps({"files": {}, "Resources": "AWS::S3::Bucket"}),
        f"{name}.template.json": json.dumps(stack),
    }


def test_an_assembly_of_the_cdk_is_read_with_its_stages_and_without_what_it_uploads(shell: Shell) -> None:
    made = {"Type": "AWS::S3::Bucket"}
    url = {"Fn::Join": ["", ["https://s3.", {"Ref": "AWS::Region"}, "/x"]]}
    nested = {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {"TemplateURL": url},
        "Metadata": {"aws:asset:path": "Inner.nested.template.json"},
    }
    inner = json.dumps({"Resources": {"B": made}})
    stage = cdk({"Resources": {"N": nested}}, "ProdApp") | {"Inner.nested.template.json": inner}
    files = {f"cdk.out/{name}": text for name, text in cdk({"Resources": {"Own": made}}, "App").items()}
    files |= {f"cdk.out/assembly-Prod/{name}": text for name, text in stage.items()}
    files |= {"cdk.out/asset.1234/t.yaml": OPEN, "cdk.out/asset.5678.json": inner, "asset.mine/t.yaml": OPEN}
    put(shell, files)

    assert told(shell, "cdk.out") == [
        ("cdk.out/App.template.json", "Own", "fail"),
        ("cdk.out/assembly-Prod/Inner.nested.template.json", "N.B", "fail"),
    ]
    assert told(shell, "asset.mine") == [("asset.mine/t.yaml", "B", "unknown")]


def test_table_buckets_stay_without_directory_buckets(shell: Shell) -> None:
    write(shell, a_yaml=bucket("TableBucketName: some-tables", kind="AWS::S3Tables::TableBucket"))

    assert shell("check", ".", "--no-directory-buckets").exit == 10
