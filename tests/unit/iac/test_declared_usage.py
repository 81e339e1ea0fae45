"""The hazards of buckets of Terraform code: relations are evaluated, however they are written."""

# ruff: noqa: E501 - code that is read, within strings

from pathlib import Path

import pytest
from tests.support.code import context

from s3kms.hazards import all_hazards
from s3kms.hazards import examples as an
from s3kms.hazards.interface import Danger
from s3kms.iac.interface import Folder
from s3kms.iac.terraform.code import READER
from s3kms.model.unknown import Unknown

B = 'variable "open" {}\nresource "aws_s3_bucket" "b" {\n  bucket = "the-bucket"\n}\n'
ID = "bucket = aws_s3_bucket.b.id\n"


def hazards_of(text: str, head: str = B) -> set[str]:
    """The hazards of the bucket `b`; those that cannot be told end in a question mark."""
    found = {one.resource: one for one in READER.read(Folder(Path("i")), context({"i/main.tf": head + text}))}
    bucket = found["aws_s3_bucket.b"]
    answers = {hazard.id: hazard.evaluate(bucket, an.TO_MANAGED) for hazard in all_hazards()}
    return {name for name, found in answers.items() if isinstance(found, Danger)} | {
        "?" for found in answers.values() if isinstance(found, Unknown)
    }


def policy(principal: str, action: str = "s3:PutObject") -> str:
    return (
        f'resource "aws_s3_bucket_policy" "p" {{\n  {ID}  policy = jsonencode({{ Statement = [{{\n'
        f'    Effect = "Allow"\n    Principal = {principal}\n    Action = "{action}"\n'
        '    Resource = "${aws_s3_bucket.b.arn}/*"\n  }] })\n}\n'
    )


def document(principal: str) -> str:
    return (
        f'data "aws_iam_policy_document" "d" {{\n  statement {{\n    {principal}\n'
        '    actions = ["s3:PutObject"]\n    resources = ["${aws_s3_bucket.b.arn}/*"]\n  }\n}\n'
        f'resource "aws_s3_bucket_policy" "p" {{\n  {ID}  policy = data.aws_iam_policy_document.d.json\n}}\n'
    )


OAI = 'resource "aws_cloudfront_origin_access_identity" "o" {}\n'
ELB = 'data "aws_elb_service_account" "e" {}\n'
ME = 'data "aws_caller_identity" "me" {}\n'
PRINCIPALS = (
    'dynamic "principals" {\n      for_each = ["Service"]\n      content {\n        type = principals.value\n'
)
HEREDOC = (
    f'{ME}resource "aws_s3_bucket_policy" "p" {{\n  {ID}  policy = <<EOT\n'
    '{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*",\n'
    ' "Principal": {"AWS": "arn:aws:iam::${data.aws_caller_identity.me.account_id}:root"}}}\nEOT\n}\n'
)


@pytest.mark.parametrize(
    ("text", "hazards"),
    [
        (policy('{ Service = "logging.s3.amazonaws.com" }'), {"s3_access_logs"}),
        (policy('{ Service = ["delivery.logs.amazonaws.com"] }'), {"vended_logs"}),
        (policy('{ Service = "cloudtrail.amazonaws.com" }'), {"cloudtrail_logs"}),
        (policy('{ Service = "delivery.logs.amazonaws.com" }', "s3:GetBucketAcl"), set()),
        (policy('"*"', "s3:GetObject"), {"anonymous_requests"}),
        (policy('{ AWS = "arn:aws:iam::999988887777:root" }'), {"other_accounts"}),
        (policy("{ AWS = var.open }"), {"?"}),
        (policy("var.open"), {"?"}),
        (
            OAI + policy("{ AWS = aws_cloudfront_origin_access_identity.o.iam_arn }", "s3:GetObject"),
            {"cloudfront_oai"},
        ),
        (
            OAI + policy("{ CanonicalUser = aws_cloudfront_origin_access_identity.o.s3_canonical_user_id }"),
            {"cloudfront_oai"},
        ),
        (ELB + policy("{ AWS = data.aws_elb_service_account.e.arn }"), {"load_balancer_logs"}),
        (
            ELB + policy('{ AWS = "arn:aws:iam::${data.aws_elb_service_account.e.id}:root" }'),
            {"load_balancer_logs"},
        ),
        (
            ELB
            + document(
                'principals {\n      type = "AWS"\n      identifiers = [data.aws_elb_service_account.e.arn]\n    }'
            ),
            {"load_balancer_logs"},
        ),
        (
            document(f'{PRINCIPALS}        identifiers = ["logging.s3.amazonaws.com"]\n      }}\n    }}'),
            {"s3_access_logs"},
        ),
        (HEREDOC, set()),
        (f'resource "aws_s3_bucket_policy" "p" {{\n  {ID}  policy = var.open\n}}\n', {"?"}),
        (f'resource "aws_s3_bucket_policy" "p" {{\n  {ID}  policy = "{{"\n}}\n', {"?"}),
        (
            f'resource "aws_s3_bucket_website_configuration" "w" {{\n  {ID}  index_document {{\n    suffix = "i"\n  }}\n}}\n',
            {"website"},
        ),
        (
            f'resource "aws_s3_bucket_acl" "a" {{\n  {ID}  access_control_policy {{\n    grant {{\n      grantee {{\n'
            '        type = "Group"\n        uri = "http://acs.amazonaws.com/groups/s3/LogDelivery"\n      }\n'
            '      permission = "WRITE"\n    }\n  }\n}\n',
            {"s3_access_logs"},
        ),
        (f'resource "aws_s3_bucket_acl" "a" {{\n  {ID}  acl = "public-read"\n}}\n', {"anonymous_requests"}),
        (
            'resource "aws_flow_log" "f" {\n  log_destination_type = "s3"\n'
            '  log_destination = "${aws_s3_bucket.b.arn}/flow"\n}\n',
            {"vended_logs"},
        ),
        (
            'resource "aws_flow_log" "f" {\n  log_destination_type = "cloud-watch-logs"\n'
            "  log_destination = aws_s3_bucket.b.arn\n}\n",
            set(),
        ),
        (
            'resource "aws_cloudfront_distribution" "c" {\n  logging_config {\n'
            "    bucket = aws_s3_bucket.b.bucket_domain_name\n  }\n}\n",
            {"vended_logs"},
        ),
        (
            'resource "aws_cloudfront_distribution" "c" {\n  logging_config {\n'
            '    bucket = "the-bucket.s3.amazonaws.com"\n  }\n}\n',
            {"vended_logs"},
        ),
        (
            'resource "aws_wafv2_web_acl_logging_configuration" "w" {\n'
            "  log_destination_configs = [aws_s3_bucket.b.arn]\n}\n",
            {"vended_logs"},
        ),
        (
            'resource "aws_lb" "l" {\n  load_balancer_type = "network"\n  access_logs {\n    bucket = "the-bucket"\n  }\n}\n',
            {"vended_logs"},
        ),
        (
            'resource "aws_lb" "l" {\n  count = var.open\n  access_logs {\n    bucket = aws_s3_bucket.b.id\n  }\n}\n',
            {"load_balancer_logs"},
        ),
        (
            'resource "aws_config_delivery_channel" "c" {\n  s3_bucket_name = aws_s3_bucket.b.bucket\n}\n',
            {"config_delivery"},
        ),
        ('resource "aws_cloudtrail" "t" {\n  s3_bucket_name = aws_s3_bucket.b.id\n}\n', set()),
        (
            f'resource "aws_s3_bucket_replication_configuration" "r" {{\n  {ID}  rule {{\n    id = "all"\n'
            '    status = "Enabled"\n    destination {\n      bucket = "arn:aws:s3:::x"\n    }\n  }\n}\n',
            {"replication_source"},
        ),
        (
            f'resource "aws_s3_bucket_replication_configuration" "r" {{\n  {ID}  rule {{\n    id = "all"\n'
            '    status = "Enabled"\n    source_selection_criteria {\n      sse_kms_encrypted_objects {\n'
            '        status = "Enabled"\n      }\n    }\n    destination {\n      encryption_configuration {\n'
            "        replica_kms_key_id = var.open\n      }\n    }\n  }\n}\n",
            set(),
        ),
        (
            f'resource "aws_s3_bucket_replication_configuration" "r" {{\n  {ID}  rule {{\n    id = "all"\n'
            '    status = "Disabled"\n    destination {\n      bucket = "arn:aws:s3:::x"\n    }\n  }\n}\n',
            set(),
        ),
        (
            f'resource "aws_s3_bucket_policy" "p" {{\n  {ID}  policy = jsonencode({{ Statement = {{\n'
            '    Effect = "Deny"\n    Principal = "*"\n    Action = "s3:PutObject"\n    Resource = "*"\n'
            '    Condition = { StringNotEquals = { "s3:x-amz-server-side-encryption" = "AES256" } }\n  } })\n}\n',
            {"policy_demands_sse_s3"},
        ),
    ],
)
def test_what_the_code_says_of_its_bucket_is_seen(text: str, hazards: set[str]) -> None:
    assert hazards_of(text) == hazards


def test_a_name_that_is_made_alike_means_the_same_bucket() -> None:
    head = 'variable "open" {}\nresource "aws_s3_bucket" "b" {\n  bucket = "acme-${var.open}-logs"\n}\n'
    channel = 'resource "aws_config_delivery_channel" "c" {\n  s3_bucket_name = "acme-${var.open}-%s"\n}\n'

    assert hazards_of(channel % "logs", head) == {"config_delivery"}
    assert hazards_of(channel % "data", head) == set()


def test_a_setting_of_another_bucket_says_nothing() -> None:
    other = 'resource "aws_s3_bucket" "o" {\n}\nresource "aws_s3_bucket_website_configuration" "w" {\n  bucket = %s\n}\n'

    assert hazards_of(other % "aws_s3_bucket.o.id") == set()
    assert hazards_of(other % '"the-bucket"') == {"website"}


def test_what_only_some_worlds_say_is_said_with_a_perhaps() -> None:
    text = 'resource "aws_lb" "l" {\n  access_logs {\n    bucket = var.open == "x" ? aws_s3_bucket.b.id : "y"\n  }\n}\n'
    found = {one.resource: one for one in READER.read(Folder(Path("i")), context({"i/main.tf": B + text}))}

    (delivery,) = found["aws_s3_bucket.b"].usage.deliveries
    assert not delivery.is_certain


def test_json_syntax_says_the_same() -> None:
    text = (
        '{"resource": {"aws_s3_bucket": {"b": {"bucket": "the-bucket"}}, "aws_lb": {"l": {"access_logs":'
        ' [{"bucket": "${aws_s3_bucket.b.id}", "enabled": true}]}}}}'
    )
    (found,) = READER.read(Folder(Path("i")), context({"i/main.tf.json": text}))

    assert [delivery.what for delivery in found.usage.deliveries] == ["access logs of aws_lb.l"]


def test_a_text_of_itself_twice_many_times_over_keeps_no_parts_without_end() -> None:
    doubled = "".join(f'  l{n + 1} = "${{local.l{n}}}${{local.l{n}}}"\n' for n in range(60))
    text = f'locals {{\n  l0 = var.open\n{doubled}}}\nresource "aws_s3_bucket_policy" "p" {{\n  {ID}  policy = local.l60\n}}\n'

    assert hazards_of(text) == {"?"}


def public_access_block(*settings: str, count: str = "") -> str:
    body = "".join(f"  {one}\n" for one in (*([count] if count else []), *settings))
    return f'resource "aws_s3_bucket_public_access_block" "p" {{\n  {ID}{body}}}\n'


@pytest.mark.parametrize(
    ("block", "hazards"),
    [
        (public_access_block("restrict_public_buckets = true"), set()),
        (public_access_block('restrict_public_buckets = "true"'), set()),
        (public_access_block("restrict_public_buckets = false"), {"anonymous_requests"}),
        (public_access_block("ignore_public_acls = true"), {"anonymous_requests"}),
        (public_access_block("restrict_public_buckets = var.open"), {"?"}),
        (public_access_block("restrict_public_buckets = true", count="count = var.open"), {"?"}),
    ],
)
def test_a_public_policy_is_open_where_no_public_access_block_restricts_it(
    block: str, hazards: set[str]
) -> None:
    assert hazards_of(policy('"*"', "s3:GetObject") + block) == hazards


@pytest.mark.parametrize(
    ("settings", "hazards"),
    [
        (("ignore_public_acls = true",), set()),
        (("restrict_public_buckets = true",), {"anonymous_requests"}),
        (("ignore_public_acls = var.open",), {"anonymous_requests"}),
    ],
)
def test_a_public_acl_has_an_effect_where_it_is_not_ignored(
    settings: tuple[str, ...], hazards: set[str]
) -> None:
    for acl in ("public-read", "authenticated-read"):
        grant = f'resource "aws_s3_bucket_acl" "a" {{\n  {ID}  acl = "{acl}"\n}}\n'
        assert hazards_of(grant + public_access_block(*settings)) == hazards


ROLE = 'resource "aws_iam_role" "r" {\n  name = "replication"\n  assume_role_policy = "{}"\n}\n'
REPLICATED = (
    f'resource "aws_s3_bucket_replication_configuration" "c" {{\n  {ID}  role = aws_iam_role.r.arn\n  rule {{\n'
    '    id = "all"\n    status = "Enabled"\n    source_selection_criteria {\n      sse_kms_encrypted_objects {\n'
    '        status = "Enabled"\n      }\n    }\n    destination {\n      bucket = "arn:aws:s3:::replica"\n'
    '      encryption_configuration {\n        replica_kms_key_id = "arn"\n      }\n    }\n  }\n}\n'
)
SSE_S3_ALONE = 'Condition = { StringEquals = { "s3:x-amz-server-side-encryption" = "AES256" } }'


def replicating(condition: str = "") -> str:
    return (
        f'jsonencode({{ Statement = [{{ Effect = "Allow", Action = ["s3:ReplicateObject", "kms:Decrypt"]\n'
        f'    Resource = "*"\n    {condition} }}] }})'
    )


def role_policy(document: str, role: str = "aws_iam_role.r.id") -> str:
    return f'resource "aws_iam_role_policy" "p" {{\n  role = {role}\n  policy = {document}\n}}\n'


def managed(document: str, arn: str = "aws_iam_policy.m.arn") -> str:
    return (
        f'resource "aws_iam_policy" "m" {{\n  policy = {document}\n}}\n'
        f'resource "aws_iam_role_policy_attachment" "a" {{\n  role = aws_iam_role.r.name\n  policy_arn = {arn}\n}}\n'
    )


DEMANDS = {"replication_role_demands_sse_s3"}


@pytest.mark.parametrize(
    ("policies", "hazards"),
    [
        (role_policy(replicating(SSE_S3_ALONE)), DEMANDS),
        (role_policy(replicating(SSE_S3_ALONE), "aws_iam_role.r.name"), DEMANDS),
        (role_policy(replicating(SSE_S3_ALONE), '"replication"'), DEMANDS),
        (role_policy(replicating()), set()),
        (managed(replicating(SSE_S3_ALONE)), DEMANDS),
        (managed(replicating()), set()),
        (managed(replicating(SSE_S3_ALONE)) + role_policy(replicating()), set()),
        (
            managed(replicating(SSE_S3_ALONE))
            + managed("x", "var.open").split("\n", 3)[3].replace('"a"', '"b"'),
            set(),
        ),
        (role_policy(replicating(SSE_S3_ALONE), "aws_iam_role.other.id"), set()),
        ("", set()),
    ],
)
def test_a_role_that_replicates_is_judged_by_the_policies_that_the_code_gives_it(
    policies: str, hazards: set[str]
) -> None:
    assert hazards_of(ROLE + REPLICATED + policies) == hazards
