"""Vector buckets are judged by their own rule wherever code declares them (fact A23)."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from s3kms.api import check_code
from s3kms.model.encryption import KeyKind
from s3kms.model.findings import Finding, Verdict

RULE = "s3_vector_bucket_kms_encryption"
KEY = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
BLOCK = "encryption_configuration {{\n{}\n}}"
LIST = "encryption_configuration = [{{\n{}\n}}]"
OBJECT = "encryption_configuration = {{\n{}\n}}"
KMS = f'sse_type = "aws:kms"\nkms_key_arn = "{KEY}"'
DYNAMIC = f'dynamic "encryption_configuration" {{\nfor_each = [1]\ncontent {{\n{KMS}\n}}\n}}'
AWS, AWSCC = "aws_s3vectors_vector_bucket", "awscc_s3vectors_vector_bucket"


def findings(folder: Path, files: Mapping[str, str]) -> list[Finding]:
    for name, text in files.items():
        (folder / name).write_text(text)
    return list(check_code(folder))


def resource(body: str, kind: str = AWS) -> str:
    return f'resource "{kind}" "v" {{\nvector_bucket_name = "the-vectors"\n{body}\n}}\n'


@pytest.mark.parametrize(
    ("kind", "body", "verdict"),
    [
        (AWS, "", Verdict.FAIL),
        (AWS, BLOCK.format(KMS), Verdict.PASS),
        (AWS, BLOCK.format('sse_type = "AES256"'), Verdict.FAIL),
        (AWS, BLOCK.format(""), Verdict.FAIL),
        (AWS, LIST.format(KMS), Verdict.PASS),
        (AWS, DYNAMIC, Verdict.PASS),
        (AWS, BLOCK.format('sse_type = "aws:kms"'), Verdict.UNKNOWN),
        (AWS, BLOCK.format('sse_type = "aws:kms:dsse"\nkms_key_arn = "k"'), Verdict.UNKNOWN),
        (AWS, BLOCK.format(KMS) + "\n" + BLOCK.format(KMS), Verdict.UNKNOWN),
        (AWSCC, "", Verdict.FAIL),
        (AWSCC, OBJECT.format(KMS), Verdict.PASS),
        (AWSCC, OBJECT.format('sse_type = "AES256"'), Verdict.FAIL),
    ],
)
def test_terraform_code_is_judged(tmp_path: Path, kind: str, body: str, verdict: Verdict) -> None:
    (finding,) = findings(tmp_path, {"main.tf": resource(body, kind)})

    assert (finding.rule, finding.verdict, finding.bucket) == (RULE, verdict, "the-vectors")


def test_the_json_syntax_of_terraform_is_judged(tmp_path: Path) -> None:
    block = {"sse_type": "aws:kms", "kms_key_arn": KEY}
    body = {"vector_bucket_name": "the-vectors", "encryption_configuration": [block]}

    (finding,) = findings(tmp_path, {"main.tf.json": json.dumps({"resource": {AWS: {"v": body}}})})

    assert (finding.rule, finding.verdict) == (RULE, Verdict.PASS)


def test_a_key_that_the_code_declares_is_customer_managed(tmp_path: Path) -> None:
    block = BLOCK.format('sse_type = "aws:kms"\nkms_key_arn = aws_kms_key.k.arn')

    (finding,) = findings(tmp_path, {"main.tf": 'resource "aws_kms_key" "k" {}\n' + resource(block)})

    assert (finding.verdict, finding.key_kind) == (Verdict.PASS, KeyKind.CUSTOMER_MANAGED)


def test_an_algorithm_of_a_variable_without_a_value_is_unknown(tmp_path: Path) -> None:
    block = BLOCK.format(f'sse_type = var.sse\nkms_key_arn = "{KEY}"')

    (finding,) = findings(tmp_path, {"main.tf": 'variable "sse" {}\n' + resource(block)})

    assert (finding.rule, finding.verdict) == (RULE, Verdict.UNKNOWN)
    assert "var.sse" in finding.message


def plan(values: dict[str, Any], unknown: dict[str, Any], written: dict[str, Any]) -> str:
    head = {"mode": "managed", "type": AWS, "name": "v", "address": f"{AWS}.v"}
    named = {"vector_bucket_name": "the-vectors"}
    change = {"actions": ["create"], "after": {**named, **values}, "after_unknown": unknown}
    return json.dumps(
        {
            "format_version": "1.2",
            "terraform_version": "1.9.0",
            "planned_values": {"root_module": {"resources": [{**head, "values": {**named, **values}}]}},
            "resource_changes": [{**head, "change": change}],
            "configuration": {"root_module": {"resources": [{**head, "expressions": written}]}},
        }
    )


@pytest.mark.parametrize(
    ("values", "unknown", "written", "verdict"),
    [
        ({}, {"encryption_configuration": True}, {}, Verdict.FAIL),
        (
            {"encryption_configuration": [{"sse_type": "aws:kms", "kms_key_arn": KEY}]},
            {},
            {"encryption_configuration": [{"sse_type": {"constant_value": "aws:kms"}}]},
            Verdict.PASS,
        ),
        (
            {"encryption_configuration": [{"sse_type": "aws:kms"}]},
            {"encryption_configuration": [{"kms_key_arn": True}]},
            {"encryption_configuration": [{"kms_key_arn": {"references": ["aws_kms_key.k.arn"]}}]},
            Verdict.PASS,
        ),
        (
            {},
            {"encryption_configuration": True},
            {"encryption_configuration": {"references": ["var.x"]}},
            Verdict.UNKNOWN,
        ),
    ],
)
def test_a_plan_is_judged(
    tmp_path: Path,
    values: dict[str, Any],
    unknown: dict[str, Any],
    written: dict[str, Any],
    verdict: Verdict,
) -> None:
    (finding,) = findings(tmp_path, {"plan.json": plan(values, unknown, written)})

    assert (finding.rule, finding.verdict, finding.bucket) == (RULE, verdict, "the-vectors")


@pytest.mark.parametrize(
    ("configuration", "verdict"),
    [([{"sse_type": "AES256", "kms_key_arn": ""}], Verdict.FAIL), ([], Verdict.FAIL)],
)
def test_a_state_is_judged(tmp_path: Path, configuration: list[dict[str, str]], verdict: Verdict) -> None:
    attributes = {"vector_bucket_name": "the-vectors", "encryption_configuration": configuration}
    state = {
        "version": 4,
        "terraform_version": "1.9.0",
        "lineage": "x",
        "resources": [
            {"mode": "managed", "type": AWS, "name": "v", "instances": [{"attributes": attributes}]}
        ],
    }

    (finding,) = findings(tmp_path, {"terraform.tfstate": json.dumps(state)})

    assert (finding.rule, finding.verdict) == (RULE, verdict)


@pytest.mark.parametrize(
    ("encryption", "verdict", "says"),
    [
        ("", Verdict.FAIL, "SSE-S3"),
        (f"EncryptionConfiguration: {{SseType: aws:kms, KmsKeyArn: {KEY}}}", Verdict.PASS, KEY),
        ("EncryptionConfiguration: {SseType: AES256}", Verdict.FAIL, "SSE-S3"),
        ("EncryptionConfiguration: {SseType: aws:kms}", Verdict.UNKNOWN, "KmsKeyArn is missing"),
        ("EncryptionConfiguration: {SSEAlgorithm: aws:kms}", Verdict.UNKNOWN, "the property is SseType"),
        (f"EncryptionConfiguration: {{KmsKeyArn: {KEY}}}", Verdict.UNKNOWN, "has no SseType"),
    ],
)
def test_a_template_is_judged(tmp_path: Path, encryption: str, verdict: Verdict, says: str) -> None:
    text = (
        "Resources:\n  V:\n    Type: AWS::S3Vectors::VectorBucket\n    Properties:\n"
        f"      VectorBucketName: the-vectors\n      {encryption}\n"
    )

    (finding,) = findings(tmp_path, {"t.yaml": text})

    assert (finding.rule, finding.verdict, finding.bucket) == (RULE, verdict, "the-vectors")
    assert says in finding.message


def test_an_exemption_of_the_default_rule_holds_for_vector_and_table_buckets(tmp_path: Path) -> None:
    exempt = "# s3kms: exempt s3_bucket_kms_encryption open data\n"
    tables = 'resource "aws_s3tables_table_bucket" "t" {\nname = "t"\n}\n'

    found = findings(tmp_path, {"main.tf": exempt + resource("") + exempt + tables})

    assert {finding.rule: finding.verdict for finding in found} == {
        RULE: Verdict.EXEMPT,
        "s3_table_bucket_kms_encryption": Verdict.EXEMPT,
    }
