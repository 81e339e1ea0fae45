"""Files: overrides, JSON, OpenTofu, line ends, and those that cannot be read."""

import json

from tests.support.terraform_case import (
    BLIND,
    DSSE,
    KMS,
    OUR_KEY,
    PASS,
    SSE,
    UNREADABLE,
    B,
    Case,
    Said,
    bucket,
    case,
    kms,
    local,
    on,
    refused,
    sse,
    variable,
)

CONFIGURATION = "aws_s3_bucket_server_side_encryption_configuration"
DEFAULT = "apply_server_side_encryption_by_default"
DSSE_RULE = f"""resource "{CONFIGURATION}" "b" {{
  rule {{
    {DEFAULT} {{
      sse_algorithm = "aws:kms:dsse"
    }}
  }}
}}
"""

SSE_IN_JSON = {"sse_algorithm": "AES256"}
DYNAMIC_IN_JSON = {"for_each": ["x"], "content": {DEFAULT: SSE_IN_JSON}}


def _of_configuration(body: object) -> str:
    return json.dumps({"resource": {CONFIGURATION: {"b": body}}})


OVERRIDES: list[Case] = [
    case(
        "override of a local",
        local("alg", '"AES256"') + bucket() + sse("local.alg"),
        KMS,
        ("override.tf", local("alg", '"aws:kms"')),
    ),
    case(
        "override of a block",
        bucket() + sse('"AES256"', rule="bucket_key_enabled = true"),
        DSSE,
        ("dsse_override.tf", DSSE_RULE),
    ),
    case(
        "override of an attribute",
        bucket('bucket = "hcl-before"') + kms(),
        KMS.named("hcl-after"),
        ("b_override.tf", bucket('bucket = "hcl-after"')),
    ),
    case(
        "override of a default",
        variable("alg", 'default = "aws:kms"') + bucket() + sse("var.alg"),
        SSE,
        ("override.tf", variable("alg", 'default = "AES256"')),
    ),
    case(
        "overrides in their order",
        local("alg", '"AES256"') + bucket() + sse("local.alg"),
        KMS,
        ("b_override.tf", local("alg", '"aws:kms"')),
        ("a_override.tf", local("alg", '"aws:kms:dsse"')),
    ),
    case(
        "override in JSON",
        local("alg", '"AES256"') + bucket() + sse("local.alg"),
        KMS,
        ("override.tf.json", '{"locals": {"alg": "aws:kms"}}'),
    ),
    case(
        "override in JSON of a block",
        bucket() + kms(),
        SSE,
        ("override.tf.json", _of_configuration({"rule": {DEFAULT: SSE_IN_JSON}})),
    ),
    case(
        "override in JSON of a block, with a dynamic one",
        bucket() + kms(),
        SSE,
        ("override.tf.json", _of_configuration({"dynamic": {"rule": DYNAMIC_IN_JSON}})),
    ),
    case(
        "override of a module's argument",
        'module "m" {\n  source = "./m"\n  alg    = "AES256"\n}\n',
        {f"module.m.{B}": KMS},
        ("m/main.tf", variable("alg") + bucket() + sse("var.alg")),
        ("m_override.tf", 'module "m" {\n  alg = "aws:kms"\n}\n'),
    ),
    case(
        "override of a count",
        bucket() + kms(head="count = 1"),
        SSE,
        ("override.tf", f'resource "{CONFIGURATION}" "b" {{\n  count = 0\n}}\n'),
    ),
    *refused(
        "there is nothing to override", case("override of nothing", bucket(), SSE, ("override.tf", kms()))
    ),
]


def _json(bucket_: object, rule: object, **more: object) -> str:
    resources = {"aws_s3_bucket": {"b": bucket_}, CONFIGURATION: {"b": rule}}
    return json.dumps({"//": "ours", "resource": resources, **more}, indent=2) + "\n"


def _rule(alg: str, of: str = f"${{{B}.id}}", **more: object) -> dict[str, object]:
    return {"bucket": of, "rule": [{DEFAULT: {"sse_algorithm": alg}}], **more}


def _in_json(id_: str, text: str, said: Said | dict[str, Said], *files: tuple[str, str]) -> Case:
    return case(id_, "", said, ("main.tf.json", text), *files)


JSON: list[Case] = [
    _in_json("JSON", _json({}, _rule("aws:kms")).replace('"sse_algorithm"', '«"sse_algorithm"'), KMS),
    _in_json("JSON, bad", _json({}, _rule("AES256")), SSE),
    _in_json(
        "JSON with a for_each",
        _json(
            {"for_each": {"x": "aws:kms", "y": "AES256"}},
            _rule('${each.key == "x" ? "aws:kms" : "AES256"}', "${each.value.id}", for_each=f"${{{B}}}"),
        ),
        {f'{B}["x"]': KMS, f'{B}["y"]': SSE},
    ),
    _in_json(
        "JSON with templates",
        _json(
            {"bucket": "hcl-json-${local.n}"},
            _rule("aws:${var.alg}"),
            variable={"alg": {"default": "kms"}},
            locals={"n": "${1 + 1}"},
        ),
        KMS.named("hcl-json-2"),
    ),
    _in_json(
        "JSON with a dynamic block",
        _json(
            {},
            {
                "bucket": f"${{{B}.id}}",
                "dynamic": {
                    "rule": {
                        "for_each": ["aws:kms"],
                        "content": {
                            DEFAULT: {"sse_algorithm": "${rule.value}"},
                            "bucket_key_enabled": True,
                        },
                    }
                },
            },
        ),
        on(KMS),
    ),
    _in_json(
        "JSON and HCL in one folder",
        json.dumps({"resource": [{"aws_s3_bucket": [{"b": {}}]}, {"aws_kms_key": {"k": {}}}]}),
        OUR_KEY,
        ("encryption.tf", kms(key="aws_kms_key.k.arn")),
    ),
    _in_json(
        "JSON with a module",
        json.dumps({"module": {"m": {"source": "./m", "alg": "AES256"}}}),
        {f"module.m.{B}": SSE},
        ("m/main.tf", variable("alg") + bucket() + sse("var.alg")),
    ),
    *refused(
        "it is not JSON",
        _in_json("JSON that is broken", '{"resource": {"aws_s3_bucket": {"b": {}}\n', {UNREADABLE: BLIND}),
    ),
]

TOFU = [
    *refused(
        "it is for OpenTofu",
        case("OpenTofu", "", KMS, ("main.tofu", bucket() + kms())),
        case("OpenTofu over Terraform", bucket() + sse('"AES256"'), KMS, ("main.tofu", bucket() + kms())),
        case("OpenTofu beside Terraform", bucket(), KMS, ("encryption.tofu", kms())),
        case("OpenTofu in JSON", "", SSE, ("main.tofu.json", _json({}, _rule("AES256")))),
        case("OpenTofu's override", bucket() + sse('"AES256"'), DSSE, ("x_override.tofu", DSSE_RULE)),
    ),
]

_CRLF = bucket() + kms()
TEXTS: list[Case] = [
    case("CRLF", (_CRLF.replace("sse_alg", "«sse_alg")).replace("\n", "\r\n"), KMS),
    case("a byte order mark", "\ufeff" + bucket() + kms(), KMS),
    case("no line end at the end", (bucket() + kms()).rstrip("\n"), KMS),
    case(
        "comments",
        "/* resource\n */ # aws:kms\n"
        + bucket()
        + sse('"AES256" # "aws:kms"').replace(
            "  rule {", '  // sse_algorithm = "aws:kms"\n  rule { /* aws:kms */'
        ),
        SSE,
    ),
    case(
        "a heredoc",
        local("alg", "trimspace(<<EOT\n    aws:${local.k}\nEOT\n)")
        + local("k", '"kms"')
        + bucket()
        + sse("local.alg"),
        KMS,
    ),
    case(
        "an indented heredoc",
        local("alg", "chomp(<<-EOT\n    aws:kms\n    EOT\n  )") + bucket() + sse("local.alg"),
        KMS,
    ),
    case(
        "a heredoc that looks like code",
        bucket() + local("text", f"<<EOT\n{kms()}EOT"),
        SSE,
    ),
    case("escapes", bucket('tags = { a = "$${x} %%{y} \\" \\\\ é" }') + kms(), KMS),
    case("blocks in one line", 'resource "aws_s3_bucket" "b" { bucket_prefix = "hcl-" }\n' + kms(), KMS),
    case("labels without quotes", "resource aws_s3_bucket b {}\n" + kms(), KMS),
    case(
        "files in many",
        bucket(),
        KMS,
        ("encryption.tf", kms()),
        ("README.md", "aws_s3_bucket"),
        ("old.tf.bak", bucket(name="old")),
    ),
    case(
        "code in a folder that nobody calls",
        bucket() + kms(),
        KMS,
        ("unused/main.tf", bucket(name="unused")),
    ),
    case(
        "other things in between",
        'output "id" {\n  value = aws_s3_bucket.b.id\n}\ndata "aws_region" "here" {}\n'
        'check "there" {\n  assert {\n'
        '    condition     = aws_s3_bucket.b.id != ""\n    error_message = "No."\n  }\n}\n'
        'terraform {\n  required_providers {\n    aws = {\n      source = "hashicorp/aws"\n    }\n  }\n}\n'
        + bucket()
        + kms(),
        KMS,
    ),
    case(
        "a function of the provider",
        'terraform {\n  required_providers {\n    aws = {\n      source = "hashicorp/aws"\n    }\n  }\n}\n'
        + bucket('bucket = provider::aws::arn_parse("arn:aws:s3:::hcl-parsed").resource')
        + kms(),
        KMS,
    ),
    *refused(
        "a file is broken",
        case(
            "a broken file among good ones",
            bucket() + kms(),
            {B: KMS, UNREADABLE: BLIND},
            ("broken.tf", 'resource "aws_s3_bucket" "x" {\n  bucket = \n'),
        ),
        case(
            "a broken file that may have the configuration",
            bucket(),
            {B: BLIND, UNREADABLE: BLIND},
            ("broken.tf", 'resource "aws_s3_bucket_server_side_encryption_configuration" "b" {{\n'),
        ),
    ),
    *refused(
        "it is declared twice", case("a bucket that is declared twice", bucket() + bucket() + kms(), BLIND)
    ),
    case("an empty folder of code", "# nothing yet\n", {}),
    *refused(
        "resources wait for each other",
        case(
            "resources in a circle",
            bucket("bucket = terraform_data.x.output")
            + 'resource "terraform_data" "x" {\n  input = aws_s3_bucket.b.id\n}\n'
            + kms(),
            Said(PASS),
        ),
    ),
]
