"""One Terraform project with a bucket for every way of writing an encryption configuration."""

from dataclasses import dataclass
from pathlib import Path

KMS, DSSE, AES = "aws:kms", "aws:kms:dsse", "AES256"

MAIN = """
provider "aws" {
  s3_use_path_style = true
}
variable "step" {
  type = number
}
variable "prefix" {
  default = "tf"
}
locals {
  kms = "aws:kms"
}
resource "terraform_data" "algorithm" {
  input = "aws:kms"
}
resource "aws_kms_key" "data" {
  enable_key_rotation = true
}
resource "aws_kms_alias" "data" {
  name          = "alias/data"
  target_key_id = aws_kms_key.data.id
}

RULES

# count = 0: the configuration is written and is not there
BUCKET none
CONFIG none aws_s3_bucket.none.id aws:kms { count = 0 }
BUCKET silent

resource "aws_s3_bucket" "each" {
  for_each = toset(["a", "b.c"])
  bucket   = "${var.prefix}-each-${each.key}"
}
resource "aws_s3_bucket_server_side_encryption_configuration" "each" {
  for_each = { a = "aws:kms", "b.c" = "AES256" }
  bucket   = aws_s3_bucket.each[each.key].id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = each.value
    }
  }
}
resource "aws_s3_bucket" "chain" {
  for_each      = toset(["x", "y"])
  bucket_prefix = "tf-chain-"
}
resource "aws_s3_bucket_server_side_encryption_configuration" "chain" {
  for_each = aws_s3_bucket.chain
  bucket   = each.value.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = each.key == "x" ? "aws:kms" : "AES256"
    }
  }
}
resource "aws_s3_bucket" "counted" {
  count  = 2
  bucket = "${var.prefix}-counted-${count.index}"
}
resource "aws_s3_bucket_server_side_encryption_configuration" "counted" {
  count  = 1
  bucket = aws_s3_bucket.counted[count.index].id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = local.kms
    }
  }
}
resource "aws_s3_bucket" "inline" {
  bucket = "${var.prefix}-inline"
  server_side_encryption_configuration {
    rule {
      apply_server_side_encryption_by_default {
        sse_algorithm     = "aws:kms"
        kms_master_key_id = aws_kms_key.data.arn
      }
      bucket_key_enabled = true
    }
  }
}
module "store" {
  for_each = toset(["one", "two"])
  source   = "./store"
  name     = "${var.prefix}-store-${each.key}"
}
module "encrypt_one" {
  source    = "./encrypt"
  bucket    = module.store["one"].id
  algorithm = "aws:kms"
  key       = aws_kms_key.data.arn
}
module "encrypt_two" {
  source    = "./encrypt"
  bucket    = module.store["two"].id
  algorithm = terraform_data.algorithm.output
  key       = null
}
module "localized" {
  source = "./localized"
  prefix = var.prefix
}
module "whole" {
  count  = 2
  source = "./whole"
  name   = "${var.prefix}-whole-${count.index}"
}

# what the second step changes
BUCKET upgraded
CONFIG upgraded aws_s3_bucket.upgraded.id step1:AES256
BUCKET bared
CONFIG bared aws_s3_bucket.bared.id aws:kms { count = var.step == 1 ? 1 : 0 }
BUCKET by_hand
resource "aws_s3_bucket" "replaced" {
  bucket = "${var.prefix}-replaced-${var.step}"
}
CONFIG replaced aws_s3_bucket.replaced.id aws:kms
resource "aws_s3_bucket" "destroyed" {
  count  = var.step == 1 ? 1 : 0
  bucket = "${var.prefix}-destroyed"
}
"""

STORE = """
variable "name" {}
resource "aws_s3_bucket" "this" {
  bucket = var.name
}
output "id" {
  value = aws_s3_bucket.this.id
}
output "arn" {
  value = aws_s3_bucket.this.arn
}
"""
ENCRYPT = """
variable "bucket" {}
variable "algorithm" {}
variable "key" {}
resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  bucket = var.bucket
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = var.algorithm
      kms_master_key_id = var.key
    }
  }
}
"""
WHOLE = """
variable "name" {}
resource "aws_s3_bucket" "this" {
  bucket = var.name
}
resource "aws_s3_bucket_public_access_block" "this" {
  bucket                  = aws_s3_bucket.this.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}
resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  bucket = aws_s3_bucket_public_access_block.this.bucket
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "aws:kms"
    }
    bucket_key_enabled = true
  }
}
"""

LOCALIZED = """
variable "prefix" {}
locals {
  name = aws_s3_bucket.by_local.id
}
BUCKET by_local
CONFIG by_local local.name aws:kms
"""

PLAIN = {
    "kms": ("aws_s3_bucket.kms.id", "aws:kms"),
    "dsse": ("aws_s3_bucket.dsse.id", "aws:kms:dsse"),
    "sse_s3": ("aws_s3_bucket.sse_s3.id", "AES256"),
    "by_name": ('"${var.prefix}-by-name"', "aws:kms"),
    "by_interpolation": ('"${aws_s3_bucket.by_interpolation.id}"', "aws:kms"),
    "unknown": ("aws_s3_bucket.unknown.id", "terraform_data.algorithm.output"),
    "own_key": ("aws_s3_bucket.own_key.id", "aws:kms aws_kms_key.data.arn"),
    "own_alias": ("aws_s3_bucket.own_alias.id", "aws:kms aws_kms_alias.data.arn"),
    "aws_alias": ("aws_s3_bucket.aws_alias.id", 'aws:kms "alias/aws/s3"'),
}
"""Name to the bucket's expression, the algorithm and the key: one resource each."""


@dataclass(frozen=True)
class Expected:
    """What the plan is to say: the algorithm, None where only the apply tells; and whose the key is."""

    planned: str | None
    key_kind: str | None = None
    applied: str = KMS


def _kms(kind: str = "aws-managed") -> Expected:
    return Expected(KMS, kind)


STEP_1 = {
    "aws_s3_bucket.kms": _kms(),
    "aws_s3_bucket.dsse": Expected(DSSE, "aws-managed", DSSE),
    "aws_s3_bucket.sse_s3": Expected(AES, None, AES),
    "aws_s3_bucket.by_name": _kms(),
    "module.localized.aws_s3_bucket.by_local": _kms(),  # by the code beside the plan
    "aws_s3_bucket.by_interpolation": _kms(),
    "aws_s3_bucket.unknown": Expected(None),
    "aws_s3_bucket.own_key": _kms("customer-managed"),
    "aws_s3_bucket.own_alias": _kms("customer-managed"),
    "aws_s3_bucket.aws_alias": _kms(),
    "aws_s3_bucket.none": Expected(AES, None, AES),
    "aws_s3_bucket.silent": Expected(AES, None, AES),
    'aws_s3_bucket.each["a"]': _kms(),
    'aws_s3_bucket.each["b.c"]': Expected(AES, None, AES),
    'aws_s3_bucket.chain["x"]': _kms(),
    'aws_s3_bucket.chain["y"]': Expected(AES, None, AES),
    "aws_s3_bucket.counted[0]": _kms(),
    "aws_s3_bucket.counted[1]": Expected(AES, None, AES),
    "aws_s3_bucket.inline": _kms("customer-managed"),
    'module.store["one"].aws_s3_bucket.this': _kms("customer-managed"),
    'module.store["two"].aws_s3_bucket.this': Expected(None),
    "module.whole[0].aws_s3_bucket.this": _kms(),
    "module.whole[1].aws_s3_bucket.this": _kms(),
    "aws_s3_bucket.upgraded": Expected(AES, None, AES),
    "aws_s3_bucket.bared": _kms(),
    "aws_s3_bucket.by_hand": Expected(AES, None, AES),
    "aws_s3_bucket.replaced": _kms(),
    "aws_s3_bucket.destroyed[0]": Expected(AES, None, AES),
}
"""By address, when everything is to be created."""

CHANGED = {
    "aws_s3_bucket.upgraded": _kms(),
    "aws_s3_bucket.bared": Expected(AES, None, AES),
    "aws_s3_bucket.by_hand": _kms(),
    "aws_s3_bucket.replaced": _kms(),
    "aws_s3_bucket.unknown": _kms(),
    'module.store["two"].aws_s3_bucket.this': _kms(),
}
"""Where the second plan differs; by then the values of the others are known."""
STEP_2 = {a: CHANGED.get(a, e) for a, e in STEP_1.items() if a != "aws_s3_bucket.destroyed[0]"}
STALE = "aws_s3_bucket.bared"
"""The state still has what the provider read before the apply took the configuration away."""
BY_HAND = "tf-by-hand"
"""The bucket that somebody changes between the two steps."""


def write_project(folder: Path) -> None:
    """The code, in a folder."""
    for name, text in {"store": STORE, "encrypt": ENCRYPT, "whole": WHOLE, "localized": LOCALIZED}.items():
        (folder / name).mkdir()
        (folder / name / "main.tf").write_text(_written(text))
    (folder / "main.tf").write_text(_written(MAIN))


def _written(text: str) -> str:
    return "\n".join(map(_expanded, text.splitlines()))


def _expanded(line: str) -> str:
    match line.split():
        case ["RULES"]:
            return "\n".join(_bucket(name) + _config(name, *about) for name, about in PLAIN.items())
        case ["BUCKET", name]:
            return _bucket(name)
        case ["CONFIG", name, bucket, algorithm, *more]:
            return _config(name, bucket, algorithm, " ".join(more[1:-1]))
    return line


def _bucket(name: str) -> str:
    return (
        f'resource "aws_s3_bucket" "{name}" {{\n  bucket = "${{var.prefix}}-{name.replace("_", "-")}"\n}}\n'
    )


def _config(name: str, bucket: str, algorithm: str, more: str = "") -> str:
    algorithm, _, key = algorithm.partition(" ")
    written = algorithm if algorithm.startswith("terraform_data") else f'"{algorithm}"'
    if algorithm.startswith("step1:"):
        written = f'var.step == 1 ? "{algorithm[6:]}" : "aws:kms"'
    return f"""
resource "aws_s3_bucket_server_side_encryption_configuration" "{name}" {{
  {more}
  bucket = {bucket}
  rule {{
    apply_server_side_encryption_by_default {{
      sse_algorithm = {written}
      {f"kms_master_key_id = {key}" if key else ""}
    }}
  }}
}}
"""
