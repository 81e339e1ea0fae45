"""What a root module alone has: files of variables, the command line, workspaces, providers."""

from tests.support.terraform_case import (
    BLIND,
    KMS,
    OUR_KEY,
    SSE,
    Case,
    Said,
    at_root,
    bucket,
    case,
    kms,
    on,
    refused,
    sse,
    variable,
)

PROD = "prod"
"""The workspace of the oracle's folder of root modules."""


def of(name: str, alg: str = "", *lines: str, rule: str = "") -> str:
    """A bucket whose algorithm is the variable; all are called by one name, for the oracle puts them together."""
    return variable(name, *lines) + bucket(name=name) + configured(name, alg or f"var.{name}", rule=rule)


def configured(name: str, alg: str, rule: str = "", key: str = "", head: str = "") -> str:
    """The configuration of the bucket of that name."""
    text = sse(alg, of=f"aws_s3_bucket.{name}.id", rule=rule, key=key, head=head)
    return text.replace('configuration" "b"', f'configuration" "{name}"')


def said(name: str, what: Said) -> dict[str, Said]:
    return {f"aws_s3_bucket.{name}": what}


BAD = 'default = "AES256"'
FILES: list[Case] = [
    at_root(
        case(
            "terraform.tfvars",
            of("in_tfvars"),
            said("in_tfvars", KMS),
            ("terraform.tfvars", 'in_tfvars = "aws:kms"\n'),
        )
    ),
    at_root(
        case(
            "terraform.tfvars over a default",
            of("over_default", "", BAD),
            said("over_default", KMS),
            ("terraform.tfvars", '# chosen\nover_default = "aws:kms"\n'),
        )
    ),
    at_root(
        case(
            "terraform.tfvars.json over terraform.tfvars",
            of("in_json"),
            said("in_json", KMS),
            ("terraform.tfvars", 'in_json = "AES256"\n'),
            ("terraform.tfvars.json", '{"in_json": "aws:kms"}\n'),
        )
    ),
    at_root(
        case(
            "auto.tfvars over terraform.tfvars",
            of("in_auto"),
            said("in_auto", KMS),
            ("terraform.tfvars", 'in_auto = "AES256"\n'),
            ("a.auto.tfvars", 'in_auto = "aws:kms"\n'),
        )
    ),
    at_root(
        case(
            "auto.tfvars in their order",
            of("in_order"),
            said("in_order", SSE),
            ("b.auto.tfvars", 'in_order = "AES256"\n'),
            ("a.auto.tfvars", 'in_order = "aws:kms"\n'),
        )
    ),
    at_root(
        case(
            "auto.tfvars.json among them",
            of("in_auto_json"),
            said("in_auto_json", KMS),
            ("a.auto.tfvars", 'in_auto_json = "AES256"\n'),
            ("aa.auto.tfvars.json", '{"in_auto_json": "aws:kms"}'),
        )
    ),
    at_root(
        case(
            "another .tfvars is not loaded",
            of("not_loaded", "", BAD),
            said("not_loaded", SSE),
            ("prod.tfvars", 'not_loaded = "aws:kms"\n'),
        )
    ),
    at_root(
        case(
            "terraform.tfvars of a typed object",
            of(
                "typed",
                "var.typed.alg",
                "type = object({ alg = string, on = optional(bool, true) })",
                rule="bucket_key_enabled = var.typed.on",
            ),
            said("typed", on(KMS)),
            ("terraform.tfvars", 'typed = {\n  alg = "aws:kms"\n}\n'),
        )
    ),
    at_root(
        case(
            "terraform.tfvars with what nobody asked for",
            of("asked"),
            said("asked", KMS),
            ("terraform.tfvars", 'asked  = "aws:kms"\nothers = 1\n'),
        )
    ),
    at_root(
        case(
            "terraform.tfvars beside a module is not for the module",
            'module "unasked" {\n  source = "./unasked"\n}\n',
            {"module.unasked.aws_s3_bucket.unasked": SSE},
            ("unasked/main.tf", of("unasked", "", BAD)),
            ("unasked/terraform.tfvars", 'unasked = "aws:kms"\n'),
        )
    ),
]

COMMAND_LINE: list[Case] = [
    at_root(case("--var", of("by_var"), said("by_var", KMS)), "by_var=aws:kms"),
    at_root(
        case("--var of a bad algorithm", of("bad_var", "", 'default = "aws:kms"'), said("bad_var", SSE)),
        "bad_var=AES256",
    ),
    at_root(
        case(
            "--var over files",
            of("var_wins"),
            said("var_wins", KMS),
            ("z.auto.tfvars", 'var_wins = "AES256"\n'),
        ),
        "var_wins=aws:kms",
    ),
    at_root(case("--var twice", of("twice"), said("twice", SSE)), "twice=aws:kms", "twice=AES256"),
    at_root(
        case(
            "--var of an object",
            of("object", "var.object.alg", "type = object({ alg = string })"),
            said("object", KMS),
        ),
        'object={alg = "aws:kms"}',
    ),
    at_root(
        case(
            "--var of a list",
            of("names", "element(var.names, 1)", "type = list(string)"),
            said("names", KMS),
        ),
        'names=["AES256", "aws:kms"]',
    ),
    at_root(
        case(
            "--var of a boolean",
            of("choice", 'var.choice ? "aws:kms" : "AES256"', "type = bool"),
            said("choice", KMS),
        ),
        "choice=true",
    ),
    at_root(
        case(
            "--var with an equals sign",
            of("equals", 'var.equals == "a=b" ? "aws:kms" : "AES256"'),
            said("equals", KMS),
        ),
        "equals=a=b",
    ),
    at_root(
        case("--var-file", of("by_file"), said("by_file", KMS), ("envs/one.tfvars", 'by_file = "aws:kms"\n')),
        files=("envs/one.tfvars",),
    ),
    at_root(
        case(
            "--var-file in their order, over auto.tfvars",
            of("files_order"),
            said("files_order", KMS),
            ("c.auto.tfvars", 'files_order = "aws:kms:dsse"\n'),
            ("envs/z.tfvars", 'files_order = "AES256"\n'),
            ("envs/a.tfvars", 'files_order = "aws:kms"\n'),
        ),
        files=("envs/z.tfvars", "envs/a.tfvars"),
    ),
    at_root(
        case(
            "--var-file in JSON",
            of("file_json"),
            said("file_json", KMS),
            ("envs/x.tfvars.json", '{"file_json": "aws:kms"}'),
        ),
        files=("envs/x.tfvars.json",),
    ),
    at_root(
        case(
            "--var over --var-file",
            of("var_over_file"),
            said("var_over_file", KMS),
            ("envs/y.tfvars", 'var_over_file = "AES256"\n'),
        ),
        "var_over_file=aws:kms",
        files=("envs/y.tfvars",),
    ),
    *refused(
        "the value is not valid",
        at_root(
            case(
                "--var that a validation refuses",
                of(
                    "validated",
                    "",
                    'validation {\n  condition     = var.validated != "AES256"\n  error_message = "No."\n}',
                ),
                said("validated", BLIND),
            ),
            "validated=AES256",
        ),
        at_root(
            case(
                "--var of a wrong type",
                of("wrong", 'var.wrong > 1 ? "aws:kms" : "AES256"', "type = number"),
                said("wrong", BLIND),
            ),
            "wrong=many",
        ),
    ),
]

ELSEWHERE: list[Case] = [
    case("workspace default", bucket() + sse('terraform.workspace == "default" ? "aws:kms" : "AES256"'), KMS),
    at_root(
        case(
            "workspace of a name",
            bucket(name="space")
            + configured("space", 'terraform.workspace == "prod" ? "aws:kms" : "AES256"'),
            said("space", KMS),
        ),
        workspace=PROD,
    ),
    at_root(
        case(
            "workspace in a map",
            bucket(name="spaces")
            + configured("spaces", 'lookup({ prod = "AES256" }, terraform.workspace, "aws:kms")'),
            said("spaces", SSE),
        ),
        workspace=PROD,
    ),
    at_root(
        case(
            "providers of two regions",
            """
            provider "aws" {
              alias             = "far"
              region            = "us-east-1"
              s3_use_path_style = true
            }
            resource "aws_kms_key" "far" {
              provider = aws.far
            }
            resource "aws_s3_bucket" "far" {
              provider = aws.far
            }
            """
            + configured("far", '"aws:kms"', key="aws_kms_key.far.arn", head="provider = aws.far"),
            said("far", OUR_KEY),
        )
    ),
    at_root(
        case(
            "buckets of code that was moved and removed",
            bucket(name="here")
            + configured("here", '"aws:kms"')
            + """
            moved {
              from = aws_s3_bucket.there
              to   = aws_s3_bucket.here
            }
            removed {
              from = aws_s3_bucket.gone
              lifecycle {
                destroy = false
              }
            }
            terraform {
              required_version = ">= 1.7"
            }
            """,
            said("here", KMS),
        )
    ),
    *refused(
        "the import asks for a bucket that is not there",
        case(
            "a bucket that is imported",
            bucket() + kms() + 'import {\n  to = aws_s3_bucket.b\n  id = "hcl-there"\n}\n',
            KMS,
        ),
    ),
]
