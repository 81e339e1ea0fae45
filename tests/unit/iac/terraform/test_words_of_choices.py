"""What a bucket hangs on, in words: each condition is told apart from those that are written alike."""

from pathlib import Path

from s3kms.iac.code_source import CodeSource
from s3kms.iac.conditions import OTHERWISE, describe_conditions
from s3kms.model.bucket import Bucket
from s3kms.model.encryption import Encryption

ENABLED = 'variable "enabled" {\n  type = list(string)\n}\n'
CONFIGURATION = """
resource "aws_s3_bucket" "b" {
  for_each = toset(["x", "y"])
}
resource "aws_s3_bucket_server_side_encryption_configuration" "b" {
  for_each = aws_s3_bucket.b
  bucket   = each.value.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = ALGORITHM ? "aws:kms" : "AES256"
    }
  }
}
"""


def ways(folder: Path, code: str, address: str) -> dict[str, str | None]:
    (folder / "main.tf").write_text(ENABLED + code)
    [found] = [
        item
        for item in CodeSource((folder,)).buckets(frozenset())
        if isinstance(item, Bucket) and item.resource == address
    ]
    return {
        outcome.when: outcome.encryption.algorithm if isinstance(outcome.encryption, Encryption) else None
        for outcome in found.outcomes
    }


def test_a_condition_names_the_instance_that_it_is_about(tmp_path: Path) -> None:
    code = CONFIGURATION.replace("ALGORITHM", "contains(var.enabled, each.key)")

    assert ways(tmp_path, code, 'aws_s3_bucket.b["y"]') == {
        'contains(var.enabled, "y") is true': "aws:kms",
        'contains(var.enabled, "y") is false': "AES256",
    }


def test_turns_of_a_loop_are_told_apart(tmp_path: Path) -> None:
    code = """
locals {
  on = { for k in ["a", "c"] : k => contains(var.enabled, k) ? 1 : 0 }
}
resource "aws_s3_bucket" "b" {}
resource "aws_s3_bucket_server_side_encryption_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = local.on["a"] == 0 && local.on["c"] == 1 ? "aws:kms" : "AES256"
    }
  }
}
"""
    found = ways(tmp_path, code, "aws_s3_bucket.b")

    assert 'contains(var.enabled, "a") is false and contains(var.enabled, "c") is true' in found
    assert not any("(var.enabled, k)" in when for when in found)


def test_what_is_made_of_a_value_is_not_called_that_value(tmp_path: Path) -> None:
    code = CONFIGURATION.replace("ALGORITHM", 'lower(var.stage) == "prod"') + '\nvariable "stage" {}\n'

    found = ways(tmp_path, code, 'aws_s3_bucket.b["x"]')

    assert found == {"lower(var.stage) is prod": "aws:kms", 'lower(var.stage) == "prod" is false': "AES256"}


def test_a_result_without_a_known_decision_is_described() -> None:
    assert describe_conditions({"kms": [{"var.on": "true"}], "unknown": [{}]}) == {
        "var.on is true": "kms",
        OTHERWISE: "unknown",
    }
