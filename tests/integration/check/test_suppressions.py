"""Exemptions beside the code, and `--format sarif` of code, from the command line."""

import json

from tests.support import sarif
from tests.support.cli import Shell
from tests.support.templates import bucket, default

OWN = """\
AWSTemplateFormatVersion: '2010-09-09'
Resources:
  # s3kms: exempt s3_bucket_kms_encryption until {until} logs of a balancer
  B:
    Type: AWS::S3::Bucket
"""
OTHER = """\
AWSTemplateFormatVersion: '2010-09-09'
Resources:
  B:
    # checkov:skip=CKV_AWS_145:logs of a balancer
    Type: AWS::S3::Bucket
"""


def write(shell: Shell, text: str) -> None:
    (shell.folder / "t.yaml").write_text(text)


def test_a_bucket_is_exempt_beside_its_declaration(shell: Shell) -> None:
    write(shell, OWN.format(until="9999-12-31"))

    done = shell("check", "t.yaml", "--format", "json")

    assert done.exit == 0
    assert done.findings[0]["verdict"] == "exempt"
    assert "logs of a balancer, until 9999-12-31 (t.yaml:3)" in done.findings[0]["message"]


def test_an_expired_exemption_is_a_finding(shell: Shell) -> None:
    write(shell, OWN.format(until="2020-01-01"))

    done = shell("check", "t.yaml", "--format", "json")

    assert done.exit == 10
    assert "the exemption has expired" in done.findings[0]["message"]


def test_a_malformed_exemption_is_a_finding_that_says_so(shell: Shell) -> None:
    write(shell, OWN.format(until="someday"))

    done = shell("check", "t.yaml", "--format", "json")

    assert done.exit == 10
    assert (
        "the exemption at t.yaml:3 is not understood: 'someday' is not a date" in done.findings[0]["message"]
    )


def test_what_another_tool_skips_is_noted_and_counts_when_honored(shell: Shell) -> None:
    write(shell, OTHER)

    noted = shell("check", "t.yaml", "--format", "json")
    honored = shell("check", "t.yaml", "--format", "json", "--honor-skips")

    assert noted.exit == 10
    assert "--honor-skips" in noted.err
    assert honored.exit == 0
    assert "checkov skips CKV_AWS_145: logs of a balancer (t.yaml:4)" in honored.findings[0]["message"]


def test_sarif_of_code_points_at_the_attribute_that_decides(shell: Shell) -> None:
    write(shell, bucket(default("AES256")))

    done = shell("check", "t.yaml", "--format", "sarif")

    (result,) = json.loads(done.out)["runs"][0]["results"]
    region = result["locations"][0]["physicalLocation"]["region"]
    line = (shell.folder / "t.yaml").read_text().splitlines()[region["startLine"] - 1]
    assert line[region["startColumn"] - 1 :].startswith("AES256")


def test_honoring_skips_is_about_code(shell: Shell) -> None:
    done = shell("check", "s3://bucket", "--honor-skips")

    assert done.exit == 2
    assert "--honor-skips is about code, and the targets are buckets in an account" in done.err


def test_sarif_of_code_has_the_rules_and_the_suppression(shell: Shell) -> None:
    write(shell, OTHER)

    done = shell("check", "t.yaml", "--honor-skips", "--format", "sarif")

    document = json.loads(done.out)
    sarif.check(document)
    run = document["runs"][0]
    (result,) = run["results"]
    assert result["suppressions"][0]["kind"] == "inSource"
    assert result["locations"][0]["physicalLocation"]["region"] == {"startLine": 5, "startColumn": 5}
    assert run["tool"]["driver"]["rules"][0]["help"]["markdown"]


def test_an_exemption_in_a_nested_template_counts(shell: Shell) -> None:
    (shell.folder / "inner.yaml").write_text(OWN.format(until="9999-12-31"))
    write(
        shell,
        "Resources: {Inner: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: inner.yaml}}}\n",
    )

    done = shell("check", "t.yaml", "--format", "json")

    assert [(f["resource"], f["verdict"]) for f in done.findings] == [("Inner.B", "exempt")]
