"""A value of several uses is edited only where all of them want it."""

import pytest
from tests.support.edits import BUCKET, RULE, terraform

OTHER = (
    'resource "aws_ecr_repository" "r" {\n  encryption_configuration {\n    encryption_type = %s\n  }\n}\n'
)


@pytest.mark.parametrize(
    ("start", "said"),
    [
        ('locals {\n  a = "AES256"\n}\n', "local.a"),
        ('variable "a" {\n  default = "AES256"\n}\n', "var.a"),
        ('variable "a" {\n  default = "AES256"\n}\nlocals {\n  b = var.a\n}\n', "local.b"),
    ],
)
def test_a_value_that_something_else_is_made_with_stays(start: str, said: str) -> None:
    shared = "local.a" if "local.a" in said else "var.a"
    before = start + BUCKET + RULE % said + OTHER % shared

    assert terraform(before).decode() == start + BUCKET + RULE % '"aws:kms"' + OTHER % shared


def test_a_value_of_a_similar_name_is_no_other_use() -> None:
    start = 'locals {\n  a = "AES256"\n}\n'
    before = start + BUCKET + RULE % "local.a" + OTHER % "local.a_b"

    assert terraform(before).decode() == before.replace("AES256", "aws:kms")


def test_a_policy_that_asks_for_the_algorithm_of_the_bucket_goes_with_it() -> None:
    before = (
        'variable "a" {\n  default = "AES256"\n}\n'
        + BUCKET
        + RULE % "var.a"
        + 'data "aws_iam_policy_document" "p" {\n  statement {\n    condition {\n'
        '      variable = "s3:x-amz-server-side-encryption"\n      values   = [var.a]\n    }\n  }\n}\n'
    )

    assert terraform(before).decode() == before.replace("AES256", "aws:kms")
