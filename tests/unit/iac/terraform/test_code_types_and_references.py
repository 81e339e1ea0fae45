"""Terraform's types, and references through modules and data sources, as cases."""

import pytest
from tests.support.terraform_case import (
    BLIND,
    DSSE,
    KEY,
    KMS,
    OUR_KEY,
    SSE,
    Case,
    bucket,
    case,
    kms,
    local,
    sse,
    variable,
)
from tests.unit.iac.terraform.test_code_cases import agree, read

FILLED = KEY + local("key", "aws_kms_key.k.arn") + bucket()
LOOKED_UP = variable("name") + 'data "aws_s3_bucket" "d" {\n  bucket = var.name\n}\n'
CASES = [
    case("a-name-is-no-empty-list", bucket() + sse('[aws_s3_bucket.b.id] == [] ? "AES256" : "aws:kms"'), KMS),
    case("a-name-is-no-list", bucket() + sse('aws_s3_bucket.b.id == tolist([]) ? "AES256" : "aws:kms"'), KMS),
    case("join-takes-many-lists", bucket() + sse('join("", ["AES"], ["256"])'), SSE),
    case("join-makes-texts", bucket() + sse('join("", [256]) == "256" ? "aws:kms" : "AES256"'), KMS),
    case("branches-have-one-type", bucket() + sse('(true ? 1 : "x") == "1" ? "aws:kms" : "AES256"'), KMS),
    case(
        "branches-have-one-type-either-way",
        variable("e", "default = true")
        + bucket()
        + sse('(var.e ? true : "false") == "true" ? "aws:kms:dsse" : "AES256"'),
        DSSE,
    ),
    case(
        "a-list-is-no-tuple",
        variable("l", "type = list(string)", "default = []")
        + bucket()
        + sse('var.l == [] ? "aws:kms" : "AES256"'),
        SSE,
    ),
    case(
        "a-map-is-no-object",
        variable("m", "type = map(string)", "default = {}")
        + bucket()
        + sse('{} != var.m ? "aws:kms" : "AES256"'),
        KMS,
    ),
    case(
        "a-tuple-is-a-tuple",
        variable("l", "default = []") + bucket() + sse('var.l == [] ? "aws:kms" : "AES256"'),
        KMS,
    ),
    case(
        "a-local-tuple-is-a-tuple",
        local("l", "[]") + bucket() + sse('local.l == [] ? "aws:kms" : "AES256"'),
        KMS,
    ),
    case(
        "nobody-tells-a-list-from-a-tuple",
        local("l", 'distinct(["a"])') + bucket() + sse('upper(local.l == ["a"] ? "x" : "y")'),
        BLIND,
    ),
    case(
        "a-bucket-looked-up-in-a-module",
        bucket() + 'module "m" {\n  source = "./m"\n  name = aws_s3_bucket.b.id\n}\n',
        KMS,
        ("m/main.tf", LOOKED_UP + kms(of="data.aws_s3_bucket.d.id")),
    ),
    case(
        "a-bucket-of-a-module-called-data",
        'module "data" {\n  source = "./m"\n}\n' + kms(of="module.data.id"),
        {"module.data.aws_s3_bucket.b": KMS},
        ("m/main.tf", bucket() + 'output "id" {\n  value = aws_s3_bucket.b.id\n}\n'),
    ),
    case(
        "an-arn-has-a-length",
        FILLED + sse('length(local.key) > 0 ? "aws:kms" : "AES256"', key="local.key"),
        OUR_KEY,
    ),
    case("an-arn-has-no-length-of-zero", FILLED + sse('0 == length(local.key) ? "AES256" : "aws:kms"'), KMS),
    case(
        "a-module-that-is-not-there-is-given-the-whole-bucket",
        bucket() + 'module "e" {\n  source = "acme/enc/aws"\n  bucket = aws_s3_bucket.b\n}\n',
        {"aws_s3_bucket.b": BLIND.saying("a module that is given the bucket"), "": BLIND},
    ),
    case(
        "a-configuration-declared-twice",
        bucket() + kms(),
        BLIND.saying("aws_s3_bucket_server_side_encryption_configuration.b is declared more than once"),
        ("more.tf", sse('"AES256"')),
    ),
    case(
        "another-workspace-is-meant",
        bucket() + sse('{ prod = "aws:kms" }[terraform.workspace]'),
        BLIND.saying(remedy="--workspace"),
    ),
    case(
        "a-local-module-is-not-there",
        'module "m" {\n  source = "./m"\n}\n',
        {"": BLIND.saying(remedy="correct its source")},
    ),
]


@pytest.mark.parametrize("one", [pytest.param(one, id=one.id) for one in CASES])
def test_every_bucket_gets_its_verdict(one: Case) -> None:
    found = {bucket.resource or "": bucket for bucket in read(one)}

    assert set(found) == set(one.said)
    for address, said in one.said.items():
        agree(found[address], said)
