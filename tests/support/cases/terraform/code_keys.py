"""Algorithms, keys, bucket keys and blocked types, as they are written."""

from dataclasses import replace

from tests.support.terraform_case import (
    ARN,
    BLIND,
    DSSE,
    FAIL,
    KEY,
    KMS,
    OUR_KEY,
    PASS,
    SOME_KEY,
    SSE,
    UNKNOWN,
    B,
    Case,
    Said,
    bucket,
    case,
    kms,
    local,
    on,
    planned,
    refused,
    sse,
    variable,
)

OFF = replace(KMS, bucket_key=False)
DOUBT = replace(KMS, bucket_key_verdict=UNKNOWN)
STORE_KEY = """
resource "aws_kms_key" "k" {}
output "arn" {
  value = aws_kms_key.k.arn
}
"""

ALGORITHMS: list[Case] = [
    case("literal", bucket() + kms().replace("sse_algorithm", "«sse_algorithm"), KMS),
    case("AES256", bucket() + sse('"AES256"').replace("sse_algorithm", "«sse_algorithm"), SSE),
    case("dsse", bucket() + sse('"aws:kms:dsse"'), DSSE),
    case("no configuration", "# a bucket\n«" + bucket(), SSE.saying("SSE-S3", "SSE-KMS")),
    case("named", bucket('bucket = "hcl-named"') + kms(), KMS.named("hcl-named")),
    case(
        "inline, provider 3",
        bucket("""
                server_side_encryption_configuration {
                  rule {
                    apply_server_side_encryption_by_default {
                      «sse_algorithm     = "aws:kms"
                      kms_master_key_id = aws_kms_key.k.arn
                    }
                    bucket_key_enabled = true
                  }
                }
                """)
        + KEY,
        on(OUR_KEY),
    ),
    case(
        "inline AES256",
        bucket("""
                server_side_encryption_configuration {
                  rule {
                    apply_server_side_encryption_by_default {
                      sse_algorithm = "AES256"
                    }
                  }
                }
                """),
        SSE,
    ),
    case(
        "inline and beside it",
        bucket("""
            server_side_encryption_configuration {
              rule {
                apply_server_side_encryption_by_default {
                  sse_algorithm = "AES256"
                }
              }
            }
            """)
        + kms(),
        KMS,
    ),
    case(
        "inline, dynamic",
        bucket("""
                dynamic "server_side_encryption_configuration" {
                  for_each = ["aws:kms"]
                  content {
                    rule {
                      apply_server_side_encryption_by_default {
                        sse_algorithm = server_side_encryption_configuration.value
                      }
                    }
                  }
                }
                """),
        KMS,
    ),
    *planned(
        "the embedded AWS then says nothing of an algorithm",
        case(
            "a rule of a bucket key alone",
            bucket()
            + f'resource "aws_s3_bucket_server_side_encryption_configuration" "b" {{\n  bucket = {B}.id\n'
            + "  rule {\n    bucket_key_enabled = true\n  }\n}\n",
            Said(verdict=SSE.verdict, says="no default algorithm"),
        ),
    ),
    *planned(
        "S3 takes one rule",
        case(
            "two rules",
            bucket()
            + kms().replace(
                "  rule {",
                "  rule {\n    apply_server_side_encryption_by_default {\n"
                '      sse_algorithm = "AES256"\n    }\n  }\n  rule {',
            ),
            BLIND.saying("2 encryption rules"),
        ),
    ),
    case(
        "the algorithm after apply",
        bucket()
        + 'resource "terraform_data" "x" {\n  input = "aws:kms"\n}\n'
        + sse("terraform_data.x.output"),
        BLIND.saying("terraform_data.x.output"),
    ),
    *refused(
        "the provider knows no such algorithm",
        case("a wrong algorithm", bucket() + sse('"aws:kmss"'), BLIND),
        case("a wrong case", bucket() + sse('"AWS:KMS"'), BLIND),
    ),
    *refused("no algorithm at all", case("an empty algorithm", bucket() + sse('""'), BLIND)),
    *refused(
        "provider 5 has no such argument (fact H3)",
        case("SSE-C is blocked", bucket() + kms(rule='blocked_encryption_types = ["SSE-C"]'), KMS),
        case(
            "blocked types alone",
            bucket()
            + f'resource "aws_s3_bucket_server_side_encryption_configuration" "b" {{\n  bucket = {B}.id\n'
            + '  rule {\n    blocked_encryption_types = ["SSE-C"]\n  }\n}\n',
            Said(verdict=SSE.verdict, says="no default algorithm"),
        ),
    ),
    case(
        "a directory bucket",
        """
            resource "aws_s3_directory_bucket" "d" {
              bucket = "hcl-d--use1-az4--x-s3"
              location {
                name = "use1-az4"
              }
            }
            """,
        {"aws_s3_directory_bucket.d": SSE.named("hcl-d--use1-az4--x-s3")},
    ),
    case(
        "a directory bucket under a key",
        """
            resource "aws_s3_directory_bucket" "d" {
              bucket = "hcl-k--use1-az4--x-s3"
              location {
                name = "use1-az4"
              }
            }
            """
        + KEY
        + kms(of="aws_s3_directory_bucket.d.bucket", key="aws_kms_key.k.arn"),
        {"aws_s3_directory_bucket.d": on(OUR_KEY).named("hcl-k--use1-az4--x-s3")},
    ),
]

KEYS: list[Case] = [
    case("key: alias/aws/s3", bucket() + kms(key='"alias/aws/s3"'), KMS),
    case("key: null", bucket() + kms(key="null"), KMS),
    case("key: an empty text", bucket() + kms(key='""'), KMS),
    case("key: an ARN of elsewhere", bucket() + kms(key=f'"{ARN}"'), SOME_KEY),
    case("key: an alias of elsewhere", bucket() + kms(key='"alias/elsewhere"'), OUR_KEY),
    case("key: of the same code", bucket() + KEY + kms(key="aws_kms_key.k.arn"), OUR_KEY),
    case("key: by its id", bucket() + KEY + kms(key="aws_kms_key.k.key_id"), OUR_KEY),
    case("key: interpolated", bucket() + KEY + kms(key='"${aws_kms_key.k.arn}"'), OUR_KEY),
    case(
        "key: an alias of the same code",
        bucket()
        + KEY
        + 'resource "aws_kms_alias" "a" {\n  name          = "alias/hcl-a"\n'
        + "  target_key_id = aws_kms_key.k.key_id\n}\n"
        + kms(key="aws_kms_alias.a.arn"),
        OUR_KEY,
    ),
    case(
        "key: the target of an alias",
        bucket()
        + KEY
        + 'resource "aws_kms_alias" "a" {\n  name          = "alias/hcl-target"\n'
        + "  target_key_id = aws_kms_key.k.key_id\n}\n"
        + kms(key="aws_kms_alias.a.target_key_arn"),
        OUR_KEY,
    ),
    case(
        "key: an alias of the same code by its name",
        bucket()
        + KEY
        + 'resource "aws_kms_alias" "a" {\n  name          = "alias/hcl-name"\n'
        + "  target_key_id = aws_kms_key.k.key_id\n}\n"
        + kms(key='"alias/hcl-name"'),
        OUR_KEY,
    ),
    case(
        "key: one of a count",
        bucket() + 'resource "aws_kms_key" "k" {\n  count = 1\n}\n' + kms(key="aws_kms_key.k[0].arn"),
        OUR_KEY,
    ),
    case(
        "key: one of a splat",
        bucket() + 'resource "aws_kms_key" "k" {\n  count = 1\n}\n' + kms(key="one(aws_kms_key.k[*].arn)"),
        OUR_KEY,
    ),
    case(
        "key: one of no count",
        bucket() + 'resource "aws_kms_key" "k" {\n  count = 0\n}\n' + kms(key="one(aws_kms_key.k[*].arn)"),
        KMS,
    ),
    case(
        "key: tried",
        bucket()
        + 'resource "aws_kms_key" "k" {\n  count = 0\n}\n'
        + kms(key="try(aws_kms_key.k[0].arn, null)"),
        KMS,
    ),
    case(
        "key: of a map of keys",
        bucket()
        + 'resource "aws_kms_key" "k" {\n  for_each = toset(["data", "logs"])\n}\n'
        + kms(key='aws_kms_key.k["logs"].arn'),
        OUR_KEY,
    ),
    case(
        "key: through a local",
        bucket() + KEY + local("keys", "{ data = aws_kms_key.k.arn }") + kms(key="local.keys.data"),
        OUR_KEY,
    ),
    case(
        "key: an output of a module",
        bucket() + 'module "keys" {\n  source = "./keys"\n}\n' + kms(key="module.keys.arn"),
        OUR_KEY,
        ("keys/main.tf", STORE_KEY),
    ),
    case(
        "key: an argument of a module",
        KEY + 'module "store" {\n  source = "./store"\n  key    = aws_kms_key.k.arn\n}\n',
        {f"module.store.{B}": OUR_KEY},
        ("store/main.tf", variable("key", "type = string") + bucket() + kms(key="var.key")),
    ),
    case(
        "key: chosen by a known condition",
        bucket()
        + KEY
        + variable("own", "default = true")
        + kms(key='var.own ? aws_kms_key.k.arn : "alias/aws/s3"'),
        OUR_KEY,
    ),
    case(
        "key: imported material",
        bucket() + 'resource "aws_kms_external_key" "k" {}\n' + kms(key="aws_kms_external_key.k.arn"),
        OUR_KEY,
    ),
    *planned(
        "the key that it is a replica of is not there",
        case(
            "key: a replica",
            bucket()
            + f'resource "aws_kms_replica_key" "k" {{\n  primary_key_arn = "{ARN}"\n}}\n'
            + kms(key="aws_kms_replica_key.k.arn"),
            OUR_KEY,
        ),
    ),
    *planned(
        "the key has an ARN of its own there",
        case(
            "key: aws/s3 by its alias",
            bucket()
            + 'data "aws_kms_alias" "s3" {\n  name = "alias/aws/s3"\n}\n'
            + kms(key="data.aws_kms_alias.s3.target_key_arn"),
            KMS,
        ),
        case(
            "key: aws/s3 by a data source",
            bucket()
            + 'data "aws_kms_key" "k" {\n  key_id = "alias/aws/s3"\n}\n'
            + kms(key="data.aws_kms_key.k.arn"),
            KMS,
        ),
    ),
    *refused(
        "the data source asks for a key that is not there",
        case(
            "key: of somebody else, by a data source",
            bucket()
            + 'data "aws_kms_alias" "a" {\n  name = "alias/theirs"\n}\n'
            + kms(key="data.aws_kms_alias.a.arn"),
            SOME_KEY,
        ),
    ),
    case(
        "key: put together from data",
        bucket()
        + 'data "aws_caller_identity" "me" {}\ndata "aws_region" "here" {}\n'
        + kms(
            key='format("arn:aws:kms:%s:%s:alias/data", data.aws_region.here.name, '
            "data.aws_caller_identity.me.account_id)"
        ),
        OUR_KEY,
    ),
    case("key: not told", bucket() + variable("key") + kms(key="var.key"), SOME_KEY, key=f'"{ARN}"'),
    case(
        "key: nullable and not told",
        bucket() + KEY + variable("own") + kms(key="var.own ? aws_kms_key.k.arn : null"),
        Said(PASS, "aws:kms"),
        own="true",
    ),
    case(
        "key: after apply",
        bucket()
        + f'resource "terraform_data" "x" {{\n  input = "{ARN}"\n}}\n'
        + kms(key="terraform_data.x.output"),
        SOME_KEY,
    ),
    *refused(
        "the import asks for a key that is not there",
        case(
            "key: imported into the code",
            bucket()
            + KEY
            + 'import {\n  to = aws_kms_key.k\n  id = "1234abcd-12ab-34cd-56ef-1234567890ab"\n}\n'
            + kms(key="aws_kms_key.k.arn"),
            OUR_KEY,
        ),
    ),
    *planned(
        "S3 takes no key with AES256",
        case("key: with AES256", bucket() + KEY + sse('"AES256"', key="aws_kms_key.k.arn"), SSE),
    ),
    case(
        "key: with DSSE",
        bucket() + KEY + sse('"aws:kms:dsse"', key="aws_kms_key.k.arn"),
        replace(DSSE, key_kind=OUR_KEY.key_kind),
    ),
]

BUCKET_KEYS: list[Case] = [
    case("bucket key on", bucket() + kms(rule="bucket_key_enabled = true"), on(KMS)),
    case("bucket key off", bucket() + kms(rule="bucket_key_enabled = false"), OFF),
    case("bucket key null", bucket() + kms(rule="bucket_key_enabled = null"), KMS),
    case(
        "bucket key from a local",
        local("on", "!false") + bucket() + kms(rule="bucket_key_enabled = local.on"),
        on(KMS),
    ),
    case("bucket key as a text", bucket() + kms(rule='bucket_key_enabled = "true"'), on(KMS)),
    case(
        "bucket key not told",
        bucket() + variable("on") + kms(rule="bucket_key_enabled = var.on"),
        DOUBT,
        on="true",
    ),
    case(
        "bucket key one of two",
        bucket() + variable("on", "type = bool") + kms(rule="bucket_key_enabled = var.on"),
        replace(KMS, bucket_key_verdict=FAIL),
        on="false",
    ),
    case(
        "bucket key after apply",
        bucket()
        + 'resource "terraform_data" "x" {\n  input = true\n}\n'
        + kms(rule="bucket_key_enabled = terraform_data.x.output"),
        DOUBT,
    ),
]
