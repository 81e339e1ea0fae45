"""count, for_each and dynamic blocks."""

from tests.support.terraform_case import (
    BLIND,
    KEY,
    KMS,
    OUR_KEY,
    SSE,
    Case,
    bucket,
    case,
    kms,
    local,
    on,
    refused,
    sse,
    variable,
)

EACH = "aws_s3_bucket.b[each.key].id"
NTH = "aws_s3_bucket.b[count.index].id"
CONFIGURATION = 'resource "aws_s3_bucket_server_side_encryption_configuration" "b" {\n'
ALGS = '{ a = "aws:kms", "b.c" = "AES256" }'


COUNTS: list[Case] = [
    case(
        "count of two",
        bucket("count = 2") + kms(head="count = 2", of=NTH),
        {"aws_s3_bucket.b[0]": KMS, "aws_s3_bucket.b[1]": KMS},
    ),
    case(
        "count of two, one configured",
        bucket("count = 2") + kms(head="count = 1", of=NTH),
        {"aws_s3_bucket.b[0]": KMS, "aws_s3_bucket.b[1]": SSE},
    ),
    case(
        "count of two, each its own",
        bucket('count  = 2\nbucket = "hcl-own-${count.index}"')
        + sse('element(["AES256", "aws:kms"], count.index)', head="count = 2", of=NTH),
        {
            "aws_s3_bucket.b[0]": SSE.named("hcl-own-0"),
            "aws_s3_bucket.b[1]": KMS.named("hcl-own-1"),
        },
    ),
    case(
        "count of one and an index",
        bucket("count = 1") + kms(of="aws_s3_bucket.b[0].id"),
        {"aws_s3_bucket.b[0]": KMS},
    ),
    case(
        "count of one and an old index",
        bucket("count = 1") + kms(of="aws_s3_bucket.b.0.id"),
        {"aws_s3_bucket.b[0]": KMS},
    ),
    case("count of none, configured", bucket() + kms(head="count = 0"), SSE),
    case("bucket count of none", bucket("count = 0") + kms(head="count = 0", of=NTH), {}),
    case(
        "count of a length",
        local("names", '["hcl-x", "hcl-y"]')
        + bucket("count  = length(local.names)\nbucket = local.names[count.index]")
        + kms(head="count = length(aws_s3_bucket.b)", of=NTH),
        {"aws_s3_bucket.b[0]": KMS.named("hcl-x"), "aws_s3_bucket.b[1]": KMS.named("hcl-y")},
    ),
    case(
        "count as a text",
        bucket('count = "1"') + kms(head="count = true ? 1 : 0", of=NTH),
        {"aws_s3_bucket.b[0]": KMS},
    ),
    case(
        "count not told",
        variable("n", "type = number")
        + bucket("count = var.n")
        + sse('"AES256"', head="count = var.n", of=NTH),
        {"aws_s3_bucket.b": SSE.saying("var.n")},
        n="1",
    ),
    *refused(
        "a count cannot be negative",
        case("count below zero", bucket("count = -1"), {"aws_s3_bucket.b": BLIND}),
    ),
]

FOR_EACH: list[Case] = [
    case(
        "for_each of a set",
        bucket('for_each = toset(["x", "y"])') + kms(head='for_each = toset(["x", "y"])', of=EACH),
        {'aws_s3_bucket.b["x"]': KMS, 'aws_s3_bucket.b["y"]': KMS},
    ),
    case(
        "for_each of a map",
        bucket(f"for_each = {ALGS}") + sse("each.value", head=f"for_each = {ALGS}", of=EACH),
        {'aws_s3_bucket.b["a"]': KMS, 'aws_s3_bucket.b["b.c"]': SSE},
    ),
    case(
        "for_each over a subset",
        bucket('for_each = toset(["x", "y"])') + kms(head='for_each = toset(["y"])', of=EACH),
        {'aws_s3_bucket.b["x"]': SSE, 'aws_s3_bucket.b["y"]': KMS},
    ),
    case(
        "for_each chained",
        bucket('for_each = toset(["x", "y"])')
        + sse(
            'each.key == "x" ? "aws:kms" : "AES256"',
            head="for_each = aws_s3_bucket.b",
            of="each.value.id",
        ),
        {'aws_s3_bucket.b["x"]': KMS, 'aws_s3_bucket.b["y"]': SSE},
    ),
    case(
        "for_each by a for expression",
        local("all", "{ x = { enc = true }, y = { enc = false } }")
        + bucket("for_each = local.all")
        + kms(head="for_each = { for k, v in local.all : k => v if v.enc }", of=EACH),
        {'aws_s3_bucket.b["x"]': KMS, 'aws_s3_bucket.b["y"]': SSE},
    ),
    case(
        "for_each over names",
        bucket('for_each = toset(["hcl-one", "hcl-two"])\nbucket   = each.value')
        + kms(head='for_each = toset(["hcl-two"])', of="each.value"),
        {
            'aws_s3_bucket.b["hcl-one"]': SSE.named("hcl-one"),
            'aws_s3_bucket.b["hcl-two"]': KMS.named("hcl-two"),
        },
    ),
    case(
        "for_each over ids in a map",
        bucket('for_each = toset(["x", "y"])')
        + kms(head="for_each = { for k, v in aws_s3_bucket.b : k => v.id }", of="each.value"),
        {'aws_s3_bucket.b["x"]': KMS, 'aws_s3_bucket.b["y"]': KMS},
    ),
    case(
        "for_each with a key of each",
        'resource "aws_kms_key" "k" {\n  for_each = toset(["x", "y"])\n}\n'
        + bucket('for_each = toset(["x", "y"])')
        + kms(head="for_each = aws_s3_bucket.b", of="each.value.id", key="aws_kms_key.k[each.key].arn"),
        {'aws_s3_bucket.b["x"]': OUR_KEY, 'aws_s3_bucket.b["y"]': OUR_KEY},
    ),
    case(
        "for_each of objects",
        variable(
            "buckets",
            'type = map(object({ alg = optional(string, "aws:kms"), on = optional(bool) }))',
            'default = { x = {}, y = { alg = "AES256" }, z = { on = true } }',
        )
        + bucket("for_each = var.buckets")
        + sse(
            "each.value.alg",
            head="for_each = var.buckets",
            of=EACH,
            rule="bucket_key_enabled = each.value.on",
        ),
        {'aws_s3_bucket.b["x"]': KMS, 'aws_s3_bucket.b["y"]': SSE, 'aws_s3_bucket.b["z"]': on(KMS)},
    ),
    case(
        "for_each of a product",
        local("all", '{ for p in setproduct(["eu", "us"], ["kms"]) : join("-", p) => "aws:${p[1]}" }')
        + bucket("for_each = local.all")
        + sse("each.value", head="for_each = local.all", of=EACH),
        {'aws_s3_bucket.b["eu-kms"]': KMS, 'aws_s3_bucket.b["us-kms"]': KMS},
    ),
    case("for_each of nothing", bucket("for_each = {}") + kms(head="for_each = {}", of=EACH), {}),
    case(
        "for_each with odd keys",
        bucket('for_each = toset(["a b", "q\\"", "ä"])')
        + kms(head="for_each = aws_s3_bucket.b", of="each.value.id"),
        {
            'aws_s3_bucket.b["a b"]': KMS,
            'aws_s3_bucket.b["q\\""]': KMS,
            'aws_s3_bucket.b["ä"]': KMS,
        },
    ),
    case(
        "for_each of one condition",
        variable("on", "type = bool") + bucket() + kms(head='for_each = var.on ? toset(["x"]) : toset([])'),
        SSE.saying("var.on"),
        on="false",
    ),
    case(
        "for_each not told",
        variable("names", "type = set(string)") + bucket("for_each = var.names"),
        {"aws_s3_bucket.b": SSE.saying("var.names")},
        names='["x"]',
    ),
    case(
        "for_each not told, all configured",
        variable("names", "type = set(string)")
        + bucket("for_each = var.names")
        + kms(head="for_each = var.names", of=EACH),
        {"aws_s3_bucket.b": KMS.saying("var.names")},
        names='["x"]',
    ),
    case(
        "for_each not told, chained",
        variable("names", "type = set(string)")
        + bucket("for_each = var.names")
        + kms(head="for_each = aws_s3_bucket.b", of="each.value.id"),
        {"aws_s3_bucket.b": KMS.saying("var.names")},
        names='["x"]',
    ),
    *refused(
        "a list is no set", case("for_each of a list", bucket('for_each = ["x"]'), {"aws_s3_bucket.b": BLIND})
    ),
]

RULE = """  dynamic "rule" {{
    for_each = {0}
    content {{
      apply_server_side_encryption_by_default {{
        sse_algorithm = {1}
      }}
    }}
  }}
}}
"""
OF_B = CONFIGURATION + "  bucket = aws_s3_bucket.b.id\n"
NESTED = (
    OF_B
    + """  dynamic "rule" {
    for_each = local.rules
    iterator = r
    content {
      bucket_key_enabled = r.value.on
      dynamic "apply_server_side_encryption_by_default" {
        for_each = r.value.defaults
        iterator = d
        content {
          sse_algorithm     = d.value
          kms_master_key_id = r.value.key
        }
      }
    }
  }
}
"""
)
DYNAMIC: list[Case] = [
    case("dynamic rule", bucket() + OF_B + RULE.format('["aws:kms"]', "rule.value"), KMS),
    case("dynamic rule, bad", bucket() + OF_B + RULE.format('[{ alg = "AES256" }]', "rule.value.alg"), SSE),
    case(
        "dynamic rule with an iterator",
        bucket()
        + OF_B
        + RULE.format('{ x = "kms" }', '"${r.key}" == "x" ? "aws:${r.value}" : "AES256"').replace(
            "    content {\n", "    iterator = r\n    content {\n"
        ),
        KMS,
    ),
    case(
        "dynamic blocks nested",
        local("rules", '[{ on = true, key = aws_kms_key.k.arn, defaults = ["aws:kms"] }]')
        + KEY
        + bucket()
        + NESTED,
        on(OUR_KEY),
    ),
    case(
        "dynamic rule within for_each",
        bucket(f"for_each = {ALGS}")
        + CONFIGURATION
        + f"  for_each = {ALGS}\n  bucket   = {EACH}\n"
        + RULE.format("[each.value]", "rule.value"),
        {'aws_s3_bucket.b["a"]': KMS, 'aws_s3_bucket.b["b.c"]': SSE},
    ),
    case(
        "dynamic rule over a map of one",
        variable("rule", 'default = { sse_algorithm = "aws:kms" }')
        + bucket()
        + OF_B
        + RULE.format("[var.rule]", 'lookup(rule.value, "sse_algorithm", null)'),
        KMS,
    ),
    case(
        "dynamic rule by a condition",
        variable("alg", "default = null", "type = string")
        + bucket()
        + OF_B
        + RULE.format('var.alg == null ? ["aws:kms"] : [var.alg]', "rule.value"),
        KMS,
    ),
    case(
        "dynamic rule not told",
        variable("rules", "type = list(string)") + bucket() + OF_B + RULE.format("var.rules", "rule.value"),
        BLIND.saying("var.rules", "--var rules="),
        rules='["aws:kms"]',
    ),
    case(
        "dynamic rule after apply",
        'resource "terraform_data" "x" {\n  input = ["aws:kms"]\n}\n'
        + bucket()
        + OF_B
        + RULE.format("terraform_data.x.output", "rule.value"),
        BLIND.saying("terraform_data.x.output"),
    ),
    *refused(
        "a rule is wanted",
        case("dynamic rule of nothing", bucket() + OF_B + RULE.format("[]", "rule.value"), BLIND),
    ),
]

_INLINE = """
dynamic "server_side_encryption_configuration" {{
  for_each = {0}
  content {{
    rule {{
      apply_server_side_encryption_by_default {{
        sse_algorithm = "aws:kms"
      }}
    }}
  }}
}}
"""
DYNAMIC += [case("dynamic inline block of nothing", bucket(_INLINE.format("[]")), SSE)]
