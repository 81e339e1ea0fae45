"""Variables, locals, conditions and functions: where an algorithm comes from."""

from tests.support.terraform_case import (
    BLIND,
    DSSE,
    KMS,
    PASS,
    SSE,
    Case,
    Said,
    at_root,
    bucket,
    case,
    kms,
    local,
    on,
    refused,
    sse,
    variable,
)

BUCKET = bucket()
OF_VAR = BUCKET + sse("var.alg")
OF_LOCAL = BUCKET + sse("local.alg")
EITHER = Said(PASS)
LISTED = """
variable "alg" {{
  validation {{
    condition     = contains([{0}], var.alg)
    error_message = "Choose one of the list."
  }}
}}
"""
STRICT = """
variable "alg" {
  default = "AES256"
  validation {
    condition     = startswith(var.alg, "aws:")
    error_message = "Choose a KMS algorithm."
  }
}
"""
TYPED = """
variable "settings" {
  type = object({
    alg        = optional(string, "aws:kms")
    bucket_key = optional(bool, true)
  })
  default = {}
}
"""
OF_TYPED = BUCKET + sse("var.settings.alg", rule="bucket_key_enabled = var.settings.bucket_key")

VARIABLES: list[Case] = [
    case("variable with a default", OF_VAR + variable("alg", 'default = "aws:kms"'), KMS),
    case("variable with a bad default", OF_VAR + variable("alg", 'default = "AES256"'), SSE),
    case(
        "variable not told",
        variable("alg", "type = string") + BUCKET + sse("var.alg").replace("sse_alg", "«sse_alg"),
        BLIND.saying("var.alg", "--var alg="),
        alg='"aws:kms"',
    ),
    case("variable in a text", BUCKET + sse('"aws:${var.alg}"') + variable("alg"), BLIND, alg='"kms"'),
    case(
        "variable listed, all good",
        OF_VAR + LISTED.format('"aws:kms", "aws:kms:dsse"'),
        EITHER,
        alg='"aws:kms"',
    ),
    case("variable listed, one bad", OF_VAR + LISTED.format('"aws:kms", "AES256"'), SSE, alg='"AES256"'),
    *refused("the default is not valid", case("variable whose default is refused", OF_VAR + STRICT, BLIND)),
    case(
        "variable nullable",
        variable("alg", "type = string", "default = null") + BUCKET + sse('coalesce(var.alg, "aws:kms")'),
        KMS,
    ),
    case(
        "variable null, not nullable",
        'module "m" {\n  source = "./m"\n  alg    = null\n}\n',
        {"module.m.aws_s3_bucket.b": KMS},
        ("m/main.tf", OF_VAR + variable("alg", 'default = "aws:kms"', "nullable = false")),
    ),
    case(
        "variable null, nullable",
        'module "m" {\n  source = "./m"\n  alg    = null\n}\n',
        {"module.m.aws_s3_bucket.b": SSE},
        (
            "m/main.tf",
            BUCKET + sse('var.alg == null ? "AES256" : var.alg') + variable("alg", 'default = "aws:kms"'),
        ),
    ),
    case("variable sensitive", OF_VAR + variable("alg", 'default = "aws:kms"', "sensitive = true"), KMS),
    case(
        "variable sensitive and bad", OF_VAR + variable("alg", 'default = "AES256"', "sensitive = true"), SSE
    ),
    case("variable of an object", OF_TYPED + TYPED, on(KMS)),
    case(
        "variable of an object, not told",
        OF_TYPED + TYPED.replace("  default = {}\n", ""),
        BLIND,
        settings="{}",
    ),
    case(
        "variable of an object, in part",
        'module "m" {\n  source   = "./m"\n  settings = { alg = "AES256" }\n}\n',
        {"module.m.aws_s3_bucket.b": SSE},
        ("m/main.tf", OF_TYPED + TYPED),
    ),
    case(
        "variable of a nested object",
        BUCKET
        + sse("var.s.default.alg")
        + variable(
            "s",
            'type = object({ default = optional(object({ alg = optional(string, "AES256") }), {}) })',
            "default = {}",
        ),
        SSE,
    ),
    case(
        "variable of a map",
        BUCKET
        + sse('var.algs["prod"]')
        + variable("algs", "type = map(string)", 'default = { prod = "aws:kms", dev = "AES256" }'),
        KMS,
    ),
    case(
        "variable of a list",
        BUCKET
        + sse("var.algs[1]")
        + variable("algs", "type = list(string)", 'default = ["AES256", "aws:kms"]'),
        KMS,
    ),
    case(
        "variable converted by its type",
        BUCKET + kms(rule="bucket_key_enabled = var.on") + variable("on", "type = bool", 'default = "true"'),
        on(KMS),
    ),
    *refused(
        "the variable is not declared", case("variable that is not there", OF_VAR, BLIND.saying("var.alg"))
    ),
    *refused(
        "the type does not fit",
        case(
            "variable of a wrong type",
            OF_VAR + variable("alg", "type = number", 'default = "aws:kms"'),
            BLIND,
        ),
    ),
]

COUNTED = "count = var.encrypt ? 1 : 0"
CONDITIONS: list[Case] = [
    case(
        "condition that is known",
        local("prod", "true") + BUCKET + sse('local.prod ? "aws:kms" : "AES256"'),
        KMS,
    ),
    case(
        "condition on a text",
        variable("stage", 'default = "dev"') + BUCKET + sse('var.stage == "prod" ? "aws:kms" : "AES256"'),
        SSE,
    ),
    case(
        "condition not told, one way fails",
        variable("prod", "type = bool") + BUCKET + sse('var.prod ? "aws:kms" : "AES256"'),
        SSE.saying("var.prod"),
        prod="false",
    ),
    case(
        "condition not told, both pass",
        variable("prod", "type = bool") + BUCKET + sse('var.prod ? "aws:kms" : "aws:kms:dsse"'),
        EITHER,
        prod="false",
    ),
    case(
        "condition not told, compared",
        variable("stage") + BUCKET + sse('contains(["prod", "stage"], var.stage) ? "aws:kms" : "AES256"'),
        SSE.saying("var.stage"),
        stage='"dev"',
    ),
    case(
        "condition not told, one way open",
        variable("prod", "type = bool") + variable("alg") + BUCKET + sse('var.prod ? "aws:kms" : var.alg'),
        BLIND.saying("var.alg"),
        prod="true",
        alg='"AES256"',
    ),
    case(
        "condition after apply",
        'resource "terraform_data" "x" {\n  input = false\n}\n'
        + BUCKET
        + sse('terraform_data.x.output ? "aws:kms" : "AES256"'),
        SSE.saying("terraform_data.x.output"),
    ),
    case(
        "condition with and, or, not",
        local("a", "true") + BUCKET + sse('!local.a || 1 < 2 && "x" != "y" ? "aws:kms" : "AES256"'),
        KMS,
    ),
    case(
        "condition whose other side would fail",
        local("list", "[]") + BUCKET + sse('length(local.list) > 0 ? local.list[0] : "aws:kms"'),
        KMS,
    ),
    case(
        "configuration whose count is not told",
        variable("encrypt", "type = bool") + BUCKET + kms(head=COUNTED),
        SSE.saying("var.encrypt"),
        encrypt="false",
    ),
    case(
        "configuration whose number is not told, of a bucket whose name is",
        variable("n", "type = number") + bucket('bucket = "hcl-number"') + kms(head="count = var.n"),
        BLIND.named("hcl-number").saying("var.n has no value"),
        n="0",
    ),
    case(
        "configuration whose number is not told, and says what S3 does without it",
        variable("n", "type = number")
        + bucket('bucket = "hcl-like-s3"')
        + sse('"AES256"', head="count = var.n"),
        SSE.named("hcl-like-s3"),
        n="0",
    ),
    case(
        "configuration whose count is known to be none",
        variable("encrypt", "default = false") + "«" + BUCKET + kms(head=COUNTED),
        SSE,
    ),
    case(
        "bucket whose count is not told",
        variable("create", "type = bool") + bucket("count = var.create ? 1 : 0"),
        {"aws_s3_bucket.b[0]": SSE},
        create="true",
    ),
    case(
        "both under one condition that is not told",
        variable("create", "type = bool")
        + bucket("count = var.create ? 1 : 0")
        + kms(head="count = var.create ? 1 : 0", of="aws_s3_bucket.b[0].id"),
        {"aws_s3_bucket.b[0]": KMS},
        create="true",
    ),
]

LOCALS: list[Case] = [
    case("local", local("alg", '"aws:kms"') + OF_LOCAL, KMS),
    case(
        "locals in a chain, over two blocks",
        local("c", 'local.b["x"]')
        + OF_LOCAL
        + local("alg", "local.c")
        + local("b", '{ x = "aws:${local.d}" }')
        + local("d", '"kms"'),
        KMS,
    ),
    case(
        "locals merged over variables",
        variable("more", "default = {}")
        + local("all", 'merge({ alg = "AES256" }, { alg = "aws:kms" }, var.more)')
        + BUCKET
        + sse("local.all.alg"),
        KMS,
    ),
    *refused(
        "a cycle",
        case(
            "locals in a circle", local("alg", "local.other") + local("other", "local.alg") + OF_LOCAL, BLIND
        ),
    ),
    *refused("no such local", case("local that is not there", OF_LOCAL, BLIND.saying("local.alg"))),
    *refused(
        "no such function",
        case("function that is not there", local("alg", 'kmsify("aws")') + OF_LOCAL, BLIND.saying("kmsify")),
    ),
    *refused(
        "index out of range",
        case("index that is not there", local("alg", '["aws:kms"][3]') + OF_LOCAL, BLIND),
    ),
    case(
        "function that only the plan tells",
        local("alg", 'timestamp() == "" ? "AES256" : "aws:kms"') + OF_LOCAL,
        SSE,
    ),
    case(
        "text of a time", local("alg", 'trimprefix("${timestamp()}aws:kms", timestamp())') + OF_LOCAL, BLIND
    ),
]
LOCALS[-2] = Case(
    LOCALS[-2].id, LOCALS[-2].files, {"aws_s3_bucket.b": Said(SSE.verdict, "AES256", says="timestamp()")}
)

FUNCTIONS: dict[str, str] = {
    'lookup({ prod = "aws:kms" }, "prod", "AES256")': "aws:kms",
    'lookup({ prod = "aws:kms" }, "dev", "AES256")': "AES256",
    'try({}.alg, "aws:kms")': "aws:kms",
    'can({}.alg) ? "AES256" : "aws:kms"': "aws:kms",
    'coalesce(null, "", "aws:kms")': "aws:kms",
    'coalescelist([], ["aws:kms"])[0]': "aws:kms",
    'element(["AES256", "aws:kms"], 3)': "aws:kms",
    'flatten([["AES256"], [["aws:kms"]]])[1]': "aws:kms",
    'concat(["AES256"], ["aws:kms"])[1]': "aws:kms",
    'setproduct(["aws:"], ["kms", "kms:dsse"])[1][1] == "kms:dsse" ? "aws:kms:dsse" : "AES256"': "aws:kms:dsse",
    'jsondecode("{\\"alg\\": \\"aws:kms\\"}").alg': "aws:kms",
    'jsondecode(jsonencode({ alg = "aws:kms" }))["alg"]': "aws:kms",
    'format("aws:%s", "kms")': "aws:kms",
    'formatlist("aws:%s", ["kms", "kms:dsse"])[1]': "aws:kms:dsse",
    'join(":", ["aws", "kms"])': "aws:kms",
    'split(",", "AES256,aws:kms")[1]': "aws:kms",
    'regex("^(aws:[a-z]+):", "aws:kms:dsse")[0]': "aws:kms",
    'replace("aws-kms", "-", ":")': "aws:kms",
    'replace("aws:kmsx", "/x$/", "")': "aws:kms",
    'lower("AWS:KMS")': "aws:kms",
    'upper("aes256")': "AES256",
    'trimspace(" aws:kms ")': "aws:kms",
    'substr("aws:kms:dsse", 0, 7)': "aws:kms",
    'zipmap(["a", "b"], ["AES256", "aws:kms"])["b"]': "aws:kms",
    'values({ b = "AES256", a = "aws:kms" })[0]': "aws:kms",
    'keys({ "aws:kms" = 1 })[0]': "aws:kms",
    'one(["aws:kms"])': "aws:kms",
    'sort(["aws:kms", "AES256"])[0]': "AES256",
    'reverse(["aws:kms", "AES256"])[1]': "aws:kms",
    'tolist(toset(["aws:kms", "aws:kms"]))[0]': "aws:kms",
    'compact(["", "aws:kms"])[0]': "aws:kms",
    'slice(["AES256", "aws:kms"], 1, 2)[0]': "aws:kms",
    'contains(["a"], "a") ? "aws:kms" : "AES256"': "aws:kms",
    'base64decode("YXdzOmttcw==")': "aws:kms",
    'yamldecode("alg: aws:kms").alg': "aws:kms",
    '[for a in ["AES256", "aws:kms"] : a if a != "AES256"][0]': "aws:kms",
    '{ for k, v in { x = "kms" } : k => "aws:${v}" }.x': "aws:kms",
    '{ for a in ["aws:kms", "aws:kms"] : "x" => a... }.x[1]': "aws:kms",
    '[{ alg = "aws:kms" }].*.alg[0]': "aws:kms",
    '"%{ if 1 > 2 }AES256%{ else }aws:kms%{ endif }"': "aws:kms",
    '"%{ for p in ["aws", ":", "kms"] }${p}%{ endfor }"': "aws:kms",
    '"a\\u0077s:kms"': "aws:kms",
    'max(1, 2) == 2 && tonumber("3") % 2 == 1 ? "aws:kms" : "AES256"': "aws:kms",
}
_SAID = {"aws:kms": KMS, "AES256": SSE, "aws:kms:dsse": DSSE}
FILES: list[Case] = [
    case(
        "function jsondecode(file())",
        local("alg", 'jsondecode(file("${path.module}/settings.json")).s3.alg') + OF_LOCAL,
        KMS,
        ("settings.json", '{"s3": {"alg": "aws:kms"}}'),
    ),
    case(
        "function yamldecode(file())",
        local("alg", 'yamldecode(file("${path.module}/s.yaml"))["alg"]') + OF_LOCAL,
        SSE,
        ("s.yaml", "# ours\nalg: AES256\n"),
    ),
    case(
        "function templatefile",
        local("alg", 'trimspace(templatefile("${path.module}/a.tftpl", { parts = ["aws", "kms"] }))')
        + OF_LOCAL,
        KMS,
        ("a.tftpl", '%{ for i, p in parts ~}\n${i > 0 ? ":" : ""}${p}\n%{~ endfor }\n'),
    ),
    case(
        "function csvdecode",
        local("alg", 'csvdecode(file("${path.module}/s.csv"))[1].alg') + OF_LOCAL,
        KMS,
        ("s.csv", "name,alg\na,AES256\nb,aws:kms\n"),
    ),
    case(
        "function fileexists",
        local("alg", 'fileexists("${path.module}/no") ? "AES256" : "aws:kms"') + OF_LOCAL,
        KMS,
    ),
    *refused(
        "the file is not there",
        case(
            "function of a file that is not there",
            local("alg", 'file("${path.module}/no")') + OF_LOCAL,
            BLIND,
        ),
    ),
    at_root(
        case(
            "function file() below path.root",
            bucket(name="of_root")
            + sse('trimspace(file("${path.root}/alg.txt"))', of="aws_s3_bucket.of_root.id").replace(
                '"b"', '"of_root"'
            ),
            {"aws_s3_bucket.of_root": KMS},
            ("alg.txt", "aws:kms\n"),
        )
    ),
]

FUNCTION_CASES: list[Case] = [
    *(case(f"function {text}", local("alg", text) + OF_LOCAL, _SAID[alg]) for text, alg in FUNCTIONS.items()),
    *FILES,
]
