"""`fixes` in SARIF: what `s3kms fix` of the same target would write, and nothing that it would skip."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.support import sarif
from tests.support.cases.cloudformation.styles import STYLES
from tests.support.cases.cloudformation.templates import CASES as TEMPLATES
from tests.support.cli import Shell
from tests.support.terraform_fixes import FAILING, fix

import s3kms
from s3kms.model.code_inputs import DEFAULT_CODE_INPUTS

APPLY = ("--apply", "--yes", "--journal", "runs")
CASES = {f"{number:03}": case for number, case in enumerate(FAILING) if case.inputs == DEFAULT_CODE_INPUTS}

BARE = 'resource "aws_s3_bucket" "a" {}\n'
HCL = """# Grüße 😀
resource "aws_s3_bucket" "a" { bucket = "é😀" }
resource "aws_s3_bucket_server_side_encryption_configuration" "a" {
  bucket = aws_s3_bucket.a.id
  rule { /* 😀 */ apply_server_side_encryption_by_default { sse_algorithm = "AES256" } }
}
resource "aws_s3_bucket" "b" {}
"""
TEMPLATE = """Description: "😀"
Resources:
  A: {Type: AWS::S3::Bucket, Metadata: {é: 😀}, Properties: {BucketName: aaa}}
  B:
    Type: AWS::S3::Bucket
    Properties:
      BucketEncryption:
        ServerSideEncryptionConfiguration:
          - ServerSideEncryptionByDefault: {SSEAlgorithm: AES256}
"""
TEMPLATE_JSON = """{"Description": "😀", "Resources": {"A": {"Type": "AWS::S3::Bucket"},
  "B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketEncryption": {"ServerSideEncryptionConfiguration": [
    {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}}}}}
"""
SERVERLESS = """service: 'é😀'
provider: {name: aws}
resources:
  Resources:
    B:
      Type: AWS::S3::Bucket
      Properties:
        BucketEncryption:
          ServerSideEncryptionConfiguration:
            - ServerSideEncryptionByDefault: {SSEAlgorithm: AES256}
"""
KUBERNETES = """apiVersion: s3.services.k8s.aws/v1alpha1
kind: Bucket
metadata: {name: logs, labels: {é: 😀}}
spec:
  name: the-logs
  encryption: {rules: [{applyServerSideEncryptionByDefault: {sseAlgorithm: AES256}}]}
"""
MODULE = """variable "alg" {}
resource "aws_s3_bucket" "b" {}
resource "aws_s3_bucket_server_side_encryption_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    apply_server_side_encryption_by_default { sse_algorithm = var.alg }
  }
}
"""
NESTED = """Parameters: {Alg: {Type: String}}
Resources:
  B:
    Type: AWS::S3::Bucket
    Properties:
      BucketEncryption:
        ServerSideEncryptionConfiguration:
          - BucketKeyEnabled: true
            ServerSideEncryptionByDefault: {SSEAlgorithm: !Ref Alg}
"""
ONE_CALL = 'module "m" {\n  source = "./m"\n  alg    = "AES256"\n}\n'
PROJECTS: dict[str, dict[str, str]] = {
    "HCL": {"main.tf": HCL},
    "two edits in two files": {"main.tf": ONE_CALL, "m/main.tf": MODULE},
    "a part that two fixes share": {
        "main.tf": ONE_CALL + ONE_CALL.replace('"m"', '"n"'),
        "m/main.tf": MODULE,
    },
    "a name to encode": {"a é #1%.tf": BARE},
    "Terraform JSON": {
        "main.tf.json": '{"resource": {"aws_s3_bucket": {"é": {"bucket": "😀"}, "a": {"bucket": "a"}}}}\n',
        "m.tf.json": '{"module": {"m": {"source": "./m", "//": "😀", "alg": "AES256"}}}',
        "m/main.tf": MODULE,
    },
    "CloudFormation YAML": {"t.yaml": TEMPLATE},
    "CloudFormation JSON": {"t.json": TEMPLATE_JSON},
    "Serverless": {"serverless.yml": SERVERLESS},
    "Terragrunt": {
        "m/main.tf": MODULE.replace("var.alg }\n", "var.alg }\n    bucket_key_enabled = true\n"),
        "dev/terragrunt.hcl": '# 😀\nterraform { source = "../m" }\ninputs = { é = "😀", alg = "AES256" }\n',
    },
    "Kubernetes": {"k.yaml": KUBERNETES},
}


def checked(shell: Shell, *arguments: str) -> list[dict[str, Any]]:
    """The results of a check in SARIF, which is as it should be."""
    document = json.loads(shell("check", *arguments, "--format", "sarif").out)
    sarif.check(document)
    results: list[dict[str, Any]] = document["runs"][0]["results"]
    return results


def fixed_rules(results: list[dict[str, Any]]) -> set[str]:
    return {result["ruleId"] for result in results if "fixes" in result}


def write(folder: Path, files: dict[str, str], newline: str = "\n", head: bytes = b"") -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(head + text.replace("\n", newline).encode())


@pytest.mark.parametrize("target", ["code", "."])
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("files", PROJECTS.values(), ids=PROJECTS)
def test_the_replacements_are_what_fix_writes(
    shell: Shell, files: dict[str, str], newline: str, target: str
) -> None:
    write(shell.folder / "code", files, newline)

    fixed = sarif.apply_fixes(checked(shell, target), shell.folder)
    shell("fix", target, *APPLY)

    assert fixed
    changed = {
        path
        for name, text in files.items()
        if (path := shell.folder / "code" / name).read_bytes() != text.replace("\n", newline).encode()
    }
    assert fixed.keys() == changed
    assert all(path.read_bytes() == data for path, data in fixed.items())


def test_a_byte_order_mark_is_no_column(shell: Shell) -> None:
    write(shell.folder, {"t.json": '{"Resources": {"A": {"Type": "AWS::S3::Bucket"}}}'}, head=b"\xef\xbb\xbf")

    (result,) = checked(shell, "t.json")
    fixed = sarif.apply_fixes([result], shell.folder)
    shell("fix", "t.json", *APPLY)

    assert fixed == {shell.folder / "t.json": (shell.folder / "t.json").read_bytes()}


def test_of_every_case_of_terraform_the_replacements_are_what_fix_writes(shell: Shell) -> None:
    for name, case in CASES.items():
        write(shell.folder / name, dict(case.files))

    fixed = sarif.apply_fixes(checked(shell, *CASES), shell.folder)

    assert len(fixed) > 50
    for name, case in CASES.items():
        for file, text in fix(case).after.files.items():
            path = shell.folder / name / file
            assert fixed.get(path, case.files[file].encode()) == text.encode(), path


def test_of_every_case_of_cloudformation_the_replacements_are_what_fix_writes(shell: Shell) -> None:
    templates = {f"{number:03}/t.yaml": case.text.encode() for number, case in enumerate(TEMPLATES)}
    templates |= {f"s{number:03}/{one.name}": one.before for number, one in enumerate(STYLES)}
    for name, data in templates.items():
        (shell.folder / name).parent.mkdir()
        (shell.folder / name).write_bytes(data)

    fixed = sarif.apply_fixes(checked(shell, "."), shell.folder)
    shell("fix", ".", *APPLY, "--max-changes", "1000")

    written = {shell.folder / name: (shell.folder / name).read_bytes() for name in templates}
    assert len(fixed) > 50
    assert fixed == {
        path: data for path, data in written.items() if data != templates[str(path.relative_to(shell.folder))]
    }


def test_findings_that_nothing_tells_apart_have_the_edit_that_fixes_all_of_them(shell: Shell) -> None:
    stack = (
        "{Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: ./n.yaml, Parameters: {Alg: AES256}}}"
    )
    write(
        shell.folder,
        {"n.yaml": NESTED, "p.yaml": f"Resources:\n  N: {stack}\n", "q.yaml": f"Resources:\n  N: {stack}\n"},
    )

    results = checked(shell, ".")

    assert [len(result["fixes"]) for result in results] == [1, 1]
    fixed = sarif.apply_fixes(results, shell.folder)
    shell("fix", ".", *APPLY)
    assert fixed == {shell.folder / "n.yaml": (shell.folder / "n.yaml").read_bytes()}


def test_a_repository_that_a_link_leads_to_has_relative_paths(shell: Shell) -> None:
    write(shell.folder, {"real/.git/HEAD": "ref: refs/heads/main\n", "real/infra/main.tf": BARE})
    (shell.folder / "link").symlink_to("real")

    (result,) = checked(shell, "link/infra")

    (change,) = result["fixes"][0]["artifactChanges"]
    assert change["artifactLocation"] == result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert change["artifactLocation"]["uri"] == "infra/main.tf"


def test_each_of_two_buckets_in_one_file_has_its_own_fix(shell: Shell) -> None:
    write(shell.folder, {"main.tf": HCL})

    for result in checked(shell, "main.tf"):
        fixed = sarif.apply_fixes([result], shell.folder)
        (name,) = (one["fullyQualifiedName"] for one in result["locations"][0]["logicalLocations"])
        after = shell.folder / name / "main.tf"
        write(after.parent, {"main.tf": fixed[shell.folder / "main.tf"].decode()})
        verdicts = {
            one["resource"]: one["verdict"] for one in shell("check", str(after), "--format", "json").findings
        }
        assert verdicts == {**dict.fromkeys(("aws_s3_bucket.a", "aws_s3_bucket.b"), "fail"), name: "pass"}


def test_paths_of_fixes_begin_at_the_root_of_the_repository(shell: Shell) -> None:
    write(shell.folder, {"shop/.git/HEAD": "ref: refs/heads/main\n", "shop/infra/main.tf": BARE})

    (result,) = checked(shell, "shop/infra")

    (change,) = result["fixes"][0]["artifactChanges"]
    assert change["artifactLocation"] == {"uri": "infra/main.tf", "uriBaseId": "%SRCROOT%"}
    assert change["artifactLocation"] == result["locations"][0]["physicalLocation"]["artifactLocation"]


def test_a_fix_says_what_fix_says(shell: Shell) -> None:
    write(shell.folder, {"main.tf": ONE_CALL, "m/main.tf": MODULE})

    (result,) = checked(shell, ".")

    why = result["fixes"][0]["description"]["text"].removeprefix("Edit the code: ")
    assert why in shell("fix", ".").err


WEBSITE = """resource "aws_s3_bucket_website_configuration" "w" {
  bucket = aws_s3_bucket.a.id
  index_document { suffix = "i.html" }
}
"""
PLANNED = {
    "address": "aws_s3_bucket.a",
    "mode": "managed",
    "type": "aws_s3_bucket",
    "name": "a",
    "values": {"bucket": "acme-b"},
}
PLAN = {
    "format_version": "1.2",
    "terraform_version": "1.9.0",
    "planned_values": {"root_module": {"resources": [PLANNED]}},
}
SKIPPED = {
    "a hazard": {"main.tf": BARE + WEBSITE},
    "an exemption": {"main.tf": "# s3kms: exempt s3_bucket_kms_encryption why not\n" + BARE},
    "an exemption that is not understood": {"main.tf": "# s3kms: exempt s3_bucket_kms_encrypt why\n" + BARE},
    "no literal": {
        "main.tf": 'variable "alg" {\n  type = string\n}\n' + ONE_CALL.replace('"AES256"', "var.alg"),
        "m/main.tf": MODULE,
    },
    "a plan": {"plan.json": json.dumps(PLAN)},
}


@pytest.mark.parametrize("files", SKIPPED.values(), ids=SKIPPED)
def test_what_fix_leaves_alone_has_none(shell: Shell, files: dict[str, str]) -> None:
    write(shell.folder, files)

    results = checked(shell, ".")

    assert shell("fix", ".").out == ""
    assert results
    assert not fixed_rules(results)


def test_what_an_accepted_hazard_would_let_fix_write_is_not_there(shell: Shell) -> None:
    """A check accepts none: `fix` of the same target leaves the bucket alone."""
    write(shell.folder, SKIPPED["a hazard"])

    assert shell("fix", ".", "--accept", "website").out
    assert not fixed_rules(checked(shell, "."))


def test_a_link_that_fix_refuses_leaves_the_check_as_it_is(shell: Shell) -> None:
    write(shell.folder, {"there/main.tf": BARE})
    (shell.folder / "main.tf").symlink_to("there/main.tf")

    assert shell("fix", "main.tf").exit == 4
    assert [result["kind"] for result in checked(shell, "main.tf")] == ["fail"]
    assert not fixed_rules(checked(shell, "main.tf"))


def test_a_finding_that_the_edit_does_not_make_pass_has_none(shell: Shell) -> None:
    write(shell.folder, {"main.tf": BARE})

    results = checked(
        shell, ".", "--rule", "s3_bucket_customer_managed_key", "--rule", "s3_bucket_bucket_key_enabled"
    )

    assert {result["ruleId"] for result in results if result["kind"] == "fail"} >= {
        "s3_bucket_customer_managed_key"
    }
    assert "s3_bucket_kms_encryption" in fixed_rules(results)
    assert "s3_bucket_customer_managed_key" not in fixed_rules(results)


def test_the_key_of_the_configuration_is_in_the_edit(shell: Shell) -> None:
    write(
        shell.folder,
        {
            "main.tf": BARE.replace("{}", '{ bucket = "acme-a" }'),
            "s3kms.toml": '[[overrides]]\nbuckets = "acme-*"\nkey = "alias/logs"\n',
        },
    )

    result = checked(shell, ".")[0]

    assert "alias/logs" in json.dumps(result["fixes"])
    assert "alias/logs" in shell("fix", ".").out


def test_what_is_said_beside_the_code_holds_for_the_edit(shell: Shell) -> None:
    write(
        shell.folder,
        {
            "main.tf": 'variable "alg" {}\n' + ONE_CALL.replace('"AES256"', "var.alg"),
            "m/main.tf": MODULE,
            "x.tfvars": 'alg = "AES256"\n',
        },
    )

    fixed = sarif.apply_fixes(checked(shell, ".", "--var-file", "x.tfvars"), shell.folder)
    shell("fix", ".", "--var-file", "x.tfvars", *APPLY)

    assert {path.name for path in fixed} == {"x.tfvars", "main.tf"}
    assert all(path.read_bytes() == data for path, data in fixed.items())


def test_the_library_has_them_too(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    write(shell.folder, {"main.tf": BARE})
    monkeypatch.chdir(shell.folder)
    by_client = s3kms.Client().check(str(shell.folder / "main.tf"))

    for check in (s3kms.check_code("main.tf"), by_client):
        document = json.loads(s3kms.render(check.events(), format="sarif"))
        assert document["runs"][0]["results"][0]["fixes"] == checked(shell, "main.tf")[0]["fixes"]
