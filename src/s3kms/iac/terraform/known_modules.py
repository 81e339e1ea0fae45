"""Well-known public modules, as far as they decide a default encryption: for calls before `terraform init`.

Each was read in its repository at every released version (tags up to November 2026). What stands here is what all of
them have in common: names of resources and outputs, and how the inputs lead to the encryption. A module whose
versions differ in that does not belong here.
"""

from collections.abc import Mapping

from s3kms.iac.hcl.module_sources import RemoteModule

_WITHOUT_BUCKETS = frozenset(
    {
        "github.com/cloudposse/terraform-null-label",
        "github.com/cloudposse/terraform-aws-route53-alias",
        *(
            f"github.com/terraform-aws-modules/terraform-aws-{name}"
            for name in (
                "acm",
                "autoscaling",
                "cloudfront",
                "dynamodb-table",
                "ec2-instance",
                "ecr",
                "ecs",
                "eks",
                "eks-pod-identity",
                "eventbridge",
                "iam",
                "key-pair",
                "kms",
                "lambda",  # puts objects into buckets that it is given
                "rds",
                "rds-aurora",
                "route53",
                "secrets-manager",
                "security-group",
                "sns",
                "sqs",
                "vpc",  # flow logs go to a bucket that it is given
            )
        ),
    }
)
"""Repositories that declare no bucket and no bucket's encryption in any version or folder. Not terraform-aws-alb,
which made log buckets up to 3.x.
"""

_S3_BUCKET = """
variable "create_bucket" {
  type    = bool
  default = true
}
variable "putin_khuylo" {
  type    = bool
  default = true
}
variable "is_directory_bucket" {
  type    = bool
  default = false
}
variable "availability_zone_id" {
  default = null
}
variable "bucket" {
  type    = string
  default = null
}
variable "region" {
  type    = string
  default = null
}
variable "tags" {
  type    = map(string)
  default = {}
}
variable "server_side_encryption_configuration" {
  type    = any
  default = {}
}
locals {
  create_bucket = var.create_bucket && var.putin_khuylo
}
resource "aws_s3_bucket" "this" {
  count  = local.create_bucket && !var.is_directory_bucket ? 1 : 0
  region = var.region
  bucket = var.bucket
  tags   = var.tags
}
resource "aws_s3_directory_bucket" "this" {
  count  = local.create_bucket && var.is_directory_bucket ? 1 : 0
  region = var.region
  bucket = join("--", [var.bucket, var.availability_zone_id, "x-s3"])
  tags   = var.tags
}
resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  count  = local.create_bucket && length(keys(var.server_side_encryption_configuration)) > 0 ? 1 : 0
  bucket = var.is_directory_bucket ? aws_s3_directory_bucket.this[0].bucket : aws_s3_bucket.this[0].id
  dynamic "rule" {
    for_each = try(flatten([var.server_side_encryption_configuration["rule"]]), [])
    content {
      bucket_key_enabled       = try(rule.value.bucket_key_enabled, null)
      blocked_encryption_types = try(rule.value.blocked_encryption_types, null)
      dynamic "apply_server_side_encryption_by_default" {
        for_each = try([rule.value.apply_server_side_encryption_by_default], [])
        content {
          sse_algorithm     = apply_server_side_encryption_by_default.value.sse_algorithm
          kms_master_key_id = try(apply_server_side_encryption_by_default.value.kms_master_key_id, null)
        }
      }
    }
  }
}
output "s3_bucket_id" {
  value = try(aws_s3_bucket.this[0].id, aws_s3_directory_bucket.this[0].bucket, "")
}
output "s3_bucket_arn" {
  value = try(aws_s3_bucket.this[0].arn, "")
}
"""
"""terraform-aws-modules/s3-bucket, from 0.1; before 3.0 the rule is a block of the bucket, of the same inputs."""

_TABLE_BUCKET = """
variable "create" {
  type    = bool
  default = true
}
variable "region" {
  type    = string
  default = null
}
variable "tags" {
  type    = map(string)
  default = {}
}
variable "table_bucket_name" {
  type    = string
  default = null
}
variable "encryption_configuration" {
  type    = any
  default = null
}
resource "aws_s3tables_table_bucket" "this" {
  count                    = var.create ? 1 : 0
  region                   = var.region
  name                     = var.table_bucket_name
  tags                     = var.tags
  encryption_configuration = var.encryption_configuration
}
"""

_CONTEXT = """
variable "enabled" {
  type    = bool
  default = null
}
variable "context" {
  type    = any
  default = {}
}
variable "tags" {
  type    = map(string)
  default = {}
}
locals {
  enabled = var.enabled == null ? coalesce(try(var.context.enabled, null), true) : var.enabled
  tags    = merge(try(var.context.tags, {}), var.tags)
}
variable "sse_algorithm" {
  type    = string
  default = "AES256"
}
variable "kms_master_key_arn" {
  type    = string
  default = ""
}
variable "bucket_key_enabled" {
  type    = bool
  default = false
}
variable "bucket_name" {
  type    = string
  default = null
}
"""
"""What the modules of Cloud Posse have in common: a bucket without a name gets one of `context`."""

_CLOUDPOSSE_S3_BUCKET = (
    _CONTEXT
    + """
variable "blocked_encryption_types" {
  type    = list(string)
  default = null
}
resource "aws_s3_bucket" "default" {
  count  = local.enabled ? 1 : 0
  bucket = var.bucket_name
  tags   = local.tags
}
resource "aws_s3_bucket_server_side_encryption_configuration" "default" {
  count  = local.enabled ? 1 : 0
  bucket = one(aws_s3_bucket.default[*].id)
  rule {
    bucket_key_enabled       = var.bucket_key_enabled
    blocked_encryption_types = var.blocked_encryption_types
    apply_server_side_encryption_by_default {
      sse_algorithm     = var.sse_algorithm
      kms_master_key_id = var.kms_master_key_arn
    }
  }
}
output "bucket_id" {
  value = local.enabled ? one(aws_s3_bucket.default[*].id) : ""
}
output "bucket_arn" {
  value = local.enabled ? one(aws_s3_bucket.default[*].arn) : ""
}
"""
)
"""cloudposse/s3-bucket, from 0.1."""

_CLOUDPOSSE_LOG_STORAGE = (
    _CONTEXT
    + """
module "aws_s3_bucket" {
  source             = "cloudposse/s3-bucket/aws"
  enabled            = local.enabled
  bucket_name        = var.bucket_name
  sse_algorithm      = var.sse_algorithm
  kms_master_key_arn = var.kms_master_key_arn
  bucket_key_enabled = var.bucket_key_enabled
  tags               = local.tags
}
output "bucket_id" {
  value = module.aws_s3_bucket.bucket_id
}
output "bucket_arn" {
  value = module.aws_s3_bucket.bucket_arn
}
"""
)
"""cloudposse/s3-log-storage; before 0.27 the bucket is one of its own, of the same inputs."""

_CLOUDPOSSE_TFSTATE = """
variable "enabled" {
  type    = bool
  default = null
}
variable "context" {
  type    = any
  default = {}
}
variable "tags" {
  type    = map(string)
  default = {}
}
variable "bucket_enabled" {
  type    = bool
  default = true
}
variable "s3_bucket_name" {
  type    = string
  default = ""
}
variable "sse_encryption" {
  type    = string
  default = "AES256"
}
variable "kms_master_key_id" {
  type    = string
  default = null
}
locals {
  enabled = var.enabled == null ? coalesce(try(var.context.enabled, null), true) : var.enabled
}
resource "aws_s3_bucket" "default" {
  count  = local.enabled && var.bucket_enabled ? 1 : 0
  bucket = var.s3_bucket_name == "" ? null : var.s3_bucket_name
  tags   = merge(try(var.context.tags, {}), var.tags)
}
resource "aws_s3_bucket_server_side_encryption_configuration" "default" {
  count  = local.enabled && var.bucket_enabled ? 1 : 0
  bucket = one(aws_s3_bucket.default[*].id)
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = var.sse_encryption
      kms_master_key_id = var.kms_master_key_id
    }
  }
}
output "s3_bucket_id" {
  value = one(aws_s3_bucket.default[*].id)
}
"""
"""cloudposse/tfstate-backend; versions before 1.4.2 have AES256 without an input for it."""

_WITH_BUCKETS: Mapping[tuple[str, str], str] = {
    ("github.com/terraform-aws-modules/terraform-aws-s3-bucket", ""): _S3_BUCKET,
    ("github.com/terraform-aws-modules/terraform-aws-s3-bucket", "modules/table-bucket"): _TABLE_BUCKET,
    ("github.com/terraform-aws-modules/terraform-aws-s3-bucket", "modules/object"): "",
    ("github.com/terraform-aws-modules/terraform-aws-s3-bucket", "modules/notification"): "",
    ("github.com/terraform-aws-modules/terraform-aws-s3-bucket", "modules/account-public-access"): "",
    ("github.com/cloudposse/terraform-aws-s3-bucket", ""): _CLOUDPOSSE_S3_BUCKET,
    ("github.com/cloudposse/terraform-aws-s3-log-storage", ""): _CLOUDPOSSE_LOG_STORAGE,
    ("github.com/cloudposse/terraform-aws-tfstate-backend", ""): _CLOUDPOSSE_TFSTATE,
}
"""By repository and folder; empty for a folder that declares no bucket."""


def find_known_module(remote: RemoteModule) -> str | None:
    """The code that a well-known module comes to where it is about buckets; empty where it declares none, None for a
    module that is not known here.
    """
    if remote.repository in _WITHOUT_BUCKETS:
        return ""
    return _WITH_BUCKETS.get((remote.repository, remote.path))
