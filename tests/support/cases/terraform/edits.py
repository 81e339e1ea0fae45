"""Root modules whose buckets are to be edited; what becomes of them stands in terraform_edits.txt."""

from dataclasses import dataclass
from pathlib import Path

from s3kms.iac.interface import DesiredKey, EditTarget
from s3kms.model.code_inputs import DEFAULT_CODE_INPUTS, CodeInputs

ARN = "arn:aws:kms:eu-central-1:111122223333:key/0123abcd-0123-0123-0123-0123456789ab"
OWN = EditTarget(key=DesiredKey(address="aws_kms_key.k"))
BY_ARN = EditTarget(key=DesiredKey(literal=ARN))
BUCKET_KEY = EditTarget(bucket_key=True)
AWS_KEY = EditTarget(key=DesiredKey())
DSSE = EditTarget(algorithm="aws:kms:dsse")
NOTHING = EditTarget()
MAIN = "main.tf"
JSON = "main.tf.json"


@dataclass(frozen=True)
class Case:
    """One root module."""

    title: str
    files: dict[str, str]
    desired: EditTarget = NOTHING
    exempt: tuple[str, ...] = ()
    """Buckets that need an edit and are not to get one."""
    inputs: CodeInputs = DEFAULT_CODE_INPUTS


def bucket(name: str = "b", head: str = "", body: str = "") -> str:
    return f'resource "aws_s3_bucket" "{name}" {{\n{head}  bucket_prefix = "{name}-"\n{body}}}\n'


def configuration(
    algorithm: str = '"AES256"', name: str = "b", of: str = "", more: str = "", head: str = ""
) -> str:
    return (
        f'\nresource "aws_s3_bucket_server_side_encryption_configuration" "{name}" {{\n{head}'
        f"  bucket = {of or f'aws_s3_bucket.{name}.id'}\n\n"
        "  rule {\n    apply_server_side_encryption_by_default {\n"
        f"      sse_algorithm = {algorithm}\n    }}\n{more}  }}\n}}\n"
    )


def variable(name: str, default: str) -> str:
    return f'\nvariable "{name}" {{\n  default = {default}\n}}\n'


def local(text: str) -> str:
    return f"\nlocals {{\n{text}}}\n"


def call(name: str, *arguments: str, source: str = "./m") -> str:
    lines = "".join(f"\n  {argument}\n" for argument in arguments)
    return f'module "{name}" {{\n  source = "{source}"\n{lines}}}\n'


INLINE = """
  server_side_encryption_configuration {
    rule {
      apply_server_side_encryption_by_default {
        sse_algorithm = "AES256"
      }
    }
  }
"""
ALIGNED = '"AES256"\n      kms_master_key_id = %s'
KEY = '\nresource "aws_kms_key" "k" {\n}\n'
OLD = """terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 3.75"
    }
  }
}

"""
DYNAMIC = """
resource "aws_s3_bucket_server_side_encryption_configuration" "b" {
  bucket = aws_s3_bucket.b.id

  dynamic "rule" {
    for_each = local.rules

    content {
      apply_server_side_encryption_by_default {
        sse_algorithm = rule.value.algorithm
      }
      bucket_key_enabled = true
    }
  }
}
"""
DYNAMIC_INLINE = """
  dynamic "server_side_encryption_configuration" {
    for_each = [local.a]
    content {
      rule {
        apply_server_side_encryption_by_default {
          sse_algorithm = server_side_encryption_configuration.value
        }
      }
    }
  }
"""
OPTIONAL = """
variable "buckets" {
  type = map(object({
    alg = optional(string, "AES256")
  }))
}
"""
EMPTY_RULE = """
resource "aws_s3_bucket_server_side_encryption_configuration" "b" {
  bucket = aws_s3_bucket.b.id

  rule {
  }
}
"""
ONE_LINE = """
resource "aws_s3_bucket_server_side_encryption_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    apply_server_side_encryption_by_default { sse_algorithm = "AES256" }
  }
}
"""
ALL = '  for_each      = toset(["x", "y"])\n'
MODULE = bucket() + configuration("var.algorithm") + variable("algorithm", '"AES256"')
S3_BUCKET = {
    ".terraform/modules/modules.json": '{"Modules": [{"Key": "s", "Source": "x", "Dir": ".terraform/modules/s"}]}',
    ".terraform/modules/s/main.tf": """
resource "aws_s3_bucket" "this" {
  count  = 1
  bucket = var.bucket
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  count  = length(keys(var.server_side_encryption_configuration)) > 0 ? 1 : 0
  bucket = aws_s3_bucket.this[0].id

  dynamic "rule" {
    for_each = try([var.server_side_encryption_configuration["rule"]], [])

    content {
      bucket_key_enabled = try(rule.value.bucket_key_enabled, null)

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

variable "bucket" {
  default = null
}

variable "server_side_encryption_configuration" {
  type    = any
  default = {}
}
""",
}
REGISTRY = "terraform-aws-modules/s3-bucket/aws"
SSE_ARGUMENT = """server_side_encryption_configuration = {
    rule = {
      apply_server_side_encryption_by_default = {
        sse_algorithm = "AES256"
      }
    }
  }"""
JSON_BUCKET = """{
  "resource": {
    "aws_s3_bucket": {
      "b": {
        "bucket": "x"
      }
    }%s
  }
}
"""
JSON_CONFIGURATION = """,
    "aws_s3_bucket_server_side_encryption_configuration": {
      "b": {
        "bucket": "${aws_s3_bucket.b.id}",
        "rule": {
          "apply_server_side_encryption_by_default": {
            "sse_algorithm": "AES256"
          }
        }
      }
    }"""
OTHER_CONFIGURATION = (
    JSON_CONFIGURATION.replace('"b": {', '"c": {')
    .replace("bucket.b", "bucket.c")
    .replace("AES256", "aws:kms")
)
REMOTE = {
    ".terraform/modules/modules.json": '{"Modules": [{"Key": "r", "Source": "x", "Dir": ".terraform/modules/r"}]}',
    ".terraform/modules/r/main.tf": MODULE,
}

TABLE: list[Case] = [
    # where the algorithm is written
    Case("a literal in the resource", {MAIN: bucket() + configuration()}),
    Case("a variable's default", {MAIN: bucket() + configuration("var.a") + variable("a", '"AES256" # why')}),
    Case(
        "a local",
        {MAIN: bucket() + configuration("local.a") + local('  a  = "AES256" # one\n  bb = 1        # two\n')},
    ),
    Case("terraform.tfvars", {MAIN: MODULE, "terraform.tfvars": 'algorithm = "AES256"\n'}),
    Case("tfvars in JSON", {MAIN: MODULE, "terraform.tfvars.json": '{"algorithm": "AES256"}'}),
    Case("--var", {MAIN: MODULE}, inputs=CodeInputs(variables=(("algorithm", "AES256"),))),
    Case(
        "--var-file",
        {MAIN: MODULE, "../x.tfvars": 'algorithm = "AES256"', "y.tfvars": 'algorithm = "AES256"'},
        inputs=CodeInputs(variable_files=(Path("code/infra/y.tfvars"),)),
    ),
    Case("auto.tfvars", {MAIN: MODULE, "x.auto.tfvars": 'z         = 1\nalgorithm = "AES256"\n'}),
    Case(
        "a branch of a condition",
        {MAIN: bucket() + configuration('var.strict ? "aws:kms" : "AES256"') + variable("strict", "false")},
    ),
    Case(
        "a lookup",
        {
            MAIN: bucket()
            + configuration('lookup(local.m, "b", "AES256")')
            + local('  m = { a = "aws:kms" }\n')
        },
    ),
    Case(
        "a try",
        {MAIN: bucket() + configuration('try(local.m.b, "AES256")') + local('  m = { a = "aws:kms" }\n')},
    ),
    Case("a coalesce", {MAIN: bucket() + configuration('coalesce(var.a, "AES256")') + variable("a", "null")}),
    Case(
        "an attribute of a map that for_each goes through",
        {
            MAIN: bucket(head="  for_each      = local.all\n")
            + configuration(
                "each.value.alg", of="aws_s3_bucket.b[each.key].id", head="  for_each = local.all\n\n"
            )
            + local('  all = {\n    x = { alg = "AES256" }\n    y = { alg = "aws:kms" }\n  }\n')
        },
    ),
    Case(
        "what a dynamic block goes through",
        {MAIN: bucket() + DYNAMIC + local('  rules = [{ algorithm = "AES256" }]\n')},
    ),
    Case("an argument of a call", {MAIN: call("m", 'algorithm = "AES256"'), "m/main.tf": MODULE}),
    Case("a default of a module", {MAIN: call("m"), "m/main.tf": MODULE}),
    Case(
        "a default of a module that is called twice",
        {MAIN: call("m") + "\n" + call("n"), "m/main.tf": MODULE},
    ),
    Case(
        "a default that reaches a bucket that stays",
        {MAIN: call("m") + "\n" + call("n"), "m/main.tf": MODULE},
        exempt=("module.n.aws_s3_bucket.b",),
    ),
    Case("a default of a module that is not edited", {MAIN: call("r", source="x/r/aws"), **REMOTE}),
    Case(
        "a local that reaches a bucket that stays",
        {
            MAIN: bucket()
            + configuration("local.a")
            + bucket("c")
            + configuration("local.a", "c")
            + local('  a = "AES256"\n')
        },
        exempt=("aws_s3_bucket.c",),
    ),
    Case(
        "an output of a module",
        {
            MAIN: bucket() + configuration("module.m.algorithm") + "\n" + call("m"),
            "m/main.tf": 'output "algorithm" {\n  value = "AES256"\n}\n',
        },
    ),
    Case(
        "an override file",
        {MAIN: bucket() + configuration('"aws:kms"'), "override.tf": configuration().lstrip()},
    ),
    Case(
        "a variable that has no value",
        {MAIN: bucket() + configuration('var.strict ? "aws:kms" : "AES256"') + '\nvariable "strict" {\n}\n'},
    ),
    Case(
        "an argument whose value reaches a bucket that stays",
        {
            MAIN: call("m", "algorithm = local.a")
            + "\n"
            + call("n", "algorithm = local.a")
            + local('  a = "AES256"\n'),
            "m/main.tf": MODULE,
        },
        exempt=("module.n.aws_s3_bucket.b",),
    ),
    Case(
        "two locals in one column",
        {
            MAIN: bucket()
            + configuration("local.b")
            + "\n"
            + bucket("c")
            + configuration("local.c", "c")
            + local('  b = "AES256" # one\n  c = "AES256" # two\n')
        },
    ),
    Case(
        "a default within the type of a variable",
        {
            MAIN: call("m", "buckets = { a = {} }"),
            "m/main.tf": bucket(head="  for_each      = var.buckets\n")
            + configuration(
                "each.value.alg", of="aws_s3_bucket.b[each.key].id", head="  for_each = var.buckets\n\n"
            )
            + OPTIONAL,
        },
    ),
    Case(
        "a variable that is handed on",
        {
            MAIN: call("m"),
            "m/main.tf": call("n", "algorithm = var.a", source="./n") + variable("a", '"AES256"'),
            "m/n/main.tf": MODULE,
        },
    ),
    Case(
        "a file that a function reads",
        {MAIN: bucket() + configuration('yamldecode(file("a.yaml")).a'), "a.yaml": "a: AES256\n"},
    ),
    Case("a file of OpenTofu", {MAIN: bucket(), "main.tofu": bucket() + configuration()}),
    Case("a module beside the root", {MAIN: call("m", source="../m"), "../m/main.tf": MODULE}),
    # nothing is written
    Case(
        "a directory bucket",
        {
            MAIN: 'resource "aws_s3_directory_bucket" "b" {\n  bucket = "b--euc1-az1--x-s3"\n\n'
            '  location {\n    name = "euc1-az1"\n  }\n}\n'
        },
        BY_ARN,
    ),
    Case("no configuration", {MAIN: bucket()}),
    Case("no configuration, and no newline at the end", {MAIN: bucket().rstrip()}),
    Case("no configuration, and something follows at once", {MAIN: bucket() + "# next\n" + bucket("c")}),
    Case("no configuration, count", {MAIN: bucket(head="  count         = 2\n")}),
    Case("no configuration, for_each", {MAIN: bucket(head=ALL)}),
    Case("no configuration, a provider of its own", {MAIN: bucket(head="  provider      = aws.west\n")}),
    Case("no configuration, four spaces", {MAIN: bucket().replace("  bucket", "    bucket")}),
    Case(
        "no configuration, in a module called twice",
        {MAIN: call("m") + "\n" + call("n"), "m/main.tf": bucket()},
    ),
    Case(
        "a name that is taken",
        {MAIN: bucket() + bucket("c") + configuration('"aws:kms"', "b", "aws_s3_bucket.c.id")},
    ),
    Case(
        "a rule without an algorithm",
        {
            MAIN: bucket()
            + configuration().replace(
                '    apply_server_side_encryption_by_default {\n      sse_algorithm = "AES256"\n    }\n',
                '    blocked_encryption_types = ["SSE-C"]\n',
            )
        },
    ),
    Case("provider 3", {MAIN: OLD + bucket()}),
    Case("a block in the bucket", {MAIN: bucket(body=INLINE)}),
    Case("a dynamic block in the bucket", {MAIN: bucket(body=DYNAMIC_INLINE) + local('  a = "AES256"\n')}),
    Case("provider 3, on one line", {MAIN: OLD + 'resource "aws_s3_bucket" "b" { bucket = "x" }\n'}),
    Case("a rule without an algorithm, and a key", {MAIN: bucket() + EMPTY_RULE + KEY}, OWN),
    Case("others have a block in the bucket", {MAIN: bucket(body=INLINE) + "\n" + bucket("c")}),
    # beside the algorithm
    Case(
        "the bucket key that is off is turned on",
        {MAIN: bucket() + configuration(more="    bucket_key_enabled = false\n")},
    ),
    Case(
        "the bucket key, asked for",
        {MAIN: bucket() + configuration(more="    bucket_key_enabled = false\n")},
        EditTarget(bucket_key=True),
    ),
    Case("the bucket key, refused", {MAIN: bucket() + configuration()}, EditTarget(bucket_key=False)),
    Case(
        "blocked types stay",
        {MAIN: bucket() + configuration(more='    blocked_encryption_types = ["SSE-C"] # why\n')},
    ),
    Case("a key that the code declares", {MAIN: bucket() + configuration() + KEY}, OWN),
    Case("a key by its ARN", {MAIN: bucket()}, BY_ARN),
    Case(
        "a key that is there is replaced",
        {
            MAIN: bucket()
            + configuration('"AES256"\n      kms_master_key_id = "x"').replace(
                "sse_algorithm =", "sse_algorithm     ="
            )
            + KEY
        },
        OWN,
    ),
    Case(
        "a key through a variable of a module",
        {
            MAIN: call("m") + KEY,
            "m/main.tf": bucket()
            + configuration('"AES256"\n      kms_master_key_id = var.key').replace(
                "sse_algorithm =", "sse_algorithm     ="
            )
            + variable("key", "null"),
        },
        OWN,
    ),
    Case(
        "a key through a variable of a module that is called twice",
        {
            MAIN: call("m") + "\n" + call("n") + KEY,
            "m/main.tf": bucket()
            + configuration(ALIGNED % "var.key").replace("sse_algorithm =", "sse_algorithm     =")
            + variable("key", "null"),
        },
        OWN,
    ),
    Case("a key that the code does not declare", {MAIN: bucket()}, OWN),
    Case("a key of another module", {MAIN: call("m") + KEY, "m/main.tf": bucket()}, OWN),
    Case("DSSE-KMS", {MAIN: bucket() + configuration(more="    bucket_key_enabled = true\n")}, DSSE),
    Case("DSSE-KMS, where nothing is written", {MAIN: bucket()}, DSSE),
    Case(
        "hostile text",
        {MAIN: bucket()},
        EditTarget(key=DesiredKey(literal='"\n${file("/etc/passwd")}%{ if true }')),
    ),
    Case("the bucket key alone", {MAIN: bucket() + configuration('"aws:kms"')}, BUCKET_KEY),
    Case(
        "the bucket key alone, in the module",
        {MAIN: call("s", SSE_ARGUMENT.replace("AES256", "aws:kms"), source=REGISTRY), **S3_BUCKET},
        BUCKET_KEY,
    ),
    Case(
        "the bucket key alone, through a variable",
        {
            MAIN: call("m"),
            "m/main.tf": bucket()
            + configuration('"aws:kms"', more="    bucket_key_enabled = var.key\n")
            + variable("key", "false"),
        },
        BUCKET_KEY,
    ),
    Case("aws/s3 in place of a key", {MAIN: bucket() + configuration(ALIGNED % '"x"')}, AWS_KEY),
    # terraform-aws-modules/s3-bucket
    Case("the module, without the argument", {MAIN: call("s", 'bucket = "x"', source=REGISTRY), **S3_BUCKET}),
    Case(
        "the module, with an empty argument",
        {MAIN: call("s", "server_side_encryption_configuration = {}", source=REGISTRY), **S3_BUCKET},
    ),
    Case("the module, with SSE-S3", {MAIN: call("s", SSE_ARGUMENT, source=REGISTRY) + KEY, **S3_BUCKET}, OWN),
    Case(
        "the module, by git",
        {
            MAIN: call(
                "s",
                source="git::https://example.com/terraform-aws-modules/terraform-aws-s3-bucket.git?ref=v1",
            ),
            **S3_BUCKET,
        },
    ),
    Case(
        "the module, in a map that for_each goes through",
        {
            MAIN: call(
                "s",
                'for_each = { a = { sse = "AES256" }, b = { sse = "aws:kms" } }',
                SSE_ARGUMENT.replace('"AES256"', "each.value.sse"),
                source=REGISTRY,
            ),
            **S3_BUCKET,
        },
    ),
    # JSON
    Case("JSON, nothing written", {JSON: JSON_BUCKET % ""}),
    Case("JSON, a literal", {JSON: JSON_BUCKET % JSON_CONFIGURATION}),
    Case("JSON, a key", {JSON: JSON_BUCKET % JSON_CONFIGURATION, "k.tf": KEY}, OWN),
    Case("JSON, provider 3", {JSON: JSON_BUCKET % "", "p.tf": OLD.rstrip() + "\n"}),
    Case(
        "JSON, beside another configuration",
        {
            JSON: JSON_BUCKET % OTHER_CONFIGURATION,
            "c.tf": bucket("c"),
        },
    ),
    Case("JSON, on one line", {JSON: '{"resource": {"aws_s3_bucket": {"b": {"bucket": "x"}}}}'}),
    # forms
    Case(
        "on one line",
        {MAIN: bucket() + ONE_LINE},
        BY_ARN,
    ),
    Case(
        "a comment in its column",
        {MAIN: bucket() + configuration('"AES256" # the default\n      # more')},
    ),
    Case("CRLF and a byte order mark", {MAIN: "\ufeff" + (bucket() + configuration()).replace("\n", "\r\n")}),
    Case("CRLF, nothing written", {MAIN: bucket().replace("\n", "\r\n")}),
    # what is declined
    Case("no instance of the configuration", {MAIN: bucket() + configuration(head="  count  = 0\n")}),
    Case(
        "the second of two that exclude each other",
        {
            MAIN: bucket()
            + configuration('"aws:kms"', head="  count  = var.own ? 0 : 1\n")
            + configuration(name="c", of="aws_s3_bucket.b.id", head="  count  = var.own ? 1 : 0\n")
            + '\nvariable "own" {\n}\n'
        },
    ),
    Case(
        "one of two instances is configured by its name",
        {
            MAIN: bucket(head='  for_each = toset(["one", "two"])\n  bucket   = each.key\n').replace(
                '  bucket_prefix = "b-"\n', ""
            )
            + configuration('"aws:kms"', of='"two"', more="    bucket_key_enabled = true\n")
        },
    ),
    Case(
        "a module that is not edited",
        {MAIN: call("r", source="x/r/aws"), **REMOTE, ".terraform/modules/r/main.tf": bucket()},
    ),
]
