"""The real Terraform against never-configured buckets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.support.terraform import Terraform, requires_terraform

from s3kms.demo.aws import MANAGEMENT

if TYPE_CHECKING:
    from pathlib import Path

    from s3kms.demo.aws import EmbeddedAws

PROGRAM = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
provider "aws" {
  region                      = "us-east-1"
  s3_use_path_style           = true
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
  endpoints {
    s3 = "URL"
  }
}
import {
  to = aws_s3_bucket.b
  id = "reports"
}
import {
  to = aws_s3_bucket_server_side_encryption_configuration.b
  id = "reports"
}
resource "aws_s3_bucket" "b" {
  bucket = "reports"
}
resource "aws_s3_bucket_server_side_encryption_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}
"""


@pytest.mark.slow
@pytest.mark.terraform
@requires_terraform
def test_a_bucket_nobody_configured_is_imported_unchanged(
    aws: EmbeddedAws, s3: Any, bucket: str, tmp_path: Path
) -> None:
    (tmp_path / "main.tf").write_text(PROGRAM.replace("URL", aws.url))
    terraform = Terraform(tmp_path, aws.credentials(MANAGEMENT))

    terraform("init")

    assert "Plan: 2 to import, 0 to add, 0 to change, 0 to destroy." in terraform("plan", "-input=false")
