"""A key of another region than the bucket's cannot be used by S3 (fact B1): the code often tells both regions."""

import json
from pathlib import Path

import pytest
from tests.support.code import context
from tests.support.terraform_case import KEY, B, bucket, kms
from tests.support.terraform_json import Entry, config, plan, rule
from tests.support.terraform_json import bucket as planned_bucket

from s3kms.desired.configuration import Configuration
from s3kms.iac.interface import Document, Folder
from s3kms.iac.terraform.code import READER
from s3kms.iac.terraform.plan_and_state import READER as PLAN_READER
from s3kms.model.findings import Verdict
from s3kms.rules import find_rule

USABLE = find_rule("s3_bucket_kms_key_usable")
HOME = 'provider "aws" {\n  region = "eu-west-1"\n}\n'
AWAY = 'provider "aws" {\n  alias  = "away"\n  region = "eu-central-1"\n}\n'
BUCKET = bucket('bucket = "b"\n  provider = aws.away')
ARN = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
IN_WEST, IN_CENTRAL = (
    "is in eu-west-1, the bucket in eu-central-1",
    "is in eu-central-1, the bucket in eu-west-1",
)
MODULE = (
    'module "m" {\n  source = "./m"\n  providers = {\n    aws     = aws.away\n    aws.key = aws\n  }\n}\n'
)


def said(main_tf: str, **more: str) -> tuple[Verdict, str]:
    files = {"i/main.tf": main_tf} | {f"i/{name}/main.tf": text for name, text in more.items()}
    (found,) = READER.read(Folder(Path("i")), context(files))
    result = USABLE.result_for(found, Configuration())
    return result.verdict, result.message


@pytest.mark.parametrize(
    ("code", "where"),
    [
        (HOME + AWAY + BUCKET + KEY + kms(key="aws_kms_key.k.arn"), IN_WEST),
        (HOME + AWAY + BUCKET + KEY + kms(key="aws_kms_key.k.key_id"), IN_WEST),
        (HOME + AWAY + BUCKET + kms(key=f'"{ARN}"'), IN_WEST),
        (HOME + AWAY + BUCKET + kms(key='"arn:aws:kms:eu-west-1:111122223333:alias/data"'), IN_WEST),
        (
            HOME + bucket('bucket = "b"\n  region = "eu-central-1"') + KEY + kms(key="aws_kms_key.k.arn"),
            IN_WEST,
        ),
        (
            HOME
            + bucket('bucket = "b"')
            + KEY.replace("{", '{\n  region = "eu-central-1"\n', 1)
            + kms(key="aws_kms_key.k.arn"),
            IN_CENTRAL,
        ),
        (
            HOME
            + AWAY
            + BUCKET
            + KEY
            + 'resource "aws_kms_alias" "a" {\n  name = "alias/a"\n  target_key_id = aws_kms_key.k.id\n}\n'
            + kms(key="aws_kms_alias.a.target_key_arn"),
            IN_WEST,
        ),
        (
            HOME.replace('"eu-west-1"', "var.region")
            + 'variable "region" {\n  default = "eu-west-1"\n}\n'
            + AWAY
            + BUCKET
            + KEY
            + kms(key="aws_kms_key.k.arn"),
            IN_WEST,
        ),
    ],
    ids=["key", "key id", "ARN", "alias ARN", "region of bucket", "region of key", "alias", "variable"],
)
def test_a_key_of_another_region_fails(code: str, where: str) -> None:
    verdict, message = said(code)

    assert verdict is Verdict.FAIL
    assert where in message


def test_the_provider_that_a_module_is_passed_tells_the_region() -> None:
    inner = (
        bucket('bucket = "b"')
        + KEY.replace("{", "{\n  provider = aws.key\n", 1)
        + kms(key="aws_kms_key.k.arn")
    )

    verdict, message = said(HOME + AWAY + MODULE, m=inner)

    assert verdict is Verdict.FAIL
    assert IN_WEST in message


@pytest.mark.parametrize(
    "code",
    [
        HOME + bucket('bucket = "b"') + KEY + kms(key="aws_kms_key.k.arn"),
        HOME.replace('"eu-west-1"', "var.region")
        + 'variable "region" {}\n'
        + AWAY
        + BUCKET
        + KEY
        + kms(key="aws_kms_key.k.arn"),
        bucket('bucket = "b"') + kms(key=f'"{ARN}"'),
    ],
    ids=["the same region", "a region that is not known", "no provider"],
)
def test_a_region_that_is_the_same_or_not_known_is_no_fault(code: str) -> None:
    assert said(code)[0] is Verdict.UNKNOWN


def test_a_plan_of_provider_6_tells_both_regions() -> None:
    key = Entry("aws_kms_key.k", {"region": "eu-west-1"}, {"arn": True, "id": True})
    made = plan(
        planned_bucket(B, "b"),
        key,
        config(
            "aws_s3_bucket_server_side_encryption_configuration.b",
            f"{B}.id",
            B,
            name="b",
            rules=rule(key=None),
            unknown_rule=[{"apply_server_side_encryption_by_default": [{"kms_master_key_id": True}]}],
            code={
                "rule": [
                    {
                        "apply_server_side_encryption_by_default": [
                            {"kms_master_key_id": {"references": ["aws_kms_key.k.arn", "aws_kms_key.k"]}}
                        ]
                    }
                ]
            },
        ),
    )
    for one in made["planned_values"]["root_module"]["resources"]:
        if one["address"] == B:
            one["values"]["region"] = "eu-central-1"

    (found,) = PLAN_READER.read(Document(Path("plan.json"), json.dumps(made).encode()), context({}))

    assert IN_WEST in USABLE.result_for(found, Configuration()).message
