"""A key that the code declares as one that S3 cannot use fails, whatever KMS may say of it later (facts A9, B1)."""

from pathlib import Path

import pytest
from tests.support.code import context
from tests.support.terraform_case import bucket, kms

from s3kms.desired.configuration import Configuration
from s3kms.iac.interface import Folder
from s3kms.iac.terraform.code import READER
from s3kms.model.findings import Verdict
from s3kms.rules import find_rule

USABLE = find_rule("s3_bucket_kms_key_usable")
BUCKET = bucket('bucket = "b"') + kms(key="aws_kms_key.k.arn")


def judged(arguments: str, more: str = "") -> tuple[Verdict, str]:
    code = f'resource "aws_kms_key" "k" {{\n{arguments}\n}}\n{more}{BUCKET}'
    (found,) = READER.read(Folder(Path("i")), context({"i/main.tf": code}))
    result = USABLE.result_for(found, Configuration())
    return result.verdict, result.message


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ("is_enabled = false", "the key aws_kms_key.k is declared disabled"),
        ('is_enabled = "false"', "the key aws_kms_key.k is declared disabled"),
        ('customer_master_key_spec = "RSA_2048"', "is RSA_2048 for ENCRYPT_DECRYPT, not a symmetric"),
        (
            'customer_master_key_spec = "HMAC_256"\nkey_usage = "GENERATE_VERIFY_MAC"',
            "is HMAC_256 for GENERATE_VERIFY_MAC, not a symmetric",
        ),
    ],
)
def test_what_the_code_says_against_a_key_decides(arguments: str, why: str) -> None:
    verdict, message = judged(arguments)

    assert verdict is Verdict.FAIL
    assert why in message


@pytest.mark.parametrize(
    "arguments",
    [
        "",
        "is_enabled = true",
        "is_enabled = var.unset",
        'customer_master_key_spec = "SYMMETRIC_DEFAULT"\nkey_usage = "ENCRYPT_DECRYPT"',
    ],
)
def test_a_key_that_nothing_speaks_against_is_not_said_to_be_usable(arguments: str) -> None:
    verdict, _ = judged(arguments, 'variable "unset" {}\n')

    assert verdict is Verdict.UNKNOWN
