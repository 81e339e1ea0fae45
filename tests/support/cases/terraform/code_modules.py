"""Modules: local ones, nested, several of one, and those that Terraform has fetched."""

from tests.support.terraform_case import (
    BLIND,
    KEY,
    KMS,
    OUR_KEY,
    SSE,
    UNREADABLE,
    B,
    Case,
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


def call(name: str, *arguments: str, source: str = "") -> str:
    """A call of a module."""
    lines = "".join(f"  {line}\n" for line in (f'source = "./{source or name}"', *arguments))
    return f'module "{name}" {{\n{lines}}}\n'


def output(name: str, value: str) -> str:
    return f'output "{name}" {{\n  value = {value}\n}}\n'


ENCRYPT = (
    "encrypt/main.tf",
    variable("bucket") + variable("alg", 'default = "aws:kms"') + sse("var.alg", of="var.bucket"),
)
STORE = ("store/main.tf", bucket() + output("id", f"{B}.id") + output("bucket", B))
WHOLE = variable("alg", 'default = "aws:kms"') + bucket() + sse("var.alg")
M = f"module.m.{B}"

NESTED: list[Case] = [
    case(
        "module with its own",
        call("m"),
        {M: KMS},
        ("m/main.tf", bucket() + kms().replace("sse_alg", "«sse_alg")),
    ),
    case("module given an algorithm", call("m", 'alg = "AES256"'), {M: SSE}, ("m/main.tf", WHOLE)),
    case(
        "modules three deep",
        call("m", 'alg = "aws:kms"'),
        {f"module.m.module.n.module.o.{B}": KMS},
        ("m/main.tf", variable("alg") + call("n", "alg = var.alg")),
        (
            "m/n/main.tf",
            variable("alg") + local("alg", "var.alg") + call("o", "alg = local.alg", source="../o"),
        ),
        ("m/o/main.tf", WHOLE),
    ),
    case(
        "module of a count",
        call("m", "count = 2", 'alg = count.index == 0 ? "aws:kms" : "AES256"'),
        {f"module.m[0].{B}": KMS, f"module.m[1].{B}": SSE},
        ("m/main.tf", WHOLE),
    ),
    case(
        "module of a for_each",
        call("m", 'for_each = { x = "aws:kms", y = "AES256" }', "alg = each.value"),
        {f'module.m["x"].{B}': KMS, f'module.m["y"].{B}': SSE},
        ("m/main.tf", WHOLE),
    ),
    case(
        "module called twice",
        call("m") + call("n", 'alg = "AES256"', source="m"),
        {M: KMS, f"module.n.{B}": SSE},
        ("m/main.tf", WHOLE),
    ),
    case("module of no count", call("m", "count = 0") + bucket(), {B: SSE}, ("m/main.tf", WHOLE)),
    case(
        "module nested under two for_each",
        call("m", 'for_each = toset(["p"])'),
        {f'module.m["p"].module.n["q"].{B}[0]': KMS},
        ("m/main.tf", call("n", 'for_each = toset(["q"])')),
        ("m/n/main.tf", bucket("count = 1") + kms(head="count = 1", of="aws_s3_bucket.b[0].id")),
    ),
    case(
        "module not told an algorithm",
        variable("alg") + call("m", "alg = var.alg"),
        {M: BLIND.saying("var.alg", "--var alg=")},
        ("m/main.tf", WHOLE),
        alg='"aws:kms"',
    ),
    case(
        "module whose count is not told",
        variable("create", "type = bool") + call("m", "count = var.create ? 1 : 0"),
        {f"module.m[0].{B}": KMS},
        ("m/main.tf", WHOLE),
        create="true",
    ),
    case(
        "module given a map of settings",
        call("m", 'sse = { rule = { alg = "aws:kms", bucket_key = true } }'),
        {M: on(KMS)},
        (
            "m/main.tf",
            variable("sse", "type = any", "default = {}")
            + bucket()
            + sse(
                "rule.value.alg",
                head="count = length(keys(var.sse)) > 0 ? 1 : 0",
            )
            .replace(
                "  rule {\n",
                '  dynamic "rule" {\n    for_each = try(flatten([var.sse["rule"]]), [])\n    content {\n',
            )
            .replace(
                "    }\n  }\n}",
                "    }\n    bucket_key_enabled = try(rule.value.bucket_key, null)\n    }\n  }\n}",
            ),
        ),
    ),
    *refused(
        "Terraform fetches it without end",
        case(
            "modules in a circle",
            call("m"),
            {UNREADABLE: BLIND},
            ("m/main.tf", call("m", source="../m")),
        ),
    ),
    *refused(
        "an argument is missing",
        case(
            "module without an argument",
            call("m"),
            {M: BLIND.saying("var.alg")},
            ("m/main.tf", variable("alg") + bucket() + sse("var.alg")),
        ),
    ),
    *refused(
        "it is not installed",
        case(
            "module that is not installed",
            'module "m" {\n  source  = "acme/store/aws"\n  version = "1.0.0"\n}\n' + bucket() + kms(),
            {B: KMS, UNREADABLE: BLIND.saying("module.m", "terraform init")},
        ),
        case(
            "bucket given to a module that is not installed",
            bucket() + 'module "m" {\n  source = "acme/encrypt/aws"\n  bucket = aws_s3_bucket.b.id\n}\n',
            {
                B: BLIND.saying("module.m", "terraform init"),
                UNREADABLE: BLIND.saying("module.m", "terraform init"),
            },
        ),
        case("module whose folder is not there", call("m"), {UNREADABLE: BLIND.saying("./m")}),
    ),
]

ACROSS: list[Case] = [
    case(
        "bucket of a module, configured by the root",
        call("store") + kms(of="module.store.id"),
        {f"module.store.{B}": KMS},
        STORE,
    ),
    case(
        "bucket of a module, configured by its object",
        call("store") + kms(of="module.store.bucket.id"),
        {f"module.store.{B}": KMS},
        STORE,
    ),
    case(
        "bucket of the root, configured by a module",
        bucket() + call("encrypt", f"bucket = {B}.id"),
        KMS,
        ENCRYPT,
    ),
    case(
        "bucket of the root, badly configured by a module",
        bucket() + call("encrypt", f"bucket = {B}.id", 'alg = "AES256"'),
        SSE,
        ENCRYPT,
    ),
    case(
        "bucket of a module, configured by another",
        call("store") + call("encrypt", "bucket = module.store.id"),
        {f"module.store.{B}": KMS},
        STORE,
        ENCRYPT,
    ),
    case(
        "modules of a for_each, one configured",
        call("store", 'for_each = toset(["x", "y"])') + kms(of='module.store["x"].id'),
        {f'module.store["x"].{B}': KMS, f'module.store["y"].{B}': SSE},
        STORE,
    ),
    case(
        "modules of a for_each, chained",
        call("store", 'for_each = toset(["x", "y"])')
        + call(
            "encrypt",
            "for_each = module.store",
            "bucket = each.value.id",
            'alg = each.key == "x" ? "aws:kms" : "AES256"',
        ),
        {f'module.store["x"].{B}': KMS, f'module.store["y"].{B}': SSE},
        STORE,
        ENCRYPT,
    ),
    case(
        "modules of a count, by a splat",
        call("store", "count = 2") + kms(head="count = 2", of="module.store.*.id[count.index]"),
        {f"module.store[0].{B}": KMS, f"module.store[1].{B}": KMS},
        STORE,
    ),
    case(
        "buckets handed on as a map",
        bucket('for_each = toset(["x", "y"])') + call("m", "buckets = aws_s3_bucket.b"),
        {f'{B}["x"]': KMS, f'{B}["y"]': KMS},
        ("m/main.tf", variable("buckets") + kms(head="for_each = var.buckets", of="each.value.id")),
    ),
    case(
        "ids handed on as a list",
        bucket("count = 2") + call("m", "ids = aws_s3_bucket.b[*].id"),
        {f"{B}[0]": KMS, f"{B}[1]": KMS},
        (
            "m/main.tf",
            variable("ids", "type = list(string)") + kms(head="count = 2", of="var.ids[count.index]"),
        ),
    ),
    case(
        "buckets of a module by an output map",
        call("m") + kms(head='for_each = toset(["x"])', of="module.m.ids[each.key]"),
        {f'{M}["x"]': KMS, f'{M}["y"]': SSE},
        (
            "m/main.tf",
            bucket('for_each = toset(["x", "y"])')
            + output("ids", "{ for k, b in aws_s3_bucket.b : k => b.id }"),
        ),
    ),
    case(
        "outputs through two modules",
        call("m") + call("encrypt", "bucket = module.m.id"),
        {f"module.m.module.store.{B}": KMS},
        ("m/main.tf", call("store", source="../store") + output("id", "module.store.id")),
        STORE,
        ENCRYPT,
    ),
    case(
        "key and bucket of modules",
        call("keys") + call("m", "key = module.keys.key"),
        {M: OUR_KEY},
        ("keys/main.tf", KEY + output("key", "aws_kms_key.k")),
        ("m/main.tf", variable("key") + bucket() + kms(key="var.key.arn")),
    ),
    case(
        "name chosen by the root, joined by name",
        call("m", 'name = "hcl-by-root"') + kms(of='"hcl-by-root"', head="depends_on = [module.m]"),
        {M: KMS.named("hcl-by-root")},
        ("m/main.tf", variable("name") + bucket("bucket = var.name")),
    ),
    case(
        "algorithm from an output",
        call("m") + bucket() + sse("module.m.alg"),
        KMS,
        ("m/main.tf", output("alg", 'lower("AWS:KMS")')),
    ),
    *refused(
        "the module has no such output",
        case(
            "output that is not there",
            call("store") + bucket() + kms(of="module.store.no"),
            {f"module.store.{B}": BLIND, B: BLIND},
            STORE,
        ),
    ),
]

_MANIFEST = """
{"Modules":[
{"Key":"","Source":"","Dir":"."},
{"Key":"fetched","Source":"registry.terraform.io/acme/store/aws","Version":"1.2.3","Dir":".terraform/modules/fetched"},
{"Key":"fetched.inner","Source":"./modules/inner","Dir":".terraform/modules/fetched/modules/inner"},
{"Key":"git","Source":"git::https://example.com/store.git//aws?ref=v1","Dir":".terraform/modules/git/aws"}
]}
"""
_FETCHED = 'module "fetched" {\n  source  = "acme/store/aws"\n  version = "1.2.3"\n}\n'
_GIT = 'module "git" {\n  source = "git::https://example.com/store.git//aws?ref=v1"\n  alg    = "AES256"\n}\n'
FETCHED: list[Case] = [
    at_root(
        case(
            "modules that Terraform has fetched",
            _FETCHED + _GIT,
            {f"module.fetched.{B}": KMS, f"module.fetched.module.inner.{B}": SSE, f"module.git.{B}": SSE},
            (".terraform/modules/modules.json", _MANIFEST),
            (".terraform/modules/fetched/main.tf", WHOLE + call("inner", source="modules/inner")),
            (".terraform/modules/fetched/modules/inner/main.tf", bucket()),
            (".terraform/modules/git/aws/main.tf", WHOLE),
        )
    ),
]
