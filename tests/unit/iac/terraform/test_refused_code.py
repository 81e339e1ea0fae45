"""Code that Terraform refuses, or that is for another server than AWS: nothing follows from what it says."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.support.code import context
from tests.support.terraform_case import B, bucket, kms, sse

from s3kms.iac.interface import Document, Folder
from s3kms.iac.terraform.code import READER
from s3kms.iac.terraform.plan_and_state import READER as PLANS
from s3kms.model.bucket import Bucket
from s3kms.model.encryption import Encryption
from s3kms.model.unknown import Unknown

KEY = '"arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"'


def read(text: str, **files: str) -> dict[str | None, Bucket]:
    named = {"i/main.tf": text} | {
        f"i/{name.replace('__', '/').replace('_tf', '.tf')}": more for name, more in files.items()
    }
    return {one.resource: one for one in READER.read(Folder(Path("i")), context(named))}


def why(found: Bucket) -> str:
    assert isinstance(found.encryption, Unknown), found.encryption
    return found.encryption.why


def with_rule(text: str) -> str:
    return (
        bucket() + 'resource "aws_s3_bucket_server_side_encryption_configuration" "b" {\n'
        f"  bucket = aws_s3_bucket.b.id\n{text}\n}}\n"
    )


DEFAULT = 'apply_server_side_encryption_by_default {{\n sse_algorithm = "aws:kms"\n {}\n}}\n'


@pytest.mark.parametrize(
    ("rule", "meant"),
    [
        (f"rule {{\n{DEFAULT.format(f'kms_master_key_arn = {KEY}')}}}", "kms_master_key_id is meant"),
        (f"rule {{\n{DEFAULT.format(f'kms_key_id = {KEY}')}}}", "kms_master_key_id is meant"),
        (f"rule {{\n{DEFAULT.format(f'kms_master_keyid = {KEY}')}}}", "kms_master_key_id is meant"),
        (
            f"rule {{\n{DEFAULT.format('bucket_key_enabled = true')}}}",
            "no bucket_key_enabled in apply_server_side_encryption_by_default of rule of "
            "aws_s3_bucket_server_side_encryption_configuration.b: it belongs in rule",
        ),
        (
            'rule {\n apply_server_side_encryption_by_default {\n algorithm = "aws:kms"\n}\n}',
            "sse_algorithm is meant",
        ),
        (f"rule {{\n bucket_key = true\n{DEFAULT.format('')}}}", "bucket_key_enabled is meant"),
        (f"rules {{\n{DEFAULT.format('')}}}", "rule is meant"),
        (f"bucket_name = 1\nrule {{\n{DEFAULT.format('')}}}", "bucket is meant"),
        ("rule = {\n bucket_key_enabled = true\n}", "takes it as a block"),
        (
            f'dynamic "rule" {{\n for_each = [1]\n content {{\n{DEFAULT.format("kms_key = 1")}}}\n}}',
            "kms_master_key_id is meant",
        ),
    ],
)
def test_an_argument_that_the_provider_does_not_know_is_told_with_the_one_that_was_meant(
    rule: str, meant: str
) -> None:
    (found,) = read(with_rule(rule)).values()

    assert meant in why(found)


@pytest.mark.parametrize(
    "inside",
    [
        f"server_side_encryption_configuration {{\n rule {{\n{DEFAULT.format(f'kms_key_arn = {KEY}')}}}\n}}",
        "server_side_encryption {\n}",
        'sse_algorithm = "aws:kms"',
    ],
)
def test_the_block_in_the_bucket_itself_is_looked_at_too(inside: str) -> None:
    (found,) = read(bucket(inside)).values()

    assert "is meant" in why(found) or "it belongs in" in why(found)


def test_json_is_looked_at_too() -> None:
    default = {"sse_algorithm": "aws:kms", "kms_master_key_arn": "x", "//": "a comment"}
    configuration = {"bucket": "b", "rule": {"apply_server_side_encryption_by_default": default}}
    resource = {"aws_s3_bucket_server_side_encryption_configuration": {"b": configuration}}

    files = context({"i/main.tf.json": json.dumps({"resource": resource})})
    (found,) = READER.read(Folder(Path("i")), files)

    assert "kms_master_key_id is meant" in why(found)


BLOCKED = with_rule(f'rule {{\n blocked_encryption_types = ["SSE-C"]\n{DEFAULT.format("")}}}')


def requiring(version: str) -> str:
    return f'terraform {{\n required_providers {{\n aws = {{\n version = "{version}"\n}}\n}}\n}}\n'


@pytest.mark.parametrize("version", ["~> 5.0", "< 6.22", "6.21.0", ">= 4, < 6"])
def test_an_argument_of_a_newer_provider_than_the_code_wants_is_refused(version: str) -> None:
    assert "needs version 6.22.0" in why(read(requiring(version) + BLOCKED)[B])


@pytest.mark.parametrize("version", ["~> 6.0", ">= 5", "6.22.0", "= 6.30.0"])
def test_an_argument_is_taken_where_some_version_that_the_code_wants_knows_it(version: str) -> None:
    assert isinstance(read(requiring(version) + BLOCKED)[B].encryption, Encryption)


def test_the_lock_file_decides_the_version() -> None:
    locked = 'provider "registry.terraform.io/hashicorp/aws" {\n version = "6.20.0"\n}\n'
    files = {"i/main.tf": requiring("~> 6.0") + BLOCKED, "i/.terraform.lock.hcl": locked}

    (found,) = READER.read(Folder(Path("i")), context(files))

    assert "needs version 6.22.0" in why(found)


R2 = "https://0123456789abcdef.r2.cloudflarestorage.com"


def provider(endpoint: str, alias: str = "") -> str:
    named = f' alias = "{alias}"\n' if alias else ""
    return f'provider "aws" {{\n{named} endpoints {{\n s3 = {endpoint}\n}}\n}}\n'


BOTH = bucket("provider = aws.r2") + bucket().replace('"b"', '"ok"')


@pytest.mark.parametrize(
    ("code", "named"),
    [
        (provider(f'"{R2}"', "r2"), R2),
        ('variable "e" {\n default = "https://minio.corp:9000"\n}\n' + provider("var.e", "r2"), "minio.corp"),
        ('locals {\n e = "https://s3.gra.io.cloud.ovh.net"\n}\n' + provider("local.e", "r2"), "ovh.net"),
        (provider('"http://localhost:9000"', "r2"), "localhost:9000"),
        (provider('"https://s3.amazonaws.com.example.org"', "r2"), "example.org"),
        (
            'provider "aws" {\n alias = "r2"\n dynamic "endpoints" {\n for_each = [1]\n content {\n'
            f' s3 = "{R2}"\n}}\n}}\n}}\n',
            R2,
        ),
    ],
)
def test_a_bucket_of_another_server_is_unknown_and_the_one_beside_it_is_judged(code: str, named: str) -> None:
    found = read(code + BOTH)

    assert "is not AWS" in why(found[B])
    assert named in why(found[B])
    assert isinstance(found["aws_s3_bucket.ok"].encryption, Encryption)


def test_the_provider_that_a_call_passes_counts() -> None:
    call = 'module "m" {\n source = "./m"\n providers = {\n aws = aws.r2\n aws.other = aws\n }\n}\n'
    module = bucket() + bucket("provider = aws.other").replace('"b"', '"ok"')

    found = read(provider(f'"{R2}"', "r2") + call, m__main_tf=module)

    assert R2 in why(found[f"module.m.{B}"])
    assert isinstance(found["module.m.aws_s3_bucket.ok"].encryption, Encryption)


def test_an_endpoint_that_is_not_known_leaves_the_bucket_unknown() -> None:
    found = read('variable "e" {\n}\n' + provider("var.e") + bucket())[B]

    assert "whether its provider's s3 endpoint is AWS is not known: var.e has no value" in why(found)


@pytest.mark.parametrize(
    "endpoint",
    [
        "null",
        '""',
        '"https://s3.us-west-2.amazonaws.com"',
        '"https://s3-fips.us-east-1.amazonaws.com"',
        '"https://bucket.vpce-0123-abcd.s3.eu-west-1.vpce.amazonaws.com"',
        '"https://s3.cn-north-1.amazonaws.com.cn"',
        '"s3.dualstack.us-east-1.amazonaws.com"',
        '"https://s3.eusc-de-east-1.amazonaws.eu"',
    ],
)
def test_endpoints_of_aws_are_aws(endpoint: str) -> None:
    found = read(provider(endpoint) + bucket() + kms())[B]

    assert isinstance(found.encryption, Encryption)
    assert found.caveat is None


@pytest.mark.parametrize("endpoint", ["http://localhost:4566", "http://s3.localhost.localstack.cloud:4566"])
def test_an_emulator_is_judged_as_aws_and_told(endpoint: str) -> None:
    found = read(provider(f'"{endpoint}"') + bucket() + sse('"AES256"'))[B]

    assert isinstance(found.encryption, Encryption)
    assert found.caveat == (
        f"its provider's s3 endpoint is {endpoint}, which stands in for AWS: it is judged as if it were AWS"
    )


def planned(written: Mapping[str, object], variables: Mapping[str, object] | None = None) -> Bucket:
    values = {
        "address": B,
        "mode": "managed",
        "type": "aws_s3_bucket",
        "name": "b",
        "values": {"bucket": "bbb"},
    }
    code = {
        "address": B,
        "mode": "managed",
        "type": "aws_s3_bucket",
        "name": "b",
        "provider_config_key": "aws.r2",
    }
    plan = {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "variables": variables or {},
        "planned_values": {"root_module": {"resources": [values]}},
        "resource_changes": [],
        "configuration": {
            "provider_config": {"aws.r2": {"name": "aws", "expressions": {"endpoints": [{"s3": written}]}}},
            "root_module": {"resources": [code]},
        },
    }
    (found,) = PLANS.read(Document(Path("plan.json"), json.dumps(plan).encode()), context())
    return found


@pytest.mark.parametrize(
    ("written", "variables"),
    [({"constant_value": R2}, {}), ({"references": ["var.e"]}, {"e": {"value": R2}})],
    ids=["constant", "variable"],
)
def test_a_plan_tells_the_endpoint(written: dict[str, object], variables: dict[str, object]) -> None:
    assert f"{R2}, which is not AWS" in why(planned(written, variables))


def test_a_plan_that_does_not_show_the_endpoint_leaves_the_bucket_unknown() -> None:
    assert "the plan does not show local.e" in why(planned({"references": ["local.e"]}))


def test_a_plan_with_an_endpoint_of_aws_is_judged() -> None:
    found = planned({"constant_value": "https://s3.us-west-2.amazonaws.com"})

    assert isinstance(found.encryption, Encryption)
