"""Which configuration is for which bucket."""

from tests.support.terraform_case import (
    BLIND,
    CONFIGURATION,
    KMS,
    SSE,
    B,
    Case,
    bucket,
    case,
    kms,
    local,
    planned,
    refused,
    sse,
    variable,
)


def other(text: str, name: str = "other") -> str:
    """The same configuration under another name."""
    return text.replace('configuration" "b"', f'configuration" "{name}"')


BLOCKED = f'resource "aws_s3_bucket_public_access_block" "p" {{\n  bucket = {B}.id\n}}\n'
BY_REFERENCE: list[Case] = [
    case("joined by .id", bucket() + kms(of=f"{B}.id"), KMS),
    case("joined by .bucket", bucket() + kms(of=f"{B}.bucket"), KMS),
    case("joined by an interpolation", bucket() + kms(of=f'"${{{B}.id}}"'), KMS),
    case("joined by an index of a text", bucket() + local("b", B) + kms(of='local.b["id"]'), KMS),
    case("joined through a local", bucket() + local("id", f"{B}.id") + kms(of="local.id"), KMS),
    case(
        "joined through a local of the bucket",
        bucket() + local("all", f"{{ one = {B} }}") + kms(of='local.all["one"].id'),
        KMS,
    ),
    case(
        "joined through another resource",
        bucket() + BLOCKED + kms(of="aws_s3_bucket_public_access_block.p.id"),
        KMS,
    ),
    case(
        "joined through its bucket argument",
        bucket() + BLOCKED + kms(of="aws_s3_bucket_public_access_block.p.bucket"),
        KMS,
    ),
    case(
        "joined by a splat and an index",
        bucket("count = 2") + kms(of="(aws_s3_bucket.b[*].id)[1]"),
        {"aws_s3_bucket.b[0]": SSE, "aws_s3_bucket.b[1]": KMS},
    ),
    case(
        "joined by an old splat",
        bucket("count = 2") + kms(of="element(aws_s3_bucket.b.*.id, 3)"),
        {"aws_s3_bucket.b[0]": SSE, "aws_s3_bucket.b[1]": KMS},
    ),
    case(
        "joined by splats of two buckets",
        bucket("count = 1")
        + bucket("count = 1", "other")
        + kms(head="count = 2", of="concat(aws_s3_bucket.b[*].id, aws_s3_bucket.other[*].id)[count.index]"),
        {"aws_s3_bucket.b[0]": KMS, "aws_s3_bucket.other[0]": KMS},
    ),
    case("joined by one()", bucket("count = 1") + kms(of="one(aws_s3_bucket.b[*].id)"), {f"{B}[0]": KMS}),
    case(
        "joined by join()",
        bucket("count = 1") + kms(of='join("", aws_s3_bucket.b[*].id)'),
        {f"{B}[0]": KMS},
    ),
    case(
        "joined by try()",
        bucket("count = 1") + kms(of='try(aws_s3_bucket.b[0].id, "")'),
        {f"{B}[0]": KMS},
    ),
    case(
        "joined by values()",
        bucket('for_each = toset(["x", "y"])') + kms(of="values(aws_s3_bucket.b)[1].id"),
        {f'{B}["x"]': SSE, f'{B}["y"]': KMS},
    ),
    case(
        "joined by a condition that is known",
        bucket() + bucket(name="other") + kms(of=f"true ? aws_s3_bucket.other.id : {B}.id"),
        {"aws_s3_bucket.other": KMS, B: SSE},
    ),
    case(
        "joined to one of two",
        bucket() + bucket(name="other") + kms() + other(sse('"AES256"', of="aws_s3_bucket.other.id")),
        {B: KMS, "aws_s3_bucket.other": SSE},
    ),
    case(
        "configuration after a prefix",
        bucket('bucket_prefix = "hcl-prefix-"') + kms(),
        KMS,
    ),
    case("two that agree", bucket() + kms() + other(kms(of=f"{B}.bucket")), KMS),
    *planned(
        "one of both is configured",
        case(
            "joined by a condition that is not told",
            variable("first", "type = bool")
            + bucket()
            + bucket(name="other")
            + kms(of=f"var.first ? {B}.id : aws_s3_bucket.other.id"),
            {B: SSE.saying("var.first"), "aws_s3_bucket.other": SSE.saying("var.first")},
            first="false",
        ),
    ),
    case(
        "two that differ",
        bucket() + kms() + other(sse('"AES256"')),
        BLIND.saying("the last to be applied wins", "keep one of them"),
    ),
    case(
        "two that exclude each other",
        variable("dsse", "default = false")
        + bucket()
        + kms(head="count = var.dsse ? 0 : 1")
        + other(sse('"aws:kms:dsse"', head="count = var.dsse ? 1 : 0")),
        KMS,
    ),
    case(
        "two that exclude each other, not told",
        variable("own", "type = bool")
        + bucket()
        + kms(head="count = var.own ? 0 : 1")
        + other(sse('"AES256"', head="count = var.own ? 1 : 0")),
        SSE.saying("var.own"),
        own="true",
    ),
    case(
        "waiting for something else",
        bucket() + 'resource "terraform_data" "x" {}\n' + kms(head="depends_on = [terraform_data.x]"),
        KMS,
    ),
    case(
        "ignoring changes",
        bucket("lifecycle {\n  ignore_changes = [server_side_encryption_configuration]\n}")
        + kms(head="lifecycle {\n  ignore_changes  = [rule]\n  prevent_destroy = true\n}"),
        KMS,
    ),
    case(
        "bucket destroyed last",
        bucket("force_destroy = true\nlifecycle {\n  create_before_destroy = true\n}") + kms(),
        KMS,
    ),
]

BY_NAME: list[Case] = [
    case("joined by name", bucket('bucket = "hcl-lit"') + kms(of='"hcl-lit"'), KMS.named("hcl-lit")),
    case(
        "joined by name through variables",
        variable("env", 'default = "dev"')
        + local("name", '"hcl-${var.env}-data"')
        + bucket("bucket = local.name")
        + kms(of='"hcl-dev-data"'),
        KMS.named("hcl-dev-data"),
    ),
    case(
        "joined by name over for_each",
        bucket('for_each = toset(["n1", "n2"])\nbucket   = "hcl-${each.key}"')
        + kms(of='format("hcl-%s", "n2")'),
        {f'{B}["n1"]': SSE.named("hcl-n1"), f'{B}["n2"]': KMS.named("hcl-n2")},
    ),
    case(
        "joined by a reference to a name that is known",
        bucket('bucket = "hcl-ref"') + kms(of=f"{B}.bucket"),
        KMS.named("hcl-ref"),
    ),
    case(
        "joined by a part of a reference",
        bucket('bucket = "hcl-part"') + kms(of=f'trimprefix({B}.arn, "arn:aws:s3:::")'),
        KMS.named("hcl-part"),
    ),
    case(
        "joined by .arn",
        bucket('bucket = "hcl-arn"') + kms(of=f'split(":", {B}.arn)[5]'),
        KMS.named("hcl-arn"),
    ),
    *planned(
        "the other bucket is not there",
        case(
            "not joined: another name",
            bucket('bucket = "hcl-alone"') + kms(of='"hcl-another"'),
            {B: SSE.named("hcl-alone"), CONFIGURATION: KMS.named("hcl-another")},
        ),
    ),
    *planned(
        "the bucket is not there",
        case(
            "only a configuration of somebody else's bucket",
            kms(of='"somebody-elses-bucket"'),
            {CONFIGURATION: KMS},
        ),
    ),
    case(
        "configuration of a name that is not told",
        variable("name", "type = string") + bucket('bucket = "hcl-maybe"') + kms(of="var.name"),
        BLIND.named("hcl-maybe").saying("var.name"),
        name='"hcl-maybe"',
    ),
    case(
        "bucket of a name that is not told",
        variable("name", "type = string") + bucket("bucket = var.name") + kms(of="var.name"),
        KMS,
        name='"hcl-same"',
    ),
    case(
        "bucket of a name that is not told, interpolated",
        variable("env", "type = string")
        + bucket('bucket = "hcl-in-${var.env}"')
        + kms(of='"hcl-in-${var.env}"'),
        KMS,
        env='"dev"',
    ),
    case(
        "bucket of a name that is not told, by reference",
        variable("name", "type = string") + bucket("bucket = var.name") + kms(),
        KMS,
        name='"hcl-other"',
    ),
    *refused(
        "the data source asks for a bucket that is not there",
        case(
            "only a configuration of a data source",
            'data "aws_s3_bucket" "d" {\n  bucket = "hcl-there"\n}\n' + kms(of="data.aws_s3_bucket.d.id"),
            {CONFIGURATION: KMS},
        ),
    ),
    *refused(
        "the index is of each element, and a text has none",
        case(
            "joined by a splat that takes the index in",
            bucket("count = 2") + kms(of="aws_s3_bucket.b[*].id[1]"),
            {f"{B}[0]": BLIND, f"{B}[1]": BLIND},
        ),
    ),
    *refused(
        "no such bucket is declared",
        case(
            "configuration of a bucket that is gone",
            bucket() + kms(of="aws_s3_bucket.gone.id"),
            {B: SSE, CONFIGURATION: KMS},
        ),
    ),
]
